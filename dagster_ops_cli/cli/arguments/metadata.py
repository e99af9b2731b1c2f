"""The option --metadata."""

import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import click

from dagster_ops_cli.cli.help import REPORT, option
from dagster_ops_cli.cli.params import Tag
from dagster_ops_cli.errors import InvalidRequestError

F = TypeVar("F", bound=Callable[..., Any])


def metadata_option(command: F) -> F:
    """Give a command ``metadata``: values of JSON by their labels."""
    return option(
        "--metadata",
        heading=REPORT,
        type=Tag(),
        multiple=True,
        callback=_read,
        help="Metadata; a value is read as JSON if it is JSON, else as text; repeatable",
    )(command)


def _read(ctx: click.Context, param: click.Parameter, value: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in value:
        label, _, text = each.partition("=")
        label = label.strip()
        if label in found:
            raise InvalidRequestError(f"--metadata {label} was given twice")
        found[label] = _value(text)
    return found


def _value(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return text


def _refuse(word: str) -> Any:
    # Python reads NaN and Infinity, which are no JSON.
    raise ValueError(word)
