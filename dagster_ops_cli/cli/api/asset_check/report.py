"""`ops api asset-check report`."""

from collections.abc import Mapping, Sequence
from typing import Any

import click

from dagster_ops_cli.cli.arguments.metadata import metadata_option
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import REPORT, TARGET, option
from dagster_ops_cli.cli.options import connection_options, dry_run_option, json_option
from dagster_ops_cli.cli.params import NonEmptyText, completes, with_stdin
from dagster_ops_cli.cli.streams import OutcomeCommand
from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.formatters.asset_check import format_check_report


@click.command(
    cls=OutcomeCommand,
    examples=(
        "ops asset-check report marts/daily has_rows --passed --metadata rows=1200",
        "ops asset-check report marts/daily has_rows --failed --severity warn --json",
    ),
)
@click.argument("asset_key", type=NonEmptyText(), metavar="KEY", shell_complete=completes("asset"))
@click.argument("check_name", type=NonEmptyText(), metavar="CHECK")
@option(
    "--partition",
    heading=TARGET,
    type=NonEmptyText(),
    metavar="KEY",
    multiple=True,
    callback=with_stdin,
    help="Partition key, or DIMENSION=KEY for each dimension (since Dagster 1.12)",
)
@option("--passed/--failed", heading=REPORT, default=None, show_default=False, help="The result; one is required")
@option(
    "--severity",
    heading=REPORT,
    type=click.Choice(["ERROR", "WARN"], case_sensitive=False),
    default="ERROR",
    show_default=False,
    help="How bad a failure is: error or warn  [default: error]",
)
@metadata_option
@dry_run_option
@json_option("asset.report.CheckReport")
@connection_options
def report(
    ops: Ops,
    asset_key: str,
    check_name: str,
    partition: Sequence[str],
    passed: bool | None,
    severity: str,
    metadata: Mapping[str, Any],
    dry_run: bool,
    as_json: bool,
) -> None:
    """Report the result of a check that was made outside of Dagster.

    The check has to be defined. The result is read back. Reporting a failed check does not change the exit code.
    """
    if passed is None:
        raise InvalidRequestError("Choose --passed or --failed")
    planned = ops.reports.plan_check(asset_key, check_name, passed, severity, metadata, partition)
    reported = planned if dry_run else ops.reports.report_check(planned)
    ops.show(reported, None if as_json else format_check_report)
