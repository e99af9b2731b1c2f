"""Which runs are meant."""

from pydantic import Field

from dagster_ops_cli.schemas.model import Model, Time


class RunFilter(Model):
    """What a run has to be like; nothing given means every run. Target: ``RunsFilter``.

    A run has one of ``statuses`` and all of ``tags``; ``job_name`` is whole. The times are exclusive: a run was created
    after ``created_after``. Dagster takes a time of 1970-01-01T00:00:00Z for none at all.
    """

    statuses: list[str] = Field(default_factory=list)
    job_name: str | None = None
    tags: dict[str, str] = Field(default_factory=dict)
    created_after: Time | None = None
    created_before: Time | None = None
    updated_after: Time | None = None

    @property
    def is_empty(self) -> bool:
        """Whether every run passes."""
        return not any(value for _, value in self)
