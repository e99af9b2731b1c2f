"""The script `pools`: sets the limits of concurrency pools that a file gives."""

from typing import Annotated

from pydantic import Field

from dagster_ops_cli.errors import InvalidContentError
from dagster_ops_cli.schemas.backfill.config import ConfigModel, Name
from dagster_ops_cli.schemas.page import Page
from dagster_ops_cli.schemas.pool import PoolChange
from dagster_ops_cli.scripts.script import Outcome, Script, Session


class PoolsConfig(ConfigModel):
    """A configuration file with the limits of pools.

    ``prune`` removes the limits of all pools that the file does not name.
    """

    pools: dict[Name, Annotated[int, Field(ge=0)]]
    prune: bool = False


def run(config: PoolsConfig, ops: Session) -> Outcome:
    """Set the limits that differ from those in the file. Running it again changes nothing."""
    changes = ops.pools.plan(config.pools, config.prune)
    invalid = [f"pools.{change.name}: {change.error}" for change in changes if change.code == "INVALID_REQUEST"]
    if invalid:
        raise InvalidContentError("\n".join(invalid))
    for change in changes:
        if change.is_used is False and change.limit is not None:
            ops.note(f"Nothing in the code locations uses the pool {change.name}.")
    planned = [change for change in changes if change.state == "planned"]
    if not ops.options.dry_run and planned:
        if ops.asks:
            count = f"{len(planned):,} pool{'' if len(planned) == 1 else 's'}"
            ops.confirm(f"Change the limits of {count}?", None, [_line(change) for change in planned])
        changes = [*ops.pools.apply(changes)]
    failed = any(change.state == "failed" for change in changes)
    return Outcome(Page[PoolChange](items=list(changes)), 1 if failed else 0)


def _line(change: PoolChange) -> str:
    before, after = ("none" if each is None else each for each in (change.previous_limit, change.limit))
    return f"{change.name}: {before} -> {after}"


POOLS = Script("pools", "Set the limits of concurrency pools from a file.", PoolsConfig, run, (Page[PoolChange],))
