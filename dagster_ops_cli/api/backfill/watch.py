"""Watch a backfill until it has ended, and report when it can't make progress."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from dagster_ops_cli.api.backfill.members import NOT_STARTED
from dagster_ops_cli.api.backfill.state import BackfillView
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.backfill import ENDED_STATES, Backfill
from dagster_ops_cli.schemas.backfill.config import STRATEGY_RUNS
from dagster_ops_cli.schemas.enums import FINISHED_RUN_STATUSES


def watch_backfill(client: GraphQLClient, poll: Poll, backfill_id: str, retry_first: bool) -> Iterator[Backfill]:
    """Yield the state of a backfill at each poll until it has ended; see ``Poll.until`` for ``retry_first``."""
    view = BackfillView(client, backfill_id)
    notices = DaemonNotices(poll)
    has_reported = False
    for backfill in poll.until(lambda each: each.state in ENDED_STATES, lambda: view.look(exact=False), retry_first):
        notices.update(backfill, view.missing_daemons)
        if _is_stalled(backfill) and not has_reported:
            has_reported = True
            poll.tell(
                "Some partitions have not been launched, and no run is unfinished. If no command is launching them, "
                "run the command that launched the others again."
            )
        yield backfill


def _is_stalled(backfill: Backfill) -> bool:
    """Whether a backfill of strategy ``runs`` needs a command that launches its missing runs."""
    return (
        backfill.strategy == STRATEGY_RUNS
        and backfill.state not in ENDED_STATES
        and backfill.counts.keys() <= FINISHED_RUN_STATUSES | {NOT_STARTED}
    )


@dataclass
class DaemonNotices:
    """Reports when a daemon that a backfill needs is down, and when it is running again."""

    poll: Poll
    reported: Sequence[str] = ()

    def update(self, backfill: Backfill, missing: Sequence[str]) -> None:
        """Report what changed since the last update. ``missing`` are the daemons that are down."""
        if list(missing) == list(self.reported) or backfill.state in ENDED_STATES:
            return
        self.reported = missing
        if missing:
            self.poll.tell(f"The backfill is waiting for daemons that are not running: {', '.join(missing)}.")
        else:
            self.poll.tell("All daemons that the backfill needs are running again.")
