"""What all tests need: an environment that says nothing of where Dagster is."""

import os

import pytest


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("OPS_", "DAGSTER_")) or name == "NO_COLOR":
            monkeypatch.delenv(name)
