"""A run and a backfill, and all commands that can wait for them."""

import json
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from dagster_ops_cli.demo.server import LocalDagster
from dagster_ops_cli_tests.integration.fault_report import HEADER, TROUBLE, trouble
from dagster_ops_cli_tests.invoke import begun, invoke, spawn, wait_for_line

if TYPE_CHECKING:
    from subprocess import Popen


@dataclass
class Waiting:
    """A run, a backfill, and the commands that wait for them."""

    fault: str
    url: str
    living: LocalDagster
    folder: Path
    strategy: str = "runs"
    stack: ExitStack = field(default_factory=ExitStack)

    def through(self, go_wrong: Callable[[], None], go_well: Callable[[], None] = lambda: None) -> dict[str, str]:
        """Wait with five commands, and call ``go_wrong`` when all of them wait; return what each says about it first.

        ``go_well`` is called when all have said something. The run and the backfill end only after that.
        """
        with self.stack:
            filling = self._begin(f"backfill launch {self._file()} --wait --interval 0.5 --json")
            config = json.dumps({"ops": {"talk": {"config": {"until": str(self._end)}}}})
            launch = f"run launch --job slow_job --config-json '{config}' --tag fault={self.fault}"
            launching = self._begin(f"{launch} --wait --interval 0.5 --json")
            backfill_id = wait_for_line(filling, "^Backfill ").split()[1].rstrip(":")
            # Other tests put the fault into the launch.
            wait_for_line(filling, "^running: " if self.strategy == "runs" else "^waiting: ")
            run_id = self._started(launching)
            processes = {
                "backfill launch --wait": filling,
                "backfill watch": self._begin(f"backfill watch {backfill_id} --interval 0.5 --json"),
                "run launch --wait": launching,
                "run watch": self._begin(f"run watch {run_id} --interval 0.5 --json"),
                "run-events get --follow": self._begin(f"run-events get {run_id} --follow --jsonl"),
            }
            # A command that has had no answer yet gives up sooner, because the address is probably wrong.
            for name in ("backfill watch", "run watch"):
                wait_for_line(processes[name], "")
            first = begun(processes["run-events get --follow"])
            go_wrong()
            said = {name: wait_for_line(process, TROUBLE) for name, process in processes.items()}
            go_well()
            self._end.touch()
            ended = {name: process.communicate(timeout=300) for name, process in processes.items()}
        for name, process in processes.items():
            assert process.returncode == 0, (name, ended[name])
            assert "Traceback" not in ended[name][1]
        assert json.loads(ended["run launch --wait"][0])["status"] == "SUCCESS"
        everything = invoke(f"ops api run-events get {run_id} --all --jsonl --url {self.living.url}").stdout
        assert first + ended["run-events get --follow"][0] == everything
        assert len(statuses(self.living, f"--tag fault={self.fault}")) == 1
        assert json.loads(ended["backfill launch --wait"][0])["counts"] == {"SUCCESS": 2}
        assert json.loads(ended["backfill watch"][0])["counts"] == {"SUCCESS": 2}
        assert [*partitions_of(self.living, f"ops/backfill={self.fault}").values()] == [1, 1]
        return {name: trouble(line, self.url) for name, line in said.items()}

    def _begin(self, command: str) -> "Popen[str]":
        return self.stack.enter_context(spawn(f"ops api {command} --url {self.url} --timeout 8 {HEADER}"))

    @property
    def _end(self) -> Path:
        """The file that ends the run and those of the backfill."""
        return self.folder / "end"

    def _file(self) -> Path:
        path = self.folder / "backfill.yaml"
        day = "{name: day, start_date: 2024-01-01, end_date: 2024-01-02}"
        path.write_text(
            f"job_name: nap_job\nstrategy: {self.strategy}\ntags: {{name: {self.fault}, partitions: [{day}]}}\n"
            f"run_config: {{ops: {{nap: {{config: {{seconds: 0, until: {self._end}}}}}}}}}\n"
        )
        return path

    def _started(self, process: "Popen[str]") -> str:
        # A webserver that is killed while it launches a run leaves one behind that never starts.
        while not (found := statuses(self.living, f"--status STARTED --tag fault={self.fault}")):
            assert process.poll() is None, process.communicate()
        return next(iter(found))


def statuses(server: LocalDagster, selection: str) -> dict[str, str]:
    listed = invoke(f"ops api run list --all {selection} --jsonl --url {server.url}").stdout.splitlines()
    return {run["id"]: run["status"] for run in map(json.loads, listed)}


def partitions_of(server: LocalDagster, tag: str) -> Counter[str]:
    """How many runs each partition has."""
    listed = json.loads(invoke(f"ops api run list --tag {tag} --all --json --url {server.url}").stdout)
    return Counter(run["partition"] for run in listed["items"])
