"""Set or remove the limit of one pool, for `set` and `unset`."""

from typing import TYPE_CHECKING

import click

from dagster_ops_cli.cli.confirm import can_ask, confirm, server_fact
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.errors import ConflictError, InvalidRequestError
from dagster_ops_cli.formatters.pool import format_pool_changes, format_pool_notices

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.pool import PoolChange


def change_limit(
    ctx: click.Context, ops: Ops, change: "PoolChange", question: str, dry_run: bool, yes: bool, as_json: bool
) -> None:
    """Make a planned change after a confirmation, and end the command with its result."""
    if change.state == "failed":
        kind = ConflictError if change.code == ConflictError.code else InvalidRequestError
        commands = {"To see what holds them": ["ops", "pool", "get", change.name]}
        raise kind(str(change.error), commands=commands if kind is ConflictError else None, pool_name=change.name)
    to_text = None if as_json else format_pool_changes
    for notice in format_pool_notices([change]):
        ops.note(notice)
    if dry_run or change.state == "unchanged":
        ops.show_items([change], to_text)
        return
    # A limit can be set back, so without a terminal there is no confirmation.
    current = "none" if change.previous_limit is None else f"{change.previous_limit}"
    confirm(ctx, question, yes or not can_ask(), [server_fact(ops), ("Current limit", current)])
    changes = [*ops.pools.apply([change])]
    ops.show_items(changes, to_text)
    if any(each.state == "failed" for each in changes):
        ctx.exit(1)
