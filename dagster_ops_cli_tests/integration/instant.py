"""A run launcher that runs nothing: each run ends at once, for many runs in a quick test.

Files in ``DAGSTER_HOME/NAME`` say how the runs end whose tag ``ops/backfill`` is NAME: ``fail`` holds the partitions
whose runs fail, one a line; while ``hold`` exists, runs stay STARTED, and while ``stubborn`` exists, they can't be
canceled.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dagster import DagsterEvent, DagsterEventType
from dagster._core.launcher import LaunchRunContext, RunLauncher
from dagster._serdes import ConfigurableClass

from dagster_ops_cli_tests.integration.servers import QuickDagster

INSTANCE = {
    "run_launcher": {"module": "dagster_ops_cli_tests.integration.instant", "class": "InstantRunLauncher"},
    "run_coordinator": {"module": "dagster._core.run_coordinator", "class": "DefaultRunCoordinator"},
    "concurrency": None,
}


def new(parts: Sequence[str] = ("code", "webserver")) -> QuickDagster:
    """Return a Dagster, not yet started, whose runs end at once."""
    return QuickDagster("dagster_ops_cli_tests.integration.definitions_instant", INSTANCE, parts)


def _folder(run: Any) -> Path:
    return Path(os.environ["DAGSTER_HOME"], run.tags.get("ops/backfill", ""))


class InstantRunLauncher(RunLauncher, ConfigurableClass):
    """Ends runs as soon as they are launched."""

    def __init__(self, inst_data: Any = None) -> None:
        self._inst_data = inst_data
        super().__init__()  # type: ignore[no-untyped-call]

    @property
    def inst_data(self) -> Any:
        return self._inst_data

    @classmethod
    def config_type(cls) -> dict[str, Any]:
        return {}

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> "InstantRunLauncher":  # noqa: ARG003
        return cls(inst_data)

    def launch_run(self, context: LaunchRunContext) -> None:
        run = context.dagster_run
        folder = _folder(run)
        self._report(run, DagsterEventType.RUN_START)
        if (folder / "hold").exists():
            return
        failing = (folder / "fail").read_text().splitlines() if (folder / "fail").exists() else []
        failed = run.tags.get("dagster/partition") in failing
        self._report(run, DagsterEventType.RUN_FAILURE if failed else DagsterEventType.RUN_SUCCESS)

    def terminate(self, run_id: str) -> bool:
        run = self._instance.get_run_by_id(run_id)
        if run is None or run.is_finished or (_folder(run) / "stubborn").exists():
            return False
        self._instance.report_run_canceled(run)
        return True

    def _report(self, run: Any, kind: DagsterEventType) -> None:
        event = DagsterEvent(event_type_value=kind.value, job_name=run.job_name)
        self._instance.report_dagster_event(event, run.run_id)
