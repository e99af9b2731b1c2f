"""`ops script`: one-time jobs from a configuration file."""

import json
from collections.abc import Sequence
from typing import Any

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import RUN, option
from dagster_ops_cli.cli.lazy import Group
from dagster_ops_cli.cli.options import (
    connection_options,
    dry_run_option,
    every_failure_option,
    fail_on_checks_option,
    interval_option,
    json_option,
    list_output_options,
    report_option,
    show_page,
    wait_timeout_option,
    yes_option,
)
from dagster_ops_cli.cli.session import CommandSession, conclude, run_script_file
from dagster_ops_cli.cli.streams import OutcomeCommand


class ScriptGroup(Group):
    """Has the commands `list` and `schema`. Every other name is a script, which the same command runs."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return `list`, `schema`, or the command that runs a script."""
        return super().get_command(ctx, cmd_name) or (None if cmd_name.startswith("-") else run_script)


@click.group(
    cls=ScriptGroup,
    subcommand_metavar="NAME FILE [OPTIONS] | COMMAND",
    examples=("ops script backfill backfill.yaml",),
)
def script() -> None:
    """Run a one-time job from a configuration file.

    Made for CI/CD pipelines: `ops script NAME FILE` launches what the file describes once, follows it until it has
    ended and exits with its outcome. `ops script list` lists scripts; `ops script backfill --help` shows their options.
    """


def _answers(ctx: click.Context) -> Sequence[Any]:
    """Return the models of what the script of this command prints."""
    from dagster_ops_cli.scripts.registry import find_script

    return find_script(str(ctx.info_name)).answers


@click.command(
    "NAME",
    cls=OutcomeCommand,
    examples=(
        "ops script backfill backfill.yaml --dry-run",
        "ops script backfill backfill.yaml --wait-timeout 6h",
        "ops script launch run.yaml --json",
    ),
)
@click.argument("file", type=click.Path())
@option("--again", heading=RUN, is_flag=True, help="Run again even if already run")
@dry_run_option
@every_failure_option
@yes_option
@fail_on_checks_option
@wait_timeout_option
@interval_option(5)
@json_option(of=_answers)
@report_option
@connection_options
@click.pass_context
def run_script(
    ctx: click.Context,
    ops: Ops,
    file: str,
    dry_run: bool,
    again: bool,
    everything: bool,
    yes: bool,
    fail_on_checks: bool,
    wait_timeout: float | None,
    interval: float,
    as_json: bool,
) -> None:
    """Run a script with its configuration file and wait until it has ended."""
    from dagster_ops_cli.scripts.registry import find_script
    from dagster_ops_cli.scripts.script import Options

    options = Options(dry_run, again, yes, True, wait_timeout, interval, fail_on_checks)
    session = CommandSession(ops, ctx, options)
    outcome = run_script_file(find_script(str(ctx.info_name)), file, session)
    conclude(ctx, ops, outcome, as_json, everything)


@script.command("list", examples=("ops script list", "ops script list --json"))
@list_output_options("Page[command.ScriptRow]")
@click.pass_context
def list_scripts(ctx: click.Context, as_json: bool, as_jsonl: bool) -> None:
    """List scripts."""
    from dagster_ops_cli.schemas.command import ScriptRow
    from dagster_ops_cli.schemas.page import Page
    from dagster_ops_cli.scripts.registry import all_scripts

    ops = ctx.ensure_object(Ops)
    page = Page[ScriptRow](items=[ScriptRow(name=each.name, help=each.help) for each in all_scripts(ops.warn).values()])
    show_page(
        ctx, ops, page, as_json, as_jsonl, lambda page: "\n".join(f"{each.name}: {each.help}" for each in page.items)
    )


@script.command(examples=("ops script schema backfill > backfill.schema.json",))
@click.argument("name")
@click.pass_obj
def schema(ops: Ops, name: str) -> None:
    """Print the JSON Schema of a script's file.

    Editors use it to complete and check the file.
    """
    from dagster_ops_cli.scripts.registry import find_script
    from dagster_ops_cli.scripts.runner import schema_of

    ops.write([json.dumps(schema_of(find_script(name)), indent=2, ensure_ascii=False)])
