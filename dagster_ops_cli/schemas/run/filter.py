"""The filter for runs."""

from pydantic import Field

from dagster_ops_cli.schemas.model import Model, Time
from dagster_ops_cli.schemas.run import RunRow


class RunFilter(Model):
    """A filter for runs; an empty one matches every run. Target: ``RunsFilter``.

    A run matches with one of ``statuses``, all of ``tags`` and exactly this ``job_name`` and ``location_name``. The
    times are exclusive. Dagster ignores the time 1970-01-01T00:00:00Z. ``longer_than`` is in seconds. Dagster can't
    filter by duration, nor by location (runs of versions before 1.12 lack the tag): ``passes`` does.
    """

    statuses: list[str] = Field(default_factory=list)
    job_name: str | None = None
    location_name: str | None = None
    tags: dict[str, str] = Field(default_factory=dict)
    created_after: Time | None = None
    created_before: Time | None = None
    updated_after: Time | None = None
    updated_before: Time | None = None
    longer_than: float | None = None

    @property
    def is_empty(self) -> bool:
        """Whether every run matches."""
        return not any(value not in (None, [], {}) for _, value in self)

    @property
    def is_applied_here(self) -> bool:
        """Whether ``passes`` applies a part of this filter that Dagster can't."""
        return self.location_name is not None or self.longer_than is not None

    def passes(self, run: RunRow) -> bool:
        """Whether a run matches the part of this filter that Dagster can't apply."""
        return self.location_name in (None, run.location_name) and (
            self.longer_than is None or (run.duration is not None and run.duration > self.longer_than)
        )

    @property
    def without_times(self) -> "RunFilter":
        """The same filter for runs of any time."""
        times = ("created_after", "created_before", "updated_after", "updated_before")
        return self.model_copy(update=dict.fromkeys(times))
