"""The history of a run's steps, from its log."""

from collections import Counter, deque
from dataclasses import dataclass, field

from dagster_ops_cli.schemas.run_events import RunEvent

_BEGUN = {"STEP_START", "STEP_RESTARTED"}
_ENDED = {"STEP_SUCCESS", "STEP_FAILURE", "STEP_SKIPPED", "STEP_UP_FOR_RETRY"}
_ENGINE_EVENTS = 3


@dataclass
class RunHistory:
    """Collects the events of a run that explain its state. Add the events in order.

    ``last`` is each step's last event that launched, started or ended it. ``failures`` are the failed steps in order;
    ``engine`` are the last events of Dagster's engine before the run ended. ``has_checks`` says that the run executes
    asset checks.
    """

    last: dict[str, RunEvent] = field(default_factory=dict)
    attempts: Counter[str] = field(default_factory=Counter)
    failures: dict[str, RunEvent] = field(default_factory=dict)
    crashes: dict[str, RunEvent] = field(default_factory=dict)
    captured: list[RunEvent] = field(default_factory=list)
    engine: deque[RunEvent] = field(default_factory=lambda: deque(maxlen=_ENGINE_EVENTS))
    end: RunEvent | None = None
    enqueued: RunEvent | None = None
    has_checks: bool = False

    def add(self, event: RunEvent) -> None:
        """Add the next event."""
        kind = event.type
        if kind == "ENGINE_EVENT":
            self._add_engine_event(event)
        elif kind == "LOGS_CAPTURED":
            self.captured.append(event)
        elif kind in ("RUN_FAILURE", "RUN_CANCELED", "PIPELINE_FAILURE", "PIPELINE_CANCELED"):
            self.end = event
        elif kind in ("RUN_ENQUEUED", "PIPELINE_ENQUEUED"):
            self.enqueued = event
        elif kind in ("ASSET_CHECK_EVALUATION_PLANNED", "ASSET_CHECK_EVALUATION"):
            self.has_checks = True
        elif event.step_key:
            self._add_step_event(event, event.step_key)

    @property
    def unfinished(self) -> dict[str, RunEvent]:
        """The steps that were launched and are unfinished or will be retried, with their last events."""
        return {key: event for key, event in self.last.items() if event.type not in _ENDED - {"STEP_UP_FOR_RETRY"}}

    def _add_engine_event(self, event: RunEvent) -> None:
        if event.step_key and event.error:
            self.crashes[event.step_key] = event
        if not self.end:
            self.engine.append(event)

    def _add_step_event(self, event: RunEvent, step_key: str) -> None:
        if event.type in _BEGUN:
            self.attempts[step_key] += 1
        if event.type in _BEGUN | _ENDED | {"STEP_WORKER_STARTING"}:
            self.last[step_key] = event
        if event.type == "STEP_FAILURE":
            self.failures[step_key] = event
        elif event.type in _BEGUN:
            # The step has started again, so its earlier failure was not final.
            self.failures.pop(step_key, None)
