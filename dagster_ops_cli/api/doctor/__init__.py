"""The API that checks the connection, the server and the user's permissions."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from statistics import median
from typing import TypeVar

from dagster_ops_cli.adapters.daemon import list_daemons
from dagster_ops_cli.adapters.doctor import get_version, list_locations, list_permissions
from dagster_ops_cli.adapters.schema import ServerSchema, get_schema
from dagster_ops_cli.adapters.versions import without_later_fields
from dagster_ops_cli.api.doctor.requirements import COMMANDS, OLDER, commands_by_permission, documents_by_name
from dagster_ops_cli.errors import OpsError
from dagster_ops_cli.http.client import HttpClient
from dagster_ops_cli.http.probe import Step, probe
from dagster_ops_cli.schemas.config import EffectiveSetting
from dagster_ops_cli.schemas.daemon import Daemon
from dagster_ops_cli.schemas.doctor import Check, CommandSupport, Diagnosis, Permission
from dagster_ops_cli.schemas.job import CodeLocation
from dagster_ops_cli.settings import Settings

T = TypeVar("T")

OK, WARNING, FAILED = "ok", "warning", "failed"
# In seconds: an answer slower than this makes every command slow, and clocks further apart make `--since 5m` wrong.
_SLOW = 2.0
_SKEWED = 30.0
_SAMPLES = 3


@dataclass(frozen=True)
class DoctorApi:
    """Checks one Dagster: the settings, the connection, the server and its schema."""

    client: HttpClient
    settings: Settings
    probe: Callable[[Settings], list[Step]] = field(default_factory=lambda: probe)

    def get(self) -> Diagnosis:
        """Return the results of all checks; a fault that prevents further checks is one of the results."""
        checks = self._connection()
        version: str | None = None
        commands: list[CommandSupport] = []
        if all(check.state == OK for check in checks):
            answers, version = self._ask(
                "server", lambda: get_version(self.client), lambda version: (OK, f"Dagster {version}")
            )
            checks.append(answers)
            if version is not None:
                checks += self._server_checks()
                permissions = self._ask("permissions", lambda: list_permissions(self.client), _permissions)
                checks.append(permissions[0])
                support, schema = self._ask("schema", lambda: get_schema(self.client), lambda _: (OK, "asked"))
                commands = _support(schema, permissions[1] or []) if schema else []
                checks.append(_summary(commands) if schema else support)
        return Diagnosis(
            healthy=all(check.state in (OK, WARNING) for check in checks),
            url=self.settings.url,
            version=version,
            settings=[EffectiveSetting(name=e.name, value=e.value, source=e.source) for e in self.settings.shown],
            checks=checks,
            commands=commands,
        )

    def _connection(self) -> list[Check]:
        try:
            steps = self.probe(self.settings)
        except OpsError as error:
            return [self._failed("connection", error)]
        return [Check(name=each.name, state=OK if each.worked else FAILED, message=each.message) for each in steps]

    def _failed(self, name: str, error: OpsError) -> Check:
        message = error.message + (f" ({error.hint})" if error.hint else "")
        return Check(name=name, state=FAILED, message=self.settings.mask(message))

    def _server_checks(self) -> Iterator[Check]:
        yield self._clock()
        yield self._speed()
        yield self._ask("daemons", lambda: list_daemons(self.client), _daemons)[0]
        yield self._ask("locations", lambda: list_locations(self.client), _locations)[0]

    def _ask(
        self, name: str, question: Callable[[], T], judge: Callable[[T], tuple[str, str]]
    ) -> tuple[Check, T | None]:
        try:
            answer = question()
        except OpsError as error:
            return self._failed(name, error), None
        state, message = judge(answer)
        return Check(name=name, state=state, message=message), answer

    def _speed(self) -> Check:
        def measure() -> float:
            samples = []
            for _ in range(_SAMPLES):
                started = time.monotonic()
                get_version(self.client)
                samples.append(time.monotonic() - started)
            return median(samples)

        return self._ask(
            "speed",
            measure,
            lambda took: (WARNING if took > _SLOW else OK, f"a small query takes {took * 1000:.0f} ms"),
        )[0]

    def _clock(self) -> Check:
        skew = _skew(self.client.answer_headers)
        if skew is None:
            return Check(name="clock", state=OK, message="unknown: the server does not return its time")
        if abs(skew) <= _SKEWED:
            return Check(name="clock", state=OK, message="same time as the server")
        way = "ahead of" if skew > 0 else "behind"
        return Check(name="clock", state=WARNING, message=f"this machine is {abs(skew):.0f} s {way} the server")


def _skew(headers: Mapping[str, str]) -> float | None:
    try:
        return time.time() - parsedate_to_datetime(headers.get("date", "")).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _daemons(daemons: list[Daemon]) -> tuple[str, str]:
    if not daemons:
        return WARNING, "unknown: the server does not return them"
    needed = [each for each in daemons if each.required]
    unhealthy = [each for each in needed if not each.healthy]
    if not unhealthy:
        return OK, f"{len(needed)} healthy"
    last = max((each.last_heartbeat for each in unhealthy if each.last_heartbeat), default=None)
    seen = f"last seen {last:%Y-%m-%dT%H:%M:%SZ}" if last else "never seen"
    names = [each.type for each in unhealthy]
    effect = "; queued runs do not start" if "QUEUED_RUN_COORDINATOR" in names else ""
    return FAILED, f"not healthy: {', '.join(names)} ({seen}){effect}"


def _locations(locations: list[CodeLocation]) -> tuple[str, str]:
    failed = [each for each in locations if each.error is not None or each.status != "LOADED"]
    if not locations:
        return WARNING, "no code locations"
    if not failed:
        return OK, f"{len(locations)} loaded"
    errors = ((each.name, (each.error or each.status).strip().partition("\n")[0]) for each in failed)
    return FAILED, f"{len(failed)} of {len(locations)} not loaded: {'; '.join(map(': '.join, errors))}"


def _permissions(permissions: list[Permission]) -> tuple[str, str]:
    needed = commands_by_permission()
    asked = [each for each in permissions if each.name in needed]
    if not asked:
        return WARNING, "unknown: the server does not return them"
    denied = [each for each in asked if not each.allowed]
    if not denied:
        return OK, f"all {len(asked)} required permissions granted"
    why = f" ({denied[0].reason})" if denied[0].reason else ""
    return FAILED, f"{len(denied)} of {len(asked)} missing: {', '.join(each.name for each in denied)}{why}"


def _support(schema: ServerSchema, permissions: list[Permission]) -> list[CommandSupport]:
    denied = {each.name for each in permissions if not each.allowed}
    needed = commands_by_permission()
    texts = documents_by_name()
    faults = {name: faults_of(schema, name, texts) for name in texts}
    found = []
    for command, names in COMMANDS.items():
        lacks = [fault for name in names for fault in faults[name]]
        missing = sorted(name for name in denied if command in needed.get(name, ()))
        found.append(
            CommandSupport(
                command=command, served=not lacks, lacks=list(dict.fromkeys(lacks)), missing_permissions=missing
            )
        )
    return found


def faults_of(schema: ServerSchema, name: str, texts: Mapping[str, str]) -> list[str]:
    """Return why the server can serve neither a document nor its replacement for older servers; empty if it can."""
    faults = schema.faults(texts[name]) and schema.faults(without_later_fields(texts[name]))
    if not faults or name not in OLDER:
        return faults
    older = OLDER[name]
    return faults_of(schema, older, texts) if older else []


def _summary(commands: list[CommandSupport]) -> Check:
    unserved = [each.command for each in commands if not each.served]
    if not unserved:
        return Check(name="commands", state=OK, message=f"all {len(commands)} supported")
    return Check(name="commands", state=WARNING, message=f"not supported by this server: {', '.join(unserved)}")
