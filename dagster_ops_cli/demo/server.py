"""Starts a real Dagster on loopback and removes all of it afterwards."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any
from urllib.request import ProxyHandler, Request, build_opener

from dagster_ops_cli.errors import ServerFaultError

if TYPE_CHECKING:
    from typing_extensions import Self

LOCATION = "luchtmeetnet"
REPOSITORY = "__repository__"
BACKFILL_FILE = Path(__file__).with_name("backfill.yaml")
DEFINITIONS = "dagster_ops_cli.demo.definitions"

# The queue is checked every second (Dagster's default is 5), and two runs may run at once.
_INSTANCE: dict[str, Any] = {
    "telemetry": {"enabled": False},
    "concurrency": {"runs": {"max_concurrent_runs": 2}},
    "run_coordinator": {
        "module": "dagster.core.run_coordinator",
        "class": "QueuedRunCoordinator",
        "config": {"dequeue_interval_seconds": 1},
    },
}
_DAEMONS = "{ instance { daemonHealth { allDaemonStatuses { required healthy } } } }"
_START_TIMEOUT = 120.0
_STOP_TIMEOUT = 10.0


def is_installed() -> bool:
    """Whether the packages of the extra ``demo`` are installed."""
    return find_spec("dagster") is not None and find_spec("dagster_webserver") is not None


class LocalDagster:
    """A webserver, a daemon and a code server, each in its own process, with a temporary DAGSTER_HOME.

    As a context manager it starts them, and at the end stops them and their child processes and removes the folder.
    The names of its parts are ``code``, ``webserver`` and ``daemon``.
    """

    def __init__(
        self,
        definitions: str = DEFINITIONS,
        instance: Mapping[str, Any] | None = None,
        parts: Sequence[str] = ("code", "webserver", "daemon"),
        options: Sequence[str] = (),
        python: str = sys.executable,
    ) -> None:
        """``definitions`` is the module to serve. ``instance`` replaces entries of ``dagster.yaml``; None removes one.

        ``parts`` are started, ``options`` are for the webserver, ``python`` is the interpreter that runs Dagster.
        """
        self.python = python
        self.parts = parts
        self.options = options
        self.definitions = definitions
        given = {**_INSTANCE, **(instance or {})}
        self.instance = {name: value for name, value in given.items() if value is not None}
        self.home = Path()
        self.url = ""
        self._commands: dict[str, list[str]] = {}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> "Self":
        self.home = Path(tempfile.mkdtemp(prefix="ops-dagster-"))
        try:
            self._prepare()
            for part in self.parts:
                self.start(part)
        except BaseException:
            self._tear_down()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._tear_down()

    def start(self, part: str, options: Sequence[str] = ()) -> None:
        """Start a part and wait until it answers. Raises ServerFaultError with the end of its log if it does not.

        ``options`` are added to its command line this time.
        """
        environment = {name: value for name, value in os.environ.items() if not name.startswith("DAGSTER_")}
        with (self.home / f"{part}.log").open("ab") as log:
            self._processes[part] = subprocess.Popen(  # noqa: S603 - the command is our own
                [self.python, "-m", *self._commands[part], *options],
                cwd=self.home,
                env=environment | {"DAGSTER_HOME": str(self.home)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C does not reach the part, and its child processes can be stopped with it.
                start_new_session=True,
            )
        deadline = time.monotonic() + _START_TIMEOUT
        while not self._answers(part):
            if self._processes[part].poll() is not None or time.monotonic() > deadline:
                log_end = (self.home / f"{part}.log").read_text(errors="replace").strip()[-2000:]
                raise ServerFaultError(f"Dagster's {part} did not start:\n{log_end}")
            time.sleep(0.1)

    def stop(self, part: str, force: bool = False) -> None:
        """Stop a part and its child processes; with ``force`` kill them at once."""
        process = self._processes.pop(part)
        if not force:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(_STOP_TIMEOUT)
        # Child processes are in its process group, and may still be running.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def _prepare(self) -> None:
        code, web = _free_ports(2)
        self.url = f"http://127.0.0.1:{web}"
        # JSON is valid YAML.
        (self.home / "dagster.yaml").write_text(json.dumps(self.instance))
        server = {"host": "127.0.0.1", "port": code, "location_name": LOCATION}
        (self.home / "workspace.yaml").write_text(json.dumps({"load_from": [{"grpc_server": server}]}))
        workspace = ["-w", str(self.home / "workspace.yaml")]
        self._code_port = code
        self._commands = {
            "code": ["dagster", "api", "grpc", "-h", "127.0.0.1", "-p", str(code), "-m", self.definitions],
            "webserver": ["dagster_webserver", "-h", "127.0.0.1", "-p", str(web), *workspace, *self.options],
            "daemon": ["dagster._daemon", "run", *workspace],
        }

    def _answers(self, part: str) -> bool:
        if part == "code":
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self._code_port)) == 0
        if part == "daemon" and "webserver" not in self._processes:
            return True
        try:
            # The daemon is up when the webserver has seen its first heartbeats.
            answer = self._ask(_DAEMONS if part == "daemon" else "{ version }")
        except (OSError, ValueError):
            return False
        statuses = ((answer.get("instance") or {}).get("daemonHealth") or {}).get("allDaemonStatuses") or []
        return all(each["healthy"] for each in statuses if each["required"])

    def _ask(self, query: str) -> dict[str, Any]:
        request = Request(  # noqa: S310 - the address is our own
            f"{self.url}/graphql", json.dumps({"query": query}).encode(), {"Content-Type": "application/json"}
        )
        # Without the proxies that the environment may set.
        with build_opener(ProxyHandler({})).open(request, timeout=5) as answer:
            data: dict[str, Any] = json.loads(answer.read())["data"]
            return data

    def _tear_down(self) -> None:
        with _undisturbed():
            for part in list(self._processes):
                self.stop(part)
            shutil.rmtree(self.home, ignore_errors=True)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Ignore Ctrl-C, SIGTERM and a closed terminal, so that Dagster is stopped completely."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    try:
        before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    except ValueError:
        yield
        return
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()
