"""The API for the events of runs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from dagster_ops_cli.adapters.run_events import follow_run_events, list_event_types, list_run_events
from dagster_ops_cli.api.run_events.pages import follow_pages, walk_event_pages
from dagster_ops_cli.api.waiting.paging import read_ahead
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.nearest import did_you_mean
from dagster_ops_cli.schemas.enums import EVENT_TYPES
from dagster_ops_cli.schemas.run_events import RunEventFilter, RunEventPage

_ALL = RunEventFilter()


@dataclass(frozen=True)
class RunEventApi:
    """The events of the runs of one Dagster."""

    client: GraphQLClient
    poll: Poll = field(default_factory=Poll)

    def get(
        self, run_id: str, wanted: RunEventFilter = _ALL, limit: int | None = None, cursor: str | None = None
    ) -> RunEventPage:
        """Return the pages of ``stream`` as one page."""
        pages = list(self.stream(run_id, wanted, limit, cursor))
        events = [event for page in pages for event in page.events]
        return pages[-1].model_copy(update={"events": events, "count": len(events)})

    def stream(
        self, run_id: str, wanted: RunEventFilter = _ALL, limit: int | None = None, cursor: str | None = None
    ) -> Iterator[RunEventPage]:
        """Yield the events after ``cursor`` that match the filter, in the server's pages.

        At most ``limit`` matching events are returned. The last page's cursor continues exactly after the last returned
        event, and its ``has_more`` is exact. Raises NotFoundError, and InvalidRequestError for an unknown type or a
        malformed cursor.
        """
        self._check_types(wanted.types)
        pages = read_ahead(walk_event_pages(partial(list_run_events, self.client, run_id), cursor))
        return self._filtered(pages, wanted, limit, cursor, pages)

    def follow(
        self,
        run_id: str,
        wanted: RunEventFilter = _ALL,
        limit: int | None = None,
        cursor: str | None = None,
        interval: float = 1.0,
    ) -> Iterator[RunEventPage]:
        """Yield what ``stream`` yields, then new events every ``interval`` seconds, until the run's last event.

        A page may be empty; its ``has_more`` says that more may come. A failed poll is repeated, without losing or
        repeating events. Raises what ``stream`` raises, and NotFoundError if the run is deleted meanwhile.
        """
        self._check_types(wanted.types)
        pages = follow_pages(partial(follow_run_events, self.client, run_id), self.poll, interval, cursor)
        return self._filtered(pages, wanted, limit, cursor, following=None)

    def _filtered(
        self,
        pages: Iterator[RunEventPage],
        wanted: RunEventFilter,
        limit: int | None,
        cursor: str | None,
        following: Iterator[RunEventPage] | None,
    ) -> Iterator[RunEventPage]:
        left = limit
        behind = cursor
        for page in pages:
            passed = [index for index, event in enumerate(page.events) if wanted.passes(event)]
            if left is not None and len(passed) >= left:
                yield self._cut(page, behind, passed[:left], following)
                return
            if left is not None:
                left -= len(passed)
            behind = page.cursor
            yield _only(page, passed)

    def _cut(
        self, page: RunEventPage, behind: str | None, passed: list[int], following: Iterator[RunEventPage] | None
    ) -> RunEventPage:
        """Return the page up to the last of the ``passed`` events, with a cursor that continues after it.

        A page has a cursor only for its end. If the last event is before that, the page is requested again with exactly
        that many events. If it is at the end, only the next of the ``following`` pages shows whether more events exist.
        """
        count = passed[-1] + 1
        if count < len(page.events):
            again = partial(list_run_events, self.client, page.run_id, count, behind)
            cursor = (again() if following else self.poll.ask(again)).cursor
            return _only(page, passed).model_copy(update={"cursor": cursor, "has_more": True})
        has_more = page.has_more and (following is None or any(after.events for after in following))
        return _only(page, passed).model_copy(update={"has_more": has_more})

    def _check_types(self, types: Sequence[str]) -> None:
        unknown = [name for name in types if name.upper() not in EVENT_TYPES]
        if not unknown:
            return
        known = {*EVENT_TYPES, *list_event_types(self.client)}
        for name in unknown:
            if name.upper() not in known:
                raise InvalidRequestError(f"{name!r} is not an event type", hint=did_you_mean(name, sorted(known)))


def _only(page: RunEventPage, passed: list[int]) -> RunEventPage:
    events = [page.events[index] for index in passed]
    return page.model_copy(update={"events": events, "count": len(events)})
