"""Lists of jobs with code locations that do not load."""

import json

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli_tests.fake_dagster import FakeDagster
from dagster_ops_cli_tests.invoke import invoke

BROKEN = "ModuleNotFoundError: \x1b[31mnothing\n  and more"


def dagster() -> FakeDagster:
    def jobs(given: object) -> dict[str, object]:
        names = ["__ASSET_JOB", "nightly", "hourly"]
        pipelines = [{"name": name, "isAssetJob": name.startswith("__")} for name in names]
        node = {"name": "here", "location": {"name": "left"}, "pipelines": pipelines}
        fault = {"__typename": "PythonError", "message": BROKEN}
        entries = [
            {"name": "left", "loadStatus": "LOADED", "locationOrLoadError": {"__typename": "RepositoryLocation"}},
            {"name": "right", "loadStatus": "LOADED", "locationOrLoadError": fault},
        ]
        return {
            "repositoriesOrError": {"__typename": "RepositoryConnection", "nodes": [node]},
            "workspaceOrError": {"__typename": "Workspace", "locationEntries": entries},
        }

    def partitioned(given: object) -> dict[str, object]:
        node = {"name": "here", "location": {"name": "left"}, "partitionSets": [{"pipelineName": "nightly"}]}
        return {"repositoriesOrError": {"__typename": "RepositoryConnection", "nodes": [node]}}

    return FakeDagster(answers={"OpsListJobs": jobs, "OpsListPartitionedJobs": partitioned})


def ask(line: str) -> tuple[int, str, str]:
    outcome = invoke(line, Ops(connect=lambda settings, observe: dagster()))
    return outcome.exit_code, outcome.stdout, outcome.stderr


def test_what_does_not_load_is_said_beside_the_list() -> None:
    exit_code, out, err = ask("ops api job list --json")
    assert exit_code == 0
    assert [(each["name"], each["is_partitioned"]) for each in json.loads(out)["items"]] == [
        ("hourly", False),
        ("nightly", True),
    ]
    assert "broken" not in json.loads(out)
    assert "right" in err
    assert "\\x1b[31mnothing\n  and more" in err


def test_what_does_not_load_can_not_be_asked_for() -> None:
    exit_code, out, err = ask("ops api job list --location right --json")
    assert (exit_code, out) == (5, "")
    assert json.loads(err)["code"] == "CODE_LOCATION_ERROR"


def test_nothing_is_said_of_what_was_not_asked_for() -> None:
    assert ask("ops api job list --location left")[2] == ""


def test_an_incomplete_list_is_said_to_be_so_even_with_quiet() -> None:
    assert ask("ops api job list --quiet")[2].startswith("Warning: code location right does not load")


def test_every_job_has_its_page_in_the_ui() -> None:
    _, out, _ = ask("ops job list --json")
    urls = [job["url"] for job in json.loads(out)["items"]]
    assert urls == [f"http://localhost:3000/locations/here@left/jobs/{name}" for name in ("hourly", "nightly")]


def test_jsonl_is_one_job_a_line() -> None:
    _, out, _ = ask("ops job list --jsonl")
    assert [json.loads(line)["name"] for line in out.splitlines()] == ["hourly", "nightly"]
    assert ask("ops job list --json --jsonl")[0] == 2
