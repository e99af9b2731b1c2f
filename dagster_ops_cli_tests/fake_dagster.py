"""A Dagster in memory that has only runs, for situations that are hard to produce in a real Dagster."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from dagster_ops_cli_tests.replay import operation_name

CREATED = 1_700_000_000.0


def fake_run(run_id: str, status: str = "SUCCESS", **fields: Any) -> dict[str, Any]:
    """Return a run as ``runsOrError`` does; ``tags`` is a mapping."""
    tags = fields.pop("tags", {})
    return {
        "runId": run_id,
        "status": status,
        "creationTime": CREATED,
        "startTime": None,
        "endTime": None,
        "jobName": "nightly",
        "parentRunId": None,
        "rootRunId": None,
        "tags": [{"key": key, "value": value} for key, value in tags.items()],
        **fields,
    }


@dataclass
class FakeDagster:
    """Answers with its runs, which are in the order of their creation, or with a test's own ``answers``.

    ``answers`` maps an operation's name to a function of its variables. ``before`` is called before every answer; the
    client raises the errors that it raises.
    """

    runs: dict[str, dict[str, Any]] = field(default_factory=dict)
    answers: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = field(default_factory=dict)
    before: Callable[[str, dict[str, Any]], None] = lambda operation, variables: None
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    url: str = "http://localhost:3000"

    @classmethod
    def of(cls, *runs: dict[str, Any]) -> "FakeDagster":
        return cls({run["runId"]: run for run in runs})

    def execute(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        operation, given = operation_name(query), dict(variables or {})
        self.asked.append((operation, given))
        self.before(operation, given)
        if operation in self.answers:
            return self.answers[operation](given)
        assert operation == "OpsListRuns", f"nobody said how {operation} is answered"
        return {
            "runsOrError": {
                "__typename": "Runs",
                "results": self._listed(given["filter"], given["cursor"], given["limit"]),
            }
        }

    def _listed(self, wanted: dict[str, Any], cursor: str | None, limit: int | None) -> list[dict[str, Any]]:
        newest_first = list(reversed(self.runs.values()))
        if cursor is not None:
            ids = [run["runId"] for run in newest_first]
            newest_first = newest_first[ids.index(cursor) + 1 :] if cursor in ids else []
        passed = [
            run
            for run in newest_first
            if run["runId"] in (wanted.get("runIds") or [run["runId"]])
            and run["status"] in (wanted.get("statuses") or [run["status"]])
            and all(tag in run["tags"] for tag in wanted.get("tags") or [])
        ]
        return passed[: limit or None]
