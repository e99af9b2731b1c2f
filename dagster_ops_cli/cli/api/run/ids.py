"""Ids of runs as a command takes them: as arguments, or from standard input."""

import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

import click

from dagster_ops_cli.cli.params import NonEmptyText

F = TypeVar("F", bound=Callable[..., Any])


def _expand(ctx: click.Context, param: click.Parameter, value: Sequence[str]) -> list[str] | None:
    """Return each id once, in the order given; none is not the same as an empty standard input."""
    return list(dict.fromkeys(_ids(value))) if value else None


def _ids(words: Sequence[str]) -> Iterator[str]:
    for word in words:
        if word == "-":
            yield from sys.stdin.read().split()
        else:
            yield word


def run_ids_argument(required: bool) -> Callable[[F], F]:
    """Return the argument ``run_ids``: a list, or None where there is none on the command line."""
    return click.argument(
        "run_ids",
        type=NonEmptyText(),
        nargs=-1,
        required=required,
        callback=_expand,
        metavar="ID... | -" if required else "[ID... | -]",
    )
