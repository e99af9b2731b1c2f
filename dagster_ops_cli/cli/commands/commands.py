"""`ops commands`: describes all commands, for programs that call them."""

from collections.abc import Iterable, Iterator, Mapping
from inspect import cleandoc
from typing import TYPE_CHECKING, Any

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import OUTPUT, Command, Option, summary
from dagster_ops_cli.cli.options import list_output_options, plain_option, show_page
from dagster_ops_cli.cli.params import Names
from dagster_ops_cli.formatters.command import format_commands

if TYPE_CHECKING:
    from dagster_ops_cli.schemas.command import CommandArgument, CommandInfo, CommandOption

# Every noun also stands below this group.
_API = "api"
# The group of all scripts.
_SCRIPT = "script"


@click.command(cls=Command, examples=("ops commands", "ops commands --json --fields path,summary,changes_dagster"))
@list_output_options("Page[command.CommandInfo]")
@plain_option
@click.pass_context
def commands(ctx: click.Context, as_json: bool, as_jsonl: bool, plain: bool) -> None:
    """List all commands, with their options in JSON.

    `ops run list` and `ops api run list` are the same command. It is listed once, with the longer path among its
    aliases. Scripts of other packages are listed, too.
    """
    from dagster_ops_cli.schemas.command import CommandInfo
    from dagster_ops_cli.schemas.page import Page
    from dagster_ops_cli.scripts.registry import all_scripts

    ops = ctx.ensure_object(Ops).with_options(plain=plain)
    scripts = {each.name: each.help.removesuffix(".") for each in all_scripts(ops.warn).values()}
    found = [_describe(each, scripts) for each in _walk(ctx.find_root(), scripts)]
    show_page(ctx, ops, Page[CommandInfo](items=found), as_json, as_jsonl, format_commands)


def _walk(ctx: click.Context, scripts: Iterable[str]) -> Iterator[click.Context]:
    """Yield a context for every command, in the order of the help."""
    group = ctx.command
    if not isinstance(group, click.Group):
        yield ctx
        return
    names = [name for name in group.list_commands(ctx) if ctx.parent or name != _API]
    for name in [*scripts, *names] if ctx.info_name == _SCRIPT else names:
        if command := group.get_command(ctx, name):
            yield from _walk(click.Context(command, parent=ctx, info_name=name), scripts)


def _describe(ctx: click.Context, scripts: Mapping[str, str]) -> "CommandInfo":
    """Return what a command takes. The same command runs all ``scripts``, which have summaries of their own."""
    from dagster_ops_cli.schemas.command import CommandInfo

    command = ctx.command
    words = ctx.command_path.split()[1:]
    api = ctx.find_root().command.get_command(ctx.find_root(), _API)  # type: ignore[attr-defined]
    below_api = isinstance(api, click.Group) and words[0] in api.list_commands(ctx)
    params = command.get_params(ctx)
    return CommandInfo(
        path=ctx.command_path,
        aliases=[" ".join(("ops", _API, *words))] if below_api else [],
        summary=(words[0] == _SCRIPT and scripts.get(words[-1])) or summary(command),
        help=cleandoc(command.help or "").replace("\b\n", ""),
        usage=" ".join((ctx.command_path, *command.collect_usage_pieces(ctx))),
        changes_dagster=_changes([_API, *words] if below_api else words),
        arguments=[_argument(each) for each in params if isinstance(each, click.Argument)],
        options=[_option(each) for each in params if isinstance(each, click.Option)],
        examples=list(getattr(command, "examples", ())),
    )


def _argument(param: click.Argument) -> "CommandArgument":
    from dagster_ops_cli.schemas.command import CommandArgument

    return CommandArgument(
        name=param.human_readable_name, type=param.type.name, required=param.required, repeatable=param.nargs == -1
    )


def _option(param: click.Option) -> "CommandOption":
    from dagster_ops_cli.schemas.command import CommandOption

    known: dict[str, Any] = param.to_info_dict()
    choices: Iterable[object] = getattr(param.type, "names", getattr(param.type, "choices", ()))
    return CommandOption(
        names=[*param.opts, *param.secondary_opts],
        section=getattr(param, "heading", OUTPUT),
        help=param.help or "",
        type="flag" if param.is_flag else param.type.name,
        choices=[str(each) for each in choices],
        open_choices=isinstance(param.type, Names) and param.type.open,
        default=known["default"],
        required=param.required,
        repeatable=param.multiple,
        environment=list(param.variables) if isinstance(param, Option) else [],
    )


def _changes(words: list[str]) -> bool | None:
    """Return whether a command may change something in Dagster; None if that depends on what it is given."""
    from dagster_ops_cli.api.doctor.requirements import COMMANDS, may_change

    name = " ".join(words)
    if name in COMMANDS:
        return may_change(name)
    # Other commands ask nothing, except those that send what they are given.
    is_script = words[0] == _SCRIPT and words[-1] not in ("list", "schema")
    return None if is_script or words[-1] == "graphql" else False
