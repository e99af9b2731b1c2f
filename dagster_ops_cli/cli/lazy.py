"""Groups of commands that are imported when they are called."""

from collections.abc import Iterator, Mapping, Sequence
from importlib import import_module
from typing import Any

import click

from dagster_ops_cli.cli.help import Command, summary, write_sections
from dagster_ops_cli.nearest import nearest

# An error names the commands of a group if there are no more than this.
_MOST_NAMED = 12
# The names that other command lines have for a verb, and ours; the first one that the group has is suggested.
_HABITS = {
    **dict.fromkeys(("ls", "ps", "search"), ("list",)),
    **dict.fromkeys(("show", "describe", "view", "info", "inspect", "cat", "get"), ("get", "show", "list")),
    **dict.fromkeys(("status", "state"), ("get", "doctor", "list")),
    **dict.fromkeys(("rm", "del", "delete", "remove"), ("delete", "remove")),
    **dict.fromkeys(("log", "logs", "tail", "output"), ("logs", "get")),
    **dict.fromkeys(("event", "events"), ("run-events",)),
    **dict.fromkeys(("cancel", "stop", "kill", "abort", "terminate"), ("terminate", "cancel")),
    **dict.fromkeys(("rerun", "retry", "restart", "reexecute", "re-execute"), ("reexecute", "retry")),
    **dict.fromkeys(("create", "run", "start", "submit", "execute", "trigger", "new"), ("launch", "set")),
    **dict.fromkeys(("wait", "follow"), ("watch",)),
    **dict.fromkeys(("explain", "diagnose", "debug"), ("why", "doctor")),
    **dict.fromkeys(("check", "health", "ping"), ("doctor",)),
    **dict.fromkeys(("diff", "preview", "validate"), ("plan",)),
    **dict.fromkeys(("switch", "select"), ("use",)),
    **dict.fromkeys(("add", "edit", "login"), ("set", "config")),
}


class Group(Command, click.Group):
    """A group of commands.

    ``lazy`` maps the names of commands to the modules that define them. ``sections`` maps headings of help to the names
    of the commands below them; help leaves out all others. ``summaries`` are of commands that help need not import.
    """

    command_class = Command

    def __init__(
        self,
        *args: Any,
        lazy: Mapping[str, str] | None = None,
        sections: Mapping[str, Sequence[str]] | None = None,
        summaries: Mapping[str, str] | None = None,
        **attrs: Any,
    ) -> None:
        usage = {"options_metavar": None, "subcommand_metavar": "COMMAND [OPTIONS]"}
        super().__init__(*args, no_args_is_help=False, **{**usage, **attrs})
        self.lazy = lazy or {}
        self.sections = sections
        self.summaries = summaries or {}

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the command line; without a command, show help."""
        if not args and not ctx.resilient_parsing:
            click.echo(ctx.get_help(), color=ctx.color)
            ctx.exit()
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as error:
            place = f"options go after the command: {ctx.command_path} COMMAND [OPTIONS]"
            raise click.UsageError(f"No such option: {error.option_name}; {place}", ctx) from None

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names in the order in which help shows them."""
        shown = [name for names in (self.sections or {}).values() for name in names]
        return list(dict.fromkeys((*shown, *self.commands, *self.lazy)))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command, imported if need be."""
        if cmd_name not in self.lazy:
            return super().get_command(ctx, cmd_name)
        values = vars(import_module(self.lazy[cmd_name])).values()
        return next(each for each in values if isinstance(each, click.Command) and each.name == cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or name the one that may be meant."""
        name = args[0]
        if not ctx.resilient_parsing and not name.startswith("-") and not self.get_command(ctx, name):
            guess = self._guess(ctx, name)
            names = self.list_commands(ctx)
            there = f"commands: {', '.join(names)}" if len(names) <= _MOST_NAMED else ""
            if guess:
                there = f"did you mean {guess!r}?"
            ctx.fail("; ".join(filter(None, (f"No such command {name!r}", there))))
        return super().resolve_command(ctx, args)

    def _guess(self, ctx: click.Context, name: str) -> str | None:
        names = self.list_commands(ctx)
        if found := _habit(name, names):
            return found
        for path, others in self._neighbours(ctx):
            if found := _habit(name, others):
                return f"{path} {found}"
        return next(iter(nearest(name, names, 1)), None)

    def _neighbours(self, ctx: click.Context) -> Iterator[tuple[str, list[str]]]:
        """Yield the groups directly below and above this one, with the names of their commands."""
        for name in ("run", "backfill", "asset"):
            if isinstance(group := self.get_command(ctx, name), click.Group):
                yield f"{ctx.command_path} {name}", group.list_commands(ctx)
        if ctx.parent and isinstance(ctx.parent.command, click.Group):
            yield ctx.parent.command_path, ctx.parent.command.list_commands(ctx.parent)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands, each with its summary."""
        sections = self.sections or {"Commands": self.list_commands(ctx)}
        write_sections(
            formatter,
            {heading: [(name, self._summary(ctx, name)) for name in names] for heading, names in sections.items()},
        )

    def _summary(self, ctx: click.Context, name: str) -> str:
        if name in self.summaries:
            return self.summaries[name]
        command = self.get_command(ctx, name)
        return summary(command) if command else ""


def _habit(name: str, names: list[str]) -> str | None:
    """Return the one of ``names`` that ``name`` is a plural of, or another command line's word for."""
    words = (name, name.removesuffix("s"), *_HABITS.get(name, ()))
    return next((each for each in words if each in names), None)
