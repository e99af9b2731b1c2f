"""The events of a run."""

from typing import Annotated, Any

from pydantic import BeforeValidator, ConfigDict, Field
from pydantic.alias_generators import to_camel

from dagster_ops_cli.schemas.enums import LOG, same_event_type
from dagster_ops_cli.schemas.model import EventTime, Model

# Dagster wraps the errors of user code in these, which say only the step's name, that it is retried, or which file was
# being loaded.
_WRAPPERS = {
    *("DagsterExecutionStepExecutionError", "RetryRequestedFromPolicy"),
    *("DagsterUserCodeLoadError", "DagsterImportError"),
}


class RunEventError(Model):
    """The error of an event, with its cause, the cause of that, and so on. Source: ``ErrorEvent``.

    ``message`` and ``stack`` are Dagster's own texts, with line ends.
    """

    model_config = ConfigDict(alias_generator=to_camel)

    message: str
    class_name: str | None = None
    stack: list[str] = Field(default_factory=list)
    cause: "RunEventError | None" = None

    @property
    def raised(self) -> "RunEventError":
        """The error that user code raised, without Dagster's wrappers."""
        return self.cause.raised if self.cause and self.class_name in _WRAPPERS else self

    @property
    def causes(self) -> "list[RunEventError]":
        """Its causes, nearest first."""
        return [self.cause, *self.cause.causes] if self.cause else []

    @property
    def said(self) -> str:
        """The message without the class name that Dagster puts before it."""
        message = self.message.strip()
        head, colon, rest = message.partition(":")
        name = self.class_name or ""
        if head == name or head.endswith(f".{name}"):
            return rest.strip() if colon else ""
        return message


def nest_error(error: Any) -> Any:
    """Nest the causes, which Dagster lists beside the error (``errorChain``), nearest first."""
    if not isinstance(error, dict):
        return error
    cause = None
    for link in reversed(error.get("errorChain") or []):
        cause = {**link["error"], "cause": cause}
    return {**error, "cause": cause}


class RunEvent(Model):
    """One entry of a run's log, with Dagster's own camelCase names in JSON. Source: ``MessageEvent``.

    ``event_type`` is null for a plain log message. ``level`` is the log level; it is DEBUG for most events of Dagster.
    """

    model_config = ConfigDict(alias_generator=to_camel)

    run_id: str
    message: str
    timestamp: EventTime
    level: str
    step_key: str | None = None
    event_type: str | None = None
    error: Annotated[RunEventError | None, BeforeValidator(nest_error)] = None
    # Not in JSON, and requested only if needed: the pause before a retry, and the fields of LOGS_CAPTURED.
    seconds_to_wait: float | None = Field(None, exclude=True)
    file_key: str | None = Field(None, exclude=True)
    step_keys: list[str] | None = Field(None, exclude=True)
    external_url: str | None = Field(None, exclude=True)
    external_stdout_url: str | None = Field(None, exclude=True)
    external_stderr_url: str | None = Field(None, exclude=True)

    @property
    def type(self) -> str:
        """The event's type in tables and for ``--type``."""
        return self.event_type or LOG


class RunEventFilter(Model):
    """A filter for events; an empty one matches every event. All texts match in any case.

    An event matches with one of ``types`` (``LOG`` for plain messages), one of the log ``levels``, and ``step`` in its
    step key.
    """

    types: list[str] = Field(default_factory=list)
    step: str | None = None
    levels: list[str] = Field(default_factory=list)

    def passes(self, event: RunEvent) -> bool:
        """Whether an event matches."""
        return (
            (not self.types or same_event_type(event.type) in map(same_event_type, self.types))
            and (not self.step or self.step.lower() in (event.step_key or "").lower())
            and (not self.levels or event.level.upper() in map(str.upper, self.levels))
        )


class RunEventPage(Model):
    """Some events of a run, and the cursor to continue from.

    ``cursor`` is Dagster's own and continues exactly after the last of ``events``; ``has_more`` says whether any event,
    before filtering, follows. Not in JSON: ``limit``, how many events were requested, and ``status``, the run's status
    just before, if it was requested.
    """

    run_id: str
    events: list[RunEvent]
    count: int = Field(default_factory=lambda data: len(data.get("events", ())))
    cursor: str | None
    has_more: bool
    limit: int = Field(exclude=True)
    status: str | None = Field(None, exclude=True)
