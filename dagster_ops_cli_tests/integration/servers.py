"""Dagsters that several workers of pytest-xdist share: the first that needs one starts it.

They are stopped at the end of the whole test session, so no worker waits for another, not even for one that crashed.
"""

import fcntl
import json
import os
import shutil
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from dagster_ops_cli.demo import server as demo_server
from dagster_ops_cli.demo.server import LocalDagster

DEFINITIONS = "dagster_ops_cli_tests.integration.definitions_quick"
# The environment variable that tells the workers the folder where they find what others have made.
FOLDER = "SHARED_BY_WORKERS"
# Failed runs are retried where their job asks for it. Workers share the slots, so there are more than two.
INSTANCE: dict[str, Any] = {
    "run_retries": {"enabled": True},
    "concurrency": {"runs": {"max_concurrent_runs": 8}},
    # Launching a run takes a second or more, so several are launched at once.
    "run_coordinator": {
        "module": "dagster.core.run_coordinator",
        "class": "QueuedRunCoordinator",
        "config": {"dequeue_interval_seconds": 1, "dequeue_use_threads": True, "dequeue_num_workers": 4},
    },
}


def _reserved_ports(count: int) -> list[int]:
    """Return ports that nobody else is given, neither before their server listens nor while it is restarted."""
    ports = []
    for _ in range(count):
        # While a socket has a port without listening, Linux gives the port only to a server that asks for it.
        holder = socket.socket()
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", 0))
        ports.append(holder.getsockname()[1])
        # It is closed when the process ends.
        holder.detach()
    return ports


if sys.platform == "linux":
    demo_server._free_ports = _reserved_ports


def free_port() -> int:
    return demo_server._free_ports(1)[0]


class QuickDagster(LocalDagster):
    """A LocalDagster whose daemon looks for backfills every two seconds; at the end it is killed, which is quick."""

    def _prepare(self) -> None:
        super()._prepare()
        self._commands["daemon"][0] = "dagster_ops_cli_tests.integration.quick_daemon"

    def _tear_down(self) -> None:
        for part in list(self._processes):
            self.stop(part, force=True)
        super()._tear_down()

    def hand_over(self) -> list[int]:
        """Return the process groups of its parts, which another process will end."""
        for process in self._processes.values():
            # Otherwise Python warns that it is still running.
            process.returncode = 0
        return [process.pid for process in self._processes.values()]


def made_once(name: str, make: Callable[[], Any]) -> Any:
    """Return what ``make`` returned in the first worker that asked for ``name``; it has to be JSON.

    If it failed there, all others fail at once, instead of trying again for minutes.
    """
    path = Path(os.environ[FOLDER], f"{name}.json")
    failed = path.with_suffix(".failed")
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if failed.exists():
            raise RuntimeError(f"{name} failed before: {failed.read_text()}")
        if not path.exists():
            try:
                path.write_text(json.dumps(make()))
            except BaseException as error:
                failed.write_text(f"{type(error).__name__}: {error}")
                raise
        return json.loads(path.read_text())


def shared(name: str, make: Callable[[], QuickDagster]) -> LocalDagster:
    """Return the Dagster called ``name``; ``make`` makes it if no other worker has started it."""

    def start() -> dict[str, Any]:
        server = make()
        server.__enter__()
        return {"home": str(server.home), "url": server.url, "process_groups": server.hand_over()}

    found = made_once(f"{name}.dagster", start)
    server = LocalDagster()
    server.home, server.url = Path(found["home"]), found["url"]
    return server


def stop_shared() -> None:
    """Kill all shared Dagsters, and remove what the workers shared."""
    folder = Path(os.environ[FOLDER])
    for path in folder.glob("*.dagster.json"):
        found = json.loads(path.read_text())
        for group in found["process_groups"]:
            with suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)
        shutil.rmtree(found["home"], ignore_errors=True)
    shutil.rmtree(folder)
