from typing import Any

from dagster_ops_cli.formatters.asset import format_health
from dagster_ops_cli.formatters.code_location import format_code_locations
from dagster_ops_cli.formatters.daemon import format_daemons
from dagster_ops_cli.schemas.daemon import Daemon
from dagster_ops_cli.schemas.page import Page

ERRORS = [{"message": "a\nb\n"}, {"message": "c"}, {"message": "a\nb\n"}]


def test_states_and_errors_have_a_line_each() -> None:
    answers = [
        {"daemonType": "SENSOR", "required": True, "healthy": False, "lastHeartbeatTime": 1_700_000_000.0},
        {"daemonType": "SCHEDULER", "required": True, "healthy": True, "lastHeartbeatErrors": ERRORS},
        {"daemonType": "ASSET", "required": False, "healthy": False},
        {"daemonType": "BACKFILL", "required": True, "healthy": None},
    ]
    page = Page[Daemon](items=[Daemon.model_validate(each) for each in answers])
    assert str(format_daemons(page)).splitlines() == [
        "DAEMON                 STATE        LAST_HEARTBEAT      ERRORS",
        "--------------------------------------------------------------",
        "SENSOR                 UNHEALTHY    2023-11-14T22:13:20",
        "SCHEDULER              healthy                          3",
        "ASSET                  not required",
        "BACKFILL               unknown",
        "",
        r"SCHEDULER: a\nb (2 times)",
        "SCHEDULER: c",
        "Total daemons: 4",
    ]


def test_an_error_that_comes_again_is_told_once() -> None:
    errors = [{"message": "no bucket"}, {"message": "no key"}, {"message": "no bucket"}]
    answer = {"daemonType": "SENSOR", "required": True, "healthy": True, "lastHeartbeatErrors": errors}
    page = Page[Daemon](items=[Daemon.model_validate(answer)])
    assert str(format_daemons(page)).splitlines()[3:] == [
        "",
        "SENSOR: no bucket (2 times)",
        "SENSOR: no key",
        "Total daemons: 1",
    ]


def test_an_empty_list_names_what_was_looked_for() -> None:
    nothing = Page[Any](items=[])
    assert (format_daemons(nothing), format_daemons(nothing, unhealthy=True)) == (
        "No daemons found",
        "No unhealthy daemons found",
    )
    assert format_health(nothing, unhealthy=True) == "No unhealthy assets found"
    assert format_code_locations(nothing, failing=True) == "No failing code locations found"
