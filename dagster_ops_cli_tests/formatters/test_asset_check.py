"""Checks that failed, as text."""

from dagster_ops_cli.formatters.asset_check import format_failed_checks
from dagster_ops_cli.schemas.asset_check import FailedCheck


def failed(name: str, number: int, **fields: str) -> FailedCheck:
    given = {"status": "FAILED", "severity": "ERROR", "partition": f"key {number}", **fields}
    return FailedCheck(asset_key="raw/orders", name=name, run_id=f"run {number}", **given)


def test_a_check_that_fails_in_many_runs_is_one_line() -> None:
    checks = [failed("rows", number) for number in range(1205)]
    assert format_failed_checks([*checks, failed("late\n", 1, severity="WARN")]) == [
        "Failed checks:",
        "  rows of raw/orders (ERROR): key 0, key 1, key 2, key 3, key 4 and 1,200 more",
        "  late of raw/orders (WARN): key 1",
    ]


def test_without_a_result() -> None:
    check = FailedCheck(asset_key="a", name="b", status="NO_RESULT", run_id="run 1")
    assert format_failed_checks([check]) == ["Failed checks:", "  b of a (no result): run 1"]
    assert format_failed_checks([check], places=False) == ["Failed checks:", "  b of a (no result)"]
    assert format_failed_checks([]) == []
