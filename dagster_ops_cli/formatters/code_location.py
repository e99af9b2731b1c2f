"""Code locations as text."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dagster_ops_cli.formatters.run.why import format_causes
from dagster_ops_cli.formatters.text import cell, detail, escape, table

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.code_location import (
        CodeLocationDetail,
        CodeLocationRow,
        ReloadResult,
        RepositoryContent,
    )
    from dagster_ops_cli.schemas.page import Page

_HEADER = ("LOCATION", "STATE", "DAGSTER", "UPDATED", "VERSION_KEY")
_WIDTHS = (20, 8, 9, 19, 36)
_RESULT_HEADER = ("LOCATION", "STATE", "VERSION_KEY")
_RESULT_WIDTHS = (20, 10, 36)
# Of each kind of definition, how many are named.
_FEW = 5


def format_code_locations(page: "Page[CodeLocationRow]") -> str:
    """Return the table of code locations, and below it why those that failed did."""
    if not page.items:
        return "No code locations found"
    rows = [
        (
            cell(each.name),
            cell(each.state),
            cell(each.library_versions.get("dagster", "")),
            each.updated_at.strftime("%Y-%m-%dT%H:%M:%S") if each.updated_at else "",
            cell(each.version_key or ""),
        )
        for each in page.items
    ]
    failures = [line for each in page.items if each.errors for line in _failure(each)]
    return "\n".join([*table(_HEADER, _WIDTHS, rows), "", *failures, f"Total code locations: {len(rows)}"])


def format_code_location(location: "CodeLocationDetail") -> str:
    """Return what is worth knowing of a code location: its load error first, where it has one."""
    shown = location.model_dump(mode="json", include={"updated_at"})
    pairs = [
        ("Location", location.name),
        ("State", location.state),
        ("Updated", shown["updated_at"]),
        ("Version key", location.version_key),
        *((f"Version of {name}", version) for name, version in location.library_versions.items()),
        *(("Source", f"{key} {value}") for key, value in location.source.items()),
        *(pair for content in location.contents for pair in _content(content)),
        ("URL", location.url),
    ]
    failure = [*format_causes(location.errors, ""), ""] if location.errors else []
    return "\n".join([*failure, detail(pairs)])


def format_reloads(page: "Page[ReloadResult]") -> str:
    """Return the table of what became of reloading, and below it why it went wrong where it did."""
    rows = [(cell(each.name), cell(each.state), cell(each.version_key or "")) for each in page.items]
    failures = [line for each in page.items for line in _failure(each)]
    return "\n".join([*table(_RESULT_HEADER, _RESULT_WIDTHS, rows), *(["", *failures] if failures else [])])


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
