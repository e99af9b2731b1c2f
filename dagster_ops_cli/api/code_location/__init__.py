"""The API for code locations."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from dagster_ops_cli.adapters.code_location import get_repository_content, list_code_locations
from dagster_ops_cli.api.run.user_frames import causes_of
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import NotFoundError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.nearest import did_you_mean
from dagster_ops_cli.schemas.code_location import CodeLocationDetail, CodeLocationRow
from dagster_ops_cli.schemas.page import Page

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.code_location import ReloadResult


@dataclass(frozen=True)
class CodeLocationApi:
    """The code locations of one Dagster."""

    client: GraphQLClient
    poll: Poll = field(default_factory=Poll)

    def list(self, failing: bool = False) -> Page[CodeLocationRow]:
        """Return all code locations in Dagster's order; with ``failing`` only those that do not load."""
        rows = locations_with_causes(self.client)
        return Page[CodeLocationRow](items=[each for each in rows if not failing or each.state == "failed"])

    def find(self, names: Sequence[str]) -> Sequence[CodeLocationRow]:
        """Return the code locations with these names, each once. Raises NotFoundError with the nearest names."""
        known = {each.name: each for each in locations_with_causes(self.client)}
        unknown = [name for name in names if name not in known]
        if unknown:
            raise NotFoundError(
                f"there is no code location {', '.join(map(repr, unknown))}",
                code="LOCATION_NOT_FOUND",
                hint=did_you_mean(unknown[0], known) or (f"Code locations: {', '.join(known)}." if known else None),
                location_name=unknown[0],
            )
        return [known[name] for name in dict.fromkeys(names)]

    def get(self, name: str) -> CodeLocationDetail:
        """Return a code location with the names of what it defines, if it loads. Raises NotFoundError."""
        (row,) = self.find([name])
        contents = [get_repository_content(self.client, name, each) for each in row.repositories]
        return CodeLocationDetail(**dict(row), contents=contents)

    def reload(
        self,
        before: "Sequence[CodeLocationRow]",
        wait: bool = False,
        interval: float = 2.0,
        timeout: float | None = None,
    ) -> "Iterator[Sequence[ReloadResult]]":
        """Reload code locations, and yield their states after each poll until every outcome is known.

        ``before`` are their states before: a location is loaded once two polls in a row return the same new version key
        and no load error. With ``wait``, wait for a new key if the key is unchanged. Raises WaitTimeoutError after
        ``timeout`` seconds, and ForbiddenError if none may be reloaded.
        """
        from dagster_ops_cli.api.code_location.reload import reload_locations

        return reload_locations(self.client, replace(self.poll, interval=interval, timeout=timeout), before, wait)


def locations_with_causes(client: GraphQLClient) -> Sequence[CodeLocationRow]:
    """Return all code locations, with the causes of load errors."""
    return [
        row.model_copy(update={"errors": causes_of(row.load_error)}) if row.load_error else row
        for row in list_code_locations(client)
    ]
