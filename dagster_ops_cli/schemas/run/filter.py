"""The filter of a list of runs."""

from pydantic import Field

from dagster_ops_cli.schemas.model import Model, Time
from dagster_ops_cli.schemas.run import RunRow


class RunFilter(Model):
    """What a run must be like; an empty filter passes every run. Target: ``RunsFilter``.

    A run has one of ``statuses`` and all of ``tags``; ``job_name`` and ``location_name`` are whole names. The times are
    exclusive: a run was created after ``created_after``. Dagster takes a time of 1970-01-01T00:00:00Z for none at all.
    ``longer_than`` is in seconds. Dagster can't filter by location (its tag is missing on runs of versions before 1.12)
    or by duration: ``passes`` does.
    """

    statuses: list[str] = Field(default_factory=list)
    job_name: str | None = None
    location_name: str | None = None
    tags: dict[str, str] = Field(default_factory=dict)
    created_after: Time | None = None
    created_before: Time | None = None
    updated_after: Time | None = None
    longer_than: float | None = None

    @property
    def is_empty(self) -> bool:
        """Whether every run passes."""
        return not any(value not in (None, [], {}) for _, value in self)

    @property
    def is_applied_here(self) -> bool:
        """Whether a part of this filter is applied by ``passes``, not by Dagster."""
        return self.location_name is not None or self.longer_than is not None

    def passes(self, run: RunRow) -> bool:
        """Whether a run passes the part of this filter that Dagster can't apply."""
        return self.location_name in (None, run.location_name) and (
            self.longer_than is None or (run.duration is not None and run.duration > self.longer_than)
        )
