"""Every recorded scenario, replayed: exit code, stdout and stderr together."""

import pytest
from syrupy.assertion import SnapshotAssertion

from dagster_ops_cli_tests.invoke import invoke
from dagster_ops_cli_tests.replay import RECORDINGS, Scenario, ops_of, replayed, scenarios

# Scenarios of terminals are in test_pictures.py.
PIPED = [scenario for scenario in scenarios() if scenario.window is None]


@pytest.mark.parametrize("scenario", PIPED, ids=lambda scenario: f"{scenario.noun}-{scenario.name}")
def test_scenario(scenario: Scenario, snapshot: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch) -> None:
    # Commands name files as seen from the project's folder.
    monkeypatch.chdir(RECORDINGS.parent)
    with replayed(scenario.turns, scenario.now) as client:
        outcome = invoke(scenario.command, ops_of(scenario, client))
    assert f"$ {scenario.command}\n{outcome}" == snapshot


def test_no_recording_without_a_scenario() -> None:
    assert {*RECORDINGS.glob("*/*.json")} == {scenario.path for scenario in scenarios()}


def test_a_turn_that_differs_is_refused() -> None:
    turn = {"operation": "OpsGetRun", "variables": {"runId": "1"}, "data": {}}
    with (
        pytest.raises(AssertionError, match="not recorded"),
        replayed([turn]) as client,
    ):
        client.execute("query OpsGetRun($runId: ID!) {", {"runId": "2"})


def test_a_turn_left_over_is_refused() -> None:
    turn = {"operation": "OpsGetRun", "variables": {}, "data": {}}
    with pytest.raises(AssertionError, match="not used"), replayed([turn]):
        pass
