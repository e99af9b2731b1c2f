"""Options and arguments that commands share."""

import os
import shlex
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from functools import update_wrapper, wraps
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import (
    CONFIRMATION,
    CONNECTION,
    FILTERS,
    HOW_MANY,
    OUTPUT,
    RUN,
    TARGET,
    WAITING,
    hide_password,
    option,
)
from dagster_ops_cli.cli.params import (
    Answer,
    Duration,
    FieldNames,
    Names,
    NonEmptyText,
    ReportFile,
    WholeNumber,
    completes,
    flatten,
)
from dagster_ops_cli.errors import InvalidRequestError, OpsError
from dagster_ops_cli.settings.target import DEFAULT_TIMEOUT, DEFAULT_URL, is_secret
from dagster_ops_cli.times import exact_duration

if TYPE_CHECKING:
    from dagster_ops_cli.formatters.table import Part, Sheet
    from dagster_ops_cli.schemas.model import Model
    from dagster_ops_cli.schemas.page import Page

    M = TypeVar("M", bound=Model)

F = TypeVar("F", bound=Callable[..., Any])

# The rarer connection options.
REACH = (
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
# The options that choose the server and the credentials.
_CONNECTION = {"url", "header", "timeout", *REACH}
# What other command lines take after -o.
_FORMATS = {"json", "jsonl", "ndjson", "yaml", "table", "text", "wide", "csv", "name"}
# Options that hold credentials: hints never repeat their values.
_SECRET_OPTIONS = {"header", "api_token"}


def exclusive(**given: object) -> None:
    """Raise InvalidRequestError if more than one option is given; ``as_json`` stands for ``--json``."""
    names = [f"--{name.removeprefix('as_').replace('_', '-')}" for name, value in given.items() if value]
    if len(names) > 1:
        raise InvalidRequestError(f"{' and '.join(names)} can't be used together")


def _refuse_format(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Refuse the name of a format: elsewhere -o chooses one."""
    if value and value.strip("=").lower() in _FORMATS:
        raise click.UsageError(f"-o is --organization, and {value!r} is a format; use --json for JSON", ctx)
    return value


plain_option = option("--plain", heading=OUTPUT, is_flag=True, help="On a terminal: print what a pipe would get")
_CONNECTION_OPTIONS = [
    option("--view-graphql", heading=OUTPUT, is_flag=True, help="Log GraphQL requests and responses"),
    option("--quiet", heading=OUTPUT, is_flag=True, help="Hide hints and progress"),
    option("--no-color", heading=OUTPUT, is_flag=True, help="Do not use colors"),
    plain_option,
    option(
        "--url",
        heading=CONNECTION,
        metavar="URL",
        variables=("OPS_URL", "DAGSTER_URL"),
        unconfigured=DEFAULT_URL,
        help="Address of Dagster's UI",
    ),
    option(
        "--timeout",
        heading=CONNECTION,
        type=Duration(),
        variables=("OPS_TIMEOUT",),
        unconfigured=f"{DEFAULT_TIMEOUT:g}s",
        help="Time limit per operation, retries included",
    ),
    *(
        option(*names, heading=CONNECTION, help=text, **attrs)
        for names, text, attrs in (
            (
                ("--profile",),
                "Connection profile (see ops config)",
                {"metavar": "NAME", "variables": ("OPS_PROFILE",), "shell_complete": completes("profile")},
            ),
            (
                ("--organization", "-o"),
                "Dagster+ organization",
                {"metavar": "NAME", "callback": _refuse_format, "variables": ("DAGSTER_CLOUD_ORGANIZATION",)},
            ),
            (
                ("--deployment", "-d"),
                "Dagster+ deployment",
                {"metavar": "NAME", "variables": ("DAGSTER_CLOUD_DEPLOYMENT",)},
            ),
            (
                ("--api-token",),
                "Dagster+ token; - reads it from stdin",
                {"metavar": "TOKEN", "variables": ("DAGSTER_CLOUD_API_TOKEN",)},
            ),
            (
                ("--header",),
                "Send this header; repeatable",
                {"metavar": "'NAME: VALUE'", "multiple": True, "variables": ("OPS_HEADERS",)},
            ),
            (
                ("--header-command",),
                "Command that prints a header; re-run on HTTP 401",
                {"metavar": "CMD", "variables": ("OPS_HEADER_COMMAND",)},
            ),
            (("--ca-bundle",), "CA certificates to trust", {"metavar": "FILE", "variables": ("OPS_CA_BUNDLE",)}),
            (
                ("--client-cert",),
                "Client certificate, with or without its key",
                {"metavar": "FILE", "variables": ("OPS_CLIENT_CERT",)},
            ),
            (("--client-key",), "Key of the client certificate", {"metavar": "FILE", "variables": ("OPS_CLIENT_KEY",)}),
            (("--insecure",), "Do not verify the server's certificate", {"is_flag": True}),
            (("--allow-http-token",), "Send credentials over http:// to other hosts", {"is_flag": True}),
        )
    ),
]


def connection_options(command: F) -> F:
    """Give a command the connection options, and an Ops with them as its first argument."""

    @click.pass_context
    def wrapper(ctx: click.Context, /, *args: Any, no_color: bool, **kwargs: Any) -> Any:
        names = ("url", "header", "timeout", "view_graphql", "quiet", "plain")
        # main.py reads this when it prints an error; click reads it for everything else.
        ctx.color = False if no_color else None
        reach = {name: kwargs.pop(name) for name in REACH}
        if reach["api_token"] == "-":  # noqa: S105 - it stands for stdin
            reach["api_token"] = sys.stdin.readline().strip()
        ctx.obj = ctx.ensure_object(Ops).with_options(reach=reach, **{name: kwargs.pop(name) for name in names})
        ctx.find_root().obj = ctx.obj
        try:
            return ctx.invoke(command, ctx.obj, *args, **kwargs)
        except OpsError as error:
            # Every error names the id that the user gave, and the commands in its hint have the same connection.
            asked = {name: value for name, value in kwargs.items() if name.endswith("_id") and isinstance(value, str)}
            error.ids = asked | error.ids
            error.add_options(connection_words(ctx))
            raise

    # First, for it would replace the options.
    update_wrapper(wrapper, command)
    for each in reversed(_CONNECTION_OPTIONS):
        wrapper = each(wrapper)
    return wrapper  # type: ignore[return-value]


def report_option(command: F) -> F:
    """Give a command ``--report``. It stands above ``connection_options``, so that every error is in the reports.

    A command that waits also writes GitHub's job summary: one with ``--wait-timeout``, and ``--wait`` if it has that.
    """

    @click.pass_context
    def wrapper(ctx: click.Context, /, *args: Any, report: Sequence[tuple[str, str]], **kwargs: Any) -> Any:
        waits = kwargs.get("wait_timeout") is not None or kwargs.get("wait", "wait_timeout" in kwargs)
        files = [each for each in report if each[0] != "none"]
        summary = os.environ.get("GITHUB_STEP_SUMMARY") if waits and not kwargs.get("dry_run") else None
        if any(name == "none" for name, _ in report):
            summary = None
        if not files and not summary:
            return ctx.invoke(command, *args, **kwargs)
        from dagster_ops_cli.cli.reporting import Reporting

        reporting = Reporting.prepared(files, summary)
        if config := kwargs.get("run_config"):
            reporting.know_config(config)
        ctx.obj = ctx.ensure_object(Ops).with_options(reporting=reporting)
        with reporting.written(ctx):
            return ctx.invoke(command, *args, **kwargs)

    return _REPORT_OPTION(update_wrapper(wrapper, command))  # type: ignore[return-value]


_REPORT_OPTION = option(
    "--report",
    heading=OUTPUT,
    type=ReportFile(),
    multiple=True,
    metavar="FORMAT=PATH",
    help="Write a report (junit, markdown, html); none: no GitHub job summary",
)


def place_options(command: F) -> F:
    """Give a command --location and --repository, which filter."""
    return location_option(repository_option(command))


location_option = option(
    "--location",
    "-l",
    "location_name",
    heading=FILTERS,
    type=NonEmptyText(),
    metavar="NAME",
    help="Only this code location",
)
repository_option = option(
    "--repository",
    "-r",
    "repository_name",
    heading=FILTERS,
    type=NonEmptyText(),
    metavar="NAME",
    help="Only this repository",
)


def named_place_options(command: F) -> F:
    """Give a command --location and --repository, to choose one of several things with the same name."""
    return _WHICH_LOCATION(_WHICH_REPOSITORY(command))


_WHICH_LOCATION = option(
    "--location",
    "-l",
    "location_name",
    heading=TARGET,
    type=NonEmptyText(),
    metavar="NAME",
    help="Code location, if the name is ambiguous",
)
_WHICH_REPOSITORY = option(
    "--repository",
    "-r",
    "repository_name",
    heading=TARGET,
    type=NonEmptyText(),
    metavar="NAME",
    help="Repository, if the name is ambiguous",
)
_jsonl_option = option("--jsonl", "as_jsonl", heading=OUTPUT, is_flag=True, help="Print one JSON object per line")
yes_option = option("--yes", "-y", heading=CONFIRMATION, is_flag=True, help="Skip confirmation")
dry_run_option = option("--dry-run", heading=CONFIRMATION, is_flag=True, help="Show what would happen; change nothing")
wait_option = option("--wait", "-w", heading=WAITING, is_flag=True, help="Wait for the end; exit with its outcome")
wait_timeout_option = option("--wait-timeout", heading=WAITING, type=Duration(), help="Give up waiting after this long")
fail_on_checks_option = option(
    "--fail-on-checks", heading=WAITING, is_flag=True, help="Exit 1 if an asset check fails with severity ERROR"
)
add_missing_option = option(
    "--add-missing", heading=RUN, is_flag=True, help="Add keys of dynamic partitions that do not exist yet"
)
every_failure_option = option(
    "--all", "everything", heading=OUTPUT, is_flag=True, help="List every partition that failed"
)


def interval_option(seconds: int) -> Callable[[F], F]:
    """Return the option ``--interval`` with this default."""
    return option(
        "--interval",
        "-i",
        heading=WAITING,
        type=Duration(),
        default=float(seconds),
        show_default=False,
        help=f"Polling interval  [default: {seconds}s]",
    )


def require_wait(fail_on_checks: bool, wait: bool) -> None:
    """Raise InvalidRequestError for --fail-on-checks without --wait."""
    if fail_on_checks and not wait:
        raise InvalidRequestError("--fail-on-checks needs --wait")


def wait_options(seconds: int) -> Callable[[F], F]:
    """Give a command --wait, --wait-timeout and --interval with this default. --wait-timeout needs --wait."""

    def decorate(command: F) -> F:
        @wraps(command)
        def wrapper(*args: Any, wait: bool, wait_timeout: float | None, **kwargs: Any) -> Any:
            if wait_timeout and not wait:
                raise InvalidRequestError("--wait-timeout needs --wait")
            return command(*args, wait=wait, wait_timeout=wait_timeout, **kwargs)

        return wait_option(wait_timeout_option(interval_option(seconds)(wrapper)))  # type: ignore[return-value]

    return decorate


def page_options(default: int) -> Callable[[F], F]:
    """Give a command the options of a list: ``limit`` (None for all items), and the ``cursor`` to continue from."""

    def decorate(command: F) -> F:
        @wraps(command)
        def wrapper(*args: Any, limit: int | None, everything: bool, **kwargs: Any) -> Any:
            exclusive(limit=limit, all=everything)
            return command(*args, limit=None if everything else limit or default, **kwargs)

        for each in (
            option("--cursor", heading=HOW_MANY, type=NonEmptyText(), help="Continue from this cursor"),
            option("--all", "everything", heading=HOW_MANY, is_flag=True, help="Return all results"),
            option(
                "--limit",
                heading=HOW_MANY,
                type=WholeNumber(min=1),
                metavar="N",
                help=f"Maximum number of results  [default: {default}]",
            ),
        ):
            wrapper = each(wrapper)
        return wrapper  # type: ignore[return-value]

    return decorate


def json_option(
    *models: str,
    of: "Callable[[click.Context], Sequence[Any]] | None" = None,
    lines: str | None = None,
    text: str = "Print one JSON document",
    jsonl: bool = False,
) -> Callable[[F], F]:
    """Return what gives a command ``--json``, ``--fields`` and ``--response-schema``; with ``jsonl``, also ``--jsonl``.

    ``models``, or the function ``of``, and ``lines`` are those of an ``Answer``. ``text`` is the help of ``--json``.
    """
    answer = Answer(of or models, lines)

    def show_schema(ctx: click.Context, param: click.Parameter, value: bool) -> None:
        if value and not ctx.resilient_parsing:
            from dagster_ops_cli.cli.answers import print_schema

            print_schema(answer, ctx)
            ctx.exit()

    def decorate(command: F) -> F:
        @wraps(command)
        def wrapper(*args: Any, fields: Sequence[str], **kwargs: Any) -> Any:
            # The command's Ops knows the fields.
            return command(*args, **kwargs)

        for each in (
            option(
                "--response-schema",
                heading=OUTPUT,
                is_flag=True,
                is_eager=True,
                expose_value=False,
                callback=show_schema,
                help="Print the JSON Schema of the --json document",
            ),
            option(
                "--fields",
                heading=OUTPUT,
                type=FieldNames(answer),
                multiple=True,
                callback=flatten,
                metavar="NAME,...",
                help="Only these fields of the JSON, such as id,tags.team",
            ),
            *([_jsonl_option] if jsonl else []),
            option("--json", "as_json", heading=OUTPUT, is_flag=True, help=text),
        ):
            wrapper = each(wrapper)
        return wrapper  # type: ignore[return-value]

    return decorate


def list_output_options(*models: str, lines: str | None = None) -> Callable[[F], F]:
    """Return what gives a command ``--json`` and ``--jsonl``, which can't be used together; see ``json_option``."""

    def decorate(command: F) -> F:
        @wraps(command)
        def wrapper(*args: Any, as_json: bool, as_jsonl: bool, **kwargs: Any) -> Any:
            exclusive(as_json=as_json, as_jsonl=as_jsonl)
            return command(*args, as_json=as_json, as_jsonl=as_jsonl, **kwargs)

        return json_option(*models, lines=lines, jsonl=True)(wrapper)  # type: ignore[return-value]

    return decorate


def show_page(
    ctx: click.Context,
    ops: Ops,
    page: "Page[M]",
    as_json: bool,
    as_jsonl: bool,
    to_text: "Callable[[Any], Part | Sheet]",
) -> None:
    """Show one page of a list, and name the command that continues."""
    if as_jsonl:
        ops.show_jsonl(page.items)
    else:
        ops.show(page, None if as_json else to_text)
    if not as_json:
        note_more(ctx, ops, page.cursor)


def note_more(ctx: click.Context, ops: Ops, cursor: str | None) -> None:
    """Name the command that continues a list, if there is more."""
    if cursor:
        ops.note(f"More: {command_line(ctx, cursor=cursor)}")


def command_line(ctx: click.Context, **changed: str) -> str:
    """Return the command as a user would type it again, with some options changed and credentials left out."""
    words = ctx.command_path.split()
    for param in sorted(ctx.command.params, key=lambda each: not isinstance(each, click.Argument)):
        name = param.name or ""
        if isinstance(param, click.Argument):
            given = ctx.params[name]
            words += given if param.nargs == -1 else [str(given)] if given is not None else []
        elif name in changed:
            words += [param.opts[-1], changed[name]]
        elif ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            words += _option_words(param, ctx.params[name])
    return shlex.join(words)


def sibling_words(ctx: click.Context, verb: str, args: Sequence[str]) -> list[str]:
    """Return the words of another verb of the same noun, without connection options."""
    return [*ctx.command_path.split()[:-1], verb, *args]


def sibling_command(ctx: click.Context, verb: str, args: Sequence[str]) -> str:
    """Return another verb of the same noun as a user would type it, with the same connection options."""
    return shlex.join([*sibling_words(ctx, verb, args), *connection_words(ctx)])


def connection_words(ctx: click.Context) -> list[str]:
    """Return the connection options of a command as a user would type them again."""
    words: list[str] = []
    for param in ctx.command.params:
        name = param.name or ""
        if name in _CONNECTION and ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE:
            words += _option_words(param, ctx.params[name])
    # The command may contain a value that a header command has printed.
    return [ctx.obj.mask(word) for word in words]


def _option_words(param: click.Parameter, value: Any) -> list[str]:
    flag = param.opts[0]
    if isinstance(param, click.Option) and param.is_flag:
        return [flag]
    if isinstance(param.type, Names | FieldNames):
        return [flag, ",".join(value)]
    values = value if isinstance(value, (list, tuple)) else [value]
    if param.name == "url":
        values = [hide_password(each) for each in values]
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
    return exact_duration(value) if isinstance(value, float) else str(value)
