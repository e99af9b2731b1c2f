"""The operations that evaluate a schedule or sensor without launching anything."""

from datetime import datetime

from dagster_ops_cli.adapters.automation import selector_of
from dagster_ops_cli.adapters.union import expect, parse, reading_answer
from dagster_ops_cli.errors import ServerFaultError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.automation import Automation, Preview
from dagster_ops_cli.schemas.enums import SCHEDULE
from dagster_ops_cli.schemas.selectors import asset_key

_RESULT = """
    __typename
    ... on DryRunInstigationTick {
      evaluationResult {
        cursor
        skipReason
        runRequests { runKey jobName runConfigYaml tags { key value } assetSelection { path } }
        dynamicPartitionsRequests { type partitionsDefName partitionKeys }
        error { message className causes { message className } }
      }
    }
    ... on Error { message }
"""

PREVIEW_SCHEDULE = f"""
mutation OpsPreviewSchedule($selector: ScheduleSelector!, $timestamp: Float!) {{
  scheduleDryRun(selectorData: $selector, timestamp: $timestamp) {{{_RESULT}  }}
}}
"""

PREVIEW_SENSOR = f"""
mutation OpsPreviewSensor($selector: SensorSelector!, $cursor: String) {{
  sensorDryRun(selectorData: $selector, cursor: $cursor) {{{_RESULT}  }}
}}
"""


def preview(client: GraphQLClient, item: Automation, at: datetime | None = None, cursor: str | None = None) -> Preview:
    """Return what a schedule would do ``at`` a time, or a sensor with this ``cursor``. Runs the user's code."""
    if item.type == SCHEDULE:
        timestamp = at.timestamp() if at else None
        data = client.execute(PREVIEW_SCHEDULE, {"selector": selector_of(item), "timestamp": timestamp})
        answer = expect(data, "scheduleDryRun", "DryRunInstigationTick")
    else:
        data = client.execute(PREVIEW_SENSOR, {"selector": selector_of(item), "cursor": cursor})
        answer = expect(data, "sensorDryRun", "DryRunInstigationTick")
    result = answer.get("evaluationResult")
    if not result:
        raise ServerFaultError(f"Dagster did not evaluate the {item.label}", code="INTERNAL_ERROR")
    with reading_answer():
        # A request without a job is for the schedule's or sensor's only job.
        job_name = item.job_names[0] if len(item.job_names) == 1 else None
        requests = [
            {
                **each,
                "jobName": each["jobName"] or job_name,
                "asset_keys": each["assetSelection"] and [asset_key(key["path"]) for key in each["assetSelection"]],
            }
            for each in result["runRequests"] or []
        ]
        return parse(
            Preview,
            {
                **item.identity,
                "at": at,
                "cursor_before": cursor,
                # A tick that fails leaves the cursor as it is.
                "cursor": cursor if item.type == SCHEDULE or result["error"] else result["cursor"],
                "skipReason": result["skipReason"],
                "run_requests": requests,
                "partition_requests": result["dynamicPartitionsRequests"] or [],
                "error": result["error"],
            },
        )
