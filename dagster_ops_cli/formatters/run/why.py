"""The explanation of a run as text, short enough for one screen."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from dagster_ops_cli.formatters.asset_check import format_failed_checks
from dagster_ops_cli.formatters.run import format_run_duration
from dagster_ops_cli.formatters.table import At, Phrase, Sheet, sheet
from dagster_ops_cli.formatters.text import cell, escape

if TYPE_CHECKING:
    from datetime import datetime

    from dagster_ops_cli.schemas.run.why import Cause, FailedStep, RunExplanation, SkippedStep, Wait

# How many failed steps are shown in full, how many more with one line each, and how many causes of an error, lines of
# its message and innermost lines of its traceback.
_WHOLE, _SHORT, _CAUSES, _MESSAGE, _FRAMES = 2, 10, 4, 4, 5


def format_run_explanation(why: "RunExplanation") -> Sheet:
    """Return the explanation, the most important facts first and the URL of the run's page last."""
    blocks: list[Sequence[str | Phrase]] = [
        list(_head(why)),
        *([text] for text in _failures(why)),
        [_engine(why)],
        [_skipped(why)],
        [_checks(why)],
        list(_waits(why)),
        [_retries(why)],
        [escape(why.url)],
    ]
    shown = [block for block in blocks if any(block)]
    return sheet(part for number, block in enumerate(shown) for part in (["", *block] if number else block))


def _head(why: "RunExplanation") -> Iterator[str | Phrase]:
    yield f"Run {escape(why.id)} of {escape(why.job_name)}: {escape(why.status)}"
    times = [("created ", why.created_at), ("started ", why.started_at), ("ended ", why.ended_at)]
    when: list[tuple[str, datetime | None]] = [(name, time) for name, time in times if time]
    if duration := format_run_duration(why):
        when.append((f"duration {duration}", None))
    places = [("partition", why.partition), ("location", why.location_name)]
    where = [(f"{name} {escape(place)}", None) for name, place in places if place]
    # Two of them fit into a line of 80 columns.
    yield from (_line(known) for known in (when[:2], when[2:], where) if known)
    if why.failed_steps and why.steps:
        skipped = f", {len(why.skipped_steps)} did not run" if why.skipped_steps else ""
        kind = "failed" if why.failed_steps[0].status == "FAILURE" else "did not end"
        yield f"{len(why.failed_steps)} of {why.steps} steps {kind}{skipped}"
    if why.status == "SUCCESS":
        yield "Run succeeded, but asset checks failed." if why.failed_checks else "Run succeeded."


def _line(known: "Sequence[tuple[str, datetime | None]]") -> Phrase:
    """Return facts, each a text and perhaps a time after it, as one line."""
    parts: list[str | At] = []
    for number, (text, time) in enumerate(known):
        parts.append(f", {text}" if number else text[0].upper() + text[1:])
        if time:
            parts.append(_at(time))
    return Phrase(parts)


def _failures(why: "RunExplanation") -> Iterator[str]:
    for step in why.failed_steps[:_WHOLE]:
        yield "\n".join(_failed_step(step))
    short = [
        f"{escape(step.step_key)}: {_error(step.errors[0]).splitlines()[0]}" if step.errors else escape(step.step_key)
        for step in why.failed_steps[_WHOLE : _WHOLE + _SHORT]
    ]
    left = len(why.failed_steps) - _WHOLE - _SHORT
    yield "\n".join([*short, *([f"... and {left} more failed steps; use --json to see all"] if left > 0 else [])])
    if why.errors:
        yield "\n".join(format_causes(why.errors, ""))


def _failed_step(step: "FailedStep") -> Iterator[str]:
    attempts = f" in attempt {step.attempts}" if step.attempts > 1 else ""
    if step.status == "FAILURE":
        yield f"{escape(step.step_key)} failed{attempts}"
    else:
        yield f"{escape(step.step_key)} was in progress{attempts} when the run failed"
    if step.engine:
        yield f"  {escape(step.engine)}"
    yield from format_causes(step.errors, "  ")
    if step.stderr:
        yield "  last lines on stderr:"
        yield from (f"  | {cell(line)}" for line in step.stderr)
    if step.stderr_url:
        yield f"  stderr: {escape(step.stderr_url)}"


def format_causes(errors: "list[Cause]", indent: str) -> Iterator[str]:
    """Yield the lines of an error and its causes, each with its places in the user's code."""
    for number, each in enumerate(errors):
        if number == _CAUSES - 1 and len(errors) > _CAUSES:
            yield f"{indent}... {len(errors) - _CAUSES} more causes ..."
        if number < _CAUSES - 1 or number == len(errors) - 1:
            lines = _error(each).splitlines()
            yield f"{indent}{'caused by: ' if number else ''}{lines[0]}"
            yield from (f"{indent}  {line}" for line in lines[1:_MESSAGE])
            if len(lines) > _MESSAGE:
                yield f"{indent}  ... {len(lines) - _MESSAGE} more lines"
            yield from _traceback(each, indent)


def _traceback(cause: "Cause", indent: str) -> Iterator[str]:
    """Yield the lines of the traceback in the user's code, innermost last."""
    if left := len(cause.frames[:-_FRAMES]):
        yield f"{indent}  ... {left} more frames"
    for frame in cause.frames[-_FRAMES:]:
        yield f"{indent}  at {escape(f'{frame.file}:{frame.line} in {frame.function}')}"
        if frame.code:
            yield f"{indent}    {escape(frame.code)}"


def _error(cause: "Cause") -> str:
    text = ": ".join(part for part in (cause.class_name, cause.message) if part)
    return "\n".join(escape(line) for line in text.splitlines()) or "unknown error"


def _engine(why: "RunExplanation") -> str:
    return "\n".join(["Last messages from Dagster:", *(f"  {cell(word)}" for word in why.engine)]) if why.engine else ""


def _skipped(why: "RunExplanation") -> str:
    because = [step for step in why.skipped_steps if step.because_of]
    others = [step for step in why.skipped_steps if not step.because_of]
    lines = []
    if because:
        lines.append(f"Skipped because of this: {_keys(because)}")
    if others:
        lines.append(f"Not started: {_keys(others)}")
    return "\n".join(lines)


def _keys(steps: "list[SkippedStep]") -> str:
    shown = ", ".join(escape(step.step_key) for step in steps[:_SHORT])
    return f"{shown} and {len(steps) - _SHORT} more" if len(steps) > _SHORT else shown


def _checks(why: "RunExplanation") -> str:
    left = len(why.failed_checks) - _SHORT
    more = [f"  ... and {left} more; use --json to see all"] if left > 0 else []
    return "\n".join([*format_failed_checks(why.failed_checks[:_SHORT], places=False), *more])


def _waits(why: "RunExplanation") -> Iterator[str | Phrase]:
    if why.waiting_for:
        yield "Waiting for:"
    yield from map(_wait, why.waiting_for[:_SHORT])
    left = len(why.waiting_for) - _SHORT
    if left > 0:
        yield f"  ... and {left} more"


def _wait(wait: "Wait") -> Phrase:
    since: list[str | At] = [" (since ", _at(wait.since), ")"] if wait.since else []
    return Phrase([f"  {cell(wait.message)}", *since])


def _retries(why: "RunExplanation") -> str:
    lines = []
    if why.parent_run_id:
        lines.append(f"Re-execution of {escape(why.parent_run_id)}")
    if why.retried_as:
        lines.append(f"Dagster retried it as {escape(why.retried_as)}")
    elif why.will_retry:
        lines.append("Dagster will retry it")
    return "\n".join(lines)


def _at(time: "datetime") -> At:
    return At(time, time.strftime("%Y-%m-%dT%H:%M:%SZ"))
