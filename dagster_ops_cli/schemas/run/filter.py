"""The filter for runs."""

from pydantic import Field

from dagster_ops_cli.schemas.model import Model, Time


class RunFilter(Model):
    """A filter for runs; an empty one matches every run. Target: ``RunsFilter``.

    A run matches with one of ``statuses``, all of ``tags`` and exactly this ``job_name``. The times are exclusive.
    Dagster ignores the time 1970-01-01T00:00:00Z.
    """

    statuses: list[str] = Field(default_factory=list)
    job_name: str | None = None
    tags: dict[str, str] = Field(default_factory=dict)
    created_after: Time | None = None
    created_before: Time | None = None
    updated_after: Time | None = None

    @property
    def is_empty(self) -> bool:
        """Whether every run matches."""
        return not any(value for _, value in self)
