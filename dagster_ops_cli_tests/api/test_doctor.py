"""The permissions that `ops doctor` reports."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import dagster_graphql.schema
import graphql
import pytest

from dagster_ops_cli.api.doctor import DoctorApi
from dagster_ops_cli.api.doctor.requirements import COMMANDS, commands_by_permission
from dagster_ops_cli.formatters.doctor import format_diagnosis
from dagster_ops_cli.schemas.doctor import Diagnosis
from dagster_ops_cli.settings import Settings
from dagster_ops_cli_tests.readme import DOCS
from dagster_ops_cli_tests.replay import operation_name

SCHEMA = graphql.introspection_from_schema(dagster_graphql.schema.create_schema().graphql_schema)
NAMES = ("launch_pipeline_execution", "delete_pipeline_run", "toggle_auto_materialize")


@dataclass
class Healthy:
    """A healthy Dagster, but for the daemons in ``ill``, that denies the permissions in ``denied``."""

    denied: tuple[str, ...]
    ill: tuple[str, ...] = ()
    url: str = "http://localhost:3000"
    answer_headers: Mapping[str, str] = field(default_factory=dict)

    def execute(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        permissions = [
            {"permission": name, "value": name not in self.denied, "disabledReason": "By your administrator"}
            for name in NAMES
        ]
        answers: dict[str, dict[str, Any]] = {
            "OpsListPermissions": {"permissions": permissions},
            "OpsListDaemons": {"instance": {"daemonHealth": {"allDaemonStatuses": [*map(_daemon, self.ill)]}}},
            "OpsListLocationStates": {"workspaceOrError": {"__typename": "Workspace", "locationEntries": []}},
            "OpsGetVersion": {"version": "1.13.27"},
        }
        return answers.get(operation_name(query)) or dict(SCHEMA)


def _daemon(name: str) -> dict[str, Any]:
    return {
        "daemonType": name,
        "required": True,
        "healthy": False,
        "lastHeartbeatTime": None,
        "lastHeartbeatErrors": [],
    }


def diagnose(*denied: str, ill: tuple[str, ...] = ()) -> Diagnosis:
    client: Any = Healthy(denied, ill)
    return DoctorApi(client, Settings("http://localhost:3000"), lambda settings: []).get()


def test_a_missing_permission_is_a_failed_check_that_names_the_commands() -> None:
    diagnosis = diagnose("delete_pipeline_run")
    (check,) = [each for each in diagnosis.checks if each.name == "permissions"]
    assert not diagnosis.healthy
    assert (check.state, check.message) == (
        "failed",
        "1 of 2 missing: delete_pipeline_run (By your administrator)",
    )
    missing = {each.command: each.missing_permissions for each in diagnosis.commands if each.missing_permissions}
    assert missing == {"api run delete": ["delete_pipeline_run"]}
    text = str(format_diagnosis(diagnosis))
    assert text.endswith("\nMissing permissions:\n  delete_pipeline_run: ops run delete\n\n1 check failed.")


def test_a_permission_that_no_command_needs_may_be_missing() -> None:
    diagnosis = diagnose("toggle_auto_materialize")
    assert diagnosis.healthy
    assert str(format_diagnosis(diagnosis)).endswith("All checks passed.")


@pytest.mark.parametrize(
    ("ill", "message"),
    [
        (("SENSOR",), "not healthy: SENSOR (never seen)"),
        (
            ("SENSOR", "QUEUED_RUN_COORDINATOR"),
            "not healthy: SENSOR, QUEUED_RUN_COORDINATOR (never seen); queued runs do not start",
        ),
    ],
)
def test_only_the_daemon_of_the_queue_keeps_runs_from_starting(ill: tuple[str, ...], message: str) -> None:
    (check,) = [each for each in diagnose(ill=ill).checks if each.name == "daemons"]
    assert (check.state, check.message) == ("failed", message)


def test_the_page_shows_how_many_commands_there_are() -> None:
    assert f"all {len(COMMANDS)} supported" in (DOCS / "connecting.md").read_text()


def test_a_rest_endpoint_needs_its_permission() -> None:
    names = commands_by_permission()["report_runless_asset_events"]
    assert names == ["api asset-check report", "api asset report-materialization", "api asset report-observation"]
