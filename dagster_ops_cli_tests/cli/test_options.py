"""The command lines that hints repeat."""

import shlex

import click
import pytest

from dagster_ops_cli.cli.options import command_line


@click.command()
@click.argument("names", nargs=-1)
@click.option("--limit", type=int)
@click.option("--cursor")
def several(names: tuple[str, ...], limit: int | None, cursor: str | None) -> None:
    pass


@click.command()
@click.argument("name", required=False)
@click.option("--cursor")
def optional(name: str | None, cursor: str | None) -> None:
    pass


@pytest.mark.parametrize(
    ("command", "given", "told"),
    [
        (several, "one 'two words' --limit 3", "ops one 'two words' --limit 3 --cursor c"),
        (several, "--limit 3", "ops --limit 3 --cursor c"),
        (optional, "", "ops --cursor c"),
        (optional, "one", "ops one --cursor c"),
    ],
)
def test_a_command_is_repeated_as_it_was_typed(command: click.Command, given: str, told: str) -> None:
    ctx = command.make_context("ops", shlex.split(given))
    assert command_line(ctx, cursor="c") == told
