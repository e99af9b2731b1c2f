"""What all tests need: an environment that says nothing of where Dagster is."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from dagster_ops_cli_tests.pki import Pki
from dagster_ops_cli_tests.scripted_server import Stub, serve

pytest_plugins = ["dagster_ops_cli_tests.secret_scan"]

# A shell starts background jobs with SIGINT ignored, and their children inherit that; tests press Ctrl-C.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


# What would have `ops` look, trust or write otherwise.
_TAKEN_AWAY = {"NO_COLOR", "XDG_CONFIG_HOME", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"}


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    for name in os.environ:
        if name.startswith(("OPS_", "DAGSTER_", "DG_")) or name in _TAKEN_AWAY:
            monkeypatch.delenv(name)
    # No configuration file of whoever runs the tests.
    monkeypatch.setenv("HOME", str(tmp_path_factory.getbasetemp() / "home"))


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki(trustme.CA(), tmp_path_factory.mktemp("pki"))


@pytest.fixture
def web() -> Iterator[Stub]:
    """A server that keeps what it is asked, and answers as Dagster does."""
    with serve() as server:
        yield server


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path
