"""`ops api automation freeze`."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from dagster_ops_cli.cli.api.automation.change import act, ask
from dagster_ops_cli.cli.api.automation.filter import automation_filter_options
from dagster_ops_cli.cli.api.automation.list import warn_of_broken
from dagster_ops_cli.cli.confirm import require_answer
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import TARGET, option
from dagster_ops_cli.cli.options import connection_options, dry_run_option, json_option, sibling_command, yes_option
from dagster_ops_cli.cli.streams import OutcomeCommand
from dagster_ops_cli.formatters.automation import format_automation, format_report
from dagster_ops_cli.schemas.enums import RUNNING

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.automation import AutomationResult


@click.command(
    cls=OutcomeCommand,
    examples=(
        "ops automation freeze --save maintenance.json",
        "ops automation freeze --save etl.json --location etl --yes",
        "ops automation freeze --save sensors.json --type sensor --dry-run",
    ),
)
@option(
    "--save",
    "path",
    heading=TARGET,
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="File to save them in",
)
@automation_filter_options(has_type=True)
@dry_run_option
@yes_option
@json_option("automation.freeze.FreezeReport", "Page[automation.Automation]")
@connection_options
@click.pass_context
def freeze(
    ctx: click.Context, /, ops: Ops, path: Path, dry_run: bool, yes: bool, as_json: bool, **filters: Any
) -> None:
    """Stop running schedules and sensors, and save them in a file.

    The file is complete before the first one is stopped. If the command is interrupted, run it again: it only adds to
    the file. A file that was restored is started afresh. The exit code is 1 if something is still running or could not
    be looked up.
    """
    require_answer(yes or dry_run)
    from dagster_ops_cli.api.automation.freeze import check_file, save_frozen
    from dagster_ops_cli.schemas.automation import AutomationFilter
    from dagster_ops_cli.schemas.automation.freeze import FreezeReport

    check_file(path, ops.client)
    wanted = AutomationFilter(status=RUNNING, **filters)
    page = ops.automation.list(wanted, ticks=dry_run or wanted.failing or wanted.late)
    warn_of_broken(ops, page)
    if dry_run:
        ops.show(page, None if as_json else format_automation)
        return
    if page.items:
        ask(ctx, ops, page.items, yes, "stop")
    save_frozen(path, ops.client, page.items)
    results: list[AutomationResult] = []

    def show() -> None:
        report = FreezeReport(file=str(path), items=results, appeared=[])
        ops.show(report, None if as_json else format_report)

    act(ops, page.items, "stop", results, show, patient=True)
    started = ops.automation.list(wanted, ticks=wanted.failing or wanted.late).items
    for item in started:
        ops.warn(f"{item.label} is still running; freeze again to stop it")
    for location in page.broken:
        ops.warn(f"nothing in code location {location.name} was stopped; freeze again once it loads")
    ops.note(f"To start them again: {sibling_command(ctx, 'restore', [str(path)])}")
    ctx.exit(1 if started or page.broken or not all(result.done for result in results) else 0)
