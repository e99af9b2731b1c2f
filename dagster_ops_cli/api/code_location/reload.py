"""Reload code locations, and read the new version back twice."""

from collections.abc import Iterator, Sequence

from dagster_ops_cli.adapters.code_location import reload_code_location
from dagster_ops_cli.api.code_location import locations_with_causes
from dagster_ops_cli.api.waiting.lost_answer import may_be_made
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import OpsError, WaitTimeoutError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.code_location import CodeLocationRow, ReloadResult

# Without --wait, a version key must be stable after this many polls.
_POLLS = 5
# The error while a code server is being replaced.
_UNREACHABLE = {"DagsterUserCodeUnreachableError"}
_UNSTABLE = "its version key changes with every poll; do several code servers answer at its address?"
_UNCHANGED = (
    "its version key is the same as before: Dagster loaded no new code. This code server does not re-import code on a "
    "reload; restart it, and wait for the new version with --wait"
)
_GONE = "it is no longer in the workspace"


def reload_locations(
    client: GraphQLClient, poll: Poll, before: Sequence[CodeLocationRow], wait: bool
) -> Iterator[Sequence[ReloadResult]]:
    """Yield the states of the locations after each poll; see ``CodeLocationApi.reload``."""
    end = None if poll.timeout is None else poll.clock() + poll.timeout
    decided = _send(client, poll, before)
    gates = {row.name: _Gate(row, wait) for row in before}
    polls = 0
    while True:
        rows = {row.name: row for row in poll.ask(lambda: locations_with_causes(client), end)}
        polls += 1
        last = polls == _POLLS and not wait
        results = [decided.get(name) or gate.judge(rows.get(name), last) for name, gate in gates.items()]
        decided |= {each.name: each for each in results if gates[each.name].is_decided}
        yield results
        if len(decided) == len(gates):
            return
        try:
            poll.pause(poll.interval, end)
        except WaitTimeoutError:
            # A location that does not load is an outcome, not a reason to report a timeout.
            if all(each.name in decided or each.state == "failed" for each in results):
                return
            raise


def _send(client: GraphQLClient, poll: Poll, before: Sequence[CodeLocationRow]) -> dict[str, ReloadResult]:
    """Ask Dagster to reload each location, one after another. Return those that it refused."""
    refused: dict[str, ReloadResult] = {}
    error: OpsError | None = None
    for row in before:
        poll.tell(f"{row.name}: reloading ...")
        try:
            reload_code_location(client, row.name)
        except OpsError as raised:
            if may_be_made(raised):
                # The server may still be reloading; polling the location shows the outcome.
                poll.tell(f"{row.name}: {raised.message}; checking whether it was reloaded ...")
                continue
            error = raised
            refused[row.name] = ReloadResult(
                name=row.name,
                state="refused",
                previous_key=row.version_key,
                error=raised.message,
                code=raised.code,
            )
    if error and len(refused) == len(before):
        raise error
    return refused


class _Gate:
    """Decides whether one location has loaded, poll by poll."""

    def __init__(self, before: CodeLocationRow, wait: bool) -> None:
        self.before = before
        self.wait = wait
        self.is_decided = False
        self._seen: str | None = None

    def judge(self, row: CodeLocationRow | None, last: bool) -> ReloadResult:
        """Return the state of the location; with the ``last`` poll its outcome is decided."""
        known = {"name": self.before.name, "previous_key": self.before.version_key}
        if row is None:
            self.is_decided = not self.wait or last
            return ReloadResult(**known, state="failed", error=_GONE, code="LOCATION_NOT_FOUND")
        key, seen, self._seen = row.version_key, self._seen, row.version_key
        result = ReloadResult(**known, state=row.state, version_key=key, errors=row.errors)
        if row.state == "failed":
            self.is_decided = not (self.wait and self._may_recover(row))
            return result
        if row.state == "loading":
            self.is_decided = last
            return result
        if key == self.before.version_key:
            self.is_decided = not self.wait
            return result.model_copy(update={"state": "unchanged", "error": _UNCHANGED})
        self.is_decided = key == seen or last
        return result if key == seen else result.model_copy(update={"state": "unstable", "error": _UNSTABLE})

    def _may_recover(self, row: CodeLocationRow) -> bool:
        """Whether the code server that gave this error may be about to be replaced."""
        unreachable = any(each.class_name in _UNREACHABLE for each in row.errors)
        return row.is_remote and (unreachable or row.errors == self.before.errors)
