"""A Dagster in memory that has only schedules and sensors."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dagster_ops_cli_tests.replay import URL, operation_name

NOW = 1_800_000_000.0


@dataclass
class FakeAutomation:
    """Knows sensors and schedules by location and name, with their status; ``before`` may raise what a client raises.

    ``clobbered`` counts how many more stops a tick that ends at the same moment undoes.
    """

    sensors: dict[tuple[str, str], str] = field(default_factory=dict)
    schedules: dict[tuple[str, str], str] = field(default_factory=dict)
    broken: tuple[str, ...] = ()
    ticks: list[float] = field(default_factory=list)
    cursor: str | None = None
    fields: dict[str, Any] = field(default_factory=dict)
    clobbered: int = 0
    before: Callable[[str, Mapping[str, Any]], None] = lambda operation, variables: None
    asked: list[str] = field(default_factory=list)
    url: str = URL

    def execute(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        operation, given = operation_name(query), dict(variables or {})
        self.asked.append(operation)
        self.before(operation, given)
        if match := re.fullmatch("Ops(Start|Stop|Reset)(Schedule|Sensor)", operation):
            return self._change(match[1], match[2], given)
        return {
            "OpsListAutomation": self._list,
            "OpsGetSensor": self._get,
            "OpsGetSchedule": self._get_schedule,
            "OpsListSensorTicks": self._ticks,
            "OpsSetSensorCursor": self._set_cursor,
        }[operation](given)

    def _change(self, verb: str, noun: str, given: Mapping[str, Any]) -> dict[str, Any]:
        known = self.sensors if noun == "Sensor" else self.schedules
        key = self._key(given)
        if verb == "Stop" and self.clobbered:
            self.clobbered -= 1
        else:
            known[key] = {"Start": "RUNNING"}.get(verb, "STOPPED")
        if noun == "Schedule":
            name = {"Stop": "stopRunningSchedule"}.get(verb, f"{verb.lower()}Schedule")
            return {name: {"__typename": "ScheduleStateResult"}}
        kind = "StopSensorMutationResult" if verb == "Stop" else "Sensor"
        return {f"{verb.lower()}Sensor": {"__typename": kind}}

    def _key(self, given: Mapping[str, Any]) -> tuple[str, str]:
        if "selectorId" in given:
            location, _, name = given["selectorId"].partition("/")
            return location, name
        selector = given["selector"]
        return selector["repositoryLocationName"], selector.get("sensorName") or selector["scheduleName"]

    def _state(self, location: str, name: str, status: str, type_: str) -> dict[str, Any]:
        return {
            "id": f"origin::{location}/{name}",
            "selectorId": f"{location}/{name}",
            "status": status,
            "typeSpecificData": None,
            "ticks": [],
            **self.fields.get(type_, {}),
        }

    def _list(self, given: Mapping[str, Any]) -> dict[str, Any]:
        names = dict.fromkeys([*(key[0] for key in (*self.sensors, *self.schedules)), *self.broken])
        entries = [{"name": name, "loadStatus": "LOADED", "updatedTimestamp": NOW - 1000} for name in names]
        for entry in entries:
            name = entry["name"]
            if name in self.broken:
                error = {"__typename": "PythonError", "message": "outer", "causes": [{"message": "no module\n"}]}
                entry["locationOrLoadError"] = error
                continue
            sensors = [
                {
                    "name": each,
                    "jobOriginId": "origin",
                    "sensorType": "STANDARD",
                    "minIntervalSeconds": 30,
                    "targets": None,
                    "defaultStatus": "STOPPED",
                    "canReset": True,
                    "sensorState": self._state(location, each, status, "sensor"),
                }
                for (location, each), status in self.sensors.items()
                if location == name
            ]
            schedules = [
                {
                    "name": each,
                    "cronSchedule": "['0 1 * * *', '30 2 * * *']",
                    "executionTimezone": None,
                    "pipelineName": "nightly",
                    "defaultStatus": "STOPPED",
                    "canReset": True,
                    "potentialTickTimestamps": [NOW - 7200, NOW - 3600, NOW + 3600],
                    "scheduleState": self._state(location, each, status, "schedule"),
                }
                for (location, each), status in self.schedules.items()
                if location == name
            ]
            repository: dict[str, Any] = {"name": "repo"}
            if given["sensors"]:
                repository["sensors"] = sensors
            if given["schedules"]:
                repository["schedules"] = schedules
            entry["locationOrLoadError"] = {"__typename": "RepositoryLocation", "repositories": [repository]}
        return {"workspaceOrError": {"__typename": "Workspace", "locationEntries": entries}}

    def _get(self, given: Mapping[str, Any]) -> dict[str, Any]:
        state = {"typeSpecificData": {"lastCursor": self.cursor}, "ticks": []}
        return {"sensorOrError": {"__typename": "Sensor", "description": None, "sensorState": state}}

    def _get_schedule(self, given: Mapping[str, Any]) -> dict[str, Any]:
        state: dict[str, Any] = {"typeSpecificData": None, "ticks": []}
        schedule: dict[str, Any] = {"description": None, "potentialTickTimestamps": [], "scheduleState": state}
        return {"scheduleOrError": {"__typename": "Schedule", **schedule}}

    def _ticks(self, given: Mapping[str, Any]) -> dict[str, Any]:
        before = float(given["cursor"].rpartition(":")[2]) if given["cursor"] else NOW
        ticks = [{"id": f"o:{at}", "timestamp": at, "status": "SKIPPED"} for at in self.ticks if at < before]
        return {"sensorOrError": {"__typename": "Sensor", "sensorState": {"ticks": ticks[: given["limit"]]}}}

    def _set_cursor(self, given: Mapping[str, Any]) -> dict[str, Any]:
        self.cursor = given["cursor"]
        return {"setSensorCursor": {"__typename": "Sensor"}}
