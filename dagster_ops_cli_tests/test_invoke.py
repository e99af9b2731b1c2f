"""The processes that tests start do not outlive them."""

import signal

import pytest

from dagster_ops_cli_tests.cli.test_streams import serving
from dagster_ops_cli_tests.fake_dagster import FakeDagster, fake_run
from dagster_ops_cli_tests.invoke import spawn, wait_for_line


def test_a_process_is_killed_when_its_test_fails() -> None:
    with serving(FakeDagster.of(fake_run("run", "STARTED"))) as server:
        process = spawn(f"ops run watch run --url {server.url}")

        def fail() -> None:
            with process:
                wait_for_line(process, "STARTED")
                raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            fail()
    assert process.returncode == -signal.SIGKILL
