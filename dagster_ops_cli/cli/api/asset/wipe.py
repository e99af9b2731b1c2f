"""`ops api asset wipe`."""

from collections.abc import Sequence

import click

from dagster_ops_cli.cli.confirm import confirm, require_answer, server_fact
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import TARGET, option
from dagster_ops_cli.cli.item_results import conclude_items
from dagster_ops_cli.cli.options import connection_options, dry_run_option, json_option, yes_option
from dagster_ops_cli.cli.params import NonEmptyText, completes, with_stdin
from dagster_ops_cli.cli.streams import OutcomeCommand
from dagster_ops_cli.formatters.asset import counted, format_wipe


@click.command(
    cls=OutcomeCommand,
    examples=("ops asset wipe raw/orders --dry-run", "ops asset wipe raw/orders raw/prices --yes"),
)
@click.argument(
    "asset_keys",
    type=NonEmptyText(),
    nargs=-1,
    required=True,
    callback=with_stdin,
    metavar="KEY... | -",
    shell_complete=completes("asset"),
)
@option(
    "--partition",
    heading=TARGET,
    type=NonEmptyText(),
    metavar="KEY",
    multiple=True,
    callback=with_stdin,
    help="Only this partition of the asset (on Dagster+); repeatable, - reads stdin",
)
@dry_run_option
@yes_option
@json_option("Page[asset.wipe.WipeResult]")
@connection_options
@click.pass_context
def wipe(
    ctx: click.Context,
    ops: Ops,
    asset_keys: Sequence[str],
    partition: Sequence[str],
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Delete the history of assets.

    This deletes all materializations, observations and check results, and can't be undone. An open-source server can't
    wipe single partitions of an asset: --partition is for Dagster+. An asset that no code location defines any more is
    then no longer listed.
    """
    require_answer(yes or dry_run)
    from dagster_ops_cli.schemas.asset.wipe import WipeResult
    from dagster_ops_cli.schemas.page import Page

    planned = ops.assets.plan_wipe(asset_keys, partition)
    if dry_run:
        ops.show(Page[WipeResult](items=[WipeResult.of(each) for each in planned]), None if as_json else format_wipe)
        return
    total = counted(sum(len(each.materializations) for each in planned), "materialization")
    what = counted(len(planned[0].partitions), "partition") if partition else counted(len(planned), "asset")
    items = [f"{each.asset_key}: {counted(len(each.materializations), 'materialization')}" for each in planned]
    confirm(ctx, f"Wipe {what} with {total}?", yes, [server_fact(ops)], items)
    results = ops.assets.wipe(planned)
    ops.show(Page[WipeResult](items=list(results)), None if as_json else format_wipe)
    conclude_items(ctx, [(each.asset_key, each) for each in results])
