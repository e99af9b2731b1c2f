"""Partitions chosen on the command line, in the words of a backfill file."""

import pytest

from dagster_ops_cli.api.partition.words import choose_keys
from dagster_ops_cli.errors import InvalidRequestError, NotFoundError
from dagster_ops_cli.schemas.asset.report import PartitionChoice
from dagster_ops_cli.schemas.partition import Partitioning


def partitioning(**dimensions: list[str]) -> Partitioning:
    names = sorted(dimensions)
    keys = [""]
    for name in names:
        keys = [f"{key}|{value}" if key else value for key in keys for value in dimensions[name]]
    return Partitioning.model_validate(
        {"dimensions": [{"name": name, "keys": dimensions[name]} for name in names], "keys": keys}
    )


DAYS = ["2024-01-01", "2024-01-02", "2024-01-03"]
DAILY = partitioning(default=DAYS)
GRID = partitioning(day=DAYS, who=["acme", "globex"])
ODD = partitioning(default=["a=b", "c"])


def chosen(of: Partitioning, **words: object) -> list[str]:
    return choose_keys(PartitionChoice.model_validate(words), of, "asset 'x'")


@pytest.mark.parametrize(
    ("of", "words", "keys"),
    [
        (DAILY, {"keys": ["2024-01-03", "2024-01-01"]}, ["2024-01-01", "2024-01-03"]),
        (DAILY, {"keys": ["2024-01-02", "2024-01-02"]}, ["2024-01-02"]),
        (DAILY, {"keys": ["day=2024-01-02", "day=2024-01-02"]}, ["2024-01-02"]),
        (DAILY, {"start_date": ["2024-01-02"], "end_date": ["latest"]}, DAYS[1:]),
        (DAILY, {"start_date": ["first"], "end_date": ["2024-01-02"]}, DAYS[:2]),
        (DAILY, {"start": ["2024-01-01"], "end": ["2024-01-02"]}, DAYS[:2]),
        (DAILY, {"everything": True}, DAYS),
        (GRID, {"keys": ["2024-01-02|acme"]}, ["2024-01-02|acme"]),
        (GRID, {"keys": ["day=2024-01-02", "who=acme", "who=globex"]}, ["2024-01-02|acme", "2024-01-02|globex"]),
        (
            GRID,
            {"keys": ["who=acme"], "start_date": ["day=2024-01-02"], "end_date": ["day=latest"]},
            ["2024-01-02|acme", "2024-01-03|acme"],
        ),
        (
            GRID,
            {"start": ["day=2024-01-01", "who=acme"], "end": ["day=2024-01-01", "who=globex"]},
            ["2024-01-01|acme", "2024-01-01|globex"],
        ),
        (ODD, {"keys": ["a=b"]}, ["a=b"]),
        (ODD, {"start": ["a=b"], "end": ["c"]}, ["a=b", "c"]),
    ],
)
def test_what_is_chosen(of: Partitioning, words: dict[str, object], keys: list[str]) -> None:
    assert chosen(of, **words) == keys


@pytest.mark.parametrize(
    ("of", "words", "message"),
    [
        (DAILY, {"start": ["2024-01-02"]}, "--end is missing"),
        (DAILY, {"end_date": ["latest"]}, "--start-date is missing"),
        (DAILY, {"start": ["2024-01-02"], "end": ["2024-01-01"]}, "--start: '2024-01-02' comes after end"),
        (
            DAILY,
            {"start_date": ["2024-01-02"], "end_date": ["2024-01-01"]},
            "--start-date 2024-01-02 is after --end-date",
        ),
        (DAILY, {"start_date": ["2024-1-1"], "end_date": ["latest"]}, "'2024-1-1' is not a date such as 2024-01-31"),
        (
            DAILY,
            {"start_date": ["2023-12-31"], "end_date": ["latest"]},
            "--start-date: 2023-12-31 is before the first partition; .* Write `--start-date first` for the first",
        ),
        (
            DAILY,
            {"start_date": ["first"], "end_date": ["latest"], "start": ["2024-01-01"], "end": ["2024-01-02"]},
            "Give one of these: --start-date and --end-date; --start and --end; --partition",
        ),
        (ODD, {"start_date": ["2024-01-01"], "end_date": ["latest"]}, "not ISO dates; use --start and --end with"),
        (DAILY, {"start": ["2024-01-01", "2024-01-02"], "end": ["2024-01-03"]}, "--start was given twice"),
        (GRID, {"keys": ["day=2024-01-01"]}, "Missing dimension: who"),
        (
            GRID,
            {"keys": ["week=1", "who=acme"]},
            "--partition week=1: there is no dimension 'week'; asset 'x' has day, who",
        ),
        (GRID, {"start": ["2024-01-01"], "end": ["2024-01-02"]}, "partitioned by day, who; write DIMENSION=2024-01-01"),
        (GRID, {"keys": ["2024-01-01|acme", "who=acme"]}, "whole keys, or values for each dimension"),
        (partitioning(), {"keys": ["a"]}, "asset 'x' has no partitions"),
    ],
)
def test_what_can_not_be_meant(of: Partitioning, words: dict[str, object], message: str) -> None:
    with pytest.raises(InvalidRequestError, match=message):
        chosen(of, **words)


@pytest.mark.parametrize(
    ("of", "words", "hint"),
    [
        (GRID, {"keys": ["2024-01-01"]}, "Pass --partition day=KEY --partition who=KEY."),
        (DAILY, {"keys": ["2024-01-04"]}, "Did you mean 2024-01-0"),
        (DAILY, {"start": ["2024-01-09"], "end": ["2024-01-03"]}, "Did you mean 2024-01-0"),
        (GRID, {"keys": ["who=acne", "day=2024-01-01"]}, "Did you mean acme"),
        (GRID, {"keys": ["2024-01-01|acne"]}, "Did you mean 2024-01-01.acme"),
        (DAILY, {"keys": ["nothing"]}, "Its keys range from 2024-01-01 to 2024-01-03."),
    ],
)
def test_what_does_not_exist(of: Partitioning, words: dict[str, object], hint: str) -> None:
    with pytest.raises(NotFoundError) as raised:
        chosen(of, **words)
    assert raised.value.code == "PARTITION_NOT_FOUND"
    assert (raised.value.hint or "").startswith(hint.replace(".acme", "|acme"))
