"""Durations and times that users write: ``90``, ``90s``, ``15m``, ``2h``, ``3d``, ``1h30m``; ISO 8601."""

import re
from datetime import datetime, timedelta, timezone

_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
# The operating system can't wait for much longer than this.
_LONGEST = 36_500 * _UNITS["d"]
_COMPACT_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)", re.ASCII)
_NUMBER = re.compile(r"\d+(\.\d+)?", re.ASCII)
_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s?)?", re.IGNORECASE | re.ASCII)

# datetime.fromisoformat of Python 3.10 does not read a Z, an offset without a colon, or some fractions of seconds.
_ISO = re.compile(
    r"(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d)?)(?:[.,](\d{1,9}))?)?(Z|[+-]\d\d(?::?\d\d)?)?",
    re.IGNORECASE | re.ASCII,
)


def now() -> datetime:
    """Return the current time in UTC. Tests replace this function, to get the same durations each time."""
    return datetime.now(timezone.utc)


def parse_duration(text: str) -> float:
    """Return a duration in seconds. Raises ValueError if ``text`` is not a duration above zero."""
    match = _DURATION.fullmatch(text.strip())
    parts = match.groups() if match else ()
    seconds = sum(float(part) * unit for part, unit in zip(parts, _UNITS.values(), strict=False) if part)
    if not 0 < seconds < float("inf"):
        raise ValueError(f"{text!r} is not a duration such as 90s, 15m, 2h, 3d or 1h30m")
    if seconds > _LONGEST:
        raise ValueError(f"{text!r} is longer than 36500d")
    return seconds


def exact_duration(seconds: float) -> str:
    """Return all seconds as a number that ``parse_duration`` reads, which takes no exponent."""
    return f"{seconds:.9f}".rstrip("0").rstrip(".")


def format_duration(seconds: float) -> str:
    """Return seconds in the format that ``parse_duration`` reads: ``3.4s``, ``2m05s``, ``1h02m05s``, ``3d01h02m``."""
    if seconds < 10:  # noqa: PLR2004 - short durations are shown with a decimal
        return f"{seconds:.1f}s"
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days}d{hours:02}h{minutes:02}m"
    if hours:
        return f"{hours}h{minutes:02}m{rest:02}s"
    return f"{minutes}m{rest:02}s" if minutes else f"{rest}s"


def parse_time(text: str, now: datetime) -> datetime:
    """Return a time: ISO 8601, in UTC if it has no zone, or a duration before ``now``.

    ``20240101`` is a date. Raises ValueError for other texts, for times before 1970, and for other bare numbers, which
    could be years or seconds.
    """
    if compact := _COMPACT_DATE.fullmatch(text.strip()):
        text = "-".join(compact.groups())
    elif _NUMBER.fullmatch(text.strip()):
        raise ValueError(
            f"{text!r} is a bare number: write a date such as 2026-11-20, or an age with its unit such as 2h"
        )
    try:
        time = now - timedelta(seconds=parse_duration(text))
    except (ValueError, OverflowError):
        time = _parse_iso(text.strip())
    if time.timestamp() <= 0:
        raise ValueError(f"{text!r} lies before 1970")
    return time


def _parse_iso(text: str) -> datetime:
    wrong = f"{text!r} is neither a time such as 2026-11-20T14:56:00Z nor a duration such as 2h or 3d"
    match = _ISO.fullmatch(text)
    if not match or (match[4] and not match[2]):
        raise ValueError(wrong)
    date, clock, fraction, zone = match.groups()
    zone = "+00:00" if zone in (None, "Z", "z") else zone
    if len(zone) != len("+00:00"):
        zone = f"{zone[:3]}:{zone[3:] or '00'}"
    try:
        time = datetime.fromisoformat(f"{date}T{clock or '00:00'}{zone}")
        return time.replace(microsecond=int(f"{fraction or 0:0<6}"[:6])).astimezone(timezone.utc)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{wrong}: {error}") from None
