"""The Dagsters of the integration tests: shared ones, and for tests that break theirs one for each file."""

from collections.abc import Iterator

import pytest

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.demo.server import LOCATION, REPOSITORY, LocalDagster
from dagster_ops_cli_tests.integration import instant as instant_launcher
from dagster_ops_cli_tests.integration.automation import wait_until
from dagster_ops_cli_tests.integration.fault_proxy import Proxy, proxy_to
from dagster_ops_cli_tests.integration.servers import DEFINITIONS, INSTANCE, QuickDagster, made_once, shared
from dagster_ops_cli_tests.invoke import invoke


@pytest.fixture(scope="session")
def dagster() -> LocalDagster:
    """A Dagster for all tests that leave it as it is; tests of other files may use it at the same time."""
    return shared("dagster", lambda: QuickDagster(DEFINITIONS, INSTANCE))


@pytest.fixture(scope="session")
def instant() -> LocalDagster:
    """A shared Dagster whose runs are not executed but end at once; see instant.py."""
    return shared("instant", instant_launcher.new)


@pytest.fixture(scope="session")
def ops(dagster: LocalDagster) -> Ops:
    return Ops(url=dagster.url)


def _finished(ops: Ops, job: str, partition: str | None = None, **lines: int) -> str:
    config = {"ops": {"chatty_op": {"config": lines}}} if lines else {}
    run = ops.runs.launch(LOCATION, REPOSITORY, job, partition, config)
    for _ in ops.runs.watch([run.id], interval=0.5):
        pass
    last_event = f"ops run-events get {run.id} --all --url {ops.url}"
    wait_until(lambda: "Process for run exited" in invoke(last_event).stdout, "the last event of the run")
    return run.id


@pytest.fixture(scope="session")
def noisy_run(ops: Ops) -> str:
    return str(made_once("noisy_run", lambda: _finished(ops, "noisy_job", lines=1200)))


@pytest.fixture(scope="session")
def good_run(ops: Ops) -> str:
    return str(made_once("good_run", lambda: _finished(ops, "ingestion_job", "2024-01-01|NL01497")))


@pytest.fixture(scope="session")
def surveys(ops: Ops) -> list[str]:
    """Two runs that failed alike: all steps in one process, and a process for each attempt at a step."""
    jobs = ("survey_job", "survey_in_processes_job")
    return [*made_once("surveys", lambda: [_finished(ops, job) for job in jobs])]


@pytest.fixture(scope="module")
def fragile() -> Iterator[LocalDagster]:
    """A Dagster for one file, whose tests stop and start its parts; three runs at a time."""
    with QuickDagster(DEFINITIONS, {**INSTANCE, "concurrency": {"runs": {"max_concurrent_runs": 3}}}) as server:
        yield server


@pytest.fixture(scope="session")
def server() -> LocalDagster:
    """A Dagster without a daemon, so that runs and backfills stay as they were launched."""
    return shared("server", lambda: QuickDagster(parts=("code", "webserver")))


@pytest.fixture(scope="module")
def proxy(server: LocalDagster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """The proxy that puts faults between `ops` and it."""
    with proxy_to(server.url, tmp_path_factory.mktemp("proxy")) as found:
        yield found
