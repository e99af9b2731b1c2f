"""Dagsters that several workers of pytest-xdist share: the first that needs one starts it and stops it at the end."""

import fcntl
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from dagster_ops_cli.demo.server import LocalDagster

DEFINITIONS = "dagster_ops_cli_tests.integration.definitions_quick"
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


class QuickDagster(LocalDagster):
    """A LocalDagster whose daemon looks for backfills every two seconds; at the end it is killed, which is quick."""

    def _prepare(self) -> None:
        super()._prepare()
        self._commands["daemon"][0] = "dagster_ops_cli_tests.integration.quick_daemon"

    def _tear_down(self) -> None:
        for part in list(self._processes):
            self.stop(part, force=True)
        super()._tear_down()


def _folder(factory: pytest.TempPathFactory) -> Path:
    """The temporary folder of the whole test session."""
    base = factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@contextmanager
def _locked(path: Path, how: int = fcntl.LOCK_EX) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, how)
        yield


@contextmanager
def shared(name: str, start: Callable[[], LocalDagster], factory: pytest.TempPathFactory) -> Iterator[LocalDagster]:
    """Yield the Dagster called ``name``; ``start`` makes it if no other worker has started it.

    Workers hold a lock as long as they use it; the one that started it waits for that lock before it stops it.
    """
    folder = _folder(factory)
    door, users, known = (folder / f"{name}.{ending}" for ending in ("door", "users", "json"))
    with _locked(door):
        if mine := not known.exists():
            server = start().__enter__()
            known.write_text(json.dumps({"home": str(server.home), "url": server.url}))
        else:
            server = LocalDagster()
            found = json.loads(known.read_text())
            server.home, server.url = Path(found["home"]), found["url"]
        using = users.open("w")
        fcntl.flock(using, fcntl.LOCK_SH)
    try:
        yield server
    finally:
        using.close()
        if mine:
            with _locked(door), _locked(users):
                known.unlink()
                server.__exit__(None, None, None)


def made_once(name: str, make: Callable[[], Any], factory: pytest.TempPathFactory) -> Any:
    """Return what ``make`` returned in the first worker that asked for ``name``; it has to be JSON."""
    path = _folder(factory) / f"{name}.json"
    with _locked(path.with_suffix(".lock")):
        if not path.exists():
            path.write_text(json.dumps(make()))
        return json.loads(path.read_text())
