"""The run that was launched from a file."""

from pydantic import Field

from dagster_ops_cli.schemas.model import Model
from dagster_ops_cli.schemas.run import RunRow


class FileRun(Model):
    """The most recent launch of a file.

    ``latest`` is its run, or the last re-execution of that, which decides the outcome; ``has_ended`` says that Dagster
    will not retry it either. ``duplicates`` are unfinished runs that another command launched at the same time; they
    do not count.
    """

    attempt: int
    latest: RunRow
    has_ended: bool
    duplicates: list[str] = Field(default_factory=list)
