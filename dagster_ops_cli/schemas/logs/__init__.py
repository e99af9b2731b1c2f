"""The captured standard output and standard error of a run's processes."""

from dagster_ops_cli.schemas.model import Model


class LogFile(Model):
    """The log of one process: the steps that ran in it, and the key of its two streams. Source: ``LogsCapturedEvent``.

    Dagster's in-process executor has one process for all steps, other executors have one for each attempt at a step.
    ``attempt`` counts from 1; it is null if several steps share the process. The URLs are set if Dagster does not keep
    the log itself.
    """

    run_id: str
    file_key: str
    step_keys: list[str]
    attempt: int | None = None
    stdout_url: str | None = None
    stderr_url: str | None = None

    def url(self, stream: str) -> str | None:
        """Return the URL of ``stdout`` or ``stderr``, None if Dagster keeps it."""
        return self.stdout_url if stream == "stdout" else self.stderr_url


class LogPiece(Model):
    """The bytes from ``start`` to ``end`` of a stream, as text.

    Dagster replaces bytes that are not UTF-8 with U+FFFD, also an incomplete character at either end.
    """

    text: str
    start: int
    end: int
