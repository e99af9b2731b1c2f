"""`ops api asset-check run`."""

from collections.abc import Sequence

import click

from dagster_ops_cli.cli.checked_run import launch_checked_run
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import RUN, TARGET, option
from dagster_ops_cli.cli.options import (
    connection_options,
    dry_run_option,
    interval_option,
    json_option,
    wait_option,
    wait_timeout_option,
)
from dagster_ops_cli.cli.params import NonEmptyText, Tag
from dagster_ops_cli.cli.streams import OutcomeCommand
from dagster_ops_cli.cli.tags import refuse_reserved, tags_of
from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.formatters.asset_check import format_checks


@click.command(
    cls=OutcomeCommand,
    examples=(
        "ops asset-check run marts/daily --wait",
        "ops asset-check run marts/daily --check has_rows --wait --json",
    ),
)
@click.argument("asset_keys", type=NonEmptyText(), nargs=-1, required=True, metavar="KEY...")
@option("--check", "names", heading=TARGET, metavar="NAME", multiple=True, help="Only this check; repeatable")
@option("--tag", "tags", heading=RUN, type=Tag(), multiple=True, help="Tag for the run; repeatable")
@dry_run_option
@wait_option
@wait_timeout_option
@interval_option(2)
@json_option
@connection_options
@click.pass_context
def run(
    ctx: click.Context,
    ops: Ops,
    asset_keys: Sequence[str],
    names: Sequence[str],
    tags: Sequence[str],
    dry_run: bool,
    wait: bool,
    wait_timeout: float | None,
    interval: float,
    as_json: bool,
) -> None:
    """Run asset checks without their assets.

    Without --check, these are all checks of the assets that can run alone. With --wait, a check that fails with
    severity ERROR or has no result makes the exit code 1.
    """
    if wait_timeout and not wait:
        raise InvalidRequestError("--wait-timeout needs --wait")
    tag_map = refuse_reserved(tags_of(tags))
    checks = ops.asset_checks.select(asset_keys, names)
    if dry_run:
        from dagster_ops_cli.schemas.asset_check import AssetCheckPage

        ops.show(AssetCheckPage(items=list(checks)), None if as_json else format_checks)
        return
    target = ops.asset_checks.plan(checks)
    launch_checked_run(ctx, ops, target, None, tag_map, wait, True, wait_timeout, interval, as_json)
