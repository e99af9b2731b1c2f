"""Read a run's log page by page: to its end as it is now, or as it grows."""

from collections.abc import Callable, Iterator
from functools import partial

from dagster_ops_cli.api.waiting.paging import walk_pages
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.schemas.enums import FINISHED_RUN_STATUSES
from dagster_ops_cli.schemas.run_events import RunEventPage

Ask = Callable[[int, str | None], RunEventPage]
"""Takes how many events and behind which cursor."""

# The maximum of a server that has not been set up otherwise; some refuse more.
_LIMIT = 1000
# A run's process says a last word after the run has its last status. How long, in seconds, and how often in a row
# nothing may come before it is believed that nothing will.
_LAST_WORD, _SILENCES = 1.0, 2


def walk_event_pages(ask: Ask, cursor: str | None = None) -> Iterator[RunEventPage]:
    """Yield pages, one behind the other, up to the last event that is there."""

    def ask_for(position: tuple[int, str | None]) -> tuple[RunEventPage, tuple[int, str | None] | None]:
        page = ask(*position)
        return page, (page.limit, page.cursor) if page.has_more else None

    return walk_pages(ask_for, (_LIMIT, cursor))


def follow_pages(ask: Ask, poll: Poll, interval: float, cursor: str | None = None) -> Iterator[RunEventPage]:
    """Yield pages with the run's status, one behind the other, until no event can come any more.

    There is an ``interval`` of seconds wherever a page is not full. The ``has_more`` of the last page is False. A
    failed poll is repeated, but for the first: what is asked first tells whether there are such a Dagster and such a
    run at all.
    """
    page = ask(_LIMIT, cursor)
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
