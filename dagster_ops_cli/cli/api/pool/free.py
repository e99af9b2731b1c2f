"""`ops api pool free`."""

import click

from dagster_ops_cli.cli.arguments.ids import find_runs
from dagster_ops_cli.cli.confirm import can_ask, confirm, require_answer, server_fact
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import TARGET, option
from dagster_ops_cli.cli.options import connection_options, dry_run_option, json_option, yes_option
from dagster_ops_cli.cli.params import NonEmptyText, completes, one_from_stdin
from dagster_ops_cli.cli.streams import OutcomeCommand
from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.formatters.pool import format_freed, format_slots


@click.command(
    cls=OutcomeCommand,
    examples=(
        "ops pool free --stuck",
        "ops pool free --run RUN_ID --step load",
        "ops pool free --stuck --yes --json",
    ),
)
@option(
    "--run",
    "run_id",
    heading=TARGET,
    type=NonEmptyText(),
    callback=one_from_stdin,
    metavar="ID",
    shell_complete=completes("run"),
    help="Free the slots of this run",
)
@option("--step", "step_key", heading=TARGET, type=NonEmptyText(), metavar="KEY", help="Only the slots of this step")
@option("--stuck", heading=TARGET, is_flag=True, help="Free every slot whose run has ended or was deleted")
@dry_run_option
@yes_option
@json_option("Page[pool.SlotResult]", "Page[pool.Slot]")
@connection_options
@click.pass_context
def free(
    ctx: click.Context,
    ops: Ops,
    run_id: str | None,
    step_key: str | None,
    stuck: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Free slots that runs hold although they have ended.

    A run whose process was killed may keep its slots, and other steps wait for them. A run that has not ended is
    refused (exit code 7), because other steps could start while its own are still running.
    """
    if bool(run_id) == stuck:
        raise InvalidRequestError("--run and --stuck can't be used together" if stuck else "Choose --run or --stuck")
    if step_key and not run_id:
        raise InvalidRequestError("--step needs --run")
    agreed = yes or (bool(run_id) and not can_ask())
    require_answer(agreed or dry_run)
    slots = ops.pools.find(find_runs(ops, [run_id], None)[0] if run_id else None, step_key)
    if dry_run:
        ops.show_items(slots, None if as_json else format_slots)
        return
    if slots:
        items = [f"{slot.pool}: {slot.run_id} {slot.run_status or 'deleted'} {slot.step_key}" for slot in slots]
        question = f"Free {len(slots):,} slot{'' if len(slots) == 1 else 's'}?"
        confirm(ctx, question, agreed, [server_fact(ops)], items)
    results = [*ops.pools.free(slots)] if slots else []
    ops.show_items(results, None if as_json else format_freed)
    if not all(each.freed for each in results):
        ctx.exit(1)
