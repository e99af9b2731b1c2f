"""`ops script`: one-time jobs from a configuration file."""

import json

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import (
    connection_options,
    every_failure_option,
    interval_option,
    json_option,
    wait_timeout_option,
    yes_option,
)
from dagster_ops_cli.cli.session import CommandSession, conclude
from dagster_ops_cli.cli.streams import OutcomeCommand


class ScriptGroup(click.Group):
    """Knows `list` and `schema`; every other name is a script, and its command is that of all scripts."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command of ours, or the one that runs the script of that name."""
        return super().get_command(ctx, cmd_name) or (None if cmd_name.startswith("-") else run_script)


@click.group(cls=ScriptGroup, subcommand_metavar="NAME FILE [OPTIONS] | COMMAND")
def script() -> None:
    """Run a one-time job from a configuration file: ops script NAME FILE.

    It is what a CI/CD pipeline calls: what the file asks for is launched once, followed to its end, and the exit code
    is its outcome. `ops script list` tells which scripts there are, `ops script backfill --help` how they are run.
    """


@click.command("NAME", cls=OutcomeCommand)
@click.argument("file", type=click.Path())
@click.option("--dry-run", is_flag=True, help="Show what would be done; change nothing.")
@click.option("--again", is_flag=True, help="Run again even if already run.")
@every_failure_option
@yes_option
@wait_timeout_option
@interval_option(5)
@json_option
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
    wait_timeout: float | None,
    interval: float,
    as_json: bool,
) -> None:
    """Run a script with its configuration file, and wait for its end."""
    from dagster_ops_cli.scripts.registry import find_script
    from dagster_ops_cli.scripts.runner import run_file
    from dagster_ops_cli.scripts.script import Options

    options = Options(dry_run, again, yes, True, wait_timeout, interval)
    session = CommandSession(ops, ctx, options)
    conclude(ctx, ops, run_file(find_script(str(ctx.info_name)), file, session), as_json, everything)


@script.command("list")
@json_option
@click.pass_obj
def list_scripts(ops: Ops, as_json: bool) -> None:
    """Tell which scripts there are."""
    from dagster_ops_cli.scripts.registry import all_scripts

    scripts = all_scripts(ops.warn).values()
    items = [{"name": each.name, "help": each.help} for each in scripts]
    if as_json:
        page = {"items": items, "total": len(items), "cursor": None, "has_more": False}
        ops.write([json.dumps(page, indent=2, ensure_ascii=False)])
    else:
        ops.write(f"{each.name}: {each.help}" for each in scripts)


@script.command()
@click.argument("name")
@click.pass_obj
def schema(ops: Ops, name: str) -> None:
    """Print the JSON Schema of a script's file, by which editors complete and check it."""
    from dagster_ops_cli.scripts.registry import find_script
    from dagster_ops_cli.scripts.runner import schema_of

    ops.write([json.dumps(schema_of(find_script(name)), indent=2, ensure_ascii=False)])
