"""Safe text for terminals and scripts: escaping, details, tables, JSON."""

import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.model import Model

_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_UNSAFE = re.compile(f"[\x00-\x1f\x7f-\x9f\u2028\u2029{_BIDI}]")
_UNSAFE_IN_JSON = re.compile(f"[\x7f-\x9f{_BIDI}]")
_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def escape(text: str) -> str:
    r"""Return ``text`` with control characters and bidi controls escaped: ``\n``, ``\x1b``, ``\u202e``."""
    return _UNSAFE.sub(_show, text)


def escape_lines(text: str) -> str:
    """Return ``text`` escaped, with its line ends kept."""
    return "\n".join(escape(line) for line in text.splitlines())


def escape_output(text: str) -> str:
    """Return the output of a program escaped, with its line ends and tabs kept."""
    return "\n".join("\t".join(map(escape, line.split("\t"))) for line in text.split("\n"))


def _show(match: re.Match[str]) -> str:
    char = match[0]
    return _SHORT.get(char) or (f"\\x{ord(char):02x}" if ord(char) <= 0xFF else f"\\u{ord(char):04x}")  # noqa: PLR2004


def cell(text: str, most: int | None = None) -> str:
    """Return ``text`` as one line for a table, cut with ``...`` if it is longer than ``most`` characters."""
    line = escape(text.removesuffix("\n"))
    return line if most is None or len(line) <= most else line[: most - 3] + "..."


def row(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Return one line of a table, without trailing blanks; wider cells push the following ones to the right."""
    return " ".join(text.ljust(width) for text, width in zip(cells, widths, strict=True)).rstrip()


def fit(rows: Iterable[Sequence[str]], widths: Sequence[int]) -> list[int]:
    """Return ``widths``, each grown to the widest cell of its column."""
    return [max(column) for column in zip(widths, *([len(text) for text in cells] for cells in rows), strict=True)]


def to_json(model: "Model", indent: int | None = None) -> str:
    """Return a model as JSON, with control and bidi characters escaped and other non-ASCII characters kept."""
    return escape_json(model.model_dump_json(indent=indent, by_alias=True))


def escape_json(document: str) -> str:
    """Return a JSON document with control and bidi characters escaped.

    JSON itself escapes those below U+0020, and the others occur only inside strings.
    """
    return _UNSAFE_IN_JSON.sub(lambda match: f"\\u{ord(match[0]):04x}", document)
