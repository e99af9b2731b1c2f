"""Starts mitmproxy in front of a Dagster; ``faults.py`` runs inside it."""

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest

from dagster_ops_cli_tests.integration.servers import free_port

MITMDUMP = Path(__file__).parent.parent.parent / ".venv" / "mitmproxy" / "bin" / "mitmdump"


@dataclass
class Proxy:
    folder: Path
    url: str

    def plan(self, fault: str, times: int, operation: str = "", seconds: float = 0.0) -> None:
        plan = {"id": str(uuid4()), "fault": fault, "times": times, "operation": operation, "seconds": seconds}
        # Renamed when complete, because the proxy may read it at any time.
        part = self.folder / "plan.part"
        part.write_text(json.dumps(plan))
        part.rename(self.folder / "plan.json")
        (self.folder / "requests.txt").write_text("")

    @property
    def requests(self) -> int:
        return len((self.folder / "requests.txt").read_text().splitlines())


@contextmanager
def proxy_to(url: str, folder: Path, *options: str) -> Iterator[Proxy]:
    """Run mitmdump with these further ``options``; it keeps its files in an empty ``folder``."""
    if not MITMDUMP.exists():
        pytest.skip("mitmproxy is installed by: make test")
    port = free_port()
    proxy = Proxy(folder, f"http://localhost:{port}")
    proxy.plan("none", 0)
    addon = Path(__file__).with_name("faults.py")
    where = f"--mode reverse:{url} --listen-host 127.0.0.1 --listen-port {port} --set confdir={folder}/conf"
    told = folder / "mitmdump.log"
    with told.open("w") as log:
        process = subprocess.Popen(
            [MITMDUMP, "-q", *where.split(), "-s", addon, *options],
            env={**os.environ, "OPS_FAULTS": str(folder)},
            stdout=log,
            stderr=log,
        )
    try:
        deadline = time.monotonic() + 120
        while not _listens(port):
            is_starting = process.poll() is None and time.monotonic() < deadline
            assert is_starting, f"mitmproxy did not start: {told.read_text()}"
            time.sleep(0.1)
        yield proxy
    finally:
        process.kill()
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
