"""`ops api schedule get`."""

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import connection_options, json_option, place_options
from dagster_ops_cli.cli.params import NonEmptyText
from dagster_ops_cli.formatters.automation import format_detail
from dagster_ops_cli.schemas.enums import SCHEDULE


@click.command()
@click.argument("name", type=NonEmptyText())
@place_options
@json_option
@connection_options
def get(ops: Ops, name: str, location_name: str | None, repository_name: str | None, as_json: bool) -> None:
    r"""Show a schedule with its next and last ticks.

    \b
    Examples:
      ops api schedule get nightly_schedule
      ops api schedule get nightly_schedule --location etl --json
    """
    ops.show(ops.automation.get(SCHEDULE, name, repository_name, location_name), None if as_json else format_detail)
