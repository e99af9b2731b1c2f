"""`ops` itself: which commands there are."""

import click

from dagster_ops_cli import __version__
from dagster_ops_cli.cli.api.group import GRAPHQL, NOUNS, api
from dagster_ops_cli.cli.lazy import Group

_SECTIONS = {
    "Runs": ("run", "run-events", "backfill", "script"),
    "Jobs and assets": ("job", "asset", "asset-check", "partition", "dynamic-partition"),
    "Automation": ("schedule", "sensor", "automation"),
    "Deployment": ("code-location", "pool", "queue", "daemon", "graphql", "top", "metrics"),
    "Set up": ("doctor", "config", "completion", "demo", "commands", "help"),
}
# What these commands' own help says, so that `ops` need not import them.
_SUMMARIES = {
    "script": "Run a one-time job from a configuration file",
    "graphql": "Send any GraphQL operation",
    "top": "Show what runs, waits and has failed",
    "metrics": "Print metrics for Prometheus",
    "doctor": "Check your connection and Dagster's health",
    "config": "Manage connection profiles",
    "completion": "Print a shell completion script",
    "demo": "Start an example Dagster on this machine",
    "commands": "List all commands, with their options in JSON",
}
_EXIT_CODES = """Show what exit codes mean.

\b
0         done; what was waited for succeeded; or nothing needed doing
1         what was waited for, or part of a bulk action, ended badly
2         bad request: wrong option, bad file, or rejected by Dagster
3         not found: run, backfill, job, asset, partition, location
4         not allowed: no token, a wrong one, or no permission
5         Dagster could not be reached, or its answer was a fault
6         gave up waiting; the run or backfill continues
7         conflict, such as canceling what has finished
130, 143  interrupted by Ctrl-C, by SIGTERM (129: by a closed terminal)
"""
_MODULES = {
    name: f"dagster_ops_cli.cli.commands.{name}"
    for name in ("script", "top", "metrics", "doctor", "config", "completion", "demo", "commands")
}


@click.group(
    "ops",
    cls=Group,
    commands=[*NOUNS, api],
    lazy={**GRAPHQL, **_MODULES},
    sections=_SECTIONS,
    summaries=_SUMMARIES,
    examples=("ops run list --status FAILURE --created-after 24h", "ops run why RUN_ID"),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="ops", message="%(prog)s %(version)s")
def root() -> None:
    """Operate Dagster from a terminal, from scripts and from CI/CD."""


@root.command("help", examples=("ops help run list", "ops help exit-codes"))
@click.argument("names", nargs=-1, metavar="[COMMAND]...")
@click.pass_context
def help_(ctx: click.Context, names: tuple[str, ...]) -> None:
    """Show help for a command, or for exit-codes."""
    at = ctx.find_root()
    for name in names:
        if not isinstance(at.command, click.Group):
            ctx.fail(f"{at.command_path!r} has no commands")
        _, command, _ = at.command.resolve_command(at, [name])
        at = click.Context(command or at.command, parent=at, info_name=name)
    click.echo(at.command.get_help(at))


@root.command(examples=("ops version",))
def version() -> None:
    """Print the version."""
    click.echo(f"ops {__version__}")


@root.command("exit-codes", help=_EXIT_CODES, examples=("ops exit-codes",))
@click.pass_context
def exit_codes(ctx: click.Context) -> None:
    """Show what exit codes mean."""
    click.echo(ctx.get_help())
