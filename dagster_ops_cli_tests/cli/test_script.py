"""`ops script`: plug-ins of other packages, and a server that fails at the end."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from dagster_ops_cli.errors import ServerFaultError
from dagster_ops_cli.scripts import registry as scripts
from dagster_ops_cli_tests.invoke import invoke
from dagster_ops_cli_tests.replay import RECORDINGS, ReplayClient, ops_of, replayed, scenarios

PLUG_IN = """
from pydantic import BaseModel
from dagster_ops_cli.schemas.model import Model
from dagster_ops_cli.scripts.script import Outcome, Script

class Distance(BaseModel):
    metres: int

class Run(Model):
    metres: int

RUN = Script("jog", "Go for a run.", Distance, lambda config, ops: Outcome(Run(metres=config.metres)))
"""


@pytest.fixture
def plug_ins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two packages with a script each; one of them can't be imported. Returns a file for the other."""
    (tmp_path / "jogging.py").write_text(PLUG_IN)
    points = [EntryPoint(name, value, scripts.GROUP) for name, value in (("gone", "gone:X"), ("jog", "jogging:RUN"))]
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(scripts, "entry_points", lambda group: points)
    file = tmp_path / "jog.yaml"
    file.write_text("metres: 5\n")
    return file


def test_a_model_of_a_plug_in_is_shown_as_its_own(plug_ins: Path) -> None:
    outcome = invoke(["script", "jog", str(plug_ins)])
    assert (outcome.exit_code, outcome.stdout) == (0, '{\n  "metres": 5\n}\n')


@pytest.mark.usefixtures("plug_ins")
def test_a_plug_in_that_cannot_be_imported_fails_only_when_called() -> None:
    for line in ("ops script schema backfill", "ops script schema jog"):
        assert (invoke(line).exit_code, invoke(line).stderr) == (0, "")
    listed = invoke("ops script list")
    assert listed.exit_code == 0
    assert "jog: Go for a run." in listed.stdout
    assert listed.stderr == "Warning: the script 'gone' of gone:X can't be loaded: No module named 'gone'\n"
    called = invoke("ops script gone f.yaml")
    assert called.exit_code == 2
    assert "the script 'gone' of gone:X can't be loaded" in called.stderr
    assert "did you mean" in invoke("ops script gon f.yaml").stderr.lower()


@dataclass
class FailsOnce:
    """Answers as recorded, but the first question for the run that has ended gets a fault."""

    client: ReplayClient
    url: str = "http://localhost:3000"
    failed: list[bool] = field(default_factory=list)

    def execute(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        if "OpsGetRun(" in query and not self.failed:
            self.failed.append(True)
            raise ServerFaultError("Dagster answered with HTTP status 500")
        return self.client.execute(query, variables)


def test_launch_outlives_a_single_fault_at_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(RECORDINGS.parent)
    (scenario,) = [each for each in scenarios() if (each.noun, each.name) == ("script", "launch")]
    with replayed(scenario.turns) as client:
        outcome = invoke(scenario.command, ops_of(scenario, FailsOnce(client)))
    assert outcome.exit_code == 0
    assert "Status: SUCCESS" in outcome.stdout
    assert "HTTP status 500; asking again ..." in outcome.stderr
