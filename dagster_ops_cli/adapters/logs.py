"""The operation on the captured output of steps."""

from collections.abc import Sequence
from typing import Any

from dagster_ops_cli.adapters.union import parse
from dagster_ops_cli.errors import ServerFaultError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.logs import LogFile, LogPiece

# The server does not read a stream whose cursor is after the end of any file.
GET_CAPTURED_LOG = """
query OpsGetCapturedLog($logKey: [String!]!, $cursor: String!, $limit: Int!) {
  capturedLogs(logKey: $logKey, cursor: $cursor, limit: $limit) { cursor stdout stderr }
}
"""


def first_logs_document(count: int) -> str:
    """Return the document that reads the beginning of standard error of ``count`` processes."""
    params = "".join(f", $key{number}: [String!]!" for number in range(count))
    logs = "".join(
        f"\n  log{number}: capturedLogs(logKey: $key{number}, cursor: $cursor, limit: $limit) {{ cursor stderr }}"
        for number in range(count)
    )
    return f"query OpsListFirstLogs($cursor: String!, $limit: Int!{params}) {{{logs}\n}}\n"


# Tests hold this one against Dagster's schemas, for any number of processes.
LIST_FIRST_LOGS = first_logs_document(1)

_AFTER_ANY_END = 1 << 40
STREAMS = ("stdout", "stderr")


def get_captured_log(
    client: GraphQLClient, run_id: str, file_key: str, stream: str, start: int, limit: int
) -> LogPiece:
    """Return at most ``limit`` bytes of ``stdout`` or ``stderr``, from byte ``start``.

    The text is empty at the end of the file, and also if there is no such file: Dagster does not say which.
    """
    at = STREAMS.index(stream)
    cursor = [_AFTER_ANY_END, _AFTER_ANY_END]
    cursor[at] = start
    variables = {"logKey": _log_key(run_id, file_key), "cursor": ":".join(map(str, cursor)), "limit": limit}
    data = client.execute(GET_CAPTURED_LOG, variables)
    answer = data.get("capturedLogs")
    if not isinstance(answer, dict):
        raise ServerFaultError("Dagster's answer has no capturedLogs", code="INTERNAL_ERROR")
    text = answer.get(stream) or ""
    ends = str(answer.get("cursor") or "").split(":")
    end = int(ends[at]) if text and len(ends) == len(STREAMS) and ends[at].isdecimal() else start
    return parse(LogPiece, {"text": text, "start": start, "end": end})


def list_first_logs(client: GraphQLClient, files: Sequence[LogFile], limit: int) -> list[str | None]:
    """Return the standard error of each process; None if it has ``limit`` bytes or more, or can't be read."""
    if not files:
        return []
    keys = {f"key{number}": _log_key(file.run_id, file.file_key) for number, file in enumerate(files)}
    data = client.execute(first_logs_document(len(files)), {"cursor": f"{_AFTER_ANY_END}:0", "limit": limit, **keys})
    return [_whole(data.get(f"log{number}"), limit) for number in range(len(files))]


def _whole(answer: Any, limit: int) -> str | None:
    if not isinstance(answer, dict):
        return None
    end = str(answer.get("cursor") or "").rpartition(":")[2]
    return None if end.isdecimal() and int(end) >= limit else str(answer.get("stderr") or "")


def _log_key(run_id: str, file_key: str) -> list[str]:
    return [run_id, "compute_logs", file_key]
