"""What all tests need: an environment that says nothing of where Dagster is."""

import os

import pytest
import trustme

from dagster_ops_cli_tests.pki import Pki

pytest_plugins = ["dagster_ops_cli_tests.secret_scan"]


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    for name in os.environ:
        if name.startswith(("OPS_", "DAGSTER_", "DG_")) or name in {"NO_COLOR", "XDG_CONFIG_HOME"}:
            monkeypatch.delenv(name)
    # No configuration file of whoever runs the tests.
    monkeypatch.setenv("HOME", str(tmp_path_factory.getbasetemp() / "home"))


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> Pki:
    return Pki(trustme.CA(), tmp_path_factory.mktemp("pki"))
