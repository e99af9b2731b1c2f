"""The operation on the captured output of steps."""

from dagster_ops_cli.adapters.union import parse
from dagster_ops_cli.errors import ServerFaultError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.logs import LogPiece

# The server does not read a stream whose cursor is after the end of any file.
GET_CAPTURED_LOG = """
query OpsGetCapturedLog($logKey: [String!]!, $cursor: String!, $limit: Int!) {
  capturedLogs(logKey: $logKey, cursor: $cursor, limit: $limit) { cursor stdout stderr }
}
"""

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
    data = client.execute(
        GET_CAPTURED_LOG,
        {"logKey": [run_id, "compute_logs", file_key], "cursor": ":".join(map(str, cursor)), "limit": limit},
    )
    answer = data.get("capturedLogs")
    if not isinstance(answer, dict):
        raise ServerFaultError("Dagster's answer has no capturedLogs", code="INTERNAL_ERROR")
    text = answer.get(stream) or ""
    ends = str(answer.get("cursor") or "").split(":")
    end = int(ends[at]) if text and len(ends) == len(STREAMS) and ends[at].isdecimal() else start
    return parse(LogPiece, {"text": text, "start": start, "end": end})
