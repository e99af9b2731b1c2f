"""`ops api code-location reload`."""

from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from dagster_ops_cli.cli.confirm import can_ask, confirm, require_answer, server_fact
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import TARGET, WAITING, option
from dagster_ops_cli.cli.options import (
    connection_options,
    dry_run_option,
    interval_option,
    json_option,
    wait_timeout_option,
    yes_option,
)
from dagster_ops_cli.cli.params import NonEmptyText
from dagster_ops_cli.cli.streams import OutcomeCommand
from dagster_ops_cli.cli.waiting import Explanation, show_at_end
from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.formatters.code_location import format_code_locations, format_reloads

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.code_location import ReloadResult


@click.command(
    cls=OutcomeCommand,
    examples=(
        "ops code-location reload warehouse",
        "ops code-location reload warehouse --wait --wait-timeout 10m",
        "ops code-location reload --all --yes --json",
    ),
)
@click.argument("names", metavar="[NAME...]", type=NonEmptyText(), nargs=-1)
@option("--all", "everything", heading=TARGET, is_flag=True, help="Every code location")
@option("--wait", "-w", heading=WAITING, is_flag=True, help="Wait for a new version if the reload brings none")
@option(
    "--previous-key",
    heading=TARGET,
    type=NonEmptyText(),
    metavar="KEY",
    help="Version key before the deployment, if Dagster may have loaded the new version already",
)
@wait_timeout_option
@interval_option(2)
@dry_run_option
@yes_option
@json_option("Page[code_location.ReloadResult]", "Page[code_location.CodeLocationRow]")
@connection_options
@click.pass_context
def reload(
    ctx: click.Context,
    ops: Ops,
    names: Sequence[str],
    everything: bool,
    wait: bool,
    previous_key: str | None,
    wait_timeout: float | None,
    interval: float,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Reload code locations, and check that they load.

    The exit code is 0 only if every code location has a new version and no load error, confirmed by a second look.
    Otherwise it is 1, with the load error. A server started with "dagster api grpc" does not re-import code: restart
    it, and let --wait wait for its new version. Dagster's daemon may need another minute to see a new version.
    """
    _check(names, everything, wait, wait_timeout, previous_key)
    # Reloading does no harm, so code locations that are named need no confirmation without a terminal.
    agreed = yes or (not everything and not can_ask())
    require_answer(agreed or dry_run)
    before = ops.code_locations.find(names) if names else ops.code_locations.list().items
    if previous_key:
        before = [each.model_copy(update={"version_key": previous_key}) for each in before]
    if dry_run:
        ops.show_items(before, None if as_json else format_code_locations)
        return
    question = f"Reload {len(before):,} code location{'' if len(before) == 1 else 's'}?"
    confirm(ctx, question, agreed, [server_fact(ops)], [each.name for each in before])
    last: deque[Sequence[ReloadResult]] = deque([[]], maxlen=1)
    with show_at_end(lambda: ops.show_items(last[0], None if as_json else format_reloads), lambda: _describe(last[0])):
        last.extend(ops.code_locations.reload(before, wait, interval, wait_timeout))
    if any(each.state != "loaded" for each in last[0]):
        ctx.exit(1)


def _check(
    names: Sequence[str], everything: bool, wait: bool, wait_timeout: float | None, previous_key: str | None
) -> None:
    if bool(names) == everything:
        raise InvalidRequestError(
            "names and --all can't be used together" if names else "Choose code locations by name, or pass --all"
        )
    if wait_timeout and not wait:
        raise InvalidRequestError("--wait-timeout needs --wait")
    if previous_key and len(names) != 1:
        raise InvalidRequestError("--previous-key needs exactly one code location")


def _describe(results: "Sequence[ReloadResult]") -> Explanation:
    old = [each.name for each in results if each.state != "loaded"]
    return (f"no new version of {', '.join(old)}" if old else "Dagster may still be reloading"), {}
