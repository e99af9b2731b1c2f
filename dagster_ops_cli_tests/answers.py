"""Holds what commands print with --json and --jsonl against the schema that they print with --response-schema."""

import json
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from io import StringIO
from typing import Any
from unittest.mock import patch

import click
from jsonschema import Draft202012Validator

from dagster_ops_cli.cli.answers import lines_of
from dagster_ops_cli.cli.main import run
from dagster_ops_cli.cli.params import Answer, FieldNames
from dagster_ops_cli.cli.root import root

# Checking a longer answer takes too long, and its items are all alike.
_LONGEST = 200_000


def find_command(words: Sequence[str]) -> tuple[tuple[str, ...], click.Context]:
    """Return the words that name a command, and its context."""
    ctx = click.Context(root, info_name="ops")
    path: list[str] = []
    for word in words:
        group = ctx.command
        if not isinstance(group, click.Group) or not (found := group.get_command(ctx, word)):
            break
        path.append(word)
        ctx = click.Context(found, parent=ctx, info_name=word)
    return tuple(path), ctx


@cache
def schema_of(path: tuple[str, ...]) -> dict[str, Any]:
    """Return what a command prints with --response-schema."""
    with patch.object(sys, "stdout", StringIO()) as out:
        assert run([*path, "--response-schema"]) == 0
    schema: dict[str, Any] = json.loads(out.getvalue())
    return schema


def answer_of(path: Sequence[str]) -> Answer:
    """Return what a command says about its JSON."""
    _, ctx = find_command(path)
    kind = next(param.type for param in ctx.command.params if param.name == "fields")
    assert isinstance(kind, FieldNames)
    return kind.answer


@cache
def _validator(path: tuple[str, ...]) -> Draft202012Validator:
    return Draft202012Validator(strict(schema_of(path)))


@cache
def _line_validator(path: tuple[str, ...]) -> Draft202012Validator:
    nodes = lines_of(answer_of(path), find_command(path)[1])
    return Draft202012Validator(
        strict({"$defs": nodes[0].definitions, "anyOf": [{**each.schema, "$defs": {}} for each in nodes]})
    )


def strict(schema: Any) -> Any:
    """Return a schema that accepts no other keys than those it names, except in free-form objects."""
    if isinstance(schema, list):
        return [strict(each) for each in schema]
    if not isinstance(schema, Mapping):
        return schema
    found = {key: strict(each) for key, each in schema.items()}
    if isinstance(schema.get("properties"), Mapping) and schema["properties"] and "type" in schema:
        found.setdefault("additionalProperties", False)
    return found


def check_answer(args: Sequence[str], stdout: str) -> None:
    """Fail if a command has printed JSON that its schema does not describe."""
    if not stdout or len(stdout) > _LONGEST or {"--fields", "--response-schema", "--help", "-h"} & set(args):
        return
    path, ctx = find_command(args)
    names = {name for param in ctx.command.params for name in param.opts}
    if "--json" in args and "--json" in names:
        _validator(path).validate(json.loads(stdout))
    elif "--jsonl" in args and "--jsonl" in names:
        # Not splitlines(): a text may contain other line separators.
        for line in filter(None, stdout.split("\n")):
            _line_validator(path).validate(json.loads(line))
