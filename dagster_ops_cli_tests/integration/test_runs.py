"""Runs listed, launched, waited for, ended, launched again and deleted, on a real Dagster."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from dagster_ops_cli.demo.server import LOCATION, REPOSITORY, LocalDagster
from dagster_ops_cli.http.client import HttpClient
from dagster_ops_cli.settings import Settings
from dagster_ops_cli_tests.integration.automation import wait_until
from dagster_ops_cli_tests.integration.inserting import insert
from dagster_ops_cli_tests.integration.test_servers import another_webserver
from dagster_ops_cli_tests.invoke import Outcome, invoke, spawn

pytestmark = pytest.mark.integration

INSERTED = 300
UNKNOWN = "00000000-0000-4000-8000-000000000000"
STRICT = """launch --job strict_job --config-json '{"ops": {"count": {"config": {"amount": 1}}}}'"""
Run = Callable[[str], Outcome]

LAUNCH_BACKFILL = """
mutation($params: LaunchBackfillParams!) {
  launchPartitionBackfill(backfillParams: $params) { ... on LaunchBackfillSuccess { backfillId } }
}
"""
GET_BACKFILL = """
query($id: String!) {
  partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill { runs { runId status } } }
}
"""


@pytest.fixture
def run(dagster: LocalDagster) -> Run:
    """Run `ops api run ...` on this Dagster."""
    return lambda command: invoke(f"ops api run {command} --url {dagster.url}")


@pytest.fixture(scope="module")
def backfill(dagster: LocalDagster) -> str:
    """A backfill of one partition, which fails."""
    repository = {"repositoryLocationName": LOCATION, "repositoryName": REPOSITORY}
    selector = {"partitionSetName": "ingestion_job_partition_set", "repositorySelector": repository}
    params = {"selector": selector, "partitionNames": ["2024-02-01|NL10001"]}
    answer = HttpClient(Settings(dagster.url)).execute(LAUNCH_BACKFILL, {"params": params})
    found: str = answer["launchPartitionBackfill"]["backfillId"]
    return found


@pytest.fixture(scope="module")
def inserted(dagster: LocalDagster, backfill: str) -> list[str]:
    """Runs by id, oldest first; every fifth failed."""
    return insert(dagster, "insert_runs", INSERTED, "--logs")


def launched(run: Run, command: str) -> str:
    outcome = run(f"{command} --json")
    assert outcome.exit_code == 0, outcome
    run_id: str = json.loads(outcome.stdout)["id"]
    assert f"Launched run {run_id}\n" in outcome.stderr
    return run_id


def detail(run: Run, run_id: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(run(f"get {run_id} --json").stdout)
    return document


def until_started(run: Run, run_id: str) -> None:
    wait_until(lambda: detail(run, run_id)["status"] == "STARTED", f"run {run_id} to start")


def until_logged(dagster: LocalDagster, run_id: str, message: str) -> None:
    """Wait until a step has logged a message: a run that has only started does not ignore a request to stop yet."""
    logged = f"ops api run-events get {run_id} --type LOG --url {dagster.url}"
    wait_until(lambda: message in invoke(logged).stdout, f"run {run_id} to log {message!r}")


def items(outcome: Outcome) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(outcome.stdout)["items"]
    return found


def ids(outcome: Outcome) -> list[str]:
    return [json.loads(line)["id"] for line in outcome.stdout.splitlines()]


def test_pages_hold_every_run_once_while_new_runs_arrive(run: Run, inserted: list[str]) -> None:
    seen: list[str] = []
    cursor, more = "", True
    while more:
        page = json.loads(run(f"list --limit 70 --tag inserted=yes --json {cursor}").stdout)
        seen += [each["id"] for each in page["items"]]
        cursor, more = f"--cursor {page['cursor']}", page["has_more"]
        launched(run, f"{STRICT} --tag inserted=yes")
    assert seen == inserted[::-1]


def test_a_list_is_filtered_by_dagster(run: Run, inserted: list[str]) -> None:
    failed = run("list --all --status failure --job noisy_job --tag inserted=yes --jsonl")
    assert ids(failed) == inserted[4::5][::-1]
    (middle,) = items(run(f"list --cursor {inserted[150]} --limit 1 --tag inserted=yes --json"))
    assert (middle["id"], middle["duration"]) == (inserted[149], 30.0)
    later = run(f"list --all --job noisy_job --tag inserted=yes --created-after {middle['created_at']} --jsonl")
    assert ids(later) == inserted[150:][::-1]


def test_many_runs_are_deleted_by_a_filter(run: Run, inserted: list[str]) -> None:
    command = "delete --job noisy_job --tag inserted=yes --status SUCCESS"
    assert run(command).exit_code == 2
    assert len(items(run(f"{command} --dry-run --json"))) == INSERTED * 4 // 5
    outcome = run(f"{command} --yes --json")
    assert outcome.exit_code == 0
    assert [each["done"] for each in items(outcome)] == [True] * (INSERTED * 4 // 5)
    assert ids(run("list --all --job noisy_job --tag inserted=yes --jsonl")) == inserted[4::5][::-1]
    again = run(f"delete {inserted[0]} {inserted[4]} --yes --json")
    assert (again.exit_code, [each["code"] for each in items(again)]) == (1, ["RUN_NOT_FOUND", None])


def test_a_run_of_a_partition_has_all_that_dagster_gives_it(run: Run, backfill: str) -> None:
    outcome = run(
        "launch --job ingestion_job --partition stations=NL01497 --partition daily=2024-01-21 "
        "--wait --interval 0.5 --json"
    )
    document = json.loads(outcome.stdout)
    assert (outcome.exit_code, document["status"]) == (0, "SUCCESS")
    assert {key: value for key, value in document["tags"].items() if key.startswith("dagster/partition")} == {
        "dagster/partition": "2024-01-21|NL01497",
        "dagster/partition/daily": "2024-01-21",
        "dagster/partition/stations": "NL01497",
        "dagster/partition_set": "ingestion_job_partition_set",
    }


def test_a_partition_has_the_config_that_its_job_makes_for_it(run: Run, dagster: LocalDagster) -> None:
    outcome = run("launch --job configured_job --partition a=b --wait --interval 0.5 --json")
    assert outcome.exit_code == 0, outcome
    run_id = json.loads(outcome.stdout)["id"]
    log = invoke(f"ops api run-events get {run_id} --type log --jsonl --url {dagster.url}").stdout
    assert "amount: 3" in log


def test_assets_are_launched_together_and_with_their_partition(run: Run) -> None:
    both = run("launch --asset-key marts/daily_report --asset-key summary --wait --interval 0.5 --json")
    assert (both.exit_code, json.loads(both.stdout)["stats"]["materializations"]) == (0, 2)
    # The asset fails where its partition key comes without its dimensions.
    multi = run("launch --asset-key air_quality_data --partition '2024-01-02|NL01497' --wait --interval 0.5 --json")
    assert (multi.exit_code, json.loads(multi.stdout)["stats"]["materializations"]) == (0, 1)


def test_a_sleeping_run_is_terminated(run: Run) -> None:
    run_id = launched(run, "launch --job sleepy_job")
    until_started(run, run_id)
    outcome = run(f"terminate {run_id} {UNKNOWN} --yes --wait --interval 0.5 --json")
    assert (outcome.exit_code, [each["status"] for each in items(outcome)]) == (1, [None, "CANCELED"])
    assert detail(run, run_id)["status"] == "CANCELED"
    assert run(f"terminate {run_id} --yes").exit_code == 7


def test_a_run_that_does_not_stop_is_canceled_by_force(dagster: LocalDagster, run: Run) -> None:
    run_id = launched(
        run, """launch --job hanging_job --config-json '{"ops": {"hang": {"config": {"seconds": 60}}}}'"""
    )
    until_logged(dagster, run_id, "hanging")
    waiting = run(f"terminate {run_id} --yes --wait --wait-timeout 4 --json")
    assert waiting.exit_code == 6
    assert items(waiting)[0]["status"] == "CANCELING"
    error = json.loads(waiting.stderr.splitlines()[-1])
    assert error["code"] == "WAIT_TIMEOUT"
    assert f"ops api run watch {run_id}" in error["hint"]
    assert run(f"delete {run_id} --yes").exit_code == 7
    outcome = run(f"terminate {run_id} --force --yes --json")
    assert (outcome.exit_code, items(outcome)[0]["status"]) == (0, "CANCELED")
    assert "their processes may continue" in outcome.stderr


def test_a_re_execution_from_failure_runs_only_what_failed(run: Run, dagster: LocalDagster) -> None:
    failed = run("launch --job second_try_job --wait --interval 0.5 --json")
    assert failed.exit_code == 1
    first = json.loads(failed.stdout)["id"]
    outcome = run(f"reexecute {first} --from-failure --tag why=again --yes --wait --interval 0.5 --json")
    assert outcome.exit_code == 0, outcome
    second = items(outcome)[0]["new_run_id"]
    assert (detail(run, second)["parent_run_id"], detail(run, second)["tags"]["why"]) == (first, "again")
    events = invoke(f"ops api run-events get {second} --type step_success --jsonl --url {dagster.url}").stdout
    assert [json.loads(line)["stepKey"] for line in events.splitlines()] == ["convert", "publish"]
    assert run(f"reexecute {second} --from-failure --yes").exit_code == 7


def test_two_re_executions_at_the_same_moment_make_one_new_run(run: Run, dagster: LocalDagster, tmp_path: Path) -> None:
    # Its runs end once this file exists, so no re-execution has ended when the other command looks for one.
    end = tmp_path / "end"
    end.touch()
    config = json.dumps({"ops": {"nap": {"config": {"seconds": 0, "until": str(end)}}}})
    launch = f"launch --job nap_job --partition 2024-01-29 --config-json '{config}' --wait --interval 0.5"
    parent = json.loads(run(f"{launch} --json").stdout)["id"]
    end.unlink()

    def children() -> list[dict[str, Any]]:
        return items(run(f"list --tag dagster/parent_run_id={parent} --json"))

    command = f"ops api run reexecute {parent} --all-steps --yes --wait --interval 0.5 --json --url {dagster.url}"
    told = [tmp_path / "one", tmp_path / "two"]
    with told[0].open("w") as one, told[1].open("w") as two:
        processes = [spawn(command, stderr=file) for file in (one, two)]

    def has_launched() -> bool:
        known = zip(processes, told, strict=True)
        return all(process.poll() is not None or "Launched run" in path.read_text() for process, path in known)

    wait_until(has_launched, "both commands to launch, or to be refused")
    wait_until(lambda: sum(each["status"] != "CANCELED" for each in children()) == 1, "the end of the duplicate")
    (new,) = [each["id"] for each in children() if each["status"] != "CANCELED"]
    end.touch()
    outcomes = [process.communicate(timeout=240)[0] for process in processes]
    # A command that sees the other's run before its launch is refused; one that sees it later follows it.
    codes = [process.returncode for process in processes]
    assert codes in ([0, 0], [0, 7], [7, 0]), [path.read_text() for path in told]
    followed = [json.loads(out)["items"][0] for out in outcomes]
    assert {each["new_run_id"] for each in followed if each["done"]} == {new}


def test_the_latest_run_of_a_partition_is_re_executed_unless_it_has_succeeded_since(run: Run) -> None:
    one, two = "--partition 2024-01-30 --tag attempts=yes", "--partition 2024-01-31 --tag attempts=yes"
    # They are slow, so that they can be canceled.
    config = '--config-json \'{"ops": {"nap": {"config": {"seconds": 300}}}}\''
    failed = [launched(run, f"launch --job nap_job {key} {config}") for key in (one, one, two)]
    assert run(f"terminate {' '.join(failed)} --yes --wait --interval 0.5").exit_code == 0
    config = '--config-json \'{"ops": {"nap": {"config": {"seconds": 0}}}}\''
    assert run(f"launch --job nap_job {two} {config} --wait --interval 0.5").exit_code == 0
    command = "reexecute --job nap_job --tag attempts=yes --status CANCELED --all-steps --dry-run --json"
    assert [each["id"] for each in items(run(command))] == [failed[1]]
    assert len(items(run(f"{command} --every-attempt"))) == 3


def test_a_run_is_canceled_though_it_is_just_starting(run: Run) -> None:
    run_id = launched(run, "launch --job sleepy_job")
    wait_until(lambda: detail(run, run_id)["status"] != "QUEUED", f"run {run_id} to leave the queue")
    outcome = run(f"terminate {run_id} --yes --wait --interval 0.5 --wait-timeout 4m --json")
    assert (outcome.exit_code, items(outcome)[0]["status"]) == (0, "CANCELED"), outcome


def test_a_partitioned_job_is_launched_without_a_partition_only_on_purpose(run: Run) -> None:
    outcome = run("launch --job ingestion_job --json")
    error = json.loads(outcome.stderr)
    assert (outcome.exit_code, error["error"]) == (
        2,
        "job 'ingestion_job' is partitioned by daily and stations; choose a partition",
    )
    assert "ops run launch --job ingestion_job --partition daily=" in error["hint"]
    run_id = launched(
        run,
        'launch --job configured_job --no-partition --config-json \'{"ops": {"count": {"config": {"amount": 1}}}}\'',
    )
    assert "dagster/partition" not in detail(run, run_id)["tags"]


def test_a_run_that_dagster_retries_is_followed_to_its_end(run: Run) -> None:
    first = launched(run, "launch --job retried_job")
    outcome = run(f"watch {first} --interval 0.5 --json")
    assert outcome.exit_code == 0, outcome
    (result,) = items(outcome)
    assert (result["id"], result["status"]) == (first, "SUCCESS")
    assert detail(run, result["new_run_id"])["parent_run_id"] == first


def test_a_read_only_webserver_says_so(run: Run, dagster: LocalDagster, good_run: str) -> None:
    going = launched(run, "launch --job sleepy_job")
    commands = [
        "launch --job sleepy_job",
        f"terminate {going} --yes",
        f"delete {good_run} --yes",
        f"reexecute {good_run} --all-steps --yes",
    ]
    with another_webserver(dagster, "", "--read-only") as url:
        for command in commands:
            outcome = invoke(f"ops api run {command} --json --url {url}")
            assert outcome.exit_code == 4, outcome
            assert "read-only" in json.loads(outcome.stderr.splitlines()[-1])["error"]
    assert run(f"terminate {going} --yes --wait --interval 0.5").exit_code == 0
    assert detail(run, good_run)["status"] == "SUCCESS"


def test_statistics_tell_what_failed_and_why(run: Run) -> None:
    failed = run("launch --job second_try_job --wait --interval 0.5 --json")
    run_id = json.loads(failed.stdout)["id"]
    assert run(f"reexecute {run_id} --from-failure --yes --wait --interval 0.5").exit_code == 0
    # Long enough for a machine whose clock jumps forward while the tests run.
    outcome = run("stats --since 30d --job second_try_job --json")
    stats = json.loads(outcome.stdout)
    failures = stats["statuses"]["FAILURE"]
    assert failures >= 1, outcome
    assert stats["failures_by_job"] == [{"job_name": "second_try_job", "count": failures}]
    assert stats["failures_by_error"][0]["error"] == "ValueError: it only works the second time"
    assert stats["total"] == sum(stats["statuses"].values()) >= 2 * failures
    # A run that other tests canceled before it started took no time.
    assert failures + stats["statuses"]["SUCCESS"] <= stats["duration"]["count"] <= stats["total"]


def test_a_re_executed_run_of_a_backfill_stays_part_of_it(run: Run, dagster: LocalDagster, backfill: str) -> None:
    client = HttpClient(Settings(dagster.url))

    def runs_of_backfill() -> dict[str, str]:
        found = client.execute(GET_BACKFILL, {"id": backfill})["partitionBackfillOrError"]["runs"]
        return {each["runId"]: each["status"] for each in found}

    wait_until(lambda: "FAILURE" in runs_of_backfill().values(), "the run of the backfill to fail")
    (failed,) = runs_of_backfill()
    outcome = run(f"reexecute {failed} --all-steps --yes --json")
    new = items(outcome)[0]["new_run_id"]
    assert set(runs_of_backfill()) == {failed, new}
    assert run(f"watch {new} --interval 0.5").exit_code == 1
