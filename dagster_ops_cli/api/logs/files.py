"""Finds the files with the output of steps in a run's events."""

from collections import Counter
from collections.abc import Iterable, Sequence

from dagster_ops_cli.schemas.logs import LogFile
from dagster_ops_cli.schemas.run_events import RunEvent


def log_files(events: Iterable[RunEvent], seen: Sequence[LogFile] = ()) -> list[LogFile]:
    """Return the log files that ``events`` mention; ``seen`` are the files of earlier events.

    A step has one file for each attempt, unless it shares a file with other steps.
    """
    attempts = Counter(file.step_keys[0] for file in seen if file.attempt)
    files = []
    for event in events:
        if event.file_key is None:
            continue
        steps = event.step_keys or []
        if len(steps) == 1:
            attempts[steps[0]] += 1
        files.append(
            LogFile(
                run_id=event.run_id,
                file_key=event.file_key,
                step_keys=steps,
                attempt=attempts[steps[0]] if len(steps) == 1 else None,
                stdout_url=event.external_stdout_url or event.external_url,
                stderr_url=event.external_stderr_url or event.external_url,
            )
        )
    return files
