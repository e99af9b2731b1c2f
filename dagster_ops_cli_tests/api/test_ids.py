"""What a word stands for: the beginning of an id, @latest, @failed; and what a whole id costs."""

from typing import Any

import pytest

from dagster_ops_cli.api.backfill import BackfillApi
from dagster_ops_cli.api.run import RunApi
from dagster_ops_cli.errors import InvalidRequestError, NotFoundError
from dagster_ops_cli_tests.cli.api.test_run import of_jobs
from dagster_ops_cli_tests.fake_dagster import FakeDagster, fake_run

TAIL = "-0000-4000-8000-000000000000"
ONE, TWO, OTHER = (f"{head}{TAIL}" for head in ("abcdef01", "abcdef02", "12345678"))


def runs(*given: dict[str, Any]) -> FakeDagster:
    """Return a Dagster that knows jobs, too."""
    dagster = FakeDagster.of(*given)
    listed = dagster.execute

    def of_job(variables: dict[str, Any]) -> dict[str, Any]:
        wanted = variables["filter"].get("pipelineName")
        del dagster.answers["OpsListRuns"]
        found = listed("query OpsListRuns {", {**variables, "limit": None})["runsOrError"]["results"]
        dagster.answers["OpsListRuns"] = of_job
        passed = [run for run in found if wanted in (None, run["jobName"])]
        return {"runsOrError": {"__typename": "Runs", "results": passed[: variables["limit"] or None]}}

    dagster.answers["OpsListRuns"] = of_job
    return dagster


KNOWN = (fake_run(ONE, "FAILURE"), fake_run(TWO, jobName="weekly"), fake_run(OTHER))


@pytest.mark.parametrize(
    ("word", "job", "found"),
    [
        ("123456", None, OTHER),
        ("abcdef01", None, ONE),
        ("abcdef02-0000", None, TWO),
        ("fedcba98", None, "fedcba98"),
        ("@latest", None, OTHER),
        ("@latest", "weekly", TWO),
        ("@failed", None, ONE),
    ],
)
def test_a_word_stands_for_a_run(word: str, job: str | None, found: str) -> None:
    assert RunApi(runs(*KNOWN)).find_ids([word], job) == [found]


def test_several_candidates_are_named_and_nothing_is_chosen() -> None:
    with pytest.raises(InvalidRequestError, match="2 runs have an id that begins with abcdef0") as raised:
        RunApi(runs(*KNOWN)).find_ids(["abcdef0"])
    assert raised.value.exit_code == 2
    assert raised.value.hint == f"It could be:\n  {TWO} weekly SUCCESS\n  {ONE} nightly FAILURE"


def test_many_candidates_are_counted() -> None:
    many = [fake_run(f"abcdef{number:02}{TAIL}") for number in range(25)]
    with pytest.raises(InvalidRequestError, match="25 runs") as raised:
        RunApi(runs(*many)).find_ids(["abcdef"])
    assert str(raised.value.hint).splitlines()[-1] == "  and 15 more"


def test_only_the_newest_thousand_are_looked_through() -> None:
    many = [fake_run(f"{number:08x}{TAIL}") for number in range(1_001)]
    api = RunApi(FakeDagster.of(*many))
    assert api.find_ids(["00000001"]) == [f"00000001{TAIL}"]
    assert api.find_ids(["00000000"]) == ["00000000"]


def test_no_such_run() -> None:
    with pytest.raises(NotFoundError, match="@failed: there is no failed run of job weekly") as raised:
        RunApi(runs(*KNOWN)).find_ids(["@failed"], "weekly")
    assert (raised.value.code, raised.value.exit_code) == ("RUN_NOT_FOUND", 3)


@pytest.mark.parametrize("word", ["@latest", "@failed"])
def test_no_such_job(word: str) -> None:
    dagster = runs(*KNOWN)
    dagster.answers["OpsListJobs"] = of_jobs("nightly", "weekly")
    with pytest.raises(NotFoundError, match="there is no job 'weakly'") as raised:
        RunApi(dagster).find_ids([word], "weakly")
    assert (raised.value.code, raised.value.hint) == ("JOB_NOT_FOUND", "Did you mean weekly?")


def test_other_words_are_refused() -> None:
    with pytest.raises(InvalidRequestError, match="'@newest' is not known; use @latest, @failed or an id"):
        RunApi(runs(*KNOWN)).find_ids(["@newest"])


def backfills(*ids: str, values: tuple[str, ...] = ()) -> FakeDagster:
    record = {"status": "COMPLETED", "isAssetBackfill": False, "tags": [], "partitionSetName": "daily_partition_set"}
    dagster = FakeDagster()
    dagster.answers["OpsListBackfills"] = lambda variables: {
        "partitionBackfillsOrError": {
            "__typename": "PartitionBackfills",
            "results": [{"id": each, **record} for each in ids],
        }
    }
    dagster.answers["OpsListLaunchValues"] = lambda variables: {
        "runTagsOrError": {
            "__typename": "RunTags",
            "tags": [{"key": "ops/launch", "values": [v for v in values if v.startswith(variables["prefix"])]}],
        }
    }
    return dagster


@pytest.mark.parametrize(
    ("word", "found"),
    [("abcdef", "abcdefgh"), ("abcdefg", "abcdefgh"), ("zzzzzz", "zzzzzz"), ("ops-ab", "ops-abcdefghijkl-1")],
)
def test_a_word_stands_for_a_backfill(word: str, found: str) -> None:
    dagster = backfills("abcdefgh", "bbbbbbbb", values=("ops-abcdefghijkl-1", "ops-bcdefghijkla-1"))
    assert BackfillApi(dagster).find_id(word) == found
    assert len(dagster.asked) == 1


def test_several_backfills_are_named() -> None:
    with pytest.raises(InvalidRequestError, match="2 backfills have an id that begins with abcdef") as raised:
        BackfillApi(backfills("abcdefgh", "abcdefgi")).find_id("abcdef")
    assert raised.value.hint == "It could be:\n  abcdefgh daily COMPLETED\n  abcdefgi daily COMPLETED"
