"""The commands and scripts of `ops`, as `ops commands` and `ops script list` describe them."""

from pydantic import JsonValue

from dagster_ops_cli.schemas.model import Model


class CommandArgument(Model):
    """An argument. ``type`` says what it is, such as ``text`` or ``path``."""

    name: str
    type: str
    required: bool
    repeatable: bool


class CommandOption(Model):
    """An option. ``section`` is its heading in the help.

    ``type`` is ``flag`` for an option without a value. ``choices`` are the names that it takes; with ``open_choices``,
    it takes others, too. ``default`` is null if there is none, or if it depends on other options; ``environment`` are
    variables that set it, the stronger one first.
    """

    names: list[str]
    section: str
    help: str
    type: str
    choices: list[str]
    open_choices: bool
    default: JsonValue
    required: bool
    repeatable: bool
    environment: list[str]


class CommandInfo(Model):
    """A command. ``aliases`` are other paths of the same command.

    ``changes_dagster`` says whether it may change something in Dagster; null if that depends on what it is given.
    """

    path: str
    aliases: list[str]
    summary: str
    help: str
    usage: str
    changes_dagster: bool | None
    arguments: list[CommandArgument]
    options: list[CommandOption]
    examples: list[str]


class ScriptRow(Model):
    """A script, and the first sentence of its help."""

    name: str
    help: str
