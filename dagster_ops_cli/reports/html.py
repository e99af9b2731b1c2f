"""A report as one HTML file: no script, nothing loaded from elsewhere, everything escaped."""

import base64
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dagster_ops_cli.reports import words
from dagster_ops_cli.reports.pictures import heat_map, timeline
from dagster_ops_cli.schemas.command_report import SUCCEEDED

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.command_report import Report

_FOLDER = Path(__file__).parent
# The most cases in a table, and the most failures without details that are listed.
_MOST_ROWS = 500
_SLOWEST = 20
# The longest text of one failure.
_LONGEST = 20_000
_CSP = "default-src 'none'; style-src 'sha256-{}'; base-uri 'none'; form-action 'none'"


def write_html(report: "Report") -> str:
    """Return the report as an HTML document."""
    css = (_FOLDER / "report.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(css.encode()).digest()).decode()
    failed = report.failed
    rows = report.cases if len(report.cases) <= _MOST_ROWS else []
    ran = sorted((case for case in report.cases if case.duration), key=lambda case: -(case.duration or 0))
    return (
        _environment()
        .get_template("report.html.jinja")
        .render(
            report=report,
            css=css,
            csp=_CSP.format(digest),
            map=heat_map(report.cases),
            timeline=timeline(report.cases, report.written_at),
            explained=[case for case in failed if case.failure or case.error][:_MOST_ROWS],
            unexplained=max(0, len(failed) - _MOST_ROWS) + sum(not (case.failure or case.error) for case in failed),
            rows=rows,
            slowest=ran[:_SLOWEST] if not rows else [],
            ended_well=report.outcome in (SUCCEEDED, "success", "planned", "nothing to do"),
        )
    )


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        # Every text goes through this but our own style sheet.
        finalize=lambda value: words.plain(value) if type(value) is str else value,
    )
    environment.filters |= {
        "duration": words.duration,
        "time": words.time,
        "link": words.web_link,
        "state_name": words.state_name,
        "root_cause": words.root_cause,
        "failure_text": lambda case: _cut(words.failure_text(case)),
    }
    environment.globals["count_words"] = words.count_words
    return environment


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}\n… ({len(text) - _LONGEST:,} more characters)"
