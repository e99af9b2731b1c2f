"""How a status looks: a sign and a colour, so that either is enough to recognise it."""

from collections.abc import Iterator
from typing import NamedTuple


class Look(NamedTuple):
    """A sign of one column, the same for terminals that only have ASCII, and a style that rich understands."""

    sign: str
    ascii: str
    style: str


GOOD = Look("✓", "+", "green")
BAD = Look("✗", "x", "bold red")
RUNNING = Look("●", ">", "blue")
WAITING = Look("○", ".", "cyan")
STOPPED = Look("■", "#", "yellow")
WARNING = Look("!", "!", "yellow")
OFF = Look("·", "-", "dim")
UNKNOWN = Look("?", "?", "magenta")

# Every status that ops shows, in lower case: of runs, steps, backfills, partitions, ticks, schedules and sensors,
# checks, assets, code locations, daemons, `ops doctor`, and results of changes.
_WORDS = {
    GOOD: "success succeeded completed completed_success materialized healthy loaded passed ok done changed",
    BAD: "failure failed failing completed_failed unhealthy error execution_failed degraded missing_location",
    RUNNING: "started running starting in_progress materializing requested managed loading",
    WAITING: "queued not_started waiting suspended missing planned",
    STOPPED: "canceled canceling",
    WARNING: "warning warn late stale critical",
    UNKNOWN: "unknown",
    OFF: "stopped skipped no_result deleted unchanged - debug info",
}


def _looks() -> Iterator[tuple[str, Look]]:
    for look, words in _WORDS.items():
        yield from ((word, look) for word in words.split())
    yield "not required", OFF


_LOOKS = dict(_looks())


def look_of(status: str) -> Look:
    """Return how a status looks; UNKNOWN if it is new. Case and a remark such as `` (late)`` do not matter."""
    return _LOOKS.get(status.partition(" (")[0].strip().lower(), UNKNOWN)
