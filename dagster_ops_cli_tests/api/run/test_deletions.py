"""What `run delete` says before it deletes runs of a file's launch."""

from typing import Any

import pytest

from dagster_ops_cli.adapters.union import parse
from dagster_ops_cli.formatters.run.launches import format_deletions
from dagster_ops_cli.schemas.run import RunRow
from dagster_ops_cli_tests.cli.api.test_run import deleting, run_on
from dagster_ops_cli_tests.fake_dagster import FakeDagster, fake_run

BY_RUNS = {"ops/backfill": "#12", "ops/config": "0123", "ops/launch": "ops-20240101-000000-abc"}
NATIVE = {**BY_RUNS, "dagster/backfill": "abcdefgh", "dagster/partition_set": "nightly_partition_set"}
SCRIPT = {"ops/config": "4567", "ops/attempt": "1"}
COUNTED = "once deleted, these partitions count as never run."
RETRY = "`ops backfill retry abcdefgh`"
NOT_AGAIN = "Running its file again does not launch them"
ONCE_MORE = "`ops script launch` of that file launches it again, unless another run of the file is left"
THOSE = "Running its file again launches those that"
IF_NONE = "If no run of this attempt is left, the runs of earlier attempts count."
RUNS, NAMED = "backfill ops-20240101-000000-abc (#12)", "backfill abcdefgh (#12)"


def row(run_id: str, **fields: Any) -> RunRow:
    return parse(RunRow, {"url": "", **fake_run(run_id, **fields)})


def rows(count: int, tags: dict[str, str], parent: str | None = None) -> list[RunRow]:
    return [row(f"run-{number}", tags=tags, parentRunId=parent) for number in range(count)]


@pytest.mark.parametrize(
    ("runs", "told"),
    [
        (rows(2, BY_RUNS), f"2 runs of {RUNS}: {COUNTED} {THOSE} no later attempt has run."),
        (
            rows(2, {**BY_RUNS, "ops/attempt": "2"}),
            f"2 runs of {RUNS}: {COUNTED} {THOSE} no later attempt has run. {IF_NONE}",
        ),
        (
            rows(1, NATIVE),
            f"1 run of {NAMED}: {COUNTED} {NOT_AGAIN}; {RETRY} does, unless it was retried before.",
        ),
        (
            rows(1, {"dagster/backfill": "abcdefgh", "dagster/partition_set": "x"}),
            f"1 run of backfill abcdefgh: {COUNTED}",
        ),
        (rows(1, {"dagster/backfill": "abcdefgh", "ops/backfill": "#12"}), f"1 run of {NAMED}. {NOT_AGAIN} again."),
        (rows(1, SCRIPT), f"A file's run counts as never launched once deleted: {ONCE_MORE} (run-0)."),
        (
            rows(2, BY_RUNS, parent="first"),
            f"2 re-executions of {RUNS}: once deleted, the earlier runs of these partitions count.",
        ),
    ],
)
def test_each_launch_is_named_with_what_running_its_file_again_does(runs: list[RunRow], told: str) -> None:
    assert format_deletions(runs) == [told]


def test_nothing_is_said_of_runs_that_no_launch_rests_on() -> None:
    assert format_deletions(rows(3, {"team": "air"})) == []


def test_many_launches_are_counted() -> None:
    runs = [row(f"run-{n}", tags={"dagster/backfill": f"backfill{n}"}) for n in range(8)]
    lines = format_deletions(runs)
    assert len(lines) == 6
    assert lines[-1] == "The same goes for 3 more backfills or files."


@pytest.mark.parametrize("options", ["--dry-run", "--yes", "--yes --quiet"])
def test_it_is_said_before_anything_is_deleted(options: str) -> None:
    dagster = deleting(FakeDagster.of(fake_run("run", tags=BY_RUNS)))
    outcome = run_on(dagster, f"delete run {options}")
    assert outcome.exit_code == 0
    assert "Warning: 1 run of backfill ops-20240101-000000-abc (#12): once deleted" in outcome.stderr
