"""`ops api backfill plan`."""

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import Command
from dagster_ops_cli.cli.options import add_missing_option, connection_options, json_option
from dagster_ops_cli.formatters.backfill import format_plan


@click.command(cls=Command, examples=("ops backfill plan backfill.yaml", "ops backfill plan backfill.yaml --json"))
@click.argument("file", type=click.Path())
@add_missing_option
@json_option("backfill.BackfillPlan")
@connection_options
def plan(ops: Ops, file: str, add_missing: bool, as_json: bool) -> None:
    """Show what launching a file would do."""
    from dagster_ops_cli.schemas.backfill.config import BackfillConfig
    from dagster_ops_cli.scripts.config_file import load_config, problems_of

    with problems_of(file):
        config = load_config(file, BackfillConfig)
        found = ops.backfills.plan_launch(config.with_missing_keys() if add_missing else config)
    ops.show(found, None if as_json else format_plan)
