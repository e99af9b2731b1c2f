"""A run that a file is launched as, once: found by its tags, and told from runs that were launched at the same moment.

Dagster offers nothing to launch a run only if there is none. So everybody looks again after a launch, and the first run
in the order of the server's list counts, which is the same for all who look.
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
    """Return the tags of the one run that a file is launched as."""
    return {TAG_CONFIG: config_hash, TAG_ATTEMPT: str(attempt)}


def find_file_run(client: GraphQLClient, config_hash: str) -> FileRun | None:
    """Return what a file was launched as most recently, None where it was not."""
    runs = list_runs(client, RunFilter(tags={TAG_CONFIG: config_hash}))
    launched = [run for run in _launched(runs) if _attempt(run)]
    if not launched:
        return None
    attempt = max(map(_attempt, launched))
    first, *others = (run for run in launched if _attempt(run) == attempt)
    family = (run for run in runs if first.id in (run.id, run.root_run_id))
    latest = next(run for run in family if run.id == first.id or not _never_ran(run))
    return FileRun(
        attempt=attempt,
        latest=latest,
        has_ended=latest.status in FINISHED_RUN_STATUSES and not dagster_tags.is_retry_due(latest.status, latest.tags),
        duplicates=[run.id for run in others if run.status not in FINISHED_RUN_STATUSES],
    )


def first_launched(client: GraphQLClient, poll: Poll, tags: Mapping[str, str], run_id: str) -> str:
    """Return the id of the first run that was launched with these tags; where that is another one, cancel this one."""
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
    """Return those that are no re-executions, which keep the tags of their parent; oldest first."""
    return [run for run in reversed(runs) if run.parent_run_id is None]


def _never_ran(run: RunRow) -> bool:
    """Whether a run was canceled before it started: duplicates of a re-execution are."""
    return run.status == "CANCELED" and run.duration is None


def _attempt(run: RunRow) -> int:
    value = run.tags.get(TAG_ATTEMPT, "")
    return int(value) if value.isdecimal() else 0
