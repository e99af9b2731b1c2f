"""Pictures of partitions and time on a real terminal, of a real Dagster."""

import json
import re
from pathlib import Path

import pytest

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.demo.server import LOCATION, REPOSITORY, LocalDagster
from dagster_ops_cli_tests.integration.terminal import Terminal
from dagster_ops_cli_tests.invoke import invoke

pytestmark = [pytest.mark.integration, pytest.mark.thorough]


def text_of(terminal: Terminal) -> str:
    """Return all that a terminal was sent, without colours and moves of the cursor."""
    return re.sub(r"\x1b\[[\d;?]*[A-Za-z]|\r", "", terminal.screen)


@pytest.fixture(scope="module")
def nightly_run(ops: Ops) -> str:
    """A run with steps side by side, one of which has a retry; it was followed on a terminal to its end."""
    run_id = ops.runs.launch(LOCATION, REPOSITORY, "nightly_job").id
    with Terminal(f"ops api run timeline {run_id} --follow --interval 0.5 --url {ops.url}") as follow:
        follow.read_until("●\x1b[0m enrich")
        assert follow.wait() == 0
    assert "✓ SUCCESS" in text_of(follow)
    return run_id


def test_a_run_with_a_retry(ops: Ops, nightly_run: str) -> None:
    found = json.loads(invoke(f"ops api run timeline {nightly_run} --json --url {ops.url}").stdout)
    steps = {step["key"]: step for step in found["steps"]}
    assert {key: step["needs"] for key, step in steps.items()} == {
        "extract": [],
        "clean": ["extract"],
        "enrich": ["extract"],
        "load": ["clean", "enrich"],
    }
    assert [attempt["status"] for attempt in steps["clean"]["attempts"]] == ["FAILURE", "SUCCESS"]
    assert all(step["status"] == "SUCCESS" for step in steps.values())
    assert (found["critical_path"][0], found["critical_path"][-1]) == ("extract", "load")
    # What the steps do takes so long at least; the pause before the retry is no work.
    assert steps["enrich"]["working"] >= 3
    assert steps["clean"]["waiting"] >= 1
    assert all(0 <= step["waiting"] <= found["duration"] for step in steps.values())
    ends = {key: step["attempts"][-1]["ended_at"] for key, step in steps.items()}
    assert steps["load"]["ready_at"] == max(ends["clean"], ends["enrich"])


def test_a_terminal_gets_colours_and_a_pipe_plain_characters(ops: Ops, nightly_run: str) -> None:
    command = f"ops api run timeline {nightly_run} --url {ops.url}"
    with Terminal(command) as timeline:
        assert timeline.wait() == 0
    assert "█" in timeline.screen
    assert "Critical path" in timeline.screen
    piped = invoke(command)
    assert piped.stdout.isascii()
    assert "\x1b" not in piped.stdout
    assert "* + extract" in piped.stdout
    assert invoke(f"ops api run timeline --since 1h --job nightly_job --url {ops.url}").stdout.count("nightly_job") == 1


def test_a_run_that_is_watched_shows_its_steps_as_bars(dagster: LocalDagster) -> None:
    run_id = json.loads(invoke(f"ops api run launch --job sleepy_job --json --url {dagster.url}").stdout)["id"]
    with Terminal(f"ops api run watch {run_id} --interval 0.5 --url {dagster.url}") as watch:
        watch.read_until("█")
        assert invoke(f"ops api run terminate {run_id} --yes --wait --url {dagster.url}").exit_code == 0
        assert watch.wait() == 1


def test_a_backfill_shows_its_partitions(instant: LocalDagster, tmp_path: Path) -> None:
    file = tmp_path / "drawn.yaml"
    file.write_text(
        "job_name: many_job\nstrategy: runs\nmax_concurrent: 5\n"
        "tags: {name: drawn, partitions: [{start: p000, end: p004}]}\n"
    )
    (instant.home / "drawn").mkdir()
    (instant.home / "drawn" / "fail").write_text("p001\np003")
    launched = invoke(f"ops api backfill launch {file} --wait --interval 0.2 --json --url {instant.url}")
    backfill_id = json.loads(launched.stdout)["id"]
    get = f"ops api backfill get {backfill_id} --no-color --url {instant.url}"
    with Terminal(get) as shown:
        assert shown.wait() == 0
    assert "drawn: 5 partitions\n" in text_of(shown)
    assert "✓ ✗ ✓ ✗ ✓" in text_of(shown)
    assert "✗ 2 failed (40%)  ✓ 3 succeeded (60%)" in text_of(shown)
    assert "5 partitions" not in invoke(get).stdout
    with Terminal(f"{get} --plain") as plain:
        assert plain.wait() == 0
    assert "5 partitions" not in text_of(plain)
    with Terminal(f"ops api backfill watch {backfill_id} --no-color --url {instant.url}") as watch:
        assert watch.wait() == 1
    assert "✓ ✗ ✓ ✗ ✓" in text_of(watch)
