"""Finds the job with a name."""

from collections.abc import Sequence

from dagster_ops_cli.adapters.job import list_jobs
from dagster_ops_cli.errors import BadResponseError, InvalidRequestError, NotFoundError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.nearest import did_you_mean
from dagster_ops_cli.schemas.job import CodeLocation, Job, Workspace


def find_job(
    client: GraphQLClient, job_name: str, repository_name: str | None = None, location_name: str | None = None
) -> Job:
    """Return the job with this name, in this repository and code location if they are given.

    Raises NotFoundError with the nearest names, InvalidRequestError if several jobs have the name, and
    BadResponseError (CODE_LOCATION_ERROR) if the job may be in a code location that does not load.
    """
    workspace = list_jobs(client)
    check_location(workspace, repository_name, location_name)
    possible = [
        job
        for job in workspace.jobs
        if repository_name in (None, job.repository_name) and location_name in (None, job.location_name)
    ]
    found = [job for job in possible if job.name == job_name]
    if not found:
        message = f"there is no job {job_name!r}{_within(repository_name, location_name)}"
        raise_broken(message, _locations(workspace, location_name))
        names = [job.name for job in possible if not job.hidden]
        hint = did_you_mean(job_name, names) or "`ops job list` shows all jobs."
        raise NotFoundError(message, code="JOB_NOT_FOUND", hint=hint, job_name=job_name)
    if len(found) > 1:
        raise ambiguous("job", job_name, [(job.location_name, job.repository_name) for job in found])
    return found[0]


def ambiguous(noun: str, name: str, places: Sequence[tuple[str, str]]) -> InvalidRequestError:
    """Return the error for a name that exists in several places, which are pairs of location and repository."""
    locations = sorted(location for location, _ in places)
    if len(set(locations)) == len(places):
        where, options = f"locations {', '.join(locations)}", "--location"
    else:
        where = ", ".join(f"repository {repository} of location {location}" for location, repository in places)
        options = "--location and --repository"
    return InvalidRequestError(
        f"{len(places)} {noun}s have the name {name!r}: in {where}", hint=f"Choose one with {options}."
    )


def check_location(workspace: Workspace, repository_name: str | None, location_name: str | None) -> None:
    """Raise NotFoundError if the location or repository does not exist, BadResponseError if it does not load."""
    here = _locations(workspace, location_name)
    if location_name is not None:
        if not here:
            names = [location.name for location in workspace.locations]
            raise NotFoundError(
                f"there is no code location {location_name!r}",
                code="LOCATION_NOT_FOUND",
                hint=did_you_mean(location_name, names) or f"Code locations: {', '.join(names)}.",
                location_name=location_name,
            )
        raise_broken(f"the code location {location_name!r} can't be used", here)
    repositories = [name for location in here for name in location.repositories]
    if repository_name is not None and repository_name not in repositories:
        message = f"there is no {_within(repository_name, location_name).removeprefix(' in ')}"
        raise_broken(message, here)
        raise NotFoundError(
            message,
            code="LOCATION_NOT_FOUND",
            hint=did_you_mean(repository_name, repositories),
            repository_name=repository_name,
        )


def raise_broken(message: str, locations: list[CodeLocation]) -> None:
    """Raise BadResponseError if a code location does not load, because what was not found may be in it."""
    broken = [location for location in locations if location.error is not None]
    if broken:
        errors = "\n".join(f"{location.name}: {location.error}" for location in broken)
        raise BadResponseError(
            f"{message}; not all code locations load:\n{errors}",
            code="CODE_LOCATION_ERROR",
            hint="Fix the code, or start its server, and reload the location.",
        )


def _locations(workspace: Workspace, name: str | None) -> list[CodeLocation]:
    return [location for location in workspace.locations if name in (None, location.name)]


def _within(repository_name: str | None, location_name: str | None) -> str:
    names = [
        f"{kind} {name!r}" for kind, name in (("repository", repository_name), ("location", location_name)) if name
    ]
    return f" in {' of '.join(names)}" if names else ""
