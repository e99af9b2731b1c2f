"""Tell whose line it is in a standard error that several steps share."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

# What ends an attempt at a step; Dagster writes the error with its stack below it.
_FAILURES = {b"STEP_FAILURE", b"STEP_UP_FOR_RETRY", b"RUN_FAILURE"}
_STARTS = {b"STEP_START", b"STEP_RESTARTED"}


class _Line(NamedTuple):
    """A line: whose it is, whether Dagster's logging wrote it, the type of its event, and its words alone."""

    step: str | None
    is_dagsters: bool
    event: bytes | None
    words: bytes


class StepLines:
    """Reads lines in their order and tells of each to which of ``step_keys`` it belongs.

    Dagster writes what it logs to standard error too, in lines that name the run and the step; what a process writes
    itself stands between them and belongs to the step that was last named. Where the lines of Dagster's have another
    form (it can be configured) nothing can be told: ``told`` stays False.
    """

    def __init__(self, run_id: str, step_keys: Sequence[str]) -> None:
        keys = "|".join(re.escape(key) for key in sorted(step_keys, key=len, reverse=True))
        self._dagster = re.compile(
            # Events come with the number of the process, what user code logs comes without.
            rf"\S+ \S+ \S+ - \S+ - [A-Z]+ - .*?{re.escape(run_id)} - "
            rf"(?:\d+ - (?:({keys}) - )?([A-Z_]+) - |({keys}) - )?".encode()
        )
        self._current: str | None = None
        self.told = False

    def owner(self, line: bytes) -> str | None:
        """Return the key of the step whose line it is, or None."""
        return self._read(line).step

    def _read(self, line: bytes) -> _Line:
        match = self._dagster.match(line)
        if not match:
            return _Line(self._current, False, None, line)
        step, event = match[1] or match[3], match[2]
        if step is not None:
            self.told = True
            self._current = step.decode()
        return _Line(None if step is None else self._current, True, event, line[match.end() :])

    def own_words(self, lines: Sequence[bytes], step_key: str) -> list[bytes]:
        """Return what the last attempt at a step wrote, without Dagster's own events and the stacks of its errors.

        What user code logged through Dagster comes without the run, step and time that Dagster puts before it.
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
