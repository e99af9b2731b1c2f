"""Run config from the command line: JSON, or a file of YAML or JSON."""

import json
from pathlib import Path
from typing import Any, NoReturn

import click

from dagster_ops_cli.errors import InvalidContentError


def read_run_config(config_file: Path | None, config_json: str | None) -> dict[str, Any] | str | None:
    """Return the run config that the options give: a mapping, or YAML text, which Dagster parses itself.

    Raises InvalidContentError; for invalid JSON, with line and column.
    """
    if config_json is not None:
        return _parse_json(config_json, "--config-json")
    if config_file is None:
        return None
    name = str(config_file)
    try:
        with click.open_file(name, encoding="utf-8") as file:
            text = file.read()
    except (UnicodeDecodeError, OSError) as error:
        raise _unreadable(f"{name}: {error}") from error
    if name.endswith(".json"):
        return _parse_json(text, name)
    return text if text.strip() else {}


def _parse_json(text: str, source: str) -> dict[str, Any]:
    try:
        value = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise _unreadable(f"{source} is not JSON: {where}: {error.msg}") from None
    except (ValueError, RecursionError) as error:
        raise _unreadable(f"{source} is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise _unreadable(f"{source} must be a JSON object, not {type(value).__name__}")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _unreadable(message: str) -> InvalidContentError:
    return InvalidContentError(message, code="INVALID_RUN_CONFIG")
