"""The API for asset checks."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from dagster_ops_cli.adapters.asset_check import (
    list_asset_checks,
    list_check_executions,
    list_planned_checks,
    list_run_checks,
)
from dagster_ops_cli.adapters.doctor import list_locations
from dagster_ops_cli.adapters.job import list_jobs
from dagster_ops_cli.api.asset.listing import select_assets
from dagster_ops_cli.api.job.find import check_location
from dagster_ops_cli.api.waiting.paging import page_of
from dagster_ops_cli.api.waiting.poll import Poll
from dagster_ops_cli.errors import InvalidRequestError, NotFoundError, UnsupportedError, invalid_cursor
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.nearest import did_you_mean
from dagster_ops_cli.schemas.asset_check import AssetCheck, AssetCheckPage, CheckExecution, CheckHistory, RunCheck
from dagster_ops_cli.schemas.job import ASSET_JOB_PREFIX, CodeLocation
from dagster_ops_cli.schemas.page import Page
from dagster_ops_cli.schemas.run.target import RunTarget

# How many executions to look through for the latest one that has a result.
_LOOKED_THROUGH = 25
_UNFINISHED = "IN_PROGRESS"


@dataclass(frozen=True)
class AssetCheckApi:
    """The asset checks of one Dagster."""

    client: GraphQLClient
    poll: Poll = field(default_factory=Poll)

    def list(
        self,
        asset_keys: Sequence[str] = (),
        selection: str | None = None,
        statuses: Iterable[str] = (),
        only_bad: bool = False,
        repository_name: str | None = None,
        location_name: str | None = None,
        limit: int | None = None,
        cursor: str | None = None,
    ) -> AssetCheckPage:
        """Return checks with their latest result, in the order of assets and names.

        Without keys and selection, these are the checks of all assets. ``statuses`` are those of the latest result,
        NO_RESULT for a check that never had one; with ``only_bad``, only checks that failed with severity ERROR or
        could not be executed. ``cursor`` is ``asset key:check name``. Raises NotFoundError for an asset that does not
        exist, InvalidRequestError for an invalid selection.
        """
        keys: Sequence[str] | None = None
        broken: list[CodeLocation] = []
        if asset_keys or selection is not None:
            place = (repository_name, location_name)
            keys = [row.key for row in select_assets(self.client, selection, asset_keys, *place, broken.append)]
        elif repository_name or location_name:
            check_location(list_jobs(self.client), repository_name, location_name)
        else:
            broken = [each for each in list_locations(self.client) if each.error is not None]
        wanted = set(statuses)

        def fits(check: AssetCheck) -> bool:
            return (
                repository_name in (None, check.repository_name)
                and location_name in (None, check.location_name)
                and (not wanted or (check.latest.status if check.latest else "NO_RESULT") in wanted)
                and (not only_bad or (check.latest is not None and check.latest.is_bad))
            )

        checks = list_checks(self.client, keys) if keys != [] else []
        page = page_of(checks, lambda check: f"{check.asset_key}:{check.name}", limit, cursor, fits)
        return AssetCheckPage(items=page.items, cursor=page.cursor, has_more=page.has_more, broken=broken)

    def get(self, asset_key: str, check_name: str, limit: int | None = None, cursor: str | None = None) -> CheckHistory:
        """Return a check and its executions, newest first; ``cursor`` is the id of the last one of an earlier page.

        Raises NotFoundError with the nearest names, InvalidRequestError for a cursor that is not an id.
        """
        if cursor is not None and not cursor.isdigit():
            raise invalid_cursor(cursor)
        check = find_check(self.client, asset_key, check_name)
        # One extra shows whether there are more; -1 asks for all.
        most = -1 if limit is None else limit + 1
        found = list_check_executions(self.client, asset_key, check_name, most, cursor)
        shown = found if limit is None else found[:limit]
        has_more = len(found) > len(shown)
        page = Page[CheckExecution](items=shown, cursor=shown[-1].id if has_more else None, has_more=has_more)
        return CheckHistory(check=check, executions=page)

    def select(self, asset_keys: Sequence[str], names: Sequence[str] = ()) -> Sequence[AssetCheck]:
        """Return the checks of some assets that can run alone; if names are given, only those with these names.

        Raises NotFoundError for an asset or a check that does not exist, InvalidRequestError for a check that can't run
        without its asset, and for assets whose checks can't run alone.
        """
        keys = [row.key for row in select_assets(self.client, None, asset_keys)]
        checks = list_checks(self.client, keys)
        if not checks:
            raise InvalidRequestError(f"there are no checks of {', '.join(keys)}")
        known = [check.name for check in checks]
        for name in names:
            if name not in known:
                raise NotFoundError(
                    f"none of these assets has a check {name!r}",
                    code="CHECK_NOT_FOUND",
                    hint=did_you_mean(name, known),
                    check_name=name,
                )
        chosen = [check for check in checks if not names or check.name in names]
        bound = [check.name for check in chosen if not check.is_executable]
        if bound and names:
            raise InvalidRequestError(f"the check {bound[0]!r} can only run together with its asset")
        chosen = [check for check in chosen if check.is_executable]
        if not chosen:
            raise InvalidRequestError(f"no check of {', '.join(keys)} can run without materializing its asset")
        return chosen

    def plan(self, checks: Sequence[AssetCheck]) -> RunTarget:
        """Return the run that executes some checks alone; ``RunApi.launch`` takes it.

        Raises InvalidRequestError for checks that one run can't execute.
        """
        places = {(check.location_name, check.repository_name) for check in checks}
        jobs = [name for name in checks[0].job_names if all(name in check.job_names for check in checks)]
        if len(places) > 1 or not jobs:
            raise InvalidRequestError(
                "one run can't execute all of these checks", hint="Run the checks of each asset separately."
            )
        ((location_name, repository_name),) = places
        return RunTarget(
            job_name=next((name for name in jobs if name.startswith(ASSET_JOB_PREFIX)), jobs[0]),
            repository_name=repository_name,
            location_name=location_name,
            checks=[(check.asset_key, check.name) for check in checks],
        )

    def list_of_run(self, run_id: str) -> Sequence[RunCheck]:
        """Return the results of the checks of a run that has ended; those that failed are ``is_bad``.

        A run can be SUCCESS although a check failed, unless the check is blocking. Raises NotFoundError.
        """
        return checks_of_run(self.client, run_id)


def find_check(client: GraphQLClient, asset_key: str, check_name: str) -> AssetCheck:
    """Return one check with its latest result. Raises NotFoundError with the nearest names."""
    checks = list_checks(client, [asset_key])
    for check in checks:
        if check.name == check_name:
            return check
    if not checks:
        select_assets(client, None, [asset_key])
    names = [check.name for check in checks]
    raise NotFoundError(
        f"asset {asset_key!r} has no check {check_name!r}",
        code="CHECK_NOT_FOUND",
        hint=did_you_mean(check_name, names) or (f"It has {', '.join(names)}." if names else "It has no checks."),
        check_name=check_name,
    )


def checks_of_run(client: GraphQLClient, run_id: str) -> Sequence[RunCheck]:
    """Return the results of the checks of a run that has ended; see ``AssetCheckApi.list_of_run``."""
    try:
        if not list_planned_checks(client, run_id):
            return []
    except UnsupportedError:
        # Before 1.8, only the log has the checks.
        pass
    return list_run_checks(client, run_id)


def list_checks(
    client: GraphQLClient, asset_keys: Sequence[str] | None = None, unfinished: bool = True
) -> list[AssetCheck]:
    """Return the checks of some assets, or of all, with their latest results; or with an ``unfinished`` execution."""
    return [_with_result(client, check, unfinished) for check in list_asset_checks(client, asset_keys)]


def _with_result(client: GraphQLClient, check: AssetCheck, unfinished: bool) -> AssetCheck:
    """Return the check with its latest result: the execution that Dagster shows may have been canceled in the queue."""
    latest = check.latest
    if latest is None or latest.has_result or (unfinished and latest.status == _UNFINISHED):
        return check
    executions = list_check_executions(client, check.asset_key, check.name, _LOOKED_THROUGH)
    return check.model_copy(update={"latest": next((each for each in executions if each.has_result), None)})
