from dagster_ops_cli.api.daemon import DaemonApi
from dagster_ops_cli_tests.fake_dagster import FakeDagster

STATES = [("SENSOR", True, False), ("ASSET", False, False), ("BACKFILL", True, None), ("SCHEDULER", True, True)]


def test_unhealthy_daemons_are_those_that_are_required() -> None:
    statuses = [{"daemonType": name, "required": needed, "healthy": well} for name, needed, well in STATES]
    answer = {"instance": {"daemonHealth": {"allDaemonStatuses": statuses}}}
    daemons = DaemonApi(FakeDagster(answers={"OpsListDaemons": lambda _: answer}))
    assert [each.type for each in daemons.list(unhealthy=True).items] == ["SENSOR", "BACKFILL"]
    assert len(daemons.list().items) == 4
