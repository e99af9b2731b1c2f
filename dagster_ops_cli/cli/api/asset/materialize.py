"""`ops api asset materialize`."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import click

from dagster_ops_cli.cli.arguments.launch_options import partition_options, run_config_options, run_tags_option
from dagster_ops_cli.cli.checked_run import launch_checked_run
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import RUN, TARGET, option
from dagster_ops_cli.cli.options import (
    connection_options,
    dry_run_option,
    fail_on_checks_option,
    json_option,
    place_options,
    report_option,
    require_wait,
    wait_options,
)
from dagster_ops_cli.cli.params import NonEmptyText, completes, with_stdin
from dagster_ops_cli.cli.streams import OutcomeCommand
from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.formatters.asset import format_plan, format_plan_notes


@click.command(
    cls=OutcomeCommand,
    examples=(
        "ops asset materialize marts/daily --partition 2024-01-01 --wait",
        """ops asset materialize --selection 'key:"raw/orders"+' --wait --fail-on-checks""",
        "ops asset materialize --selection group:sales --dry-run",
    ),
)
@click.argument(
    "asset_keys",
    type=NonEmptyText(),
    nargs=-1,
    callback=with_stdin,
    metavar="[KEY... | -]",
    shell_complete=completes("asset"),
)
@option("--selection", heading=TARGET, type=NonEmptyText(), metavar="TEXT", help="Assets of this selection")
@partition_options
@place_options
@run_config_options
@run_tags_option
@option(
    "--with-checks/--without-checks",
    heading=RUN,
    default=True,
    show_default=False,
    help="Execute the checks of the assets, or none  [default: with]",
)
@dry_run_option
@wait_options(2)
@fail_on_checks_option
@json_option("asset.materialization.Materialization", "asset.materialization.MaterializationPlan")
@report_option
@connection_options
@click.pass_context
def materialize(
    ctx: click.Context,
    ops: Ops,
    asset_keys: Sequence[str],
    selection: str | None,
    partition: Sequence[str],
    unpartitioned: bool,
    location_name: str | None,
    repository_name: str | None,
    run_config: Mapping[str, Any] | str | None,
    tags: Mapping[str, str],
    with_checks: bool,
    dry_run: bool,
    wait: bool,
    fail_on_checks: bool,
    wait_timeout: float | None,
    interval: float,
    as_json: bool,
) -> None:
    """Materialize assets in one run.

    The assets must be in one code location. --selection takes Dagster's selection syntax, such as key:"marts/*"+ or
    group:sales and not kind:dbt.

    With --fail-on-checks, the exit code is 1 if a check fails with severity ERROR or has no result. Without it, only
    the run counts, which succeeds even if checks fail, unless they are blocking.
    """
    if not asset_keys and selection is None:
        raise InvalidRequestError("Choose KEY or --selection")
    require_wait(fail_on_checks, wait)
    place = (repository_name, location_name)
    unread = partial(ops.warn_of_broken, nouns="assets")
    plan = ops.assets.plan(asset_keys, selection, *place, partition, unpartitioned, with_checks, unread)
    if dry_run:
        ops.show(plan, None if as_json else format_plan)
        return
    for line in format_plan_notes(plan):
        ops.note(line)
    launch_checked_run(ctx, ops, plan.target, run_config, tags, wait, fail_on_checks, wait_timeout, interval, as_json)
