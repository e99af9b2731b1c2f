"""The operations that start, stop and reset schedules and sensors, and set the cursor of a sensor."""

from dagster_ops_cli.adapters.automation import selector_of
from dagster_ops_cli.adapters.union import expect
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.automation import Automation, AutomationId
from dagster_ops_cli.schemas.enums import SCHEDULE

_STATE = "__typename ... on ScheduleStateResult { scheduleState { status } } ... on Error { message }"

START_SCHEDULE = f"""
mutation OpsStartSchedule($selector: ScheduleSelector!) {{
  startSchedule(scheduleSelector: $selector) {{ {_STATE} }}
}}
"""

STOP_SCHEDULE = f"""
mutation OpsStopSchedule($originId: String!, $selectorId: String!) {{
  stopRunningSchedule(scheduleOriginId: $originId, scheduleSelectorId: $selectorId) {{ {_STATE} }}
}}
"""

RESET_SCHEDULE = f"""
mutation OpsResetSchedule($selector: ScheduleSelector!) {{
  resetSchedule(scheduleSelector: $selector) {{ {_STATE} }}
}}
"""

START_SENSOR = """
mutation OpsStartSensor($selector: SensorSelector!) {
  startSensor(sensorSelector: $selector) { __typename ... on Sensor { name } ... on Error { message } }
}
"""

STOP_SENSOR = """
mutation OpsStopSensor($originId: String!, $selectorId: String!) {
  stopSensor(jobOriginId: $originId, jobSelectorId: $selectorId) {
    __typename
    ... on StopSensorMutationResult { instigationState { status } }
    ... on Error { message }
  }
}
"""

RESET_SENSOR = """
mutation OpsResetSensor($selector: SensorSelector!) {
  resetSensor(sensorSelector: $selector) { __typename ... on Sensor { name } ... on Error { message } }
}
"""

SET_SENSOR_CURSOR = """
mutation OpsSetSensorCursor($selector: SensorSelector!, $cursor: String) {
  setSensorCursor(sensorSelector: $selector, cursor: $cursor) {
    __typename
    ... on Sensor { name }
    ... on Error { message }
  }
}
"""


def start(client: GraphQLClient, item: Automation) -> None:
    """Start a schedule or sensor; one that runs stays as it is."""
    if item.type == SCHEDULE:
        expect(client.execute(START_SCHEDULE, {"selector": selector_of(item)}), "startSchedule", "ScheduleStateResult")
    else:
        expect(client.execute(START_SENSOR, {"selector": selector_of(item)}), "startSensor", "Sensor")


def stop(client: GraphQLClient, item: Automation) -> None:
    """Stop a schedule or sensor; one that is stopped stays as it is. Every supported server takes these two ids."""
    ids = {"originId": item.origin_id, "selectorId": item.selector_id}
    if item.type == SCHEDULE:
        expect(client.execute(STOP_SCHEDULE, ids), "stopRunningSchedule", "ScheduleStateResult")
    else:
        expect(client.execute(STOP_SENSOR, ids), "stopSensor", "StopSensorMutationResult")


def reset(client: GraphQLClient, item: Automation) -> None:
    """Give a schedule or sensor the status that its code declares."""
    if item.type == SCHEDULE:
        expect(client.execute(RESET_SCHEDULE, {"selector": selector_of(item)}), "resetSchedule", "ScheduleStateResult")
    else:
        expect(client.execute(RESET_SENSOR, {"selector": selector_of(item)}), "resetSensor", "Sensor")


def set_cursor(client: GraphQLClient, item: AutomationId, cursor: str | None) -> None:
    """Set the cursor of a sensor; None clears it."""
    variables = {"selector": selector_of(item), "cursor": cursor}
    expect(client.execute(SET_SENSOR_CURSOR, variables), "setSensorCursor", "Sensor")
