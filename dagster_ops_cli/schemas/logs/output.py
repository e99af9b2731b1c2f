"""Captured logs as they are shown: part by part, or all at once."""

from pydantic import Field

from dagster_ops_cli.schemas.logs import LogFile
from dagster_ops_cli.schemas.model import Model


class LogOutput(Model):
    """Either some bytes of a stream (``stdout`` or ``stderr``), or a ``note``, and the ``url`` where it is instead."""

    file: LogFile | None = None
    stream: str | None = None
    data: bytes = b""
    note: str | None = None
    url: str | None = None


class CapturedLog(Model):
    """One stream of one process; ``text`` is null where the log is kept elsewhere, at ``url``.

    ``attempt`` is null where several steps share the process. What is no UTF-8 is U+FFFD in ``text``.
    """

    step_keys: list[str]
    attempt: int | None
    stream: str
    text: str | None
    url: str | None


class CapturedLogs(Model):
    """What was captured of a run, in the order of its processes; ``count`` counts the streams in this answer."""

    run_id: str
    items: list[CapturedLog]
    count: int = Field(default_factory=lambda data: len(data.get("items", ())))
