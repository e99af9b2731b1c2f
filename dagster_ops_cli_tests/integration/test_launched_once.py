"""Every partition is run, and once, on a real Dagster: what is launched, retried, killed, stopped and canceled."""

import json
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from dagster_ops_cli.demo.server import LOCATION, REPOSITORY, LocalDagster
from dagster_ops_cli_tests.integration import instant as instant_launcher
from dagster_ops_cli_tests.integration.fault_proxy import Proxy, proxy_to
from dagster_ops_cli_tests.integration.raw import ask, backfills_of, runs_of
from dagster_ops_cli_tests.invoke import Outcome, execute, invoke, spawn

pytestmark = [pytest.mark.integration, pytest.mark.thorough]

LAUNCH = "OpsLaunchPartitionRuns"
# How many runs are launched with one request.
BATCH = 10
FINISHED = {"SUCCESS", "FAILURE", "CANCELED"}
LAUNCH_RUN = """mutation ($params: ExecutionParams!) { launchRun(executionParams: $params) {
  __typename ... on LaunchRunSuccess { run { runId } } } }"""
REEXECUTE = """mutation ($params: ReexecutionParams!) { launchRunReexecution(reexecutionParams: $params) {
  __typename ... on LaunchRunSuccess { run { runId } } } }"""
DELETE_RUN = "mutation ($id: String!) { deletePipelineRun(runId: $id) { __typename } }"
ADD_PARTITION = """mutation ($repository: RepositorySelector!, $key: String!) { addDynamicPartition(
  repositorySelector: $repository, partitionsDefName: "towns", partitionKey: $key) { __typename } }"""
DELETE_PARTITION = """mutation ($repository: RepositorySelector!, $key: String!) { deleteDynamicPartitions(
  repositorySelector: $repository, partitionsDefName: "towns", partitionKeys: [$key]) { __typename } }"""
RELOAD = "mutation ($name: String!) { reloadRepositoryLocation(repositoryLocationName: $name) { __typename } }"
REPOSITORY_SELECTOR = {"repositoryLocationName": LOCATION, "repositoryName": REPOSITORY}


@dataclass
class World:
    """A Dagster whose runs end at once, and a folder for the files of one test."""

    server: LocalDagster
    folder: Path
    name: str

    @property
    def url(self) -> str:
        return self.server.url

    def file(self, keys: str = "start: p000, end: p005", head: str = "job_name: many_job", **more: Any) -> Path:
        """Write a configuration file under the name of the test, in strategy ``runs`` unless told otherwise."""
        name = more.pop("name", self.name)
        path = self.folder / f"{more.pop('called', 'file')}.yaml"
        lines = [f"{key}: {json.dumps(value)}" for key, value in {"strategy": "runs", **more}.items()]
        entries = keys if keys.startswith("[") else f"[{{name: key, {keys}}}]"
        path.write_text("\n".join([head, *lines, f"tags: {{name: {name}, partitions: {entries}}}"]))
        return path

    def fail(self, *keys: str) -> None:
        (self._flags / "fail").write_text("\n".join(keys))

    def hold(self, held: bool = True) -> None:
        self._flag("hold", held)

    def stubborn(self, stubborn: bool = True) -> None:
        self._flag("stubborn", stubborn)

    def _flag(self, name: str, there: bool) -> None:
        path = self._flags / name
        path.touch() if there else path.unlink(missing_ok=True)

    @property
    def _flags(self) -> Path:
        """The folder with the files that say how the runs of this test end."""
        folder = self.server.home / self.name
        folder.mkdir(exist_ok=True)
        return folder

    def command(self, command: str, url: str = "") -> str:
        return f"ops {command} --interval 0.5 --json --url {url or self.url}"

    def ops(self, command: str) -> Outcome:
        return invoke(self.command(command))

    def get(self, backfill_id: str) -> dict[str, Any]:
        return document(invoke(f"ops api backfill get {backfill_id} --json --url {self.url}"))

    def runs(self, name: str = "", **tags: str) -> list[dict[str, Any]]:
        return runs_of(self.url, {"ops/backfill": name or self.name, **tags})

    def members(self, attempt: int | None = None) -> Counter[str]:
        """How many runs each partition has that are no re-executions."""
        tags = {"ops/attempt": str(attempt)} if attempt else {}
        runs = runs_of(self.url, {"ops/backfill": self.name, **tags})
        return Counter(run["tags"]["dagster/partition"] for run in runs if run["parentRunId"] is None)

    def backfills(self) -> list[dict[str, Any]]:
        return backfills_of(self.url, {"ops/backfill": self.name})


def document(outcome: Outcome) -> dict[str, Any]:
    assert outcome.stdout, outcome
    found: dict[str, Any] = json.loads(outcome.stdout)
    return found


def keys(first: int, last: int) -> list[str]:
    return [f"p{number:03}" for number in range(first, last + 1)]


def once(partitions: Sequence[str]) -> dict[str, int]:
    return dict.fromkeys(partitions, 1)


def until(what: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it does not come"
        time.sleep(0.05)


def finish(process: "subprocess.Popen[str]", seconds: float = 240) -> Outcome:
    out, err = process.communicate(timeout=seconds)
    return Outcome(process.returncode, out, err)


def kill(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.communicate()


@pytest.fixture(scope="module")
def slow(instant: LocalDagster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    with proxy_to(instant.url, tmp_path_factory.mktemp("proxy")) as proxy:
        yield proxy


@pytest.fixture
def world(instant: LocalDagster, tmp_path: Path, request: pytest.FixtureRequest) -> World:
    return World(instant, tmp_path, request.node.name.replace("[", "-").replace("]", ""))


@pytest.fixture
def own_world(world: World) -> Iterator[World]:
    """A world whose server no other test uses, for tests that stop or start parts of it."""
    with instant_launcher.new() as server:
        yield replace(world, server=server)


def test_a_retry_keeps_the_run_config_of_the_file(world: World) -> None:
    world.fail("p001", "p002")
    config = {"ops": {"work": {"config": {"retries": 7}}}}
    path = world.file("values: [p000, p001, p002]", run_config=config, run_tags={"dagster/priority": "3"})
    first = world.ops(f"script backfill {path}")
    assert first.exit_code == 1, first
    world.fail("p001")
    second = world.ops(f"api backfill retry {document(first)['id']} --wait")
    assert second.exit_code == 1, second
    world.fail()
    third = world.ops(f"api backfill retry {document(second)['id']} --wait")
    assert third.exit_code == 0, third
    assert world.members(2) == once(["p001", "p002"])
    assert world.members(3) == once(["p001"])
    assert all("retries: 7" in run["runConfigYaml"] for run in world.runs())
    assert all(run["tags"]["dagster/priority"] == "3" for run in world.runs())
    whole = world.ops(f"script backfill {path}")
    assert whole.exit_code == 0, whole
    assert document(whole)["counts"] == {"SUCCESS": 3}
    assert len(document(whole)["attempts"]) == 3
    # The first attempt was retried before: its retry is shown, and nothing is launched.
    shown = world.ops(f"api backfill retry {document(first)['id']} --wait")
    assert (shown.exit_code, document(shown)["id"]) == (1, document(second)["id"])
    assert len(world.runs()) == 6


@pytest.mark.parametrize("from_file", [False, True], ids=["each", "file"])
def test_a_retry_of_partitions_with_their_own_run_config(world: World, from_file: bool) -> None:
    world.fail("p001", "p003")
    given = {"run_config": {"ops": {"work": {"config": {"retries": 99}}}}} if from_file else {}
    path = world.file("start: p000, end: p003", "job_name: own_config_job", **given)
    first = world.ops(f"script backfill {path}")
    assert first.exit_code == 1, first
    world.fail()
    second = world.ops(f"api backfill retry {document(first)['id']} --wait")
    assert second.exit_code == 0, second
    assert world.members(2) == once(["p001", "p003"])
    for run in world.runs():
        number = 99 if from_file else int(run["tags"]["dagster/partition"][1:])
        assert f"retries: {number}\n" in run["runConfigYaml"] + "\n"


def test_runs_of_assets_and_their_retry_select_the_assets(world: World) -> None:
    world.fail("a|2", "b|3")
    path = world.file("[{name: letter, values: all}, {name: number, values: all}]", "asset_keys: [grid]")
    first = world.ops(f"script backfill {path}")
    assert first.exit_code == 1, first
    world.fail()
    second = world.ops(f"api backfill retry {document(first)['id']} --wait")
    assert second.exit_code == 0, second
    assert world.members(1) == once([f"{letter}|{number}" for letter in "ab" for number in "123"])
    assert world.members(2) == once(["a|2", "b|3"])
    assert [run["assetSelection"] for run in world.runs()] == [[{"path": ["grid"]}]] * 8
    retried = next(run["tags"] for run in world.runs() if run["tags"]["ops/attempt"] == "2")
    assert {"dagster/partition/letter", "dagster/partition/number"} <= retried.keys()


@pytest.mark.parametrize("how", ["retry", "file"])
def test_a_retry_that_was_killed_is_continued_by(world: World, slow: Proxy, how: str) -> None:
    failing = keys(1, 14)
    world.fail(*failing)
    path = world.file("start: p000, end: p014", max_concurrent=20)
    first = document(world.ops(f"script backfill {path}"))
    assert first["counts"] == {"FAILURE": 14, "SUCCESS": 1}
    world.fail()
    retry = f"api backfill retry {first['id']} --wait"
    # The second request is on its way, and arrives after its sender was killed.
    with spawn(world.command(retry, slow.url)) as process:
        until(lambda: len(world.members(2)) > 0)
        slow.plan("delay", 1, LAUNCH, 1.0)
        time.sleep(0.3)
        kill(process)
    slow.plan("none", 0)
    done = world.ops(retry if how == "retry" else f"script backfill {path}")
    assert done.exit_code == 0, done
    assert set(world.members(2)) == set(failing)
    assert sum(world.members(2).values()) <= 14 + BATCH
    assert world.members(1) == once(keys(0, 14))
    whole = world.ops(f"script backfill {path}")
    assert (whole.exit_code, document(whole)["counts"]) == (0, {"SUCCESS": 15}), whole


def test_two_retries_at_the_same_instant_are_one(world: World) -> None:
    world.fail(*keys(0, 8))
    first = document(world.ops(f"script backfill {world.file('start: p000, end: p009')}"))
    world.fail()
    command = world.command(f"api backfill retry {first['id']} --wait")
    outcomes = [finish(process) for process in [spawn(command), spawn(command)]]
    assert [each.exit_code for each in outcomes] == [0, 0], outcomes
    assert len({document(each)["id"] for each in outcomes}) == 1
    # Runs that both launched at the same moment, and that ended before that was noticed, are reported.
    assert set(world.members(2)) == set(keys(0, 8))
    twice = world.get(document(outcomes[0])["id"])["duplicates"]
    ended = [run for run in world.runs(**{"ops/attempt": "2"}) if run["status"] != "CANCELED"]
    assert len(ended) == 9 + len(twice)
    assert len(twice) <= BATCH


def test_a_wait_timeout_ends_launching(world: World) -> None:
    world.hold()
    began = time.monotonic()
    path = world.file(max_concurrent=1)
    outcome = execute(world.command(f"script backfill {path} --wait-timeout 15s"))
    # Without the timeout it would wait for ever, since the runs are held.
    assert outcome.exit_code == 6, outcome
    assert time.monotonic() - began >= 15
    assert document(outcome)["counts"] == {"STARTED": 1, "NOT_STARTED": 5}
    assert sum(world.members().values()) == 1
    # Launching it again while it runs continues it and launches nothing.
    again = world.ops(f"script backfill {path} --again --wait-timeout 1s")
    assert again.exit_code == 6, again
    assert document(again)["id"] == document(outcome)["id"]
    assert sum(world.members().values()) == 1


def test_a_retry_and_again_at_the_same_instant_are_one_attempt(world: World) -> None:
    world.fail("p000", "p001")
    path = world.file("start: p000, end: p004")
    first = document(world.ops(f"script backfill {path}"))
    world.fail()
    commands = [f"api backfill retry {first['id']} --wait", f"script backfill {path} --again"]
    outcomes = [finish(process) for process in [spawn(world.command(command)) for command in commands]]
    assert [each.exit_code for each in outcomes] == [0, 0], outcomes
    whole = world.ops(f"script backfill {path}")
    assert (whole.exit_code, document(whole)["counts"]) == (0, {"SUCCESS": 5}), whole
    assert len(document(whole)["attempts"]) == 2
    assert {"p000", "p001"} <= set(world.members(2))
    assert world.members(3) == {}


def test_cancel_goes_on_while_runs_can_not_be_canceled(world: World) -> None:
    world.hold()
    world.stubborn()
    path = world.file(max_concurrent=1)
    started = world.ops(f"script backfill {path} --wait-timeout 15s")
    assert started.exit_code == 6, started
    cancel = f"api backfill cancel {document(started)['id']} --yes"
    gave_up = world.ops(f"{cancel} --wait-timeout 2s")
    assert gave_up.exit_code == 6, gave_up
    with spawn(world.command(f"{cancel} --wait")) as process:
        time.sleep(3)
        assert process.poll() is None
        world.stubborn(False)
        canceled = finish(process)
    assert (canceled.exit_code, document(canceled)["state"]) == (0, "canceled"), canceled
    assert [run["status"] for run in world.runs()] == ["CANCELED"]


def test_a_launcher_that_is_stopped_for_long_launches_nothing_twice(world: World) -> None:
    path = world.file("start: p000, end: p014", max_concurrent=1)
    command = world.command(f"script backfill {path}")
    with spawn(command) as stopped:
        until(lambda: len(world.members()) >= 3)
        stopped.send_signal(signal.SIGSTOP)
        other = finish(spawn(command))
        stopped.send_signal(signal.SIGCONT)
        outcome = finish(stopped)
    assert (other.exit_code, outcome.exit_code) == (0, 0), (other, outcome)
    assert set(world.members()) == set(keys(0, 14))
    assert sum(world.members().values()) <= 15 + BATCH


def test_two_at_once_after_a_kill_with_another_limit(world: World) -> None:
    path = world.file("start: p000, end: p019", max_concurrent=1)
    with spawn(world.command(f"script backfill {path}")) as process:
        until(lambda: len(world.members()) >= 3)
        kill(process)
    left = len(world.members())
    world.file("start: p000, end: p019", max_concurrent=7)
    outcomes = [finish(process) for process in [spawn(world.command(f"script backfill {path}")) for _ in range(2)]]
    assert [each.exit_code for each in outcomes] == [0, 0], outcomes
    assert left < 20
    assert set(world.members()) == set(keys(0, 19))
    assert sum(world.members().values()) <= 20 + BATCH
    assert all(document(each)["counts"] == {"SUCCESS": 20} for each in outcomes)


def test_a_request_on_a_slow_line_is_not_sent_by_others_too(world: World, slow: Proxy) -> None:
    path = world.file("start: p000, end: p005", max_concurrent=1)
    slow.plan("delay", 6, LAUNCH, 1.0)
    with spawn(world.command(f"script backfill {path}", slow.url)) as process:
        until(lambda: len(world.members()) >= 1)
        other = finish(spawn(world.command(f"script backfill {path}")))
        outcome = finish(process)
    assert (other.exit_code, outcome.exit_code) == (0, 0), (other, outcome)
    assert set(world.members()) == set(keys(0, 5))
    assert sum(world.members().values()) <= 7


def test_both_strategies_at_the_same_instant(world: World) -> None:
    paths = [world.file(called=f"file{number}") for number in range(2)]
    paths.append(world.file(called="native", strategy="backfill"))
    commands = [world.command(f"api backfill launch {path} --wait-timeout 40s") for path in paths]
    outcomes = [finish(process) for process in [spawn(command) for command in commands]]
    ids = {document(each)["id"] for each in outcomes}
    assert len(ids) == 1, outcomes
    (followed,) = ids
    if followed.startswith("ops-"):
        assert [each.exit_code for each in outcomes] == [0, 0, 0]
        assert set(world.members()) == set(keys(0, 5))
        assert all(each["status"] in ("CANCELING", "CANCELED") for each in world.backfills())
        later = world.ops(f"script backfill {paths[2]}")
        assert (later.exit_code, document(later)["state"]) == (0, "succeeded"), later
    else:
        # There is no daemon to launch its runs.
        assert [each.exit_code for each in outcomes] == [6, 6, 6]
        assert len(world.backfills()) == 1
        assert all(run["status"] in FINISHED for run in world.runs())
        assert sum(world.members().values()) <= 2 * BATCH


def test_canceled_half_way_and_retried(world: World) -> None:
    world.hold()
    path = world.file("start: p000, end: p009", max_concurrent=3)
    with spawn(world.command(f"script backfill {path}")) as process:
        until(lambda: len(world.members()) == 3)
        (value,) = {run["tags"]["ops/launch"] for run in world.runs()}
        canceled = world.ops(f"api backfill cancel {value} --yes --wait")
        outcome = finish(process)
    world.hold(False)
    assert canceled.exit_code == 0, canceled
    assert (outcome.exit_code, document(outcome)["state"]) == (1, "canceled"), outcome
    launched = sum(world.members().values())
    assert {run["status"] for run in world.runs()} == {"CANCELED"}
    shown = world.ops(f"script backfill {path}")
    assert (shown.exit_code, document(shown)["state"]) == (1, "canceled"), shown
    assert "retry" in shown.stderr
    assert sum(world.members().values()) == launched
    retried = world.ops(f"api backfill retry {value} --wait --max-concurrent 10")
    assert retried.exit_code == 0, retried
    assert document(retried)["total"] == 10
    assert world.members(2) == once(keys(0, 9))
    whole = world.ops(f"script backfill {path}")
    assert (whole.exit_code, document(whole)["counts"]) == (0, {"SUCCESS": 10}), whole


def test_a_launch_without_an_unfinished_run_is_not_canceled(world: World) -> None:
    path = world.file("start: p000, end: p019", max_concurrent=1)
    with spawn(world.command(f"script backfill {path}")) as process:
        until(lambda: len(world.members()) >= 2)
        kill(process)
    (value,) = {run["tags"]["ops/launch"] for run in world.runs()}
    launched = len(world.members())
    refused = world.ops(f"api backfill cancel {value} --yes")
    assert refused.exit_code == 7, refused
    gave_up = world.ops(f"api backfill cancel {value} --yes --wait-timeout 1s")
    assert gave_up.exit_code == 6, gave_up
    assert len(world.members()) == launched
    with spawn(world.command(f"api backfill cancel {value} --yes --wait")) as cancel:
        world.hold()
        time.sleep(1)
        outcome = world.ops(f"script backfill {path}")
        canceled = finish(cancel)
    assert canceled.exit_code == 0, canceled
    assert (outcome.exit_code, document(outcome)["state"]) == (1, "canceled"), outcome
    assert len(world.members()) == launched + 1


def test_partitions_that_vanished_and_appeared(world: World) -> None:
    for town in ("alkmaar", "breda", "culemborg"):
        ask(world.url, ADD_PARTITION, {"repository": REPOSITORY_SELECTOR, "key": town})
    world.hold()
    path = world.file("values: all", "job_name: towns_job", max_concurrent=1)
    with spawn(world.command(f"script backfill {path}")) as process:
        until(lambda: len(world.members()) == 1)
        kill(process)
    (run,) = world.runs()
    taken = run["tags"]["dagster/partition"]
    left = sorted({"alkmaar", "breda", "culemborg"} - {taken})
    ask(world.url, DELETE_PARTITION, {"repository": REPOSITORY_SELECTOR, "key": left[0]})
    ask(world.url, ADD_PARTITION, {"repository": REPOSITORY_SELECTOR, "key": "delft"})
    world.hold(False)
    # It is not canceled by a user: it ends as Dagster's own daemon would end it.
    report_success(world.server, run["runId"])
    done = world.ops(f"script backfill {path} --wait-timeout 120s")
    assert done.exit_code == 1, done
    assert document(done)["failed"][0]["partition"] == left[0]
    assert "1 partition appeared" in done.stderr
    assert world.members() == once([taken, left[1]])
    shown = world.ops(f"script backfill {path} --wait-timeout 40s")
    assert (shown.exit_code, len(world.runs())) == (1, 2), shown
    retried = world.ops(f"api backfill retry {document(shown)['id']} --wait-timeout 40s")
    assert (retried.exit_code, len(world.runs())) == (0, 2), retried
    again = world.ops(f"script backfill {path} --again")
    assert (again.exit_code, document(again)["total"]) == (0, 3), again


def test_a_code_location_that_breaks_while_launching(own_world: World) -> None:
    world = own_world
    path = world.file("start: p000, end: p019", max_concurrent=1)
    with spawn(world.command(f"script backfill {path}")) as process:
        until(lambda: len(world.members()) >= 3)
        world.server.stop("code", force=True)
        outcome = finish(process)
    launched = sum(world.members().values())
    world.server.start("code")
    ask(world.url, RELOAD, {"name": LOCATION})
    assert outcome.exit_code == 5, outcome
    error = json.loads(outcome.stderr.splitlines()[-1])
    assert error["code"] == "CODE_LOCATION_ERROR"
    assert f"{launched} of 20" in error["error"]
    assert "same command" in error["hint"]
    done = world.ops(f"script backfill {path}")
    assert done.exit_code == 0, done
    assert world.members() == once(keys(0, 19))


def test_what_dagster_rejects_has_no_run_and_the_others_go_on(world: World) -> None:
    world.fail("p004")
    path = world.file("start: p002, end: p005", "job_name: bad_config_job")
    outcome = world.ops(f"script backfill {path}")
    assert outcome.exit_code == 1, outcome
    backfill = document(outcome)
    assert backfill["counts"] == {"SUCCESS": 1, "FAILURE": 1, "NOT_STARTED": 2}
    failed = {each["partition"]: each for each in backfill["failed"]}
    assert (failed["p002"]["run_id"], failed["p003"]["run_id"]) == (None, None)
    assert '"many"' in failed["p002"]["error"]
    assert "run_config" in failed["p003"]["error"]
    assert world.members() == once(["p004", "p005"])
    # Other commands see the same, and failed partitions can be retried.
    got = world.get(backfill["id"])
    assert (got["state"], [each["partition"] for each in got["failed"]]) == ("failed", ["p004", "p002", "p003"])
    again = world.ops(f"script backfill {path}")
    assert (again.exit_code, document(again)["state"]) == (1, "failed"), again
    assert world.members() == once(["p004", "p005"])
    world.fail()
    retried = world.ops(f"api backfill retry {backfill['id']} --wait")
    assert retried.exit_code == 1, retried
    assert world.members(2) == once(["p004"])
    whole = world.ops(f"script backfill {path}")
    assert (whole.exit_code, document(whole)["counts"]) == (1, {"SUCCESS": 2, "NOT_STARTED": 2}), whole
    assert sum(world.members().values()) == 3


def test_what_is_re_executed_in_the_ui_counts_and_is_no_launch(world: World) -> None:
    world.fail("p001")
    path = world.file("start: p000, end: p003")
    first = document(world.ops(f"script backfill {path}"))
    assert first["state"] == "failed"
    world.fail()
    parent = first["failed"][0]["run_id"]
    ask(world.url, REEXECUTE, {"params": {"parentRunId": parent, "strategy": "ALL_STEPS"}})
    whole = world.ops(f"script backfill {path}")
    assert (whole.exit_code, document(whole)["counts"]) == (0, {"SUCCESS": 4}), whole
    assert (document(whole)["id"], len(world.runs())) == (first["id"], 5)
    nothing = world.ops(f"api backfill retry {first['id']} --wait")
    assert (nothing.exit_code, len(world.runs())) == (0, 5), nothing
    listed = invoke(f"ops api backfill list --json --url {world.url} --name {world.name}")
    assert [each["state"] for each in document(listed)["items"]] == ["succeeded"], listed


def test_runs_that_were_deleted_are_run_again(world: World) -> None:
    path = world.file("start: p000, end: p009", max_concurrent=10)
    first = document(world.ops(f"script backfill {path}"))
    for run in world.runs():
        if run["tags"]["dagster/partition"] in ("p000", "p004", "p009"):
            ask(world.url, DELETE_RUN, {"id": run["runId"]})
    assert len(world.runs()) == 7
    got = world.get(first["id"])
    assert got["counts"] == {"SUCCESS": 7, "NOT_STARTED": 3}
    done = world.ops(f"script backfill {path}")
    assert (done.exit_code, document(done)["counts"]) == (0, {"SUCCESS": 10}), done
    assert world.members() == once(keys(0, 9))


def test_runs_of_several_attempts_were_deleted(world: World) -> None:
    def delete(**tags: str) -> None:
        for run in world.runs(**tags):
            ask(world.url, DELETE_RUN, {"id": run["runId"]})

    world.fail("p001", "p002")
    path = world.file("start: p000, end: p005", max_concurrent=10)
    first = document(world.ops(f"script backfill {path}"))
    world.fail("p002")
    world.ops(f"api backfill retry {first['id']} --wait")
    delete(**{"dagster/partition": "p004"})
    failed = world.ops(f"script backfill {path}")
    assert (failed.exit_code, document(failed)["counts"]) == (1, {"SUCCESS": 5, "FAILURE": 1}), failed
    assert world.members(3) == once(["p004"])
    # The newest attempt has succeeded, but its retry also launches what earlier attempts left.
    world.fail()
    retried = world.ops(f"api backfill retry {document(failed)['id']} --wait")
    assert (retried.exit_code, world.members(4)) == (0, once(["p002"])), retried
    # Without the first attempt, only the file says which partitions it had.
    delete(**{"ops/attempt": "1"})
    plan = document(invoke(f"ops api backfill launch {path} --dry-run --json --url {world.url}"))
    assert plan["to_launch"] == 3
    done = world.ops(f"script backfill {path}")
    assert (done.exit_code, document(done)["counts"]) == (0, {"SUCCESS": 6}), done
    assert world.members(5) == once(["p000", "p003", "p005"])
    shown = world.ops(f"script backfill {path}")
    assert (shown.exit_code, world.members(6)) == (0, {}), shown


def test_another_file_under_a_name_that_is_running_is_told(world: World) -> None:
    world.hold()
    one = world.file("values: [p000]", called="one")
    other = world.file("values: [p001]", called="other")
    started = world.ops(f"api backfill launch {one}")
    assert started.exit_code == 0, started
    beside = world.ops(f"api backfill launch {other}")
    assert beside.exit_code == 0, beside
    assert document(started)["id"] in beside.stderr
    assert world.members() == once(["p000", "p001"])


def test_a_launch_of_an_earlier_version(world: World) -> None:
    path = world.file("start: p000, end: p003", called="legacy")
    plan = document(invoke(f"ops api backfill launch {path} --dry-run --json --url {world.url}"))
    value = "ops-20260101-120000-abcdef01"
    world.fail("p001")
    for key in ("p000", "p001", "p002"):
        legacy_run(world, plan, value, key)
    world.fail()
    assert world.get(value)["counts"] == {"SUCCESS": 2, "FAILURE": 1, "NOT_STARTED": 1}
    continued = world.ops(f"script backfill {path}")
    assert continued.exit_code == 1, continued
    assert document(continued)["id"] == value
    assert world.members() == once(keys(0, 3))
    shown = world.ops(f"script backfill {path}")
    assert (shown.exit_code, len(world.runs())) == (1, 4), shown
    retried = world.ops(f"api backfill retry {value} --wait")
    assert retried.exit_code == 0, retried
    assert document(retried)["attempt"] == 2
    assert world.members(2) == once(["p001"])
    whole = world.ops(f"script backfill {path}")
    assert (whole.exit_code, document(whole)["counts"]) == (0, {"SUCCESS": 4}), whole
    assert document(whole)["attempts"][0] == value


def legacy_run(world: World, plan: dict[str, Any], value: str, key: str) -> None:
    tags = {
        "ops/backfill": world.name,
        "ops/config": plan["config_hash"],
        "ops/launch": value,
        "ops/total": str(plan["total"]),
        "dagster/partition": key,
        "dagster/partition_set": "many_job_partition_set",
    }
    params = {
        "selector": {**REPOSITORY_SELECTOR, "jobName": "many_job"},
        "runConfigData": {},
        "executionMetadata": {"tags": [{"key": name, "value": text} for name, text in tags.items()]},
    }
    answer = ask(world.url, LAUNCH_RUN, {"params": params})
    assert answer["launchRun"]["__typename"] == "LaunchRunSuccess", answer


def report_success(server: LocalDagster, run_id: str) -> None:
    """Make a run that is held succeed."""
    code = (
        "import sys; from dagster import DagsterEvent, DagsterEventType, DagsterInstance\n"
        f"instance = DagsterInstance.from_config({str(server.home)!r})\n"
        f"run = instance.get_run_by_id({run_id!r})\n"
        "event = DagsterEvent(event_type_value=DagsterEventType.RUN_SUCCESS.value, job_name=run.job_name)\n"
        "instance.report_dagster_event(event, run.run_id)"
    )
    subprocess.run([server.python, "-c", code], check=True, env={"DAGSTER_HOME": str(server.home)}, timeout=60)


def test_native_backfills_retried_twice_at_once_and_canceled_before_their_start(own_world: World) -> None:
    world = own_world
    path = world.file("start: p000, end: p003", strategy="backfill", run_config={})
    first = document(world.ops(f"api backfill launch {path}"))
    canceled = world.ops(f"api backfill cancel {first['id']} --yes")
    assert canceled.exit_code == 0, canceled
    world.server.start("daemon")
    watched = world.ops(f"api backfill watch {first['id']} --wait-timeout 120s")
    assert (watched.exit_code, document(watched)["state"]) == (1, "canceled"), watched
    shown = world.ops(f"script backfill {path}")
    assert (shown.exit_code, document(shown)["state"]) == (1, "canceled"), shown

    def live() -> list[str]:
        return [each["id"] for each in world.backfills() if each["status"] not in ("CANCELED", "CANCELING")]

    # A running daemon could launch runs of the duplicate backfill before the duplicate is canceled.
    world.server.stop("daemon", force=True)
    command = world.command(f"api backfill retry {first['id']} --wait-timeout 200s")
    retries = [spawn(command), spawn(command)]
    for process in retries:
        assert process.stderr is not None
        assert any(line.startswith("To watch") for line in process.stderr)
    until(lambda: len(live()) == 1)
    world.server.start("daemon")
    outcomes = [finish(process, 240) for process in retries]
    assert [each.exit_code for each in outcomes] == [0, 0], outcomes
    (retry,) = {document(each)["id"] for each in outcomes}
    resumed = invoke(f"ops api backfill resume {first['id']} --yes --url {world.url}")
    assert (resumed.exit_code, retry in resumed.stderr) == (7, True), resumed
    assert live() == [retry]
    done = [run for run in world.runs() if run["status"] == "SUCCESS"]
    assert Counter(run["tags"]["dagster/partition"] for run in done) == once(keys(0, 3))
    # Re-executing one of its runs in Dagster's UI does not make it a launch of strategy runs.
    ask(world.url, REEXECUTE, {"params": {"parentRunId": done[0]["runId"], "strategy": "ALL_STEPS"}})
    before = (len(world.runs()), len(world.backfills()))
    whole = world.ops(f"script backfill {path}")
    assert (whole.exit_code, document(whole)["counts"]) == (0, {"SUCCESS": 4}), whole
    assert (len(world.runs()), len(world.backfills())) == before
