"""A name finds exactly one job, or the error says why not."""

from typing import Any

import pytest

from dagster_ops_cli.adapters.job import load_error
from dagster_ops_cli.api.job.find import ambiguous, find_job
from dagster_ops_cli.errors import BadResponseError, InvalidRequestError, NotFoundError, OpsError

ALL_JOBS = "`ops job list` shows all jobs."
Repositories = dict[tuple[str, str], list[str]]


class Workspace:
    """Answers OpsListJobs with jobs by (location, repository), and with locations that do not load."""

    url = "http://localhost:3000"

    def __init__(self, jobs: Repositories, broken: dict[str, str] | None = None) -> None:
        self.jobs = jobs
        self.broken = broken or {}

    def execute(self, query: str, variables: object = None) -> dict[str, Any]:
        assert "OpsListJobs" in query
        nodes = [
            {"name": repository, "location": {"name": location}, "pipelines": [_job(name) for name in names]}
            for (location, repository), names in self.jobs.items()
        ]
        entries = [
            {"name": name, "loadStatus": "LOADED", "locationOrLoadError": {"__typename": "RepositoryLocation"}}
            for name in dict.fromkeys(location for location, _ in self.jobs)
        ]
        entries += [
            {"name": name, "loadStatus": "LOADED", "locationOrLoadError": _fault(text)}
            for name, text in self.broken.items()
        ]
        return {
            "repositoriesOrError": {"__typename": "RepositoryConnection", "nodes": nodes},
            "workspaceOrError": {"__typename": "Workspace", "locationEntries": entries},
        }


def _job(name: str) -> dict[str, Any]:
    return {"name": name, "isAssetJob": name.startswith("__")}


def _fault(text: str) -> dict[str, str]:
    return {"__typename": "PythonError", "message": text}


TWO = Workspace({("left", "here"): ["nightly", "hourly", "__ASSET_JOB"], ("right", "here"): ["nightly"]})


@pytest.mark.parametrize(
    ("asked", "location"),
    [(("hourly",), "left"), (("nightly", None, "right"), "right"), (("nightly", "here", "left"), "left")],
)
def test_one_job_is_found(asked: tuple[str, ...], location: str) -> None:
    job = find_job(TWO, *asked)
    assert (job.name, job.repository_name, job.location_name) == (asked[0], "here", location)
    assert not job.hidden


def test_the_job_of_assets_without_a_job_is_hidden() -> None:
    assert find_job(TWO, "__ASSET_JOB").hidden


@pytest.mark.parametrize(
    ("asked", "kind", "code", "told", "hint"),
    [
        (("Nigtly",), NotFoundError, "JOB_NOT_FOUND", "there is no job 'Nigtly'", "Did you mean nightly?"),
        (("nothing like it",), NotFoundError, "JOB_NOT_FOUND", "there is no job 'nothing like it'", ALL_JOBS),
        (
            ("hourly", None, "right"),
            NotFoundError,
            "JOB_NOT_FOUND",
            "there is no job 'hourly' in location 'right'",
            ALL_JOBS,
        ),
        (
            ("hourly", None, "lef"),
            NotFoundError,
            "LOCATION_NOT_FOUND",
            "there is no code location 'lef'",
            "Did you mean left?",
        ),
        (
            ("hourly", None, "qqq"),
            NotFoundError,
            "LOCATION_NOT_FOUND",
            "there is no code location 'qqq'",
            "Code locations: left, right.",
        ),
        (
            ("hourly", "her", "left"),
            NotFoundError,
            "LOCATION_NOT_FOUND",
            "there is no repository 'her' of location 'left'",
            "Did you mean here?",
        ),
        (
            ("nightly",),
            InvalidRequestError,
            "INVALID_REQUEST",
            "2 jobs have the name 'nightly': in locations left, right",
            "Choose one with --location.",
        ),
    ],
)
def test_what_is_not_one_job_says_why(
    asked: tuple[str, ...], kind: type[OpsError], code: str, told: str, hint: str | None
) -> None:
    with pytest.raises(kind) as caught:
        find_job(TWO, *asked)
    assert (caught.value.code, caught.value.message, caught.value.hint) == (code, told, hint)


@pytest.mark.parametrize("asked", [("weekly",), ("weekly", "there"), ("nightly", None, "right")])
def test_a_location_that_does_not_load_is_told_where_the_job_may_live_in_it(asked: tuple[str, ...]) -> None:
    client = Workspace({("left", "here"): ["nightly"]}, {"right": "ModuleNotFoundError: no pandas"})
    with pytest.raises(BadResponseError, match="right: ModuleNotFoundError: no pandas") as caught:
        find_job(client, *asked)
    assert caught.value.code == "CODE_LOCATION_ERROR"


def test_a_code_server_that_is_down_is_told_in_one_line() -> None:
    down = "DagsterUserCodeUnreachableError: Could not reach user code server. gRPC Error code: UNAVAILABLE"
    cause = "grpc._channel._InactiveRpcError: <_InactiveRpcError of RPC that terminated with:\n\tstatus = ...\n>\n"
    fault = {"__typename": "PythonError", "message": f"{down}\n", "causes": [{"message": cause}]}
    assert load_error({"locationOrLoadError": fault}) == down
    fault["causes"] = [{"message": "RuntimeError: broken import\n"}]
    assert load_error({"locationOrLoadError": fault}) == "RuntimeError: broken import"


def test_a_location_that_does_not_load_is_no_matter_where_the_job_is_found_or_looked_for_elsewhere() -> None:
    client = Workspace({("left", "here"): ["nightly"]}, {"right": "ModuleNotFoundError: no pandas"})
    assert find_job(client, "nightly").location_name == "left"
    with pytest.raises(NotFoundError):
        find_job(client, "weekly", None, "left")


def test_a_name_that_a_location_has_twice_needs_both_options() -> None:
    error = ambiguous("job", "nightly", [("left", "one"), ("left", "two")])
    assert error.message == (
        "2 jobs have the name 'nightly': in repository one of location left, repository two of location left"
    )
    assert error.hint == "Choose one with --location and --repository."
