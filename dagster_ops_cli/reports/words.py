"""What the writers say in the same words: failures, counts, durations."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import quote

from dagster_ops_cli.schemas.command_report import FAILED

if TYPE_CHECKING:
    from datetime import datetime

    from dagster_ops_cli.schemas.command_report import Case, Report
    from dagster_ops_cli.schemas.run.why import Cause, FailedStep

# Colors and cursor movements in the output of programs.
_ANSI = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
# Characters that XML forbids, other control characters, and noncharacters.
_REMOVED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
# Characters that reverse the direction of text: what stands around them would be shown in another order.
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_STATES = {"failed": "failed", "canceled": "canceled", "unfinished": "unfinished", "skipped": "not started"}


def plain(text: str) -> str:
    """Return ``text`` without colors and control characters; bidi controls are shown escaped, line ends kept."""
    text = _REMOVED.sub("", _ANSI.sub("", text.replace("\r\n", "\n").replace("\r", "\n")))
    return _BIDI.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def plain_line(text: str) -> str:
    """Return ``text`` as one line."""
    return " ".join(plain(text).split())


def state_name(state: str) -> str:
    """Return the name of a case's state."""
    return _STATES.get(state, state)


def count_words(report: "Report") -> str:
    """Return how many cases are in each state, worst first."""
    return ", ".join(f"{count:,} {state_name(state)}" for state, count in report.by_state.items()) or "nothing"


def duration(seconds: float | None) -> str:
    """Return a duration in the two largest units that matter; empty for None."""
    if seconds is None:
        return ""
    if seconds < 60:  # noqa: PLR2004 - a minute
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"


def time(at: "datetime | None") -> str:
    """Return a time in UTC, in seconds; empty for None."""
    return at.strftime("%Y-%m-%d %H:%M:%S UTC") if at else ""


def failure_text(case: "Case") -> str:
    """Return why a case failed: its errors with their causes, the log, where to look."""
    return plain("\n".join(_lines(case)))


def root_cause(case: "Case") -> str:
    """Return the root cause of a case's failure in one line, or what else is known of it."""
    root = case.failure.root if case.failure else None
    return plain_line(error_text(root) if root else case.error or "")


def error_text(cause: "Cause") -> str:
    """Return the class and the message of an error."""
    return ": ".join(part for part in (cause.class_name, cause.message.strip()) if part) or "unknown error"


def _lines(case: "Case") -> Iterator[str]:
    failure = case.failure
    if failure:
        for step in failure.steps:
            yield from _step(step)
        yield from _causes(failure.errors)
        if words := [word for word in failure.engine if word.strip()]:
            yield from ("Last messages from Dagster:", *(f"  {word}" for word in words))
    elif case.error:
        yield case.error
    if case.run_id:
        yield f"Run: {case.run_id}"
    if case.run_id and case.state == FAILED:
        yield f"Why it failed: ops run why {case.run_id}"
    if case.url:
        yield f"URL: {case.url}"


def _step(step: "FailedStep") -> Iterator[str]:
    attempts = f" (attempt {step.attempts})" if step.attempts > 1 else ""
    yield f"Step {step.step_key}: {step.status}{attempts}"
    yield from _causes(step.errors)
    if step.engine:
        yield f"  {step.engine}"
    if step.stderr:
        yield from ("  Last lines of stderr:", *(f"    {line}" for line in step.stderr))
    if step.stderr_url:
        yield f"  stderr: {step.stderr_url}"


def _causes(causes: "list[Cause]") -> Iterator[str]:
    for number, cause in enumerate(causes):
        yield f"  {'caused by ' if number else ''}{error_text(cause)}"
        for frame in cause.frames:
            yield f"    at {frame.file}:{frame.line} in {frame.function}"
            if frame.code:
                yield f"      {frame.code}"


def web_link(url: str | None) -> str | None:
    """Return the address if a browser may open it: only http and https, with unusual characters encoded."""
    if not url or not url.lower().startswith(("http://", "https://")):
        return None
    return quote(plain_line(url), safe="/:?#@!$&*+,;=%~[]")
