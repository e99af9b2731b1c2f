"""Captured logs, piece by piece or as a whole."""

from pydantic import Field

from dagster_ops_cli.schemas.logs import LogFile
from dagster_ops_cli.schemas.model import Model


class LogOutput(Model):
    """Some bytes of a stream (``stdout`` or ``stderr``), or a ``note`` with the ``url`` of a log kept elsewhere."""

    file: LogFile | None = None
    stream: str | None = None
    data: bytes = b""
    note: str | None = None
    url: str | None = None


class CapturedLog(Model):
    """One stream of one process; ``text`` is null if the log is kept elsewhere, at ``url``.

    ``attempt`` is null if several steps share the process. Bytes that are not UTF-8 are U+FFFD in ``text``.
    """

    step_keys: list[str]
    attempt: int | None
    stream: str
    text: str | None
    url: str | None


class CapturedLogs(Model):
    """The captured logs of a run, in the order of its processes; ``count`` counts the streams in this answer."""

    run_id: str
    items: list[CapturedLog]
    count: int = Field(default_factory=lambda data: len(data.get("items", ())))
