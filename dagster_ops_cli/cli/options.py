"""Options and arguments that commands share."""

import re
import shlex
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.errors import InvalidRequestError, OpsError
from dagster_ops_cli.settings.target import is_secret
from dagster_ops_cli.times import parse_duration, parse_time

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

F = TypeVar("F", bound=Callable[..., Any])

# The rarer options that say where Dagster is and who asks.
_REACH = (
    "header_command",
    "organization",
    "deployment",
    "api_token",
    "profile",
    "ca_bundle",
    "client_cert",
    "client_key",
    "insecure",
    "allow_http_token",
)
# Options that hold credentials: a command line that is shown again does so without their values.
# The options that say which Dagster is meant.
_CONNECTION = {"url", "header", "timeout", *_REACH}
_SECRET_OPTIONS = {"header", "api_token"}
# A command at the end of a hint that asks a Dagster.
_HINTED = re.compile(r"\bops api [a-z-]+ [a-z]+( [^\s,]*[^\s,.])*$")


class Id(click.ParamType):  # type: ignore[type-arg]  # generic only in click's newest
    """An id of Dagster's: whatever is not empty, for only Dagster knows what its ids look like."""

    name = "id"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the id without blanks around it."""
        return value.strip() or self.fail("it is empty", param, ctx)


class Duration(click.ParamType):  # type: ignore[type-arg]  # generic only in click's newest
    """A duration such as ``90s`` or ``1h30m``, in seconds."""

    name = "duration"

    def convert(self, value: str | float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return the seconds."""
        if isinstance(value, float):
            return value
        try:
            return parse_duration(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Time(click.ParamType):  # type: ignore[type-arg]  # generic only in click's newest
    """A time such as ``2026-11-20T14:56:00Z``, or a duration, which means so long ago."""

    name = "time"

    def convert(self, value: str | datetime, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        """Return the time, in UTC."""
        if isinstance(value, datetime):
            return value
        try:
            return parse_time(value, datetime.now(timezone.utc))
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Tag(click.ParamType):  # type: ignore[type-arg]  # generic only in click's newest
    """A tag such as ``team=air-quality``; its value may hold anything, its key no ``=``."""

    name = "key=value"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the tag as it stands there."""
        key, equals, _ = value.partition("=")
        if not key.strip() or not equals:
            self.fail(f"{value!r} is not of the form key=value", param, ctx)
        return value


class Names(click.ParamType):  # type: ignore[type-arg]  # generic only in click's newest
    """Names separated by commas, in any case; out of a closed set unless it is ``open``."""

    name = "name"

    def __init__(self, names: Sequence[str], open: bool = False) -> None:  # noqa: A002 - as click's own types say it
        self.names = names
        self.open = open

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> list[str]:
        """Return the names in upper case."""
        given = [name.strip().upper() for name in value.split(",")]
        for name in given:
            if not name:
                self.fail(f"{value!r} holds an empty name", param, ctx)
            if not self.open and name not in self.names:
                from difflib import get_close_matches

                near = get_close_matches(name, self.names, n=1)
                guess = f"did you mean {near[0]}?" if near else f"it is one of {', '.join(self.names)}"
                self.fail(f"{name!r} is not known; {guess}", param, ctx)
        return given

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem]":
        """Complete the last name."""
        from click.shell_completion import CompletionItem

        before, comma, last = incomplete.rpartition(",")
        found = [name for name in self.names if name.startswith(last.upper())]
        return [CompletionItem(before + comma + name) for name in found]


def tags_of(tags: Sequence[str]) -> dict[str, str]:
    """Return the values of ``Tag`` options by their keys. Raises InvalidRequestError for two values of one key."""
    found: dict[str, str] = {}
    for tag in tags:
        key, _, value = tag.partition("=")
        if found.setdefault(key, value) != value:
            raise InvalidRequestError(f"the tag {key!r} can't be both {found[key]!r} and {value!r}")
    return found


def exclusive(**given: object) -> None:
    """Raise InvalidRequestError where more than one option is given; ``as_json`` stands for ``--json``."""
    names = [f"--{name.removeprefix('as_').replace('_', '-')}" for name, value in given.items() if value]
    if len(names) > 1:
        raise InvalidRequestError(f"{' and '.join(names)} exclude each other")


def flatten(ctx: click.Context, param: click.Parameter, value: Sequence[list[str]]) -> list[str]:
    """Callback of a repeatable option of Names: one list of all."""
    return [name for names in value for name in names]


_CONNECTION_OPTIONS = [
    click.option("--url", metavar="URL", help="Where Dagster is.  [default: http://localhost:3000]"),
    click.option("--header", multiple=True, metavar="'NAME: VALUE'", help="Sent with every request. Repeatable."),
    click.option("--header-command", metavar="CMD", help="Prints a header; run again when it is no longer taken."),
    click.option("--organization", "-o", metavar="NAME", help="An organization of Dagster+."),
    click.option("--deployment", "-d", metavar="NAME", help="A deployment of it."),
    click.option("--api-token", metavar="TOKEN", help="A token of Dagster+; - reads it from stdin."),
    click.option("--profile", metavar="NAME", help="A target of your configuration file (ops config)."),
    click.option("--ca-bundle", metavar="FILE", help="Certificates to trust instead of certifi's."),
    click.option("--client-cert", metavar="FILE", help="Your certificate, with its key or without."),
    click.option("--client-key", metavar="FILE", help="The key of your certificate."),
    click.option("--insecure", is_flag=True, help="Do not check the server's certificate."),
    click.option("--allow-http-token", is_flag=True, help="Send headers in clear text, to other machines too."),
    click.option("--timeout", type=Duration(), help="What one operation may take.  [default: 60s]"),
    click.option("--view-graphql", is_flag=True, help="Show on stderr what is asked and answered."),
    click.option("--quiet", is_flag=True, help="No hints or progress on stderr."),
    click.option("--no-color", is_flag=True, help="No colours, as with NO_COLOR."),
]


def connection_options(command: F) -> F:
    """Give a command the options that say where Dagster is, and an Ops that knows them as its first argument."""

    @click.pass_context
    def wrapper(ctx: click.Context, /, *args: Any, no_color: bool, **kwargs: Any) -> Any:
        names = ("url", "header", "timeout", "view_graphql", "quiet")
        # The boundary to errors asks for it; click has it for all else.
        ctx.color = False if no_color else None
        reach = {name: kwargs.pop(name) for name in _REACH}
        if reach["api_token"] == "-":  # noqa: S105 - it stands for stdin
            reach["api_token"] = sys.stdin.readline().strip()
        ctx.obj = ctx.ensure_object(Ops).with_options(reach=reach, **{name: kwargs.pop(name) for name in names})
        ctx.find_root().obj = ctx.obj
        try:
            return ctx.invoke(command, ctx.obj, *args, **kwargs)
        except OpsError as error:
            # Every error tells which id was asked for, whoever raised it; and what it hints at asks the same Dagster.
            asked = {name: value for name, value in kwargs.items() if name.endswith("_id") and isinstance(value, str)}
            error.ids = asked | error.ids
            error.hint = error.hint and _at_same_place(error.hint, shlex.join(connection_words(ctx)))
            raise

    for option in reversed(_CONNECTION_OPTIONS):
        wrapper = option(wrapper)
    return update_wrapper(wrapper, command)  # type: ignore[return-value]


def _at_same_place(hint: str, options: str) -> str:
    """Return a hint with the connection options behind each command in it that has none."""
    lines = [
        f"{line} {options}" if _HINTED.search(line) and options not in line else line for line in hint.splitlines()
    ]
    return "\n".join(lines)


def place_options(command: F) -> F:
    """Give a command the options that tell apart what has the same name in several places."""
    location = click.option("--location", "-l", "location_name", metavar="NAME", help="Only in this code location.")
    repository = click.option("--repository", "-r", "repository_name", metavar="NAME", help="Only in this repository.")
    return location(repository(command))


json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
yes_option = click.option("--yes", "-y", is_flag=True, help="Skip confirmation.")
wait_timeout_option = click.option("--wait-timeout", type=Duration(), help="Give up waiting after so long.")
interval_option = click.option(
    "--interval", "-i", type=Duration(), default=2.0, help="Between two looks.  [default: 2s]", show_default=False
)


def command_line(ctx: click.Context, **changed: str) -> str:
    """Return the command as a user would type it again, with some options changed and credentials left out."""
    words = ctx.command_path.split()
    for param in ctx.command.params:
        name = param.name or ""
        if isinstance(param, click.Argument):
            words.append(str(ctx.params[name]))
        elif name in changed:
            words += [param.opts[-1], changed[name]]
        elif ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            words += _option_words(param, ctx.params[name])
    return shlex.join(words)


def sibling_command(ctx: click.Context, verb: str, args: Sequence[str]) -> str:
    """Return another verb of the same noun as a user would type it, with the same connection options."""
    return shlex.join([*ctx.command_path.split()[:-1], verb, *args, *connection_words(ctx)])


def connection_words(ctx: click.Context) -> list[str]:
    """Return the connection options of a command as a user would type them again."""
    words: list[str] = []
    for param in ctx.command.params:
        name = param.name or ""
        if name in _CONNECTION and ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            words += _option_words(param, ctx.params[name])
    # What a header command has printed may stand in the command itself.
    return [ctx.obj.mask(word) for word in words]


def _option_words(param: click.Parameter, value: Any) -> list[str]:
    flag = param.opts[0]
    if isinstance(param, click.Option) and param.is_flag:
        return [flag]
    if isinstance(param.type, Names):
        return [flag, ",".join(value)]
    values = value if isinstance(value, (list, tuple)) else [value]
    if param.name == "url":
        # A password may stand in it.
        values = [re.sub(r"//[^/?#]*@", "//***@", each) for each in values]
    if param.name in _SECRET_OPTIONS:
        values = [_masked(each) for each in values]
    return [word for each in values for word in (flag, _word(each))]


def _masked(text: str) -> str:
    name, colon, value = text.partition(":")
    if not colon:
        return "***"
    return f"{name}: ***" if is_secret(name.strip(), value.strip()) else text


def _word(value: object) -> str:
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).replace(tzinfo=None).isoformat() + "Z"
    return f"{value:g}" if isinstance(value, float) else str(value)
