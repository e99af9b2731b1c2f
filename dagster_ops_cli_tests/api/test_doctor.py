"""The permissions that `ops doctor` reports."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import dagster_graphql.schema
import graphql

from dagster_ops_cli.api.doctor import DoctorApi
from dagster_ops_cli.api.doctor.requirements import commands_by_permission
from dagster_ops_cli.formatters.doctor import format_diagnosis
from dagster_ops_cli.schemas.doctor import Diagnosis
from dagster_ops_cli.settings import Settings
from dagster_ops_cli_tests.replay import operation_name

SCHEMA = graphql.introspection_from_schema(dagster_graphql.schema.create_schema().graphql_schema)
NAMES = ("launch_pipeline_execution", "delete_pipeline_run", "toggle_auto_materialize")


@dataclass
class Healthy:
    """A healthy Dagster that denies the permissions in ``denied``."""

    denied: tuple[str, ...]
    url: str = "http://localhost:3000"
    answer_headers: Mapping[str, str] = field(default_factory=dict)

    def execute(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        permissions = [
            {"permission": name, "value": name not in self.denied, "disabledReason": "By your administrator"}
            for name in NAMES
        ]
        answers: dict[str, dict[str, Any]] = {
            "OpsListPermissions": {"permissions": permissions},
            "OpsListDaemons": {"instance": {}},
            "OpsListLocationStates": {"workspaceOrError": {"__typename": "Workspace", "locationEntries": []}},
            "OpsGetVersion": {"version": "1.13.27"},
        }
        return answers.get(operation_name(query)) or dict(SCHEMA)


def diagnose(*denied: str) -> Diagnosis:
    client: Any = Healthy(denied)
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


def test_a_rest_endpoint_needs_its_permission() -> None:
    names = commands_by_permission()["report_runless_asset_events"]
    assert names == ["api asset-check report", "api asset report-materialization", "api asset report-observation"]
