"""The partitions that a range of dates chooses; no date is left out silently."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pytest

from dagster_ops_cli.api.partition.choice import resolve, resolve_unchecked
from dagster_ops_cli.schemas.backfill.config import PartitionEntry
from dagster_ops_cli.schemas.partition import Dimension, Partitioning


def days(first: str, count: int, step: int = 1) -> list[str]:
    return [str(date.fromisoformat(first) + timedelta(days=number * step)) for number in range(count)]


def hours(first: str, count: int) -> list[str]:
    start = datetime.strptime(first, "%Y-%m-%d-%H:%M")  # noqa: DTZ007 - keys of partitions have no zone
    return [f"{start + timedelta(hours=number):%Y-%m-%d-%H:%M}" for number in range(count)]


DAILY = days("2024-01-01", 10)
WEEKLY = days("2024-01-07", 4, step=7)
MONTHLY = ["2024-01-01", "2024-02-01", "2024-03-01"]
BY_MONTH = ["2023-12", "2024-01", "2024-02"]
QUARTERLY = ["2023-10-01", "2024-01-01", "2024-04-01"]
HOURLY = hours("2024-01-01-00:00", 48)
WORKING_DAYS = ["2024-01-01", "2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05", "2024-01-08"]


def choose(keys: Sequence[str], start: str, end: str) -> tuple[list[str], list[str]]:
    partitioning = Partitioning(dimensions=[Dimension(name="partition", keys=list(keys))], keys=list(keys))
    entry = PartitionEntry.model_validate({"start_date": start, "end_date": end})
    resolved = resolve([entry], partitioning, "job 'j'")
    return resolved.keys, resolved.problems


@pytest.mark.parametrize(
    ("keys", "start", "end", "first", "last"),
    [
        (DAILY, "2024-01-01", "2024-01-10", "2024-01-01", "2024-01-10"),
        (DAILY, "first", "2024-01-02", "2024-01-01", "2024-01-02"),
        (DAILY, "2024-01-09", "latest", "2024-01-09", "2024-01-10"),
        (DAILY, "latest", "latest", "2024-01-10", "2024-01-10"),
        (DAILY, "first", "first", "2024-01-01", "2024-01-01"),
        (WEEKLY, "2024-01-07", "2024-02-03", "2024-01-07", "2024-01-28"),
        (WEEKLY, "2024-01-08", "2024-01-28", "2024-01-14", "2024-01-28"),
        (MONTHLY, "2024-01-15", "2024-03-31", "2024-02-01", "2024-03-01"),
        (BY_MONTH, "2023-12-01", "2024-02-29", "2023-12", "2024-02"),
        (QUARTERLY, "first", "2024-06-30", "2023-10-01", "2024-04-01"),
        (HOURLY, "2024-01-01", "2024-01-02", "2024-01-01-00:00", "2024-01-02-23:00"),
        (HOURLY[5:40], "first", "latest", "2024-01-01-05:00", "2024-01-02-15:00"),
        (HOURLY[5:40], "first", "2024-01-01", "2024-01-01-05:00", "2024-01-01-23:00"),
        (hours("2024-01-01-00:15", 24), "2024-01-01", "2024-01-01", "2024-01-01-00:15", "2024-01-01-23:15"),
        (["2024-01-01-05:00", "2024-01-02-05:00"], "2024-01-01", "2024-01-02", "2024-01-01-05:00", "2024-01-02-05:00"),
        (WORKING_DAYS, "2024-01-05", "2024-01-08", "2024-01-05", "2024-01-08"),
        (["2024-01-01"], "2024-01-01", "2024-01-01", "2024-01-01", "2024-01-01"),
        (["2024-02"], "2024-02-01", "2024-02-29", "2024-02", "2024-02"),
        (["red", "green"], "first", "latest", "red", "green"),
    ],
)
def test_a_range_within_the_partitions(keys: list[str], start: str, end: str, first: str, last: str) -> None:
    found, problems = choose(keys, start, end)
    assert not problems
    assert (found[0], found[-1]) == (first, last)
    assert found == keys[keys.index(first) : keys.index(last) + 1]


@pytest.mark.parametrize(
    ("keys", "start", "end"),
    [
        (DAILY, "2023-12-31", "2024-01-02"),
        (WEEKLY, "2024-01-06", "2024-01-28"),
        (MONTHLY, "2023-12-31", "2024-02-01"),
        (HOURLY, "2023-12-31", "2024-01-01"),
        (HOURLY[5:], "2024-01-01", "2024-01-02"),
    ],
)
def test_a_range_that_begins_before_the_first(keys: list[str], start: str, end: str) -> None:
    found, (problem,) = choose(keys, start, end)
    assert not found
    assert problem == (
        f"tags.partitions[0].start_date: {start} is before the first partition; the partitions go from {keys[0]} to "
        f"{keys[-1]}. Write `start_date: first` for the first"
    )


@pytest.mark.parametrize(
    ("keys", "start", "end"),
    [
        (DAILY, "2024-01-01", "2024-01-11"),
        (DAILY, "first", "2024-01-11"),
        (WEEKLY, "2024-01-07", "2024-02-04"),
        (MONTHLY, "2024-01-01", "2024-04-01"),
        (BY_MONTH, "2023-12-01", "2024-03-01"),
        (QUARTERLY, "first", "2024-07-01"),
        (HOURLY, "2024-01-01", "2024-01-03"),
        (HOURLY[:40], "2024-01-01", "2024-01-02"),
        (["2024-01-01"], "2024-01-01", "2024-01-02"),
    ],
)
def test_a_range_that_ends_behind_the_last(keys: list[str], start: str, end: str) -> None:
    found, (problem,) = choose(keys, start, end)
    assert not found
    assert problem.startswith(f"tags.partitions[0].end_date: {end} is after the last partition; ")
    assert f"from {keys[0]} to {keys[-1]}, and each appears when its time window ends" in problem
    assert problem.endswith("Write `end_date: latest` for the last")


@pytest.mark.parametrize(
    ("keys", "start", "end", "told"),
    [
        (
            DAILY,
            "1999-01-01",
            "1999-02-01",
            "there is no partition from 1999-01-01 to 1999-02-01; the partitions go from",
        ),
        (WEEKLY, "2024-01-08", "2024-01-13", "there is no partition from 2024-01-08"),
        (DAILY, "latest", "first", "latest is after end_date first"),
        (DAILY, "latest", "2024-01-09", "there is no partition from latest to 2024-01-09"),
        (["red", "green"], "first", "2024-01-01", "keys such as 'red' are not ISO dates"),
        (["2024-99-01"], "first", "2024-01-01", "keys such as '2024-99-01' are not ISO dates"),
    ],
)
def test_a_range_without_partitions(keys: list[str], start: str, end: str, told: str) -> None:
    found, (problem,) = choose(keys, start, end)
    assert not found
    assert problem.startswith(f"tags.partitions[0].start_date: {told}")


@pytest.mark.parametrize(("start", "end"), [("first", "latest"), ("2024-01-01", "latest")])
def test_a_job_without_keys_so_far(start: str, end: str) -> None:
    assert choose([], start, end)[1]


TWO = Partitioning(
    dimensions=[Dimension(name="day", keys=["1", "2"]), Dimension(name="station", keys=["a"])], keys=["1|a", "2|a"]
)


def test_one_dimension_needs_no_name() -> None:
    entry = PartitionEntry.model_validate({"values": ["b"]})
    partitioning = Partitioning(dimensions=[Dimension(name="partition", keys=["a", "b"])], keys=["a", "b"])
    resolved = resolve([entry], partitioning, "job 'j'")
    assert (resolved.keys, resolved.choices[0].dimension) == (["b"], "partition")
    assert resolve_unchecked([entry]).keys == ["b"]


def test_several_dimensions_need_their_names() -> None:
    resolved = resolve([PartitionEntry.model_validate({"values": "all"})], TWO, "job 'j'")
    assert resolved.problems == [
        "tags.partitions[0].name: Must name a dimension; job 'j' has day, station",
        "tags.partitions: Missing dimension: day",
        "tags.partitions: Missing dimension: station",
    ]


def test_all_in_a_list_is_no_key() -> None:
    entries = [PartitionEntry.model_validate({"name": name, "values": ["all"]}) for name in ("day", "station")]
    problems = resolve(entries, TWO, "job 'j'").problems
    assert problems == [f"tags.partitions[{index}].values: For every key write `values: all`" for index in (0, 1)]


def test_unchecked_keys_of_several_dimensions_hold_no_separator() -> None:
    entries = [
        PartitionEntry.model_validate({"name": "day", "values": ["1", "2|a"]}),
        PartitionEntry.model_validate({"name": "station", "values": ["a"]}),
    ]
    problems = resolve_unchecked(entries).problems
    assert problems == ["tags.partitions[0].values: a key of one dimension can't contain '|': 2|a"]
    assert resolve_unchecked([PartitionEntry.model_validate({"values": ["2|a"]})]).keys == ["2|a"]


WHO = Dimension(name="who", type="DYNAMIC", keys=["ann"])
REGION = Dimension(name="region", type="STATIC", keys=["north", "south"])


def choose_new(dynamic: Sequence[str] | None, **values: list[str]) -> tuple[list[str], list[str]]:
    keys = [f"{region}|{who}" for region in REGION.keys for who in WHO.keys]
    partitioning = Partitioning(dimensions=[REGION, WHO], keys=keys)
    entries = [PartitionEntry(name=name, values=listed) for name, listed in values.items()]
    resolved = resolve(entries, partitioning, "asset 'a'", dynamic)
    return resolved.keys, resolved.problems


def test_keys_to_be_added_come_last_in_the_order_of_the_file() -> None:
    keys, problems = choose_new(["who"], region=["south", "north"], who=["zoe", "ann", "bob"])
    assert (problems, keys) == (
        [],
        ["north|ann", "north|zoe", "north|bob", "south|ann", "south|zoe", "south|bob"],
    )


@pytest.mark.parametrize(
    ("dynamic", "values", "problem"),
    [
        (None, {"region": ["north"], "who": ["zoe"]}, "[1].values: zoe does not exist"),
        (
            ["who"],
            {"region": ["west"], "who": ["zoe"]},
            "[0].values: west does not exist (it can't be added: 'region' is not a dynamic dimension of an asset)",
        ),
        (["who"], {"region": ["north"], "who": ["all"]}, "[1].values: For every key write `values: all`"),
        (
            ["who"],
            {"region": ["north"], "who": ["a|b", "zoe"]},
            "[1].values: a|b does not exist (keys that are empty or contain '|', '...' or control characters can't",
        ),
        ([], {"region": ["north"], "who": ["zoe"]}, "is not a dynamic dimension of an asset"),
    ],
)
def test_keys_that_can_not_be_added(dynamic: list[str] | None, values: dict[str, list[str]], problem: str) -> None:
    keys, problems = choose_new(dynamic, **values)
    assert keys == []
    (found,) = problems
    assert problem in found
