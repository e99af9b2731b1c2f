"""What a run failed with first; what failed later often did so because of it."""

from functools import partial
from itertools import islice

from dagster_ops_cli.adapters.run_events import list_run_events
from dagster_ops_cli.api.run_events.pages import walk_pages
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.run_events import RunEvent, RunEventError

_FAILURES = {"STEP_FAILURE", "RUN_FAILURE", "PIPELINE_FAILURE"}


def first_failure(client: GraphQLClient, run_id: str, most_pages: int | None = None) -> RunEvent | None:
    """Return the first failure of a run with an error, or the failure of the run itself if there is no error.

    At most ``most_pages`` pages of the log are read. Raises NotFoundError.
    """
    last: RunEvent | None = None
    for page in islice(walk_pages(partial(list_run_events, client, run_id)), most_pages):
        for event in page.events:
            if event.event_type in _FAILURES:
                if event.error:
                    return event
                last = event
    return last


def error_line(error: RunEventError) -> str:
    """Return class and first line of the message: what comes below is of one run alone."""
    said, *_ = error.raised.said.splitlines() or [""]
    return ": ".join(part for part in (error.raised.class_name, said) if part)
