"""The state of each partition of a backfill."""

from dagster_ops_cli.api.backfill.members import LaunchRuns, Member
from dagster_ops_cli.api.backfill.partitions import partition_states

DAYS = [f"2024-01-0{day}" for day in range(1, 7)]


def runs(**statuses: str) -> LaunchRuns:
    """Return runs by their partitions."""
    latest = {
        key: Member(f"run {key}", status, key, "", "", None, None, None, None, None, False, None)
        for key, status in statuses.items()
    }
    return LaunchRuns(latest, latest)


def states(keys: list[str], found: LaunchRuns) -> list[tuple[str, str]]:
    return [(each.partition, each.status) for each in partition_states(keys, found)]


def test_partitions_are_in_the_order_of_the_backfill_and_those_without_a_run_have_not_started() -> None:
    assert states(["c", "b", "a"], runs(a="SUCCESS", b="FAILURE")) == [
        ("c", "NOT_STARTED"),
        ("b", "FAILURE"),
        ("a", "SUCCESS"),
    ]
    assert [each.run_id for each in partition_states(["c", "a"], runs(a="SUCCESS"))] == [None, "run a"]


def test_a_run_of_a_range_counts_for_each_partition_that_has_no_run_of_its_own() -> None:
    key = f"{DAYS[1]}...{DAYS[4]}"
    own = runs(x="FAILURE").latest["x"]
    found = LaunchRuns(latest={DAYS[2]: own._replace(status="SUCCESS", key=DAYS[2]), key: own._replace(key=key)})
    assert [status for _, status in states(DAYS, found)] == [
        "NOT_STARTED",
        "FAILURE",
        "SUCCESS",
        "FAILURE",
        "FAILURE",
        "NOT_STARTED",
    ]


def test_without_keys_those_of_the_runs_are_shown() -> None:
    assert states([], runs(b="SUCCESS", a="QUEUED")) == [("b", "SUCCESS"), ("a", "QUEUED")]


def test_a_range_whose_ends_are_unknown_is_shown_as_it_is() -> None:
    own = runs(x="SUCCESS").latest["x"]
    assert states([], LaunchRuns(latest={"a...c": own})) == [("a...c", "SUCCESS")]


def test_a_range_that_was_launched_again_counts() -> None:
    own = runs(x="FAILURE").latest["x"]
    again = own._replace(status="SUCCESS")
    found = LaunchRuns(latest={f"{DAYS[0]}...{DAYS[2]}": again, DAYS[1]: own})
    assert states(DAYS[:3], found) == [(day, "SUCCESS") for day in DAYS[:3]]
