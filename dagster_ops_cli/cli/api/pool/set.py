"""`ops api pool set`."""

import click

from dagster_ops_cli.cli.api.pool.changes import change_limit
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import connection_options, dry_run_option, json_option, yes_option
from dagster_ops_cli.cli.params import NonEmptyText, WholeNumber, completes
from dagster_ops_cli.cli.streams import OutcomeCommand


@click.command(
    "set",
    cls=OutcomeCommand,
    examples=(
        "ops pool set database 5",
        "ops pool set database 0 --dry-run",
    ),
)
@click.argument("pool_name", metavar="NAME", type=NonEmptyText(), shell_complete=completes("pool"))
@click.argument("limit", metavar="LIMIT", type=WholeNumber(min=0))
@dry_run_option
@yes_option
@json_option("Page[pool.PoolChange]")
@connection_options
@click.pass_context
def set_limit(
    ctx: click.Context, ops: Ops, pool_name: str, limit: int, dry_run: bool, yes: bool, as_json: bool
) -> None:
    """Set the limit of a pool: how many steps may use it at once.

    With a limit of 0, nothing that needs the pool starts. Running steps are not interrupted. A name that nothing uses
    is accepted, with a notice.
    """
    (change,) = ops.pools.plan({pool_name: limit})
    question = f"Set the limit of {pool_name} to {limit}?"
    change_limit(ctx, ops, change, question, dry_run, yes, as_json)
