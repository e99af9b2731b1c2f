"""The operation on captured standard output and standard error."""

from dagster_ops_cli.adapters.union import parse
from dagster_ops_cli.errors import ServerFaultError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.logs import LogPiece

# What is left out is not even read by the server: its cursor starts behind any file's end.
GET_CAPTURED_LOG = """
query OpsGetCapturedLog($logKey: [String!]!, $cursor: String!, $limit: Int!) {
  capturedLogs(logKey: $logKey, cursor: $cursor, limit: $limit) { cursor stdout stderr }
}
"""

_BEHIND_ANY_END = 1 << 40
STREAMS = ("stdout", "stderr")


def get_captured_log(
    client: GraphQLClient, run_id: str, file_key: str, stream: str, start: int, limit: int
) -> LogPiece:
    """Return at most ``limit`` bytes of ``stdout`` or ``stderr`` from byte ``start`` on.

    Empty at the end, and where there is no such file: Dagster does not tell which.
    """
    at = STREAMS.index(stream)
    cursor = [_BEHIND_ANY_END, _BEHIND_ANY_END]
    cursor[at] = start
    data = client.execute(
        GET_CAPTURED_LOG,
        {"logKey": [run_id, "compute_logs", file_key], "cursor": ":".join(map(str, cursor)), "limit": limit},
    )
    answer = data.get("capturedLogs")
    if not isinstance(answer, dict):
        raise ServerFaultError("Dagster gave no answer to capturedLogs", code="INTERNAL_ERROR")
    text = answer.get(stream) or ""
    ends = str(answer.get("cursor") or "").split(":")
    end = int(ends[at]) if text and len(ends) == len(STREAMS) and ends[at].isdecimal() else start
    return parse(LogPiece, {"text": text, "start": start, "end": end})
