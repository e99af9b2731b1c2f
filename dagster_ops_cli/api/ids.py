"""Find the run or backfill that a word stands for: the beginning of its id, @latest or @failed."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dagster_ops_cli.adapters.backfill import list_backfills, list_launch_values
from dagster_ops_cli.adapters.run import list_runs
from dagster_ops_cli.api.run.listing import check_job, walk_runs
from dagster_ops_cli.errors import InvalidRequestError, NotFoundError
from dagster_ops_cli.schemas.backfill import BackfillFilter
from dagster_ops_cli.schemas.backfill.launch import is_launched_by_runs
from dagster_ops_cli.schemas.run.filter import RunFilter

if TYPE_CHECKING:
    from dagster_ops_cli.api.backfill import BackfillApi
    from dagster_ops_cli.http.client import GraphQLClient

LATEST, FAILED = "@latest", "@failed"
# How many of the newest runs or backfills are looked through for the beginning of an id.
MOST = 1_000
# How many ids an error names.
_MOST_NAMED = 10


def find_run_ids(client: "GraphQLClient", words: Sequence[str], job_name: str | None) -> list[str]:
    """Return the whole id for each word: the beginning of an id, @latest or @failed (of this job).

    A word that no id begins with is returned unchanged. Raises InvalidRequestError if several ids begin with it, and
    NotFoundError if there is no such run or no such job.
    """
    known: dict[str, str] = {}
    if not all(word.startswith("@") for word in words):
        pages = walk_runs(client, RunFilter(), MOST)
        known = {run.id: f"{run.job_name} {run.status}" for page in pages for run in page.items}
    found = []
    for word in words:
        if word.startswith("@"):
            statuses = ["FAILURE"] if _is_failed(word) else []
            newest = list_runs(client, RunFilter(statuses=statuses, job_name=job_name), 1)
            if not newest and job_name:
                check_job(client, job_name)
            found.append(_first([run.id for run in newest], word, "run", "RUN_NOT_FOUND", job_name))
        else:
            found.append(_only(word, known, "run"))
    return found


def find_backfill_id(api: "BackfillApi", word: str, job_name: str | None) -> str:
    """Return the whole id of the backfill that a word stands for; see ``find_run_ids``."""
    if word.startswith("@"):
        wanted = BackfillFilter(statuses=["FAILED"] if _is_failed(word) else [], job_name=job_name)
        ids = [each.id for each in api.list(wanted, 1).items]
        return _first(ids, word, "backfill", "BACKFILL_NOT_FOUND", job_name)
    if is_launched_by_runs(word):
        return _only(word, dict.fromkeys(list_launch_values(api.client, word), ""), "backfill")
    records = list_backfills(api.client, MOST)
    known = {each.id: f"{each.job_name or ', '.join(each.asset_keys or [])} {each.status}" for each in records}
    return _only(word, known, "backfill")


def _is_failed(word: str) -> bool:
    if word not in (LATEST, FAILED):
        raise InvalidRequestError(f"{word!r} is not known; use {LATEST}, {FAILED} or an id")
    return word == FAILED


def _first(ids: Sequence[str], word: str, noun: str, code: str, job_name: str | None) -> str:
    if not ids:
        of_job = f" of job {job_name}" if job_name else ""
        raise NotFoundError(f"{word}: there is no {'failed ' if word == FAILED else ''}{noun}{of_job}", code=code)
    return ids[0]


def _only(word: str, known: dict[str, str], noun: str) -> str:
    """Return the only id that begins with a word, or the word if none does. ``known`` describes each id."""
    found = [each for each in known if each.startswith(word)]
    if len(found) > 1 and word not in found:
        lines = [f"  {each} {known[each]}".rstrip() for each in found[:_MOST_NAMED]]
        if len(found) > _MOST_NAMED:
            lines.append(f"  and {len(found) - _MOST_NAMED:,} more")
        raise InvalidRequestError(
            f"{len(found):,} {noun}s have an id that begins with {word}", hint="\n".join(["It could be:", *lines])
        )
    return found[0] if len(found) == 1 else word
