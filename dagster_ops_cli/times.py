"""Durations as users write them: ``90``, ``90s``, ``15m``, ``2h``, ``3d``, ``1h30m``."""

import re

_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s?)?", re.IGNORECASE | re.ASCII)


def parse_duration(text: str) -> float:
    """Return the seconds that ``text`` stands for.

    Raises ValueError where it is no duration, or none above zero.
    """
    match = _DURATION.fullmatch(text.strip())
    parts = match.groups() if match else ()
    seconds = sum(float(part) * unit for part, unit in zip(parts, _UNITS.values(), strict=False) if part)
    if not 0 < seconds < float("inf"):
        raise ValueError(f"{text!r} is not a duration such as 90s, 15m, 2h, 3d or 1h30m")
    return seconds
