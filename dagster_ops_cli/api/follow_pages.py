"""Read a run's log to its end while the run goes on."""

from collections.abc import Callable, Iterator
from functools import partial

from dagster_ops_cli.api.poll import Poll
from dagster_ops_cli.schemas.enums import FINISHED_RUN_STATUSES
from dagster_ops_cli.schemas.run_events import RunEventPage

# A run's process says a last word after the run has its last status. How long, in seconds, and how often in a row
# nothing may come before it is believed that nothing will.
_LAST_WORD, _SILENCES = 1.0, 2


def follow_pages(
    ask: Callable[[int, str | None], RunEventPage], limit: int, cursor: str | None, poll: Poll, interval: float
) -> Iterator[RunEventPage]:
    """Yield pages with the run's status, one behind the other, until no event can come any more.

    ``ask`` takes how many events and behind which cursor. There is an ``interval`` of seconds wherever a page is not
    full. The ``has_more`` of the last page is False. A failed poll is repeated, but for the first: what is asked first
    tells whether there are such a Dagster and such a run at all.
    """
    page = ask(limit, cursor)
    silences = 0
    while True:
        ended = page.status in FINISHED_RUN_STATUSES and not page.has_more
        silences = silences + 1 if ended and not page.events else 0
        yield page.model_copy(update={"has_more": silences < _SILENCES})
        if silences == _SILENCES:
            return
        if not page.has_more:
            poll.sleep(_LAST_WORD if ended else interval)
        page = poll.ask(partial(ask, page.limit, page.cursor))
