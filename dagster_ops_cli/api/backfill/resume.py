"""Have Dagster submit the missing runs of a native backfill."""

from dagster_ops_cli.adapters.backfill import poll_backfill, resume_backfill
from dagster_ops_cli.api.backfill.members import NOT_STARTED
from dagster_ops_cli.api.waiting.lost_answer import make_change
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import ConflictError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.backfill import Backfill
from dagster_ops_cli.schemas.backfill.config import STRATEGY_BACKFILL

_RESUMABLE_STATUSES = ("FAILED", "CANCELED")


def check_resumable(backfill: Backfill) -> None:
    """Raise ConflictError if Dagster can't resume a backfill, or has nothing to resume."""
    if backfill.strategy != STRATEGY_BACKFILL:
        raise ConflictError(
            f"backfill {backfill.id} has strategy runs, so Dagster can't resume it",
            hint="To continue it, run the command that launched it again.",
        )
    if not backfill.counts.get(NOT_STARTED):
        raise ConflictError(
            f"backfill {backfill.id} has no missing runs to launch ({backfill.state})",
            commands={"To re-run failed partitions": ["ops", "backfill", "retry", backfill.id]},
        )
    if backfill.status not in _RESUMABLE_STATUSES:
        raise ConflictError(
            f"backfill {backfill.id} is {backfill.state}; only one that failed or was canceled can be resumed"
        )


def resume(client: GraphQLClient, poll: Poll, backfill_id: str) -> None:
    """Have Dagster submit the missing runs of a native backfill."""

    def is_resumed() -> bool:
        record = poll_backfill(client, backfill_id).record
        return record is None or record.status not in _RESUMABLE_STATUSES

    make_change(
        poll,
        lambda: resume_backfill(client, backfill_id),
        is_resumed,
        "Dagster did not resume the backfill",
        {"To try again": ["ops", "backfill", "resume", backfill_id]},
    )
