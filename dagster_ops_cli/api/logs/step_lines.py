"""Assigns the lines of a standard error that several steps share to the steps."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

# The events that end an attempt at a step; Dagster writes the error and its stack after them.
_FAILURES = {b"STEP_FAILURE", b"STEP_UP_FOR_RETRY", b"RUN_FAILURE"}
_STARTS = {b"STEP_START", b"STEP_RESTARTED"}


class _Line(NamedTuple):
    """A line: its step, whether Dagster's logging wrote it, the type of its event, and its message."""

    step: str | None
    is_dagsters: bool
    event: bytes | None
    words: bytes


class StepLines:
    """Reads lines in order and assigns each to one of ``step_keys``.

    Dagster also writes its log to standard error, in lines that name the run and the step. The lines that a process
    writes itself are between these and belong to the step that was named last. ``has_named_step`` stays False if no
    line names a step, for example because the format of Dagster's log was configured.
    """

    def __init__(self, run_id: str, step_keys: Sequence[str]) -> None:
        keys = "|".join(re.escape(key) for key in sorted(step_keys, key=len, reverse=True))
        self._dagster = re.compile(
            # Lines of events contain the process id, lines that user code logs do not.
            rf"\S+ \S+ \S+ - \S+ - [A-Z]+ - .*?{re.escape(run_id)} - "
            rf"(?:\d+ - (?:({keys}) - )?([A-Z_]+) - |({keys}) - )?".encode()
        )
        self._current: str | None = None
        self.has_named_step = False

    def owner(self, line: bytes) -> str | None:
        """Return the key of the step that a line belongs to, or None."""
        return self._read(line).step

    def _read(self, line: bytes) -> _Line:
        match = self._dagster.match(line)
        if not match:
            return _Line(self._current, False, None, line)
        step, event = match[1] or match[3], match[2]
        if step is not None:
            self.has_named_step = True
            self._current = step.decode()
        return _Line(None if step is None else self._current, True, event, line[match.end() :])

    def own_words(self, lines: Sequence[bytes], step_key: str) -> list[bytes]:
        """Return the lines of the last attempt at a step, without Dagster's events and the stacks of their errors.

        Lines that user code logged through Dagster are returned without the time, run and step before the message.
        """
        return list(self._own_words(lines, step_key))

    def _own_words(self, lines: Sequence[bytes], step_key: str) -> Iterator[bytes]:
        read = [self._read(line) for line in lines]
        starts = [at for at, line in enumerate(read) if line.step == step_key and line.event in _STARTS]
        in_stack = False
        for line in read[starts[-1] if starts else 0 :]:
            if line.is_dagsters:
                in_stack = line.event in _FAILURES
            if line.event is None and not in_stack and line.step in (step_key, None):
                yield line.words
