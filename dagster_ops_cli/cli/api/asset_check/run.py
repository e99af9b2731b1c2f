"""`ops api asset-check run`."""

from collections.abc import Mapping, Sequence

import click

from dagster_ops_cli.cli.arguments.launch_options import run_tags_option
from dagster_ops_cli.cli.checked_run import launch_checked_run
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import TARGET, option
from dagster_ops_cli.cli.options import (
    connection_options,
    dry_run_option,
    json_option,
    wait_options,
)
from dagster_ops_cli.cli.params import NonEmptyText, completes, with_stdin
from dagster_ops_cli.cli.streams import OutcomeCommand
from dagster_ops_cli.formatters.asset_check import format_checks


@click.command(
    cls=OutcomeCommand,
    examples=(
        "ops asset-check run marts/daily --wait",
        "ops asset-check run marts/daily --check has_rows --wait --json",
    ),
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
    "--check",
    "names",
    heading=TARGET,
    type=NonEmptyText(),
    metavar="NAME",
    multiple=True,
    help="Only this check; repeatable",
)
@run_tags_option
@dry_run_option
@wait_options(2)
@json_option("asset.materialization.Materialization", "Page[asset_check.AssetCheck]")
@connection_options
@click.pass_context
def run(
    ctx: click.Context,
    ops: Ops,
    asset_keys: Sequence[str],
    names: Sequence[str],
    tags: Mapping[str, str],
    dry_run: bool,
    wait: bool,
    wait_timeout: float | None,
    interval: float,
    as_json: bool,
) -> None:
    """Run asset checks without materializing their assets.

    Without --check, run all checks of the assets that can run alone. With --wait, the exit code is 1 if a check fails
    with severity ERROR or has no result.
    """
    checks = ops.asset_checks.select(asset_keys, names)
    if dry_run:
        from dagster_ops_cli.schemas.asset_check import AssetCheckPage

        ops.show(AssetCheckPage(items=list(checks)), None if as_json else format_checks)
        return
    target = ops.asset_checks.plan(checks)
    launch_checked_run(ctx, ops, target, None, tags, wait, True, wait_timeout, interval, as_json)
