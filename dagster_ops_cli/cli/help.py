"""How help looks: options under headings, whole sentences, examples at the end."""

import os
import re
from collections.abc import Callable, Sequence
from inspect import cleandoc
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

# Headings of options, in the order in which help shows them.
HEADINGS = TARGET, RUN, REPORT, FILTERS, HOW_MANY, WAITING, CONFIRMATION, OUTPUT, CONNECTION = (
    *("Target", "Run", "Report", "Filters", "How many", "Waiting", "Confirmation", "Output", "Connection"),
)
# An option that is wider has its help on the next line.
_WIDEST_OPTION = 28
# Options of other commands of ours, and what this one may call them.
_ELSEWHERE = {"--since": "--created-after", "--until": "--created-before"}
# What other command lines call the option that chooses the format.
_FORMAT_OPTIONS = ("-o", "--output", "--format")


class Option(click.Option):
    """An option that is listed under a heading.

    ``variables`` are environment variables that replace the option's default; ``unconfigured`` is its value if neither
    they nor a profile set it. Help shows the one in effect.
    """

    def __init__(
        self, *args: Any, heading: str, variables: Sequence[str] = (), unconfigured: str | None = None, **attrs: Any
    ) -> None:
        super().__init__(*args, **attrs)
        self.heading = heading
        self.variables = variables
        self.unconfigured = unconfigured

    def get_help_extra(self, ctx: click.Context) -> Any:
        """Return what click adds to the help, without ranges: the message for a wrong value names them."""
        extra = super().get_help_extra(ctx)
        extra.pop("range", None)
        return extra

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the option and its help."""
        record = super().get_help_record(ctx)
        if record is None or self.unconfigured is None:
            return record
        name = next((name for name in self.variables if os.environ.get(name)), None)
        value = f"{name}: {hide_password(os.environ[name])}" if name else f"unless configured: {self.unconfigured}"
        return record[0], f"{record[1]}  [{value}]"


def option(*names: str, heading: str, **attrs: Any) -> Callable[[F], F]:
    """Return the decorator that gives a command an ``Option``."""
    return click.option(*names, cls=Option, heading=heading, **attrs)


def hide_password(url: str) -> str:
    """Return a URL without the login in it."""
    return re.sub(r"//[^/?#]*@", "//***@", url)


def summary(command: click.Command) -> str:
    """Return the first sentence of a command's help."""
    paragraph = " ".join(cleandoc(command.help or "").split("\n\n")[0].split())
    return re.split(r"(?<=\.)\s", paragraph)[0].removesuffix(".")


def write_sections(formatter: click.HelpFormatter, sections: dict[str, list[tuple[str, str]]]) -> None:
    """Write rows of two columns under headings; the second column begins at the same place everywhere."""
    firsts = [len(first) for rows in sections.values() for first, _ in rows]
    width = max((length for length in firsts if length <= _WIDEST_OPTION), default=0)
    for heading, rows in sections.items():
        with formatter.section(heading):
            formatter.write_dl([(first.ljust(width), second) for first, second in rows], col_max=width)


class Command(click.Command):
    """A command whose help ends with ``examples``, command lines that can be copied."""

    def __init__(self, *args: Any, examples: Sequence[str] = (), **attrs: Any) -> None:
        super().__init__(*args, **attrs)
        self.examples = examples

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        """Return the option --help, worded as the other options are."""
        if found := super().get_help_option(ctx):
            found.help = "Show this help"
        return found

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options under their headings."""
        sections: dict[str, list[tuple[str, str]]] = {}
        for param in self.get_params(ctx):
            if isinstance(param, click.Option) and (record := param.get_help_record(ctx)):
                sections.setdefault(getattr(param, "heading", OUTPUT), []).append(record)
        write_sections(formatter, {heading: sections[heading] for heading in HEADINGS if heading in sections})

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples."""
        if self.examples:
            with formatter.section("Examples"):
                # Not wrapped: a line is to be copied.
                formatter.write("".join(f"{'':{formatter.current_indent}}{line}\n" for line in self.examples))
        super().format_epilog(ctx, formatter)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the command line, and name the right option to users who ask for it in other words."""
        try:
            rest = super().parse_args(ctx, args)
        except click.UsageError as error:
            if better := self._better(error):
                raise click.UsageError(f"{error.message.removesuffix('.')}; {better}", ctx) from None
            raise
        if ctx.params.get("fields") and not ctx.resilient_parsing:
            # Most calls don't need it.
            from dagster_ops_cli.cli.answers import choose_fields

            choose_fields(ctx)
        return rest

    def _better(self, error: click.UsageError) -> str | None:
        """Return how to say what a wrong option or argument may mean."""
        options = {name for param in self.params for name in param.opts}
        if isinstance(error, click.NoSuchOption):
            if error.option_name in _FORMAT_OPTIONS and "--json" in options:
                return "use --json for JSON"
            better = _ELSEWHERE.get(error.option_name)
            return f"use {better}" if better in options else None
        takes_arguments = any(isinstance(param, click.Argument) for param in self.params)
        if "--job" in options and not takes_arguments and "extra argument" in error.message:
            return "to name a job, use --job"
        return None
