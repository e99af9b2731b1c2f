"""`ops` itself: which commands there are."""

import click

from dagster_ops_cli import __version__
from dagster_ops_cli.cli.api.group import NOUNS
from dagster_ops_cli.cli.lazy import Group

_SECTIONS = {
    "Work with Dagster": {
        "run": "List, explain, launch, cancel and re-run runs",
        "run-events": "Show the event log of a run",
        "backfill": "Plan, launch, watch, cancel and retry backfills",
        "job": "List jobs and show what they need to run",
        "partition": "List the partitions of a job or an asset",
        "dynamic-partition": "List, add and delete the keys of dynamic partitions",
        "daemon": "List Dagster's daemons and their health",
        "graphql": "Send any GraphQL operation",
        "api": "The same nouns, spelled as dg does: ops api NOUN VERB",
        "script": "Run a one-time job from a configuration file",
    },
    "Set up": {
        "doctor": "Check your connection and Dagster's health",
        "config": "Manage connection profiles",
        "completion": "Print a shell completion script",
        "demo": "Start an example Dagster on this machine",
        "help": "Show help for a command",
        "version": "Print the version",
    },
}
_MODULES = {name: f"dagster_ops_cli.cli.{name}" for name in ("script", "doctor", "config", "completion", "demo")}


@click.group(
    "ops",
    cls=Group,
    lazy={**NOUNS, "api": "dagster_ops_cli.cli.api.group", **_MODULES},
    sections=_SECTIONS,
    examples=("ops run list --status FAILURE --created-after 24h", "ops run why RUN_ID", "ops help run list"),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="ops", message="%(prog)s %(version)s")
def root() -> None:
    """Operate Dagster from a terminal, from scripts and from CI/CD.

    Exit codes: 0 done, 1 ended badly, 2 bad request, 3 not found, 4 not allowed, 5 Dagster unreachable or at fault,
    6 gave up waiting, 7 conflict.
    """


@root.command("help")
@click.argument("names", nargs=-1, metavar="[COMMAND]...")
@click.pass_context
def help_(ctx: click.Context, names: tuple[str, ...]) -> None:
    """Show help for a command."""
    at, command = ctx.find_root(), ctx.find_root().command
    for name in names:
        if not isinstance(command, click.Group):
            ctx.fail(f"{at.command_path} has no commands")
        _, found, _ = command.resolve_command(at, [name])
        command = found or command
        at = click.Context(command, parent=at, info_name=name)
    click.echo(command.get_help(at))


@root.command()
def version() -> None:
    """Print the version."""
    click.echo(f"ops {__version__}")
