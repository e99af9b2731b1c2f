"""Read a run's log page by page: to its end as it is now, or as it grows."""

from collections.abc import Callable, Iterator
from functools import partial

from dagster_ops_cli.api.waiting.paging import walk_pages
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import NotFoundError, run_deleted
from dagster_ops_cli.schemas.enums import FINISHED_RUN_STATUSES
from dagster_ops_cli.schemas.run_events import RunEventPage

Ask = Callable[[int, str | None], RunEventPage]
"""Takes the number of events and the cursor after which they start."""

# The default maximum of a server; some refuse a higher limit.
_LIMIT = 1000
# A run's process may log events after the run has ended. The log is complete after this many polls in a row without
# new events, this many seconds apart.
_LAST_POLLS, _LAST_INTERVAL = 2, 1.0


def walk_event_pages(ask: Ask, cursor: str | None = None) -> Iterator[RunEventPage]:
    """Yield the pages up to the newest event."""

    def ask_for(position: tuple[int, str | None]) -> tuple[RunEventPage, tuple[int, str | None] | None]:
        page = ask(*position)
        return page, (page.limit, page.cursor) if page.has_more else None

    return walk_pages(ask_for, (_LIMIT, cursor))


def follow_pages(ask: Ask, poll: Poll, interval: float, cursor: str | None = None) -> Iterator[RunEventPage]:
    """Yield pages with the run's status until the run has ended and its log is complete.

    After a page that is not full, wait ``interval`` seconds. The ``has_more`` of the last page is False. A failed poll
    is repeated, except the first one, which shows whether the address and the run are right. Raises NotFoundError if
    the run is deleted meanwhile.
    """
    page = ask(_LIMIT, cursor)
    empty_polls = 0
    while True:
        ended = page.status in FINISHED_RUN_STATUSES and not page.has_more
        empty_polls = empty_polls + 1 if ended and not page.events else 0
        yield page.model_copy(update={"has_more": empty_polls < _LAST_POLLS})
        if empty_polls == _LAST_POLLS:
            return
        if not page.has_more:
            poll.sleep(_LAST_INTERVAL if ended else interval)
        try:
            page = poll.ask(partial(ask, page.limit, page.cursor))
        except NotFoundError as error:
            raise run_deleted(page.run_id) from error
