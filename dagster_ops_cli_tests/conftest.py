"""Shared by all tests: an environment without Dagster settings, and how to spread the tests over workers."""

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadScopeScheduling

from dagster_ops_cli_tests.integration import servers
from dagster_ops_cli_tests.pki import Pki
from dagster_ops_cli_tests.scripted_server import Stub, serve

pytest_plugins = ["dagster_ops_cli_tests.secret_scan"]

# Always the same inputs, however long a busy machine takes for one; `make fuzz` tries others.
settings.register_profile(
    "normal", max_examples=200, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck)
)
settings.register_profile("fuzz", settings.get_profile("normal"), max_examples=10_000, derandomize=False)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "normal"))

# A shell starts background jobs with SIGINT ignored, and their children inherit that; tests press Ctrl-C.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


_IS_WORKER = "PYTEST_XDIST_WORKER" in os.environ
# The tests of these files may run in any worker. Other files run in one worker, because their tests share servers.
_SPREAD = {"test_launched_once.py", "test_faults.py", "test_faults_at_work.py", "test_servers.py"}


class _Scheduling(LoadScopeScheduling):  # type: ignore[misc]
    """Give each worker whole files, or single tests of the files that are spread over workers."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return nodeid if file.rpartition("/")[2] in _SPREAD else file


def pytest_configure() -> None:
    if not _IS_WORKER:
        os.environ[servers.FOLDER] = tempfile.mkdtemp(prefix="ops-tests-")


def pytest_unconfigure() -> None:
    if not _IS_WORKER:
        servers.stop_shared()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    # Otherwise the files with the most tests would come first.
    config.option.loadscopereorder = False
    return _Scheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run tests that wait for a real Dagster first; the other tests fill the gaps."""
    items.sort(key=lambda item: item.get_closest_marker("integration") is None)


# These change where `ops` reads its configuration, which certificates it trusts, or how and where it writes.
_TAKEN_AWAY = {
    *("NO_COLOR", "XDG_CONFIG_HOME", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"),
    *("GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"),
}


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    for name in os.environ:
        if name.startswith(("OPS_", "DAGSTER_", "DG_")) or name in _TAKEN_AWAY:
            monkeypatch.delenv(name)
    # Keep the configuration file of the developer who runs the tests out of them.
    monkeypatch.setenv("HOME", str(tmp_path_factory.getbasetemp() / "home"))


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki(trustme.CA(), tmp_path_factory.mktemp("pki"))


@pytest.fixture
def web() -> Iterator[Stub]:
    """A server that records requests and answers as Dagster does."""
    with serve() as server:
        yield server


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path
