"""`ops api automation restore`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from dagster_ops_cli.cli.api.automation.change import act, ask
from dagster_ops_cli.cli.api.automation.list import warn_of_broken
from dagster_ops_cli.cli.confirm import can_ask
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import connection_options, dry_run_option, json_option, yes_option
from dagster_ops_cli.cli.streams import OutcomeCommand
from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.formatters.automation import format_automation, format_report

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.automation.freeze import FrozenFile, RestorePlan


@click.command(
    cls=OutcomeCommand,
    examples=(
        "ops automation restore maintenance.json",
        "ops automation restore maintenance.json --dry-run",
    ),
)
@click.argument("path", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@dry_run_option
@yes_option
@json_option("automation.freeze.FreezeReport", "Page[automation.Automation]")
@connection_options
@click.pass_context
def restore(ctx: click.Context, ops: Ops, path: Path, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Start exactly the schedules and sensors that a freeze stopped.

    If the command is interrupted, run it again. Schedules and sensors that no longer exist, and those that have
    appeared since the freeze, are named. The exit code is 1 if something in the file was not started.
    """
    from dagster_ops_cli.api.automation.freeze import is_restored, mark_restored, plan_restore, read_frozen
    from dagster_ops_cli.schemas.automation import AutomationFilter
    from dagster_ops_cli.schemas.automation.freeze import FreezeReport

    frozen = read_frozen(path)
    if frozen.server != ops.client.url and not yes:
        raise InvalidRequestError(
            f"{path} was saved for {frozen.server}, not for {ops.client.url}", hint="To restore it anyway, pass --yes."
        )
    page = ops.automation.list(AutomationFilter(), ticks=dry_run)
    warn_of_broken(ops, page)
    plan = plan_restore(frozen, page.items, page.broken)
    results = list(plan.results)
    _warn(ops, plan, path, frozen)
    if dry_run:
        ops.show_items(plan.start, None if as_json else format_automation)
        ctx.exit(0 if all(result.done for result in results) else 1)
    if plan.start and can_ask():
        ask(ctx, ops, plan.start, yes, "start")

    def show() -> None:
        report = FreezeReport(file=str(path), items=results, appeared=plan.appeared)
        ops.show(report, None if as_json else format_report)

    act(ops, plan.start, "start", results, show, patient=True)
    if is_restored(results):
        mark_restored(path, frozen)
    ctx.exit(0 if all(result.done for result in results) else 1)


def _warn(ops: Ops, plan: "RestorePlan", path: Path, frozen: "FrozenFile") -> None:
    """Warn of what the file does not hold, of what can't be started, and of what a second restore starts again."""
    for item in plan.appeared:
        ops.warn(f"{item.label} has appeared since the freeze; it is {item.status}")
    for item in plan.unread:
        ops.warn(f"{item.label} could not be looked up at the freeze; it is {item.status}")
    for result in plan.results:
        if not result.done:
            ops.warn(f"{result.label}: {result.error}")
    if frozen.restored_at and plan.start:
        at = f"{frozen.restored_at:%Y-%m-%dT%H:%M:%SZ}"
        again = ", ".join(item.label for item in plan.start)
        ops.warn(f"{path} was restored at {at}. Stopped since, and started again: {again}")
