"""Code locations as text."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dagster_ops_cli.formatters.run.why import format_causes
from dagster_ops_cli.formatters.table import Column, Link, Sheet, Table, facts, footer, sheet
from dagster_ops_cli.formatters.text import escape

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.code_location import (
        CodeLocationDetail,
        CodeLocationRow,
        ReloadResult,
        RepositoryContent,
    )
    from dagster_ops_cli.schemas.page import Page

_COLUMNS = (
    Column("LOCATION", 20, priority=9),
    Column("STATE", 8, "status", priority=8),
    Column("DAGSTER", 9, priority=6),
    Column("UPDATED", 19, "age", priority=7),
)
_RESULT_COLUMNS = (
    Column("LOCATION", 20, priority=9),
    Column("STATE", 10, "status", priority=8),
)
# How many definitions of each kind are named.
_FEW = 5


def format_code_locations(page: "Page[CodeLocationRow]", failing: bool = False) -> Sheet | str:
    """Return the table of code locations, and below it the errors. ``failing`` says that only those are listed."""
    if not page.items:
        return "No failing code locations found" if failing else "No code locations found"
    rows = [
        (
            Link(each.name, each.url),
            each.state,
            each.library_versions.get("dagster"),
            each.updated_at,
        )
        for each in page.items
    ]
    failures = [line for each in page.items if each.errors for line in _failure(each)]
    return sheet(Table(_COLUMNS, rows), "", failures, footer("code locations", len(rows)))


def format_code_location(location: "CodeLocationDetail") -> Sheet:
    """Return a code location with its definitions; its load error comes first."""
    known = facts(
        ("Location", Link(location.name, location.url)),
        ("State", location.state, "status"),
        ("Updated", location.updated_at),
        ("Version key", location.version_key),
        *((f"Version of {name}", version) for name, version in location.library_versions.items()),
        ("Source", ", ".join(f"{key} {value}" for key, value in location.source.items()) or None),
        *(pair for content in location.contents for pair in _content(content)),
        ("URL", location.url and Link(location.url, location.url)),
    )
    return sheet([*format_causes(location.errors, ""), ""] if location.errors else [], known)


def format_reloads(page: "Page[ReloadResult]") -> Sheet:
    """Return the table of results of a reload, and below it the errors."""
    rows = [(each.name, each.state) for each in page.items]
    failures = [line for each in page.items for line in _failure(each)]
    return sheet(Table(_RESULT_COLUMNS, rows), ["", *failures] if failures else [])


def _failure(location: "CodeLocationRow | ReloadResult") -> Iterator[str]:
    if error := getattr(location, "error", None):
        yield f"{escape(location.name)}: {escape(error)}"
    if location.errors:
        first, *rest = format_causes(location.errors, "  ")
        yield f"{escape(location.name)}: {first.strip()}"
        yield from rest
        yield ""


def _content(content: "RepositoryContent") -> Iterator[tuple[str, str | None]]:
    yield "Repository", content.name
    kinds = (("Jobs", content.jobs), ("Assets", content.assets))
    for kind, names in (*kinds, ("Schedules", content.schedules), ("Sensors", content.sensors)):
        yield kind, _names(names)


def _names(names: Sequence[str]) -> str:
    if not names:
        return "none"
    more = ", ..." if len(names) > _FEW else ""
    return f"{len(names)} ({', '.join(names[:_FEW])}{more})"
