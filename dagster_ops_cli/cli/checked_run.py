"""Launch a run of assets or of checks, follow it, and show the results of its checks."""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.progress import show_run
from dagster_ops_cli.cli.session import same_place
from dagster_ops_cli.cli.waiting import run_continues, show_at_end
from dagster_ops_cli.formatters.asset import format_materialization

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.asset_check import RunCheck
    from dagster_ops_cli.schemas.run import Run
    from dagster_ops_cli.schemas.run.target import RunTarget


def launch_checked_run(
    ctx: click.Context,
    ops: Ops,
    target: "RunTarget",
    run_config: str | Mapping[str, Any] | None,
    tags: Mapping[str, str],
    wait: bool,
    fail_on_checks: bool,
    wait_timeout: float | None,
    interval: float,
    as_json: bool,
) -> None:
    """Launch a run and, with ``wait``, follow it. With ``fail_on_checks``, a failed check makes the exit code 1."""
    from dagster_ops_cli.schemas.asset.materialization import Materialization

    run = ops.runs.launch(None, None, None, run_config=run_config, tags=tags, target=target)
    # Show the id at once: it is useful even if the rest fails.
    ops.say(f"Launched run {run.id}")
    known: deque[Run] = deque([run], maxlen=1)
    checks: list[RunCheck] = []

    def show() -> None:
        whole = Materialization(**dict(known[-1]), asset_keys=target.asset_keys, checks=checks)
        ops.show(whole, None if as_json else format_materialization)

    if not wait:
        show()
        return
    with show_at_end(show, lambda: run_continues(known[-1]), run_id=run.id):
        known.extend(show_run(ops, run, interval, wait_timeout))
        checks += ops.poll.ask(lambda: ops.asset_checks.list_of_run(run.id))
    succeeded = known[-1].status == "SUCCESS"
    if not succeeded:
        ops.note(f"Why it failed: {same_place(ctx, f'ops run why {run.id}')}")
    ctx.exit(0 if succeeded and not (fail_on_checks and _bad(checks)) else 1)


def _bad(checks: "Sequence[RunCheck]") -> bool:
    return any(check.is_bad for check in checks)
