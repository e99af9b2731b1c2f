"""A report as Markdown, as GitHub and GitLab show it, and as lines that GitHub shows beside a job."""

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from dagster_ops_cli.reports.words import (
    count_words,
    duration,
    failure_text,
    plain,
    plain_line,
    root_cause,
    state_name,
    time,
    web_link,
)
from dagster_ops_cli.schemas.command_report import SUCCEEDED

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.command_report import Case, Report

# GitHub refuses a job summary of more than 1 MiB.
MOST_BYTES = 1 << 20
# Room for the line that says that something is missing.
_CUT = 200
_LONGEST_LINE, _LONGEST_TEXT, _LONGEST_NAME = 300, 10_000, 200
_SIGNS = {"succeeded": "✅", "success": "✅", "failed": "❌", "failure": "❌", "error": "❌", "canceled": "🚫"}
# Characters with a meaning inside a line of Markdown or HTML, and those that make an address or a mention of a user.
_SPECIAL = re.compile(r"""[\\`*_{}\[\]<>#!|~&@:$"']|(?<=www)\.""", re.IGNORECASE)
_FENCE = re.compile("`{3,}")


def write_markdown(report: "Report", room: int = MOST_BYTES) -> str:
    """Return the report as Markdown of less than ``room`` bytes; what does not fit is left out, and that is said.

    The text is empty if not even the heading fits.
    """
    text, left, whole = "", room - _CUT, True
    for part in _parts(report):
        size = len(part.encode(errors="backslashreplace"))
        if size > left:
            whole = False
            continue
        text, left = text + part, left - size
    if not text:
        return ""
    return text if whole else f"{text}\n*The report is cut: the rest does not fit into {room // 1024:,} KiB.*\n\n"


def write_annotations(report: "Report", most: int) -> Iterator[str]:
    """Yield a line for GitHub Actions for each of the first failures, or for the error of the command."""
    for case in report.failed[:most]:
        reason = root_cause(case) or case.status
        url = f" ({case.url})" if case.url else ""
        yield _annotation(case.name, f"{reason[:_LONGEST_LINE]}{url}")
    if report.error and not report.failed:
        yield _annotation(report.title, report.error)


def _annotation(title: str, message: str) -> str:
    return f"::error title={_encoded(plain_line(title), ':,')}::{_encoded(plain_line(message))}"


def _encoded(text: str, others: str = "") -> str:
    for character in f"%\r\n{others}":
        text = text.replace(character, f"%{ord(character):02X}")
    return text


def _parts(report: "Report") -> Iterator[str]:
    sign = _SIGNS.get(report.outcome, "⏳")
    yield f"## {sign} {_safe(report.title)}: {_safe(report.outcome)}\n\n"
    yield "".join(f"- {name}: {text}\n" for name, text in _facts(report)) + "\n"
    if report.error:
        yield f"{_code(report.error, _LONGEST_TEXT)}\n"
    failed = report.failed
    if failed:
        yield f"### {len(failed):,} failed\n\n"
    for case in failed:
        yield _details(case) if case.failure else _line(case)
    others = [case for case in report.cases if case.state not in (SUCCEEDED, "failed")]
    if others:
        yield _folded(f"{len(others):,} did not run to their end", (_line(case) for case in others))
    done = [case for case in report.cases if case.state == SUCCEEDED]
    if done:
        yield _folded(f"{len(done):,} succeeded", (_line(case) for case in done))
    if report.commands:
        yield "".join(f"{_safe(purpose)}:\n{_code(command)}\n" for purpose, command in report.commands.items())
    if report.config:
        name = report.config_file or "Run config"
        yield _folded(f"Configuration: {_safe(plain_line(name))}", [_code(report.config, _LONGEST_TEXT, "yaml")])


def _facts(report: "Report") -> Iterator[tuple[str, str]]:
    yield "Target", f"<code>{_safe(report.target)}</code>"
    if report.cases or report.counts:
        yield "Result", count_words(report)
    if report.unlisted and report.cases:
        yield "Not listed", f"{report.unlisted:,}"
    if report.created_at:
        yield "Started", _safe(time(report.created_at))
    if report.created_at and report.ended_at:
        yield "Took", duration((report.ended_at - report.created_at).total_seconds())
    if link := web_link(report.url):
        yield "Dagster", f"[{_safe(report.id or report.url or '')}](<{link}>)"


def _details(case: "Case") -> str:
    text = _code(failure_text(case), _LONGEST_TEXT)
    link = web_link(case.url)
    run = f"[Run {_safe(case.run_id or '')}](<{link}>)\n\n" if link else ""
    summary = f"<code>{_name(case)}</code> {_safe(root_cause(case)[:_LONGEST_LINE])}"
    return f"<details><summary>{summary}</summary>\n\n{text}\n{run}</details>\n\n"


def _line(case: "Case") -> str:
    link = web_link(case.url)
    name = f"<code>{_name(case)}</code>"
    words = [f"[{name}](<{link}>)" if link else name]
    if case.state != SUCCEEDED:
        words.append(state_name(case.state) if case.state != "unfinished" else _safe(case.status))
    if case.duration is not None:
        words.append(duration(case.duration))
    if case.error:
        words.append(_safe(root_cause(case)[:_LONGEST_LINE]))
    return f"- {' · '.join(words)}\n"


def _folded(summary: str, parts: Iterable[str]) -> str:
    """Return parts that are shown on demand; of many lines only the first."""
    lines = list(parts)
    more = f"- and {len(lines) - _MOST_LINES:,} more\n" if len(lines) > _MOST_LINES else ""
    return f"<details><summary>{summary}</summary>\n\n{''.join(lines[:_MOST_LINES])}{more}\n</details>\n\n"


_MOST_LINES = 200


def _name(case: "Case") -> str:
    return _safe(case.name[:_LONGEST_NAME])


def _safe(text: str) -> str:
    """Return a text as one line that Markdown and HTML show as it is."""
    return _SPECIAL.sub(lambda match: f"&#{ord(match[0])};", plain_line(text))


def _code(text: str, most: int = _LONGEST_TEXT, language: str = "text") -> str:
    """Return a text as a block of code, which nothing in the text can end."""
    shown = plain(text).rstrip("\n")
    if len(shown) > most:
        shown = f"{shown[:most]}\n… ({len(shown) - most:,} more characters)"
    longest = max((len(run) for run in _FENCE.findall(shown)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{language}\n{shown}\n{fence}\n"
