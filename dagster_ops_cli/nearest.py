"""What somebody may have meant."""

from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str], count: int = 3) -> str | None:
    """Return the question that names those of ``known`` that look most like ``name``, or None where none does."""
    from difflib import get_close_matches

    # Whoever mistypes a name may have its case wrong as well.
    spellings = {each.casefold(): each for each in known}
    near = [spellings[each] for each in get_close_matches(name.casefold(), spellings, n=count)]
    return f"Did you mean {' or '.join(near)}?" if near else None
