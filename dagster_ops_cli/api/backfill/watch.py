"""Watch a backfill to its end, and say when nothing moves it."""

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
    is_told_stalled = False
    for backfill in poll.until(lambda each: each.state in ENDED_STATES, lambda: view.look(exact=False), retry_first):
        notices.update(backfill, view.missing_daemons)
        if _is_stalled(backfill) and not is_told_stalled:
            is_told_stalled = True
            poll.tell(
                "Some partitions have no run, and no run is unfinished. If no command is launching them any more, run "
                "the command that launched the others again: it continues."
            )
        yield backfill


def _is_stalled(backfill: Backfill) -> bool:
    """Whether a backfill of strategy ``runs`` can only be continued by a command that launches its missing runs."""
    return (
        backfill.strategy == STRATEGY_RUNS
        and backfill.state not in ENDED_STATES
        and backfill.counts.keys() <= FINISHED_RUN_STATUSES | {NOT_STARTED}
    )


@dataclass
class DaemonNotices:
    """Says when a daemon that a backfill needs is down, and when it is back."""

    poll: Poll
    told: Sequence[str] = ()

    def update(self, backfill: Backfill, missing: Sequence[str]) -> None:
        """Say what changed since the last update; ``missing`` are the daemons that are down."""
        if list(missing) == list(self.told) or backfill.state in ENDED_STATES:
            return
        self.told = missing
        if missing:
            self.poll.tell(f"This backfill waits for a daemon that is not running: {', '.join(missing)}.")
        else:
            self.poll.tell("The daemon is back.")
