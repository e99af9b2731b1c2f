"""Backfills as text: what failed, and what a user needs to know about it."""

from typing import Any

from dagster_ops_cli.formatters.backfill import format_backfill, format_next_steps, format_plan
from dagster_ops_cli.schemas.backfill import Backfill, BackfillPlan, DuplicateRun, FailedPartition

DAYS = [f"2024-01-{day:02}" for day in range(1, 31)]


def backfill(failed: list[FailedPartition], state: str = "failed", **fields: Any) -> Backfill:
    counts: dict[str, int] = {"SUCCESS": 1}
    for each in failed:
        counts[each.status] = counts.get(each.status, 0) + 1
    known: dict[str, Any] = {"strategy": "runs", "job_name": "daily", "tags": {}, "url": "http://dagster/runs"}
    return Backfill(
        **{"id": "ops-a-1", "state": state, "total": sum(counts.values()), "counts": counts, "failed": failed, **known}
        | fields
    )


def of(status: str, keys: list[str], error: str | None = None) -> list[FailedPartition]:
    run_id = None if status == "NOT_STARTED" else "run-{}"
    return [
        FailedPartition(
            partition=key, status=status, run_id=run_id and run_id.format(key), error=error and error.format(key)
        )
        for key in keys
    ]


def test_hundreds_of_canceled_partitions_fit_on_a_screen_and_suggest_no_search_for_failures() -> None:
    keys = [f"p{number:03}" for number in range(360)]
    text = str(format_backfill(backfill([*of("CANCELED", keys[:300]), *of("NOT_STARTED", keys[300:])], "canceled")))
    assert text.splitlines() == [
        "Backfill: ops-a-1",
        "Strategy: runs",
        "Job: daily",
        "",
        "300 CANCELED",
        "  p000, p001, p002, p003, p004 and 295 more",
        "60 NOT_STARTED",
        "(--all lists every partition)",
        "",
        "State: canceled",
        "Partitions: 361 (300 CANCELED, 60 NOT_STARTED, 1 SUCCESS)",
        "URL: http://dagster/runs",
        "To retry: ops backfill retry ops-a-1",
    ]


def test_an_error_of_dagster_is_shown_without_the_newline_at_its_end() -> None:
    assert "Error: no longer exists\nState: failed\n" in str(format_backfill(backfill([], error="no longer exists\n")))


def test_partitions_that_failed_alike_are_one_group_and_the_largest_group_comes_first() -> None:
    failed = [
        *of("FAILURE", DAYS[:2], "KeyError: 'NO2'"),
        *of("CANCELED", DAYS[20:]),
        *of("FAILURE", DAYS[2:20], "OfflineError: no measurements for {}"),
    ]
    text = str(format_backfill(backfill(failed), command=lambda line: f"{line} --profile staging"))
    middle, last = text.split("\n\n")[1:]
    assert middle.splitlines() == [
        "18 FAILURE: OfflineError: no measurements for 2024-01-03",
        "  2024-01-03, 2024-01-04, 2024-01-05, 2024-01-06, 2024-01-07 and 13 more",
        "2 FAILURE: KeyError: 'NO2'",
        "  2024-01-01, 2024-01-02",
        "10 CANCELED",
        "  2024-01-21, 2024-01-22, 2024-01-23, 2024-01-24, 2024-01-25 and 5 more",
        "(--all lists every partition)",
    ]
    assert last.splitlines()[-2:] == [
        "Why it failed: ops run why run-2024-01-01 --profile staging",
        "To retry: ops backfill retry ops-a-1 --profile staging",
    ]


def test_each_dimension_of_a_key_may_stand_in_an_error_that_is_the_same_for_all() -> None:
    keys = [f"{day}|NL10001" for day in DAYS[:3]]
    failed = [
        FailedPartition(partition=key, status="FAILURE", error=f"NL10001 was offline on {key[:10]}") for key in keys
    ]
    assert "3 FAILURE: NL10001 was offline on 2024-01-01\n" in str(format_backfill(backfill(failed)))


def test_many_different_errors_are_counted() -> None:
    failed = [each for number in range(15) for each in of("FAILURE", [DAYS[number]], f"error {number}e")]
    text = str(format_backfill(backfill(failed)))
    assert "5 more, with 5 other errors\n(--all lists every partition)\n" in text
    assert len(text.splitlines()) < 35


def test_every_partition_has_its_line_where_that_is_asked_for() -> None:
    failed = [*of("FAILURE", DAYS[:7], "E: {}"), *of("NOT_STARTED", DAYS[7:9])]
    middle = str(format_backfill(backfill(failed), everything=True)).split("\n\n")[1].splitlines()
    assert len(middle) == 9
    assert middle[0] == "2024-01-01: FAILURE run-2024-01-01: E: 2024-01-01"
    assert middle[-1] == "2024-01-09: NOT_STARTED"


def test_what_never_started_for_a_reason_tells_it() -> None:
    text = str(format_backfill(backfill(of("NOT_STARTED", DAYS[:2], "the partition no longer exists"))))
    assert "2 NOT_STARTED: the partition no longer exists\n  2024-01-01, 2024-01-02\n" in text
    assert "--all" not in text


def test_duplicates_and_attempts_are_told_in_a_few_lines() -> None:
    duplicates = [DuplicateRun(partition=key, run_id=f"run-{key}", status="SUCCESS") for key in DAYS[:7]]
    told = backfill([], "succeeded", duplicates=duplicates, attempts=["ops-a-1", "ops-a-2"], attempt=2)
    text = str(format_backfill(told))
    assert "\nAttempts: 2 (ops-a-1, ops-a-2)\n" in text
    assert text.split("\n\n")[1].splitlines() == [
        "7 duplicate runs ignored: each partition already had a run.",
        *(f"  {key}: SUCCESS run-{key}" for key in DAYS[:5]),
        "  and 2 more",
    ]
    assert "and 2 more" not in str(format_backfill(told, everything=True))


def test_success_is_told_without_blank_lines_or_next_steps() -> None:
    told = backfill([], "succeeded")
    assert "\n\n" not in str(format_backfill(told))
    assert format_next_steps(told) == []


def test_a_plan_of_a_file_that_was_launched_says_what_would_be_launched() -> None:
    fields: dict[str, Any] = {
        "name": "n",
        "job_name": "daily",
        "asset_keys": None,
        "config_hash": "0",
        "strategy": "runs",
    }
    plan = BackfillPlan(**fields, repository_name=None, location_name=None, partitions=DAYS[:3])
    assert plan.to_launch == 3
    assert "Would launch" not in str(format_plan(plan))
    for to_launch, told in (
        (0, "nothing"),
        (1, "1 missing partition"),
        (2, "2 missing partitions"),
        (3, "3 partitions"),
    ):
        known = plan.model_copy(update={"existing_id": "ops-a-1", "to_launch": to_launch})
        assert str(format_plan(known)).endswith(f"Launched before: ops-a-1\nWould launch: {told}")
