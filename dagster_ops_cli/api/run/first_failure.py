"""What a run failed with first. Later failures are often only a consequence."""

from functools import partial
from itertools import islice

from dagster_ops_cli.adapters.run_events import list_run_events
from dagster_ops_cli.api.run_events.pages import walk_event_pages
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.run_events import RunEvent, RunEventError

_FAILURES = {"STEP_FAILURE", "RUN_FAILURE", "PIPELINE_FAILURE"}


def first_failure(client: GraphQLClient, run_id: str, most_pages: int | None = None) -> RunEvent | None:
    """Return the first failure in a run's log that has an error.

    If there is none, return the first other event with an error, such as one of Dagster's engine, or else the last
    failure. At most ``most_pages`` pages of the log are read. Raises NotFoundError.
    """
    other: RunEvent | None = None
    last: RunEvent | None = None
    for page in islice(walk_event_pages(partial(list_run_events, client, run_id)), most_pages):
        for event in page.events:
            if event.event_type in _FAILURES:
                if event.error:
                    return event
                last = event
            elif event.error and event.event_type != "STEP_UP_FOR_RETRY":
                other = other or event
    return (other or last) if last else None


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
