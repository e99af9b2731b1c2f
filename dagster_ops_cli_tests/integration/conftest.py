"""One real Dagster for all integration tests, and one that may be maltreated for each file of those that do."""

from collections.abc import Iterator

import pytest

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.demo.server import LOCATION, REPOSITORY, LocalDagster
from dagster_ops_cli_tests.integration.fault_proxy import Proxy, proxy_to


@pytest.fixture(scope="session")
def dagster() -> Iterator[LocalDagster]:
    # Failed runs are retried where their job asks for it.
    instance = {"run_retries": {"enabled": True}}
    with LocalDagster("dagster_ops_cli_tests.integration.definitions", instance) as server:
        yield server


@pytest.fixture(scope="session")
def ops(dagster: LocalDagster) -> Ops:
    return Ops(url=dagster.url)


def _finished(ops: Ops, job: str, partition: str | None = None, **lines: int) -> str:
    config = {"ops": {"chatty_op": {"config": lines}}} if lines else {}
    run = ops.runs.launch(LOCATION, REPOSITORY, job, partition, config)
    for _ in ops.runs.watch([run.id], interval=0.5):
        pass
    # The last event comes a moment after the run's status.
    ops.poll.sleep(1)
    return run.id


@pytest.fixture(scope="session")
def noisy_run(ops: Ops) -> str:
    return _finished(ops, "noisy_job", lines=1200)


@pytest.fixture(scope="session")
def good_run(ops: Ops) -> str:
    return _finished(ops, "ingestion_job", "2024-01-01|NL01497")


@pytest.fixture(scope="session")
def surveys(ops: Ops) -> list[str]:
    """Two runs that failed alike: all steps in one process, and a process for each attempt at a step."""
    return [_finished(ops, "survey_job"), _finished(ops, "survey_in_processes_job")]


@pytest.fixture(scope="module")
def server() -> Iterator[LocalDagster]:
    """A webserver that can be killed without disturbing other tests."""
    with LocalDagster(parts=("code", "webserver")) as dagster:
        yield dagster


@pytest.fixture(scope="module")
def proxy(server: LocalDagster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    """What puts faults on the way to it."""
    with proxy_to(server.url, tmp_path_factory.mktemp("proxy")) as found:
        yield found
