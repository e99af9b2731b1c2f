"""`ops api run launch`."""

from collections import deque
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from dagster_ops_cli.cli.arguments.launch_options import partition_options, run_config_options, run_tags_option
from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import TARGET, option
from dagster_ops_cli.cli.options import (
    add_missing_option,
    connection_options,
    exclusive,
    fail_on_checks_option,
    json_option,
    named_place_options,
    report_option,
    require_wait,
    wait_options,
)
from dagster_ops_cli.cli.params import NonEmptyText, completes, with_stdin
from dagster_ops_cli.cli.progress import show_run
from dagster_ops_cli.cli.streams import OutcomeCommand
from dagster_ops_cli.cli.waiting import find_failed_checks, hint_why, runs_continue, show_at_end, unfinished_ids
from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.formatters.run import format_run

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.asset_check import FailedCheck


@click.command(
    cls=OutcomeCommand,
    examples=(
        "ops run launch --job ingestion_job --partition '2024-01-01|NL01497' --wait",
        "ops run launch --asset-key marts/daily --partition 2024-01-01",
        "ops run launch --job nightly --config-file config.yaml --tag team=air-quality",
    ),
)
@option(
    "--job",
    "-j",
    "job_name",
    heading=TARGET,
    type=NonEmptyText(),
    metavar="NAME",
    shell_complete=completes("job"),
    help="Job to run",
)
@option(
    "--asset-key",
    "asset_keys",
    heading=TARGET,
    type=NonEmptyText(),
    metavar="KEY",
    multiple=True,
    callback=with_stdin,
    help="Asset to materialize; repeatable, - reads stdin",
    shell_complete=completes("asset"),
)
@partition_options
@add_missing_option
@named_place_options
@run_config_options
@run_tags_option
@wait_options(2)
@fail_on_checks_option
@json_option("run.Run", "run.checked.RunWithChecks")
@report_option
@connection_options
@click.pass_context
def launch(
    ctx: click.Context,
    ops: Ops,
    job_name: str | None,
    asset_keys: Sequence[str],
    location_name: str | None,
    repository_name: str | None,
    partition: Sequence[str],
    unpartitioned: bool,
    add_missing: bool,
    run_config: Mapping[str, Any] | str | None,
    tags: Mapping[str, str],
    wait: bool,
    fail_on_checks: bool,
    wait_timeout: float | None,
    interval: float,
    as_json: bool,
) -> None:
    """Launch one run of a job or of assets.

    Partitioned jobs and assets need --partition or --no-partition. Without run config, the run of a partition gets the
    run config that its job makes for the partition.

    With --fail-on-checks, a check that fails with severity ERROR or has no result makes the exit code 1.
    """
    exclusive(job=job_name, asset_key=asset_keys)
    if not job_name and not asset_keys:
        raise InvalidRequestError("Choose --job or --asset-key")
    require_wait(fail_on_checks, wait)
    if add_missing and not partition:
        raise InvalidRequestError("--add-missing needs --partition")
    place = (location_name, repository_name)
    run = ops.runs.launch(
        *place, job_name, partition, run_config, tags, asset_keys, unpartitioned, add_missing=add_missing
    )
    # Show the id at once: it is useful even if the rest fails.
    ops.say(f"Launched run {run.id}")
    if not wait:
        ops.show(run, None if as_json else format_run)
        return
    known = deque([run], maxlen=1)
    cause: str | None = None
    checks: list[FailedCheck] = []

    def show() -> None:
        if not fail_on_checks:
            ops.show(known[-1], None if as_json else lambda run: format_run(run, cause))
            return
        from dagster_ops_cli.formatters.asset_check import with_failed_checks
        from dagster_ops_cli.schemas.run.checked import RunWithChecks

        checked = RunWithChecks(**dict(known[-1]), failed_checks=checks)
        ops.show(checked, None if as_json else lambda run: with_failed_checks(format_run(run, cause), checks))

    with show_at_end(show, lambda: runs_continue(ctx, unfinished_ids(known[-1])), run_id=run.id):
        known.extend(show_run(ops, run, interval, wait_timeout))
        if fail_on_checks:
            checks += find_failed_checks(ops.runs, [run.id])
        if known[-1].status == "FAILURE" and not as_json:
            cause = ops.run_explanations.summarize(run.id)
    hint_why(ctx, ops, [run.id for run in known if run.status == "FAILURE"])
    ctx.exit(0 if known[-1].status == "SUCCESS" and not checks else 1)
