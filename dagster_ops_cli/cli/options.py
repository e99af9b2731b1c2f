"""Options and arguments that commands share."""

import re
import shlex
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from functools import update_wrapper
from typing import Any, TypeVar

import click
from click.core import ParameterSource

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.params import Duration, Names
from dagster_ops_cli.errors import InvalidRequestError, OpsError
from dagster_ops_cli.settings.target import is_secret

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
# The options that say which Dagster is meant.
_CONNECTION = {"url", "header", "timeout", *_REACH}
# Options that hold credentials: a command line that is shown again does so without their values.
_SECRET_OPTIONS = {"header", "api_token"}
# A command at the end of a hint that asks a Dagster.
_HINTED = re.compile(r"\bops api [a-z-]+ [a-z]+( [^\s,]*[^\s,.])*$")


def exclusive(**given: object) -> None:
    """Raise InvalidRequestError where more than one option is given; ``as_json`` stands for ``--json``."""
    names = [f"--{name.removeprefix('as_').replace('_', '-')}" for name, value in given.items() if value]
    if len(names) > 1:
        raise InvalidRequestError(f"{' and '.join(names)} exclude each other")


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
jsonl_option = click.option("--jsonl", "as_jsonl", is_flag=True, help="One JSON object per line on stdout.")
yes_option = click.option("--yes", "-y", is_flag=True, help="Skip confirmation.")
wait_timeout_option = click.option("--wait-timeout", type=Duration(), help="Give up waiting after so long.")
wait_option = click.option("--wait", "-w", is_flag=True, help="Wait for the end; the exit code is then the outcome.")
every_failure_option = click.option("--all", "everything", is_flag=True, help="List every partition that failed.")


def interval_option(seconds: int) -> Callable[[F], F]:
    """Return the option ``--interval`` with this default."""
    return click.option(
        "--interval",
        "-i",
        type=Duration(),
        default=float(seconds),
        show_default=False,
        help=f"Polling interval.  [default: {seconds}s]",
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
