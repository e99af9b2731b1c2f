"""Tell whose line it is in a standard error that several steps share."""

import re
from collections.abc import Iterator, Sequence

# What ends an attempt at a step; Dagster writes the error with its stack below it.
_FAILURES = {b"STEP_FAILURE", b"STEP_UP_FOR_RETRY", b"RUN_FAILURE"}
_STARTS = {b"STEP_START", b"STEP_RESTARTED"}


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
        return self._read(line)[0]

    def _read(self, line: bytes) -> tuple[str | None, bool, bytes | None]:
        match = self._dagster.match(line)
        if not match:
            return self._current, False, None
        step, event = match[1] or match[3], match[2]
        if step is None:
            return None, True, event
        self.told = True
        self._current = step.decode()
        return self._current, True, event

    def own_words(self, lines: Sequence[bytes], step_key: str) -> list[bytes]:
        """Return what the last attempt at a step wrote, without Dagster's own events and the stacks of its errors."""
        return list(self._own_words(lines, step_key))

    def _own_words(self, lines: Sequence[bytes], step_key: str) -> Iterator[bytes]:
        read = [(line, *self._read(line)) for line in lines]
        starts = [at for at, (_, step, _, event) in enumerate(read) if step == step_key and event in _STARTS]
        in_stack = False
        for line, step, is_dagsters, event in read[starts[-1] if starts else 0 :]:
            if is_dagsters:
                in_stack = event in _FAILURES
            if event is None and not in_stack and step in (step_key, None):
                yield line
