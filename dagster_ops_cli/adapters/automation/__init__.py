"""The operations that read schedules and sensors."""

import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from dagster_ops_cli import times
from dagster_ops_cli.adapters.early import LIST_AUTOMATION, automation_variables
from dagster_ops_cli.adapters.job import load_error
from dagster_ops_cli.adapters.union import expect, expect_list, parse, parse_list, reading_answer
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.automation import GRACE, Automation, AutomationDetail, AutomationId, Tick
from dagster_ops_cli.schemas.enums import RUNNING, SCHEDULE, SENSOR
from dagster_ops_cli.schemas.job import Workspace
from dagster_ops_cli.schemas.selectors import automation_selector

_TICK = """
          id
          status
          timestamp
          endTimestamp
          skipReason
          runIds
          runKeys
          cursor
          requestedAssetMaterializationCount
          dynamicPartitionsRequestResults { type partitionsDefName partitionKeys skippedPartitionKeys }
          error { message className causes { message className } }
"""

GET_SCHEDULE = f"""
query OpsGetSchedule($selector: ScheduleSelector!, $limit: Int!) {{
  scheduleOrError(scheduleSelector: $selector) {{
    __typename
    ... on Schedule {{
      description
      potentialTickTimestamps(lowerLimit: 1, upperLimit: $limit)
      scheduleState {{ ticks(limit: $limit) {{ {_TICK} }} }}
    }}
    ... on Error {{ message }}
  }}
}}
"""

GET_SENSOR = f"""
query OpsGetSensor($selector: SensorSelector!, $limit: Int!) {{
  sensorOrError(sensorSelector: $selector) {{
    __typename
    ... on Sensor {{
      description
      sensorState {{
        typeSpecificData {{ ... on ScheduleData {{ startTimestamp }} ... on SensorData {{ lastCursor }} }}
        ticks(limit: $limit) {{ {_TICK} }}
      }}
    }}
    ... on Error {{ message }}
  }}
}}
"""


def _list_ticks(noun: str) -> str:
    return f"""
query OpsList{noun}Ticks(
  $selector: {noun}Selector!, $statuses: [InstigationTickStatus!], $limit: Int!, $cursor: String
) {{
  {noun.lower()}OrError({noun.lower()}Selector: $selector) {{
    __typename
    ... on {noun} {{
      {noun.lower()}State {{ ticks(statuses: $statuses, limit: $limit, cursor: $cursor) {{ {_TICK} }} }}
    }}
    ... on Error {{ message }}
  }}
}}
"""


LIST_SCHEDULE_TICKS, LIST_SENSOR_TICKS = _list_ticks("Schedule"), _list_ticks("Sensor")


def selector_of(item: AutomationId) -> dict[str, str]:
    """Return the selector of a schedule or sensor."""
    return automation_selector(item.type, item.location_name, item.repository_name, item.name)


def list_automation(
    client: GraphQLClient, types: Sequence[str], ticks: bool = True
) -> tuple[list[Automation], Workspace]:
    """Return all schedules and sensors of these types, and the code locations they come from.

    ``ticks`` asks for their last and next ticks, too.
    """
    data = client.execute(LIST_AUTOMATION, automation_variables(types, ticks))
    entries = expect_list(expect(data, "workspaceOrError", "Workspace"), "locationEntries")
    with reading_answer():
        locations = [_location(entry) for entry in entries]
        items = [row for entry in entries for row in _rows(client, entry)]
        return parse_list(Automation, items), parse(Workspace, {"jobs": [], "locations": locations})


def get_automation(client: GraphQLClient, item: Automation, limit: int) -> AutomationDetail:
    """Return a schedule or sensor with its next and its last ticks, at most ``limit`` each."""
    is_schedule = item.type == SCHEDULE
    answer = _ask(client, item, GET_SCHEDULE if is_schedule else GET_SENSOR, limit=limit)
    with reading_answer():
        state = answer["scheduleState" if is_schedule else "sensorState"]
        known = {name: getattr(item, name) for name in type(item).model_fields}
        return parse(
            AutomationDetail,
            {
                **known,
                "description": answer["description"],
                "next_ticks": answer["potentialTickTimestamps"][-limit:] if is_schedule else [],
                "cursor": None if is_schedule else (state["typeSpecificData"] or {}).get("lastCursor"),
                "ticks": state["ticks"],
            },
        )


def list_ticks(
    client: GraphQLClient, item: AutomationId, statuses: Sequence[str], limit: int, cursor: str | None
) -> list[Tick]:
    """Return ticks with one of these statuses (none: any), newest first, after the tick whose id is ``cursor``.

    If the cursor is not the id of a tick, Dagster starts from the newest one.
    """
    document = LIST_SCHEDULE_TICKS if item.type == SCHEDULE else LIST_SENSOR_TICKS
    answer = _ask(client, item, document, statuses=list(statuses) or None, limit=limit, cursor=cursor)
    with reading_answer():
        return parse_list(Tick, answer["scheduleState" if item.type == SCHEDULE else "sensorState"]["ticks"])


def _ask(client: GraphQLClient, item: AutomationId, document: str, **variables: Any) -> dict[str, Any]:
    data = client.execute(document, {"selector": selector_of(item), **variables})
    if item.type == SCHEDULE:
        return expect(data, "scheduleOrError", "Schedule")
    return expect(data, "sensorOrError", "Sensor")


def _location(entry: dict[str, Any]) -> dict[str, Any]:
    repositories = [each["name"] for each in (entry["locationOrLoadError"] or {}).get("repositories") or []]
    return {
        "name": entry["name"],
        "loadStatus": entry["loadStatus"],
        "repositories": repositories,
        "error": load_error(entry),
    }


def _rows(client: GraphQLClient, entry: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for repository in (entry["locationOrLoadError"] or {}).get("repositories") or []:
        place = quote(f"{repository['name']}@{entry['name']}", safe="@")
        for type_, plural, read in ((SCHEDULE, "schedules", _schedule), (SENSOR, "sensors", _sensor)):
            for each in repository.get(plural) or []:
                state = each[f"{type_.lower()}State"]
                ticks = state.get("ticks") or []
                ticked_at = ticks[0]["timestamp"] if ticks else None
                row = {
                    "type": type_,
                    "name": each["name"],
                    "location_name": entry["name"],
                    "repository_name": repository["name"],
                    "status": state["status"],
                    "defaultStatus": each["defaultStatus"],
                    "canReset": each["canReset"],
                    "last_tick": next((tick for tick in ticks if tick["status"] != "STARTED"), None),
                    "ticked_at": ticked_at,
                    "selector_id": state["selectorId"],
                    "url": f"{client.url}/locations/{place}/{plural}/{quote(each['name'], safe='')}",
                    **read(each, ticked_at, entry["updatedTimestamp"]),
                }
                yield row if row["status"] == RUNNING else {**row, "next_tick": None}


def _schedule(schedule: dict[str, Any], ticked_at: float | None, loaded_at: float) -> dict[str, Any]:
    *past, next_tick = schedule.get("potentialTickTimestamps") or [None]
    latest = times.now().timestamp() - GRACE
    state = schedule["scheduleState"]
    return {
        "kind": SCHEDULE,
        "cron": _cron(schedule["cronSchedule"]),
        "timezone": schedule["executionTimezone"],
        "interval": None,
        "job_names": [schedule["pipelineName"]],
        "next_tick": next_tick,
        "due_at": max((time for time in past if time < latest), default=None),
        "running_since": (state["typeSpecificData"] or {}).get("startTimestamp") or ticked_at or loaded_at,
        "origin_id": state["id"].partition("::")[0],
    }


def _sensor(sensor: dict[str, Any], ticked_at: float | None, loaded_at: float) -> dict[str, Any]:
    return {
        "kind": sensor["sensorType"],
        "cron": [],
        "timezone": None,
        "interval": sensor["minIntervalSeconds"],
        "job_names": [each["pipelineName"] for each in sensor["targets"] or []],
        "next_tick": ticked_at + sensor["minIntervalSeconds"] if ticked_at else None,
        "due_at": max(ticked_at or 0.0, loaded_at) + sensor["minIntervalSeconds"],
        "origin_id": sensor["jobOriginId"],
    }


def _cron(text: str) -> list[str]:
    """Several cron expressions come as Python would print a list of them."""
    return re.findall(r"'([^']*)'", text) if text.startswith("[") else [text]
