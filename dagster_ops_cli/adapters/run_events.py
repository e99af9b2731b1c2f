"""The operations on a run's log."""

import re

from dagster_ops_cli.adapters.union import as_promised, error_of, expect, parse, parse_list
from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.run_events import RunEventPage

_EVENTS = """
fragment OpsRunEvents on EventConnection {
  cursor
  hasMore
  events {
    ... on MessageEvent { runId message timestamp level stepKey eventType }
    ... on ErrorEvent {
      error { message className stack errorChain { error { message className stack } } }
    }
  }
}
"""

LIST_RUN_EVENTS = f"""
query OpsListRunEvents($runId: ID!, $limit: Int!, $cursor: String) {{
  logsForRun(runId: $runId, limit: $limit, afterCursor: $cursor) {{
    __typename
    ... on EventConnection {{ ...OpsRunEvents }}
    ... on RunNotFoundError {{ message }}
    ... on PythonError {{ message className }}
  }}
}}
{_EVENTS}"""

# The status is read before the events: what ended a run is in the page that comes with its last status, or in the next.
FOLLOW_RUN_EVENTS = f"""
query OpsFollowRunEvents($runId: ID!, $limit: Int!, $cursor: String) {{
  runOrError(runId: $runId) {{
    __typename
    ... on Run {{ status }}
    ... on Error {{ message }}
  }}
  logsForRun(runId: $runId, limit: $limit, afterCursor: $cursor) {{
    __typename
    ... on EventConnection {{ ...OpsRunEvents }}
    ... on RunNotFoundError {{ message }}
    ... on PythonError {{ message className }}
  }}
}}
{_EVENTS}"""

# What happened in a run, in detail: why a step failed, and where its output is kept.
_DETAILS = """
fragment OpsRunEventDetails on EventConnection {
  events {
    ... on LogsCapturedEvent { fileKey stepKeys externalUrl externalStdoutUrl externalStderrUrl }
    ... on ExecutionStepUpForRetryEvent { secondsToWait }
  }
}
"""

LIST_RUN_EVENT_DETAILS = f"""
query OpsListRunEventDetails($runId: ID!, $limit: Int!, $cursor: String) {{
  runOrError(runId: $runId) {{
    __typename
    ... on Run {{ status }}
    ... on Error {{ message }}
  }}
  logsForRun(runId: $runId, limit: $limit, afterCursor: $cursor) {{
    __typename
    ... on EventConnection {{ ...OpsRunEvents ...OpsRunEventDetails }}
    ... on RunNotFoundError {{ message }}
    ... on PythonError {{ message className }}
  }}
}}
{_EVENTS}
{_DETAILS}"""

LIST_EVENT_TYPES = """
query OpsListEventTypes {
  __type(name: "DagsterEventType") { enumValues { name } }
}
"""

# What servers before 1.13.26 say to a limit above their maximum; newer ones return fewer, older than 1.11.10 have none.
_TOO_LARGE = re.compile(r"Limit of \d+ is too large\. Max is (\d+)")
# What decoding a cursor can raise in Dagster: it is base64 of a JSON object with a type and a value.
_CURSOR_FAULTS = {
    "Error",
    "JSONDecodeError",
    "KeyError",
    "OverflowError",
    "TypeError",
    "UnicodeDecodeError",
    "ValueError",
}


def list_run_events(client: GraphQLClient, run_id: str, limit: int, cursor: str | None = None) -> RunEventPage:
    """Return the events behind ``cursor``, at most ``limit``, or the server's maximum where that is lower.

    ``has_more`` is the server's: true already where the page is full. Raises NotFoundError, and InvalidRequestError
    for a cursor that Dagster can't read.
    """
    return _list(client, LIST_RUN_EVENTS, run_id, limit, cursor)


def follow_run_events(client: GraphQLClient, run_id: str, limit: int, cursor: str | None = None) -> RunEventPage:
    """Return what ``list_run_events`` does, and with it the status that the run had just before."""
    return _list(client, FOLLOW_RUN_EVENTS, run_id, limit, cursor)


def list_run_event_details(client: GraphQLClient, run_id: str, limit: int, cursor: str | None = None) -> RunEventPage:
    """Return what ``follow_run_events`` does, with what some kinds of events tell beyond the others."""
    return _list(client, LIST_RUN_EVENT_DETAILS, run_id, limit, cursor)


def _list(client: GraphQLClient, query: str, run_id: str, limit: int, cursor: str | None) -> RunEventPage:
    data = client.execute(query, {"runId": run_id, "limit": limit, "cursor": cursor})
    answer = data.get("logsForRun")
    if isinstance(answer, dict) and answer.get("__typename") == "PythonError":
        message = str(answer.get("message"))
        lower = _TOO_LARGE.search(message)
        if lower and 0 < int(lower[1]) < limit:
            return _list(client, query, run_id, int(lower[1]), cursor)
        if cursor is not None and str(answer.get("className")) in _CURSOR_FAULTS:
            raise InvalidRequestError(f"Dagster can't read the cursor {cursor!r}", code="INVALID_CURSOR") from error_of(
                answer
            )
    page = expect(data, "logsForRun", "EventConnection")
    run = expect(data, "runOrError", "Run") if "runOrError" in data else {}
    return parse(
        RunEventPage,
        {
            "run_id": run_id,
            "events": page.get("events"),
            "cursor": page.get("cursor"),
            "has_more": page.get("hasMore"),
            "limit": limit,
            "status": run.get("status"),
        },
    )


def list_event_types(client: GraphQLClient) -> list[str]:
    """Return the names of the event types that this server knows."""
    data = client.execute(LIST_EVENT_TYPES)
    with as_promised():
        values = (data.get("__type") or {}).get("enumValues") or []
        return parse_list(str, [value["name"] for value in values])
