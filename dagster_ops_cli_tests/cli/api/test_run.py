"""The commands on runs in situations that a healthy Dagster can't be brought into."""

import io
import json
import sys
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from rich.live import Live

from dagster_ops_cli import times
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.errors import NoAnswerError, UnauthorizedError
from dagster_ops_cli_tests.api.clock import Clock
from dagster_ops_cli_tests.fake_dagster import CREATED, FakeDagster, fake_run
from dagster_ops_cli_tests.invoke import Outcome, invoke
from dagster_ops_cli_tests.secret_scan import TOKEN

Answer = dict[str, Any]


def run_on(dagster: FakeDagster, command: str, sleep: Callable[[float], None] = lambda seconds: None) -> Outcome:
    return invoke(f"ops api run {command}", Ops(connect=lambda settings, observe: dagster, sleep=sleep))


def of_jobs(*names: str) -> Callable[[Answer], Answer]:
    jobs = [{"name": name, "isAssetJob": False} for name in names]
    repository = {"name": "__repository__", "location": {"name": "here"}, "pipelines": jobs}
    entry = {"name": "here", "loadStatus": "LOADED", "locationOrLoadError": {"__typename": "RepositoryLocation"}}
    return lambda variables: {
        "repositoriesOrError": {"__typename": "RepositoryConnection", "nodes": [repository]},
        "workspaceOrError": {"__typename": "Workspace", "locationEntries": [entry]},
    }


def detail(run: Answer) -> Answer:
    return {**run, "pipelineName": run["jobName"], "mode": "default"}


def launching(dagster: FakeDagster) -> FakeDagster:
    """Make it launch runs of a job ``nightly``, which stay in the queue."""

    def launch(variables: Answer) -> Answer:
        run = fake_run(f"run-{len(dagster.runs)}", "QUEUED")
        dagster.runs[run["runId"]] = run
        return {"launchRun": {"__typename": "LaunchRunSuccess", "run": detail(run)}}

    dagster.answers = {
        "OpsListJobs": of_jobs("nightly"),
        "OpsGetJobPartitioning": lambda variables: {
            "partitionSetOrError": {"__typename": "PartitionSetNotFoundError", "message": "none"}
        },
        "OpsLaunchRun": launch,
        "OpsGetRun": lambda variables: {
            "runOrError": {"__typename": "Run", **detail(dagster.runs[variables["runId"]])}
        },
    }
    return dagster


def deleting(dagster: FakeDagster) -> FakeDagster:
    def delete(variables: Answer) -> Answer:
        dagster.runs.pop(variables["runId"])
        return {"deletePipelineRun": {"__typename": "DeletePipelineRunSuccess", "runId": variables["runId"]}}

    dagster.answers["OpsDeleteRun"] = delete
    return dagster


def launched_with(dagster: FakeDagster) -> Any:
    return next(variables["params"] for operation, variables in dagster.asked if operation == "OpsLaunchRun")


def test_ids_are_read_from_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("run-1\nrun-2 run-1\n\n"))
    dagster = deleting(FakeDagster.of(*(fake_run(f"run-{number}") for number in range(4))))
    outcome = run_on(dagster, "delete run-0 - --yes --json")
    assert [each["id"] for each in json.loads(outcome.stdout)["items"]] == ["run-0", "run-1", "run-2"]
    assert (outcome.exit_code, list(dagster.runs)) == (0, ["run-3"])


@pytest.mark.parametrize("verb", ["delete", "terminate", "reexecute --all-steps"])
def test_an_empty_standard_input_means_no_run_at_all(verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO(""))
    dagster = FakeDagster.of(fake_run("run"))
    outcome = run_on(dagster, f"{verb} - --yes")
    assert (outcome.exit_code, outcome.stdout, dagster.asked) == (0, "No runs found\n", [])


@pytest.mark.parametrize("verb", ["delete", "terminate", "reexecute --all-steps"])
@pytest.mark.parametrize("choice", ["", "''", "run --all", "run --job nightly", "--all --job nightly", "--job ''"])
def test_what_does_not_say_which_runs_is_refused_unasked(verb: str, choice: str) -> None:
    dagster = FakeDagster.of(fake_run("run"))
    outcome = run_on(dagster, f"{verb} {choice} --yes")
    assert (outcome.exit_code, outcome.stdout, dagster.asked) == (2, "", [])


def test_an_interrupted_change_tells_what_was_done_and_what_was_not() -> None:
    dagster = deleting(FakeDagster.of(*(fake_run(f"run-{number}") for number in range(5))))

    def before(operation: str, variables: Answer) -> None:
        if operation == "OpsDeleteRun" and len(dagster.runs) == 3:
            raise KeyboardInterrupt

    dagster.before = before
    outcome = run_on(dagster, "delete --all --yes --json")
    assert outcome.exit_code == 130
    assert [each["id"] for each in json.loads(outcome.stdout)["items"]] == ["run-4", "run-3"]
    assert (
        json.loads(outcome.stderr)["error"]
        == "Interrupted; 3 of 5 runs were not changed; a request may still be under way"
    )


def test_a_launch_that_is_waited_for_in_vain_is_told_as_it_stands() -> None:
    clock = Clock()
    dagster = launching(FakeDagster())
    outcome = run_on(dagster, "launch --job nightly --wait --wait-timeout 0.001", clock.sleep)
    assert outcome.exit_code == 6
    assert "Status: QUEUED" in outcome.stdout
    assert outcome.stderr.startswith("Launched run run-0\n")
    assert (
        "run run-0 is still running\nTo watch: ops api run watch run-0\nTo cancel: ops api run terminate run-0"
        in outcome.stderr
    )


def test_a_hint_takes_the_connection_along_without_its_secrets() -> None:
    dagster = launching(FakeDagster())
    options = f"--url http://elsewhere:1 --header 'Authorization: Bearer {TOKEN}'"
    outcome = run_on(dagster, f"launch --job nightly --wait --wait-timeout 0.001 {options}")
    assert "ops api run watch run-0 --url http://elsewhere:1 --header 'Authorization: ***'" in outcome.stderr
    outcome = run_on(dagster, f"launch --job nightly --wait --wait-timeout 0.001 --url http://me:{TOKEN}@elsewhere:1")
    assert "ops api run watch run-1 --url 'http://***@elsewhere:1'" in outcome.stderr


@pytest.mark.parametrize("arrives", [True, False])
def test_a_launch_without_an_answer_is_looked_for(arrives: bool) -> None:
    dagster = launching(FakeDagster())

    def launch(variables: Answer) -> Answer:
        if arrives:
            dagster.runs["run"] = {
                **fake_run("run", "QUEUED"),
                "tags": variables["params"]["executionMetadata"]["tags"],
            }
        error = NoAnswerError("no answer within 60 s; whether the change was made is not known")
        error.in_doubt = True
        raise error

    dagster.answers["OpsLaunchRun"] = launch
    outcome = run_on(dagster, "launch --job nightly --json")
    assert "checking whether the change was made" in outcome.stderr
    assert len([operation for operation, _ in dagster.asked if operation == "OpsLaunchRun"]) == 1
    if arrives:
        assert (outcome.exit_code, json.loads(outcome.stdout)["id"]) == (0, "run")
        assert "Launched run run\n" in outcome.stderr
    else:
        error = json.loads(outcome.stderr.splitlines()[-1])
        assert (outcome.exit_code, error["code"]) == (5, "TIMEOUT")
        assert error["error"].endswith("Dagster has no such run: it was not launched")
        assert "ops run list --tag ops/request=" in error["hint"]


def test_each_change_of_a_watched_run_is_a_line_of_json() -> None:
    dagster = FakeDagster.of(fake_run("run", "QUEUED"))
    polls: list[str] = []

    def before(operation: str, variables: Answer) -> None:
        dagster.runs["run"]["status"] = ["QUEUED", "QUEUED", "STARTED", "SUCCESS"][len(polls)]
        polls.append(operation)

    dagster.before = before
    outcome = run_on(dagster, "watch run nope --jsonl --quiet")
    lines = [json.loads(line) for line in outcome.stdout.splitlines()]
    assert [(line["id"], line["status"]) for line in lines] == [
        ("run", "QUEUED"),
        ("run", "STARTED"),
        ("run", "SUCCESS"),
    ]
    assert outcome.exit_code == 1


@pytest.mark.parametrize(
    ("name", "text", "sent"),
    [
        ("config.json", '{"ops": {"a": 1}}', {"ops": {"a": 1}}),
        ("config.yaml", "ops:\n  a: 2024-01-01\n", "ops:\n  a: 2024-01-01\n"),
        ("config.yaml", "\n", {}),
    ],
)
def test_a_config_file_is_sent_as_dagster_reads_it(name: str, text: str, sent: object, tmp_path: Path) -> None:
    (tmp_path / name).write_text(text)
    dagster = launching(FakeDagster())
    assert run_on(dagster, f"launch --job nightly --config-file {tmp_path / name}").exit_code == 0
    assert launched_with(dagster)["runConfigData"] == sent


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("config.json", b'{"ops":\n {"a": }}', "is not JSON: line 2, column 8"),
        ("config.json", b"[1, 2]", "must be a JSON object, not list"),
        ("config.json", b'{"ops": NaN}', "is not JSON: NaN"),
        ("config.yaml", b"\xff\xfe", "codec can't decode"),
    ],
)
def test_a_config_file_that_can_not_be_read_is_told_before_anything_is_sent(
    name: str, text: bytes, told: str, tmp_path: Path
) -> None:
    (tmp_path / name).write_bytes(text)
    dagster = launching(FakeDagster())
    outcome = run_on(dagster, f"launch --job nightly --config-file {tmp_path / name} --json")
    error = json.loads(outcome.stderr)
    assert (outcome.exit_code, error["code"], dagster.asked) == (2, "INVALID_RUN_CONFIG", [])
    assert told in error["error"]


@pytest.mark.parametrize(
    ("class_name", "message", "told"),
    [
        ("ScannerError", "yaml.scanner.ScannerError: found a tab\n  line 2, column 1\n", "is not YAML: found a tab"),
        ("ParameterCheckError", 'Param "run_config" is not one of [..]. Got [1]', "is not a mapping"),
    ],
)
def test_a_config_that_dagster_can_not_read_is_no_fault_of_dagster(class_name: str, message: str, told: str) -> None:
    dagster = launching(FakeDagster())
    fault = {"__typename": "PythonError", "message": message, "className": class_name}
    dagster.answers["OpsLaunchRun"] = lambda variables: {"launchRun": fault}
    outcome = run_on(dagster, "launch --job nightly --json")
    error = json.loads(outcome.stderr)
    assert (outcome.exit_code, error["code"]) == (2, "INVALID_RUN_CONFIG")
    assert told in error["error"]


@pytest.mark.parametrize("command", ["launch --job nightly --json", "reexecute run --all-steps --yes --json"])
def test_a_code_location_that_does_not_answer_is_named_as_the_fault(command: str) -> None:
    dagster = launching(FakeDagster.of(fake_run("run", "FAILURE")))
    message = "dagster._core.errors.DagsterUserCodeUnreachableError: Could not reach user code server\n"
    fault = {"__typename": "PythonError", "message": message, "className": "DagsterUserCodeUnreachableError"}
    dagster.answers["OpsLaunchRun"] = lambda variables: {"launchRun": fault}
    dagster.answers["OpsReexecuteRun"] = lambda variables: {"launchRunReexecution": fault}
    outcome = run_on(dagster, command)
    error = json.loads(outcome.stderr)
    assert (outcome.exit_code, error["code"]) == (5, "CODE_LOCATION_ERROR")
    assert "Could not reach user code server" in error["error"]


@pytest.mark.parametrize(
    "tag",
    [
        "dagster/backfill=x",
        "dagster/partition=x",
        "dagster/partition/daily=x",
        "dagster/asset_partition_range_start=x",
        "dagster/parent_run_id=x",
        "dagster/root_run_id=x",
        "ops/launch=x",
    ],
)
def test_tags_that_are_not_the_users_are_refused(tag: str) -> None:
    dagster = launching(FakeDagster.of(fake_run("run", "FAILURE")))
    assert run_on(dagster, f"launch --job nightly --tag {tag}").exit_code == 2
    assert run_on(dagster, f"reexecute run --all-steps --yes --tag {tag}").exit_code == 2
    assert run_on(dagster, f"reexecute --job nightly --all-steps --yes --new-tag {tag}").exit_code == 2
    assert dagster.asked == []


def test_tags_that_are_dagsters_and_meant_for_users_are_taken() -> None:
    dagster = launching(FakeDagster())
    assert run_on(dagster, "launch --job nightly --tag dagster/priority=3 --tag note=a=b,c").exit_code == 0
    assert launched_with(dagster)["executionMetadata"]["tags"][:2] == [
        {"key": "dagster/priority", "value": "3"},
        {"key": "note", "value": "a=b,c"},
    ]


def test_a_tag_beside_a_filter_is_part_of_it() -> None:
    dagster = FakeDagster.of(fake_run("run", "FAILURE"))
    run_on(dagster, "reexecute --job nightly --tag team=air --from-failure --dry-run")
    wanted = dagster.asked[0][1]["filter"]
    assert wanted["tags"] == [{"key": "team", "value": "air"}]
    assert wanted["statuses"] == ["FAILURE"]


@pytest.mark.parametrize(("verb", "count"), [("terminate", 6), ("terminate --force", 7), ("delete", 0)])
def test_a_filter_without_a_status_means_what_can_be_meant(verb: str, count: int) -> None:
    dagster = FakeDagster.of(fake_run("run", "STARTED"))
    run_on(dagster, f"{verb} --job nightly --dry-run")
    assert len(dagster.asked[0][1]["filter"].get("statuses", [])) == count


def test_a_page_that_is_continued_keeps_its_times() -> None:
    dagster = FakeDagster.of(*(fake_run(run_id, tags={"a": "b c"}) for run_id in ("one", "two")))
    outcome = run_on(dagster, "list --limit 1 --created-after 3d --status success,failure --tag 'a=b c' --timeout 30d")
    hint = outcome.stderr.strip()
    assert hint.startswith("More: ops api run list --status SUCCESS,FAILURE --tag 'a=b c' --created-after 2")
    assert hint.endswith("--limit 1 --cursor two --timeout 2592000")
    assert "3d" not in hint


def test_a_word_stands_above_a_progress_bar_and_not_in_it() -> None:
    shown = io.StringIO()
    with Live("0/1", console=Console(file=shown, force_terminal=True, width=200)):
        Ops().say("Launched run 1\x1b[2J")
    assert "Launched run 1\\x1b[2J\n" in shown.getvalue()


def known(**fields: Any) -> FakeDagster:
    """Give it one run, and the log of a run that failed."""
    dagster = FakeDagster.of(fake_run("run", **fields))
    error = {"message": "Bad: luck", "className": "Bad", "stack": [], "errorChain": []}
    event = {"runId": "run", "message": "", "timestamp": "0", "level": "ERROR", "stepKey": "a", "error": error}
    log = {"__typename": "EventConnection", "cursor": "c", "hasMore": False}
    dagster.answers = {
        "OpsGetRun": lambda variables: {"runOrError": {"__typename": "Run", **detail(dagster.runs["run"])}},
        "OpsListRunEvents": lambda variables: {
            "logsForRun": {**log, "events": [{**event, "eventType": "STEP_FAILURE"}]}
        },
    }
    return dagster


def test_get_tells_where_a_run_ran_and_how_long_and_asks_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(times, "now", lambda: datetime.fromtimestamp(CREATED + 3725, timezone.utc))
    dagster = known(
        status="STARTED",
        startTime=CREATED,
        tags={"dagster/partition": "2024-01-01"},
        repositoryOrigin={"repositoryLocationName": "here"},
    )
    outcome = run_on(dagster, "get run")
    assert outcome.stdout.splitlines()[5:] == [
        "Mode: default",
        "Partition: 2024-01-01",
        "Location: here",
        "Duration: 1h02m05s so far",
        "URL: http://localhost:3000/runs/run",
    ]
    assert (outcome.exit_code, outcome.stderr) == (0, "")
    document = json.loads(run_on(dagster, "get run --json").stdout)
    assert [*document][-4:] == ["url", "partition", "location_name", "duration"]
    assert (document["location_name"], document["duration"]) == ("here", 3725)
    assert [operation for operation, _ in dagster.asked] == ["OpsGetRun", "OpsGetRun"]
    assert run_on(dagster, "list").stdout.splitlines()[2].endswith(" 1h02m05s so far")


def test_get_tells_the_first_error_of_a_failed_run_and_how_to_re_run_it() -> None:
    dagster = known(status="FAILURE")
    outcome = run_on(dagster, "get run --timeout 5s")
    assert outcome.stdout.endswith("\nURL: http://localhost:3000/runs/run\nCause: a: Bad: luck\n")
    assert outcome.stderr == (
        "Why it failed: ops api run why run --timeout 5\n"
        "To re-run what failed: ops api run reexecute run --from-failure --timeout 5\n"
    )
    assert run_on(dagster, "get run --json").stderr == ""
    assert [operation for operation, _ in dagster.asked] == ["OpsGetRun", "OpsListRunEvents", "OpsGetRun"]


def test_get_hints_at_no_re_run_where_dagster_retries_itself() -> None:
    outcome = run_on(known(status="FAILURE", tags={"dagster/will_retry": "true"}), "get run")
    assert outcome.stderr == "Why it failed: ops api run why run\n"


def test_launch_and_wait_tells_why_a_run_failed() -> None:
    dagster = launching(FakeDagster())
    dagster.answers["OpsListRunEvents"] = known().answers["OpsListRunEvents"]

    def fail(seconds: float) -> None:
        dagster.runs["run-0"] = fake_run("run-0", "FAILURE", tags={"dagster/will_retry": "false"})

    outcome = run_on(dagster, "launch --job nightly --wait", fail)
    assert outcome.exit_code == 1
    assert outcome.stdout.endswith("\nURL: http://localhost:3000/runs/run-0\nCause: a: Bad: luck\n")
    assert outcome.stderr.endswith("To re-run what failed: ops api run reexecute run-0 --from-failure\n")


def test_events_have_their_levels_on_a_terminal_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    dagster = known(status="FAILURE")
    dagster.answers["OpsListRunEvents"] = known().answers["OpsListRunEvents"]

    def shown(option: str = "") -> str:
        ops = Ops(connect=lambda settings, observe: dagster)
        return invoke(f"ops api run-events get run {option}", ops).stdout

    piped = shown()
    assert [line[:48].rstrip() for line in piped.splitlines()[2:5:2]] == [
        "TIMESTAMP            TYPE                 STEP_K",
        "1970-01-01T00:00:00  STEP_FAILURE         a",
    ]
    monkeypatch.setattr(io, "StringIO", type("Screen", (io.StringIO,), {"isatty": lambda stream: True}))
    monkeypatch.setenv("TERM", "xterm-256color")
    assert "✗ ERROR" in shown()
    assert shown("--plain") == piped
    monkeypatch.setenv("TERM", "dumb")
    assert shown() == piped


def test_what_a_filter_leaves_out_is_told_and_every_attempt_includes_it() -> None:
    partition = {"dagster/partition": "p1"}
    dagster = FakeDagster.of(*(fake_run(run_id, "FAILURE", tags=partition) for run_id in ("one", "two")))
    selections = [
        {"runId": run_id, "assetSelection": None, "solidSelection": None, "repositoryOrigin": None}
        for run_id in ("one", "two")
    ]
    dagster.answers["OpsListRunSelections"] = lambda variables: {
        "runsOrError": {"__typename": "Runs", "results": selections}
    }
    outcome = run_on(dagster, "reexecute --job nightly --from-failure --dry-run --json")
    assert [each["id"] for each in json.loads(outcome.stdout)["items"]] == ["two"]
    assert outcome.stderr == "Left out: 1 older attempt. To include them, pass --every-attempt.\n"
    outcome = run_on(dagster, "reexecute --job nightly --from-failure --every-attempt --dry-run --json")
    assert [each["id"] for each in json.loads(outcome.stdout)["items"]] == ["two", "one"]
    assert run_on(dagster, "reexecute one --from-failure --every-attempt --dry-run").exit_code == 2


@pytest.mark.parametrize(("choice", "code"), [("run", 7), ("--job nightly --status failure", 7)])
def test_an_unfinished_re_execution_is_a_conflict_that_names_it(choice: str, code: int) -> None:
    family = {"dagster/parent_run_id": "run", "dagster/root_run_id": "run"}
    new = fake_run("new", "QUEUED", parentRunId="run", rootRunId="run", tags=family)
    outcome = run_on(FakeDagster.of(fake_run("run", "FAILURE"), new), f"reexecute {choice} --from-failure --yes --json")
    error = json.loads(outcome.stderr.splitlines()[-1])
    assert (outcome.exit_code, error["code"]) == (code, "CONFLICT")
    assert "new (QUEUED)" in error["error"]


def terminating(dagster: FakeDagster) -> FakeDagster:
    """Make it refuse to cancel a run that is starting."""

    def terminate(variables: Answer) -> Answer:
        results: list[Answer] = []
        for run_id in variables["runIds"]:
            run = dagster.runs[run_id]
            if run["status"] == "STARTING":
                message = f"Run {run_id} could not be terminated due to having status STARTING."
                results.append({"__typename": "TerminateRunFailure", "message": message})
            else:
                results.append({"__typename": "TerminateRunSuccess", "run": {"status": run["status"]}})
                run["status"] = "CANCELED"
        return {"terminateRuns": {"__typename": "TerminateRunsResult", "terminateRunResults": results}}

    dagster.answers["OpsTerminateRuns"] = terminate
    return dagster


def test_a_run_that_is_starting_is_not_done_and_told_how_to_cancel() -> None:
    dagster = terminating(FakeDagster.of(fake_run("one", "QUEUED"), fake_run("two", "STARTING")))
    outcome = run_on(dagster, "terminate one two --yes --json")
    items = {each["id"]: each for each in json.loads(outcome.stdout)["items"]}
    assert outcome.exit_code == 1
    assert items["one"]["done"]
    assert (items["two"]["done"], items["two"]["code"], items["two"]["error"]) == (
        False,
        "CONFLICT",
        "Dagster can't cancel a run while it is STARTING; the run continues",
    )
    assert outcome.stderr.endswith("To ask again until these runs have ended: ops api run terminate two --wait --yes\n")


def test_waiting_cancels_a_run_that_is_starting_as_soon_as_dagster_can() -> None:
    dagster = terminating(FakeDagster.of(fake_run("one", "QUEUED"), fake_run("two", "STARTING")))
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        if len(slept) == 4:
            dagster.runs["two"]["status"] = "STARTED"

    outcome = run_on(dagster, "terminate one two --yes --wait --json", sleep)
    assert outcome.exit_code == 0, outcome
    assert [(each["done"], each["status"]) for each in json.loads(outcome.stdout)["items"]] == [(True, "CANCELED")] * 2
    assert dagster.runs["two"]["status"] == "CANCELED"


def test_giving_up_while_a_run_is_starting_says_that_it_goes_on() -> None:
    dagster = terminating(FakeDagster.of(fake_run("run", "STARTING")))
    outcome = run_on(dagster, "terminate run --yes --wait --wait-timeout 0.001 --json")
    (item,) = json.loads(outcome.stdout)["items"]
    assert (outcome.exit_code, item["done"], item["error"]) == (6, False, "still STARTING")
    assert "run run is still running" in outcome.stderr


def partitioned(dagster: FakeDagster, *keys: str) -> FakeDagster:
    """Make its job ``nightly`` partitioned."""
    launching(dagster)
    partition_set = {
        "__typename": "PartitionSet",
        "partitionsOrError": {"__typename": "Partitions", "results": [{"name": key} for key in keys]},
        "first": {"__typename": "Partitions", "results": []},
    }
    dagster.answers["OpsGetJobPartitioning"] = lambda variables: {"partitionSetOrError": partition_set}
    return dagster


def test_a_partitioned_job_is_not_launched_without_a_partition_by_chance() -> None:
    dagster = partitioned(FakeDagster(), "2024-01-01", "2024-01-02 x")
    outcome = run_on(dagster, "launch --job nightly --json")
    error = json.loads(outcome.stderr)
    assert (outcome.exit_code, error["error"]) == (2, "job 'nightly' is partitioned; choose a partition")
    assert error["hint"] == (
        "To launch it without a partition, pass --no-partition.\n"
        "Example: ops run launch --job nightly --partition '2024-01-02 x'"
    )
    assert "OpsLaunchRun" not in [operation for operation, _ in dagster.asked]
    assert run_on(dagster, "launch --job nightly --no-partition").exit_code == 0
    assert launched_with(dagster)["executionMetadata"]["tags"][0]["key"] == "ops/request"
    assert run_on(dagster, "launch --job nightly --no-partition --partition 2024-01-01").exit_code == 2


def test_the_example_of_a_partition_names_each_dimension() -> None:
    dagster = partitioned(FakeDagster(), "2024-01-01|NL01")
    tags = [{"key": "dagster/partition/daily", "value": "1"}, {"key": "dagster/partition/stations", "value": "2"}]
    first = [{"tagsOrError": {"__typename": "PartitionTags", "results": tags}}]
    answer = dagster.answers["OpsGetJobPartitioning"]({})
    answer["partitionSetOrError"]["first"]["results"] = first
    outcome = run_on(dagster, "launch --job nightly --url http://elsewhere:1")
    assert "job 'nightly' is partitioned by daily and stations; choose a partition" in outcome.stderr
    assert "launch --job nightly --partition daily=2024-01-01 --partition stations=NL01 --url http://elsewhere:1" in (
        outcome.stderr
    )
    # One dimension alone is near to the keys of all its partitions.
    outcome = run_on(dagster, "launch --job nightly --partition 2024-01-01 --json")
    assert json.loads(outcome.stderr)["hint"] == "Pass --partition daily=KEY --partition stations=KEY."


def test_watch_takes_a_filter() -> None:
    dagster = FakeDagster.of(fake_run("old", "FAILURE"), fake_run("one", "STARTED"), fake_run("two", "QUEUED"))

    def end(operation: str, variables: Answer) -> None:
        if variables["filter"].get("runIds"):
            dagster.runs["one"]["status"] = dagster.runs["two"]["status"] = "SUCCESS"

    dagster.before = end
    outcome = run_on(dagster, "watch --job nightly --json")
    assert outcome.exit_code == 0, outcome
    assert [each["id"] for each in json.loads(outcome.stdout)["items"]] == ["two", "one"]
    # Nothing is unfinished any more.
    outcome = run_on(dagster, "watch --all --json")
    assert (outcome.exit_code, json.loads(outcome.stdout)["count"]) == (0, 0)


@pytest.mark.parametrize("verb", ["watch", "terminate --yes", "delete --yes", "reexecute --from-failure --yes"])
def test_runs_are_chosen_one_way(verb: str) -> None:
    for choice, told in (("", "Choose runs by id or by filter"), ("one --all", "can't be used together")):
        outcome = run_on(FakeDagster.of(fake_run("one")), f"{verb} {choice}")
        assert outcome.exit_code == 2
        assert told in outcome.stderr


def test_runs_of_a_location_are_changed() -> None:
    origins = {"here": {"repositoryLocationName": "here"}, "there": {"repositoryLocationName": "there"}}
    runs = (fake_run(name, "STARTED", repositoryOrigin=origin) for name, origin in origins.items())
    outcome = run_on(FakeDagster.of(*runs), "terminate --location here --dry-run --json")
    assert [each["id"] for each in json.loads(outcome.stdout)["items"]] == ["here"]


@pytest.mark.parametrize(
    ("command", "listed", "refused", "why"),
    [
        ("terminate", "going", "ended", "already finished (SUCCESS)"),
        ("delete", "ended", "going", "not finished yet (STARTED)"),
        ("reexecute --all-steps", "ended", "going", "not finished yet (STARTED)"),
    ],
)
def test_a_dry_run_lists_only_what_would_be_changed(command: str, listed: str, refused: str, why: str) -> None:
    dagster = FakeDagster.of(fake_run("going", "STARTED"), fake_run("ended", "SUCCESS"))
    outcome = run_on(dagster, f"{command} going ended --dry-run --json")
    assert [each["id"] for each in json.loads(outcome.stdout)["items"]] == [listed]
    assert outcome.exit_code == 1
    assert f"{refused}: {why}" in outcome.stderr
    outcome = run_on(dagster, f"{command} {refused} --dry-run --json")
    assert (outcome.exit_code, json.loads(outcome.stderr)["code"]) == (7, "CONFLICT")


def test_an_error_while_waiting_names_the_run() -> None:
    dagster = FakeDagster.of(fake_run("run", "STARTED"))

    def lose(seconds: float) -> None:
        def refuse(operation: str, variables: object) -> None:
            raise UnauthorizedError("the token has expired")

        dagster.before = refuse

    outcome = invoke("ops run watch run --json", Ops(connect=lambda *_: dagster, sleep=lose))
    assert outcome.exit_code == 4
    assert json.loads(outcome.stderr.splitlines()[-1])["run_id"] == "run"
