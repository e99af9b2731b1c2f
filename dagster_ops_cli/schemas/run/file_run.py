"""The run that a file was launched as."""

from pydantic import Field

from dagster_ops_cli.schemas.model import Model
from dagster_ops_cli.schemas.run import RunRow


class FileRun(Model):
    """What a file was launched as most recently.

    ``latest`` is the run itself, or the last of its re-executions, which tells the outcome; ``has_ended`` says that
    nothing more is to come. ``duplicates`` are unfinished runs that were launched at the same moment and do not count.
    """

    attempt: int
    latest: RunRow
    has_ended: bool
    duplicates: list[str] = Field(default_factory=list)
