"""Recorded scenarios: a command line, and the requests and answers (turns) that it exchanged with a real Dagster."""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timezone
from functools import cached_property
from pathlib import Path
from typing import Any
from unittest.mock import patch

import yaml

from dagster_ops_cli import errors, times
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.errors import OpsError
from dagster_ops_cli.http.client import GraphQLClient, RestClient

RECORDINGS = Path(__file__).parent.parent / "recordings"
URL = "http://localhost:3000"
# The noun whose scenarios are recorded on a terminal of this size.
SCREEN = "screen"
WINDOW = (80, 24)


@dataclass(frozen=True)
class Scenario:
    """A scenario of a noun. ``template`` is a command line with a ``{name}`` for each run of the recorder."""

    noun: str
    name: str
    template: str

    @property
    def path(self) -> Path:
        """The file that holds the recording."""
        return RECORDINGS / self.noun / f"{self.name}.json"

    @property
    def window(self) -> tuple[int, int] | None:
        """The columns and rows of the terminal on which the scenario is recorded; None for a pipe."""
        return WINDOW if self.noun == SCREEN else None

    @cached_property
    def _recording(self) -> dict[str, Any]:
        recording: dict[str, Any] = json.loads(self.path.read_text())
        return recording

    @property
    def command(self) -> str:
        return str(self._recording["command"])

    @property
    def turns(self) -> list[dict[str, Any]]:
        return [*self._recording["turns"]]

    @property
    def now(self) -> datetime | None:
        """The time at which the command was recorded, if it sends that time to Dagster."""
        now = self._recording.get("now")
        return datetime.fromisoformat(now) if now else None

    def launch_value(self) -> str:
        """The unique value of the scenario's launch, so that a replay sends the same value."""
        return f"ops-20240101-000000-{self.name.replace('_', '')}"

    def request_value(self) -> str:
        """The unique value of the scenario's request for one run."""
        return f"request-of-{self.name}"


def scenarios() -> list[Scenario]:
    return [
        Scenario(path.parent.name, name, template)
        for path in sorted(RECORDINGS.glob("*/scenarios.yaml"))
        for name, template in yaml.safe_load(path.read_text()).items()
    ]


def operation_name(query: str) -> str:
    """Return the name of a GraphQL operation, or the path of a REST endpoint."""
    return query.removeprefix("POST ") if query.startswith("POST ") else str(re.findall(r"\w+", query)[1])


@dataclass
class ReplayClient:
    """Answers with the recorded turns. Fails for another operation, other variables, and an unused turn."""

    turns: list[dict[str, Any]]
    url: str = URL
    lock: threading.Lock = field(default_factory=threading.Lock)

    def execute(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        with self.lock:
            asked = (operation_name(query), dict(variables or {}))
            # A second thread may read the next page ahead, so the order of two requests can differ.
            match = next((turn for turn in self.turns if (turn["operation"], turn["variables"]) == asked), None)
            assert match, f"not recorded: {asked}; left: {[(t['operation'], t['variables']) for t in self.turns]}"
            self.turns.remove(match)
        if "error" in match:
            raise error_from(match["error"])
        answer: dict[str, Any] = match["data"]
        return answer

    def post(self, path: str, body: Mapping[str, Any]) -> None:
        self.execute(f"POST {path}", body)


def ops_of(scenario: Scenario, client: GraphQLClient) -> Ops:
    """Return an Ops that does not sleep and that uses the identifiers of the recording."""
    return Ops(
        connect=lambda settings, observe: client,
        launch_value=scenario.launch_value,
        request_value=scenario.request_value,
        sleep=lambda seconds: None,
    )


@contextmanager
def replayed(turns: list[dict[str, Any]], now: datetime | None = None) -> Iterator[ReplayClient]:
    """Yield a ReplayClient, and check at the end that all its turns were used."""
    before = set(threading.enumerate())
    client = ReplayClient(list(turns))
    # Stop the clock at the recording's last time, so that an unfinished run has the recorded duration.
    recorded_at = now or datetime.fromtimestamp(max(_times(turns), default=time.time()), timezone.utc)
    with patch.object(times, "now", lambda: recorded_at):
        yield client
    for thread in set(threading.enumerate()) - before:
        thread.join(5)
    assert not client.turns, f"turns that were not used: {[turn['operation'] for turn in client.turns]}"


def _times(answer: Any) -> Iterator[float]:
    """Yield the times of runs, steps and ticks in an answer, in seconds."""
    if isinstance(answer, list):
        for each in answer:
            yield from _times(each)
    elif isinstance(answer, dict):
        for name, value in answer.items():
            # Those of events are texts.
            if name in ("creationTime", "startTime", "endTime", "timestamp") and isinstance(value, float):
                yield value
            else:
                yield from _times(value)


@dataclass
class RecordingClient:
    """A client of a real Dagster that keeps every turn."""

    client: RestClient
    turns: list[dict[str, Any]] = field(default_factory=list)
    url: str = URL

    def execute(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        return self._turn(operation_name(query), variables or {}, lambda: self.client.execute(query, variables))

    def post(self, path: str, body: Mapping[str, Any]) -> None:
        def post() -> dict[str, Any]:
            self.client.post(path, body)
            return {}

        self._turn(path, body, post)

    def _turn(
        self, operation: str, variables: Mapping[str, Any], exchange: Callable[[], dict[str, Any]]
    ) -> dict[str, Any]:
        turn: dict[str, Any] = {"operation": operation, "variables": dict(variables)}
        self.turns.append(turn)
        try:
            turn["data"] = exchange()
        except OpsError as error:
            turn["error"] = {"class": type(error).__name__, **error.document()}
            raise
        data: dict[str, Any] = turn["data"]
        return data


def error_from(document: Mapping[str, Any]) -> OpsError:
    kind: type[OpsError] = getattr(errors, document["class"])
    return kind(document["error"], code=document["code"], hint=document.get("hint"))
