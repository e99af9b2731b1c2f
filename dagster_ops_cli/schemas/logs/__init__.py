"""What the processes of a run wrote to their standard output and standard error, and where Dagster keeps it."""

from dagster_ops_cli.schemas.model import Model


class LogFile(Model):
    """One captured process: the steps that ran in it, and the key of its two streams. Source: ``LogsCapturedEvent``.

    Dagster's in-process executor has one for all steps, the others have one for each attempt at a step: ``attempt``
    counts from 1, and is null where several steps share the file. The URLs are those of a log that is kept elsewhere.
    """

    run_id: str
    file_key: str
    step_keys: list[str]
    attempt: int | None = None
    stdout_url: str | None = None
    stderr_url: str | None = None

    def url(self, stream: str) -> str | None:
        """Where ``stdout`` or ``stderr`` is kept, if not with Dagster."""
        return self.stdout_url if stream == "stdout" else self.stderr_url


class LogPiece(Model):
    """Some of a stream: the bytes from ``start`` to ``end`` of its file, as text.

    Dagster replaces what is no UTF-8, half a character at either end included, with U+FFFD.
    """

    text: str
    start: int
    end: int
