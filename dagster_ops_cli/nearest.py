"""The names that a user may have meant."""

from collections.abc import Iterable

# Comparing takes a second per ten thousand names.
_MOST_COMPARED = 10_000


def nearest(name: str, known: Iterable[str], count: int = 3) -> list[str]:
    """Return those of ``known`` that look most like ``name``, in any case, the best first.

    Only the last 10,000 names are compared.
    """
    # Most commands never need it.
    from difflib import get_close_matches

    spellings = {each.casefold(): each for each in list(known)[-_MOST_COMPARED:]}
    return [spellings[each] for each in get_close_matches(name.casefold(), spellings, n=count)]


def did_you_mean(name: str, known: Iterable[str], count: int = 3) -> str | None:
    """Return the question whether one of the nearest names was meant, or None if none is near."""
    near = nearest(name, known, count)
    return f"Did you mean {' or '.join(near)}?" if near else None
