"""`ops api pool unset`."""

import click

from dagster_ops_cli.cli.api.pool.changes import change_limit
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import connection_options, dry_run_option, json_option, yes_option
from dagster_ops_cli.cli.params import NonEmptyText, completes
from dagster_ops_cli.cli.streams import OutcomeCommand


@click.command(
    cls=OutcomeCommand,
    examples=(
        "ops pool unset database",
        "ops pool unset database --dry-run",
    ),
)
@click.argument("pool_name", metavar="NAME", type=NonEmptyText(), shell_complete=completes("pool"))
@dry_run_option
@yes_option
@json_option("Page[pool.PoolChange]")
@connection_options
@click.pass_context
def unset(ctx: click.Context, ops: Ops, pool_name: str, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Remove the limit of a pool.

    The deployment's default limit, if there is one, then applies. While slots are held, this is refused (exit code 7),
    because it would break Dagster's own list of pools.
    """
    ops.pools.get(pool_name)
    (change,) = ops.pools.plan({pool_name: None})
    change_limit(ctx, ops, change, f"Remove the limit of {pool_name}?", dry_run, yes, as_json)
