"""Launch the run of a file only once: find it by its tags, and cancel duplicates launched at the same moment.

Dagster can't launch a run on the condition that none exists yet. So each command checks again after its launch. The
oldest run in the server's list counts; the order of that list is the same for all commands.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from dagster_ops_cli.adapters.run import list_runs
from dagster_ops_cli.api.run.stop import cancel_duplicates
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import OpsError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas import dagster_tags
from dagster_ops_cli.schemas.enums import FINISHED_RUN_STATUSES
from dagster_ops_cli.schemas.ops_tags import TAG_ATTEMPT, TAG_CONFIG
from dagster_ops_cli.schemas.run import RunRow
from dagster_ops_cli.schemas.run.file_run import FileRun
from dagster_ops_cli.schemas.run.filter import RunFilter

# How long, in seconds, to look for runs that were launched at the same moment.
_LOOKED_FOR = 30.0


def identity_tags(config_hash: str, attempt: int) -> dict[str, str]:
    """Return the tags that identify the run of one attempt at a file."""
    return {TAG_CONFIG: config_hash, TAG_ATTEMPT: str(attempt)}


def find_file_run(client: GraphQLClient, config_hash: str) -> FileRun | None:
    """Return the newest run that was launched from a file, or None."""
    found = list_runs(client, RunFilter(tags={TAG_CONFIG: config_hash}))
    attempt = max(map(_attempt, found), default=0)
    if not attempt:
        return None
    runs = [run for run in found if _attempt(run) == attempt]
    # If the run was deleted, its oldest re-execution replaces it.
    first, *others = _launched(runs) or runs[-1:]
    roots = {first.id, first.root_run_id or first.id}
    family = (run for run in runs if run.id == first.id or run.root_run_id in roots)
    latest = next(run for run in family if run.id == first.id or not _never_ran(run))
    return FileRun(
        attempt=attempt,
        latest=latest,
        has_ended=latest.status in FINISHED_RUN_STATUSES and not dagster_tags.is_retry_due(latest.status, latest.tags),
        duplicates=[run.id for run in others if run.status not in FINISHED_RUN_STATUSES],
    )


def first_launched(client: GraphQLClient, poll: Poll, tags: Mapping[str, str], run_id: str) -> str:
    """Return the id of the first run with these tags. If that is another run, cancel this one."""
    poll = replace(poll, timeout=_LOOKED_FOR)
    try:
        runs = poll.ask(lambda: list_runs(client, RunFilter(tags=dict(tags))), poll.clock() + _LOOKED_FOR)
    except OpsError as error:
        poll.tell(f"Could not check whether the run was launched twice: {error.message}")
        return run_id
    first = next((run.id for run in _launched(runs)), run_id)
    if first != run_id:
        poll.tell(f"Run {first} was launched first; canceling the duplicate {run_id}.")
        cancel_duplicates(client, poll, [run_id])
    return first


def _launched(runs: Sequence[RunRow]) -> list[RunRow]:
    """Return the runs without re-executions, which inherit their parent's tags; oldest first."""
    return [run for run in reversed(runs) if run.parent_run_id is None]


def _never_ran(run: RunRow) -> bool:
    """Whether a run was canceled before it started, as duplicates are."""
    return run.status == "CANCELED" and run.duration is None


def _attempt(run: RunRow) -> int:
    value = run.tags.get(TAG_ATTEMPT, "")
    return int(value) if value.isdecimal() else 0
