"""A client of the model of Dagster that counts its requests and fails where a test wants it to."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dagster_ops_cli.adapters.run.launch import launch_partition_runs_document
from dagster_ops_cli.errors import NoAnswerError
from dagster_ops_cli_tests.api.clock import Clock
from dagster_ops_cli_tests.model_dagster import DAILY_JOB, EPOCH, ModelBackfill, ModelDagster, ModelRun
from dagster_ops_cli_tests.projection import read

LAUNCH = read(launch_partition_runs_document(1)).name


@dataclass
class ModelClient:
    """A GraphQLClient. Each launch takes ``pace`` seconds, and every document ``latency`` seconds.

    ``before`` and ``after`` are called with the operation and its variables; what they raise, the client raises: what
    was asked has been done only in ``after``. ``batches`` are the partitions that were launched together.
    """

    clock: Clock = field(default_factory=Clock)
    dagster: ModelDagster = field(init=False)
    pace: float = 0.0
    latency: float = 0.0
    before: Callable[[str, dict[str, Any]], None] = lambda operation, given: None
    after: Callable[[str, dict[str, Any]], None] = lambda operation, given: None
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    batches: list[list[str]] = field(default_factory=list)
    url: str = "http://localhost:3000"

    def __post_init__(self) -> None:
        self.dagster = ModelDagster(self.clock.time, days=25)

    def execute(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        operation, given = read(query).name, dict(variables or {})
        self.asked.append((operation, given))
        self.before(operation, given)
        self.clock.now += self.latency
        if operation == LAUNCH:
            self.batches.append(launched_keys(given))
            self.clock.now += self.pace * len(given)
        answer = self.dagster.execute(query, variables)
        self.after(operation, given)
        return answer

    def count(self, *operations: str) -> int:
        """How many requests there were, of these operations or of all."""
        return sum(not operations or operation in operations for operation, _ in self.asked)


def launched_keys(given: Mapping[str, Any]) -> list[str]:
    """The partitions that a request launches."""
    tags = ({tag["key"]: tag["value"] for tag in params["executionMetadata"]["tags"]} for params in given.values())
    return [each["dagster/partition"] for each in tags]


def add_run(client: ModelClient, tags: Mapping[str, str], status: str = "SUCCESS", **of: Any) -> ModelRun:
    """Add a run that another user launched; ``of`` are its ``parent`` and ``root``."""
    run = client.dagster._add_run(DAILY_JOB, dict(tags), {}, by="a test", **of)
    run.status = status
    return run


def add_backfill(client: ModelClient, tags: Mapping[str, str], keys: Sequence[str], status: str) -> ModelBackfill:
    """Add a native backfill, without its runs."""
    created = EPOCH + client.clock.time()
    backfill = ModelBackfill(f"backfill-{len(client.dagster.backfills)}", list(keys), dict(tags), created, {})
    backfill.job, backfill.status = DAILY_JOB, status
    client.dagster.backfills[backfill.id] = backfill
    return backfill


def lost() -> NoAnswerError:
    """The error of a change whose answer was lost."""
    error = NoAnswerError("the connection was reset")
    error.in_doubt = True
    return error
