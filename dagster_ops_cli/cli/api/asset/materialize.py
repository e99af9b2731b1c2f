"""`ops api asset materialize`."""

from collections.abc import Sequence
from pathlib import Path

import click

from dagster_ops_cli.cli.checked_run import launch_checked_run
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import RUN, TARGET, option
from dagster_ops_cli.cli.options import (
    connection_options,
    dry_run_option,
    exclusive,
    fail_on_checks_option,
    interval_option,
    json_option,
    place_options,
    require_wait,
    wait_option,
    wait_timeout_option,
)
from dagster_ops_cli.cli.params import NonEmptyText, Tag
from dagster_ops_cli.cli.run_config import read_run_config
from dagster_ops_cli.cli.streams import OutcomeCommand
from dagster_ops_cli.cli.tags import refuse_reserved, tags_of
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
@click.argument("asset_keys", type=NonEmptyText(), nargs=-1, metavar="[KEY...]")
@option("--selection", heading=TARGET, type=NonEmptyText(), metavar="TEXT", help="Assets of this selection")
@option(
    "--partition",
    heading=TARGET,
    type=NonEmptyText(),
    metavar="KEY",
    multiple=True,
    help="Partition key, or DIMENSION=KEY for each dimension",
)
@option("--no-partition", "unpartitioned", heading=TARGET, is_flag=True, help="Launch without a partition")
@place_options
@option(
    "--config-file",
    heading=RUN,
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    metavar="FILE",
    help="Run config, YAML or JSON; - reads stdin",
)
@option("--config-json", heading=RUN, metavar="JSON", help="Run config, a JSON object")
@option("--tag", "tags", heading=RUN, type=Tag(), multiple=True, help="Tag for the run; repeatable")
@option(
    "--with-checks/--without-checks",
    heading=RUN,
    default=True,
    show_default=False,
    help="Execute the checks of the assets, or none  [default: with]",
)
@dry_run_option
@wait_option
@fail_on_checks_option
@wait_timeout_option
@interval_option(2)
@json_option
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
    config_file: Path | None,
    config_json: str | None,
    tags: Sequence[str],
    with_checks: bool,
    dry_run: bool,
    wait: bool,
    fail_on_checks: bool,
    wait_timeout: float | None,
    interval: float,
    as_json: bool,
) -> None:
    """Materialize assets in one run.

    The assets have to be in one code location. --selection takes Dagster's selection syntax, such as key:"marts/*"+ or
    group:sales and not kind:dbt. A run succeeds although checks fail, unless they are blocking.

    With --fail-on-checks, a check that fails with severity ERROR or has no result makes the exit code 1.
    """
    exclusive(partition=partition, no_partition=unpartitioned)
    exclusive(config_file=config_file, config_json=config_json)
    if not asset_keys and selection is None:
        raise InvalidRequestError("KEY or --selection is required")
    if wait_timeout and not wait:
        raise InvalidRequestError("--wait-timeout needs --wait")
    require_wait(fail_on_checks, wait)
    tag_map = refuse_reserved(tags_of(tags))
    config = read_run_config(config_file, config_json)
    place = (repository_name, location_name)
    plan = ops.assets.plan(asset_keys, selection, *place, partition, unpartitioned, with_checks)
    if dry_run:
        ops.show(plan, None if as_json else format_plan)
        return
    for line in format_plan_notes(plan):
        ops.note(line)
    launch_checked_run(ctx, ops, plan.target, config, tag_map, wait, fail_on_checks, wait_timeout, interval, as_json)
