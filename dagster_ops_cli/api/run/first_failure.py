"""What a run failed with first. Later failures are often only a consequence."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from itertools import islice

from dagster_ops_cli.adapters.run_events import list_run_events
from dagster_ops_cli.api.run_events.pages import walk_event_pages
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.run_events import RunEvent, RunEventError

_FAILURES = {"STEP_FAILURE", "RUN_FAILURE", "PIPELINE_FAILURE"}


@dataclass
class FailureSearch:
    """Looks for the first failure in a log that is read page by page. ``found`` is the first one with an error."""

    found: RunEvent | None = None
    _other: RunEvent | None = None
    _last: RunEvent | None = None

    def read(self, events: Iterable[RunEvent]) -> None:
        """Read the next events of the log."""
        for event in events:
            if event.event_type in _FAILURES:
                if event.error:
                    self.found = event
                    return
                self._last = event
            elif event.error and event.event_type != "STEP_UP_FOR_RETRY":
                self._other = self._other or event

    @property
    def best(self) -> RunEvent | None:
        """The first failure with an error, or else another event with an error, or else the last failure."""
        return self.found or ((self._other or self._last) if self._last else None)


def first_failure(client: GraphQLClient, run_id: str, most_pages: int | None = None) -> RunEvent | None:
    """Return the first failure in a run's log that has an error.

    If there is none, return the first other event with an error, such as one of Dagster's engine, or else the last
    failure. At most ``most_pages`` pages of the log are read. Raises NotFoundError.
    """
    search = FailureSearch()
    for page in islice(walk_event_pages(partial(list_run_events, client, run_id)), most_pages):
        search.read(page.events)
        if search.found:
            break
    return search.best


def error_line(error: RunEventError) -> str:
    """Return the class of an error and the first line of its message. Further lines differ from run to run."""
    first, *_ = error.raised.said.splitlines() or [""]
    return ": ".join(part for part in (error.raised.class_name, first) if part)


def full_error(failure: RunEvent | None) -> str | None:
    """Return the class and the message of a failure's error, or the failure's own message if it has none."""
    if failure is None:
        return None
    if failure.error is None:
        return failure.message.strip()
    return ": ".join(part for part in (failure.error.raised.class_name, failure.error.raised.said) if part)
