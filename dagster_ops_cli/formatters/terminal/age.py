"""Times as people say them: how long ago, and on the clock of this machine."""

from datetime import datetime

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
# An age is shown in the largest of these units that fits: its name, its length in seconds.
_UNITS = (("y", 365 * _DAY), ("mo", 30 * _DAY), ("d", _DAY), ("h", _HOUR), ("min", _MINUTE), ("s", 1))
# The longest age has this many characters: "11 mo ago", "59 min ago".
WIDEST_AGE = 10


def format_age(time: datetime, now: datetime) -> str:
    """Return how long ago a time was (``3 min ago``) or how far ahead it is (``in 3 min``)."""
    seconds = (now - time).total_seconds()
    number, unit = next(((abs(seconds) // size, name) for name, size in _UNITS if abs(seconds) >= size), (0, "s"))
    if not number:
        return "now"
    return f"{number:.0f} {unit} ago" if seconds > 0 else f"in {number:.0f} {unit}"


def format_local(time: datetime) -> str:
    """Return a time on the clock of this machine, with its offset from UTC: ``2026-11-20 15:56:00 +0100``."""
    return time.astimezone().strftime("%Y-%m-%d %H:%M:%S %z")


def format_clock(time: datetime) -> str:
    """Return the time of day on the clock of this machine, to the second: ``15:56:00``."""
    return time.astimezone().strftime("%H:%M:%S")
