"""What commands print as JSON: its schema, and the fields that the user chooses with ``--fields``."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, reduce
from importlib import import_module
from operator import or_
from typing import TYPE_CHECKING, Any, TypeAlias

import click

from dagster_ops_cli.formatters.text import escape_json, to_json
from dagster_ops_cli.nearest import nearest

if TYPE_CHECKING:
    from dagster_ops_cli.cli.params import Answer
    from dagster_ops_cli.schemas.model import Model

_SCHEMAS = "dagster_ops_cli.schemas"

Schema: TypeAlias = Mapping[str, Any]


def print_schema(answer: "Answer", ctx: click.Context) -> None:
    """Print the JSON Schema of what a command prints with ``--json``."""
    from pydantic.json_schema import GenerateJsonSchema

    schema = {"$schema": GenerateJsonSchema.schema_dialect, **_schema(_models(answer, ctx))}
    click.echo(json.dumps(schema, indent=2, ensure_ascii=False))


def _models(answer: "Answer", ctx: click.Context) -> Sequence[Any]:
    return answer.models(ctx) if callable(answer.models) else [_model(name) for name in answer.models]


def _model(name: str) -> Any:
    if page := re.fullmatch(r"Page\[(.+)\]", name):
        from dagster_ops_cli.schemas.page import Page

        return Page[_model(page[1])]  # type: ignore[misc]
    module, _, model = name.rpartition(".")
    return getattr(import_module(f"{_SCHEMAS}.{module}"), model)


def _schema(models: Sequence[Any]) -> dict[str, Any]:
    from pydantic import TypeAdapter

    schema: dict[str, Any] = TypeAdapter(reduce(or_, models)).json_schema(mode="serialization")
    return schema


def documents_of(answer: "Answer", ctx: click.Context) -> list["Node"]:
    """Return the objects that a command may print with ``--json``."""
    return Node.of(_schema(_models(answer, ctx))).choices


def lines_of(answer: "Answer", ctx: click.Context) -> list["Node"]:
    """Return the objects that a command may print in a line with ``--jsonl``."""
    if answer.lines:
        return Node.of(_schema([_model(answer.lines)])).choices
    return [item for document in documents_of(answer, ctx) for item in document.items]


@dataclass(frozen=True)
class Node:
    """A part of a JSON Schema that describes an object; ``definitions`` are those of the whole schema."""

    schema: Schema
    definitions: Mapping[str, Schema] = field(repr=False)

    @classmethod
    def of(cls, schema: Schema) -> "Node":
        """Return the node for a whole schema."""
        return cls(schema, schema.get("$defs", {}))

    @cached_property
    def choices(self) -> list["Node"]:
        """The objects that this may be: without references, alternatives and lists around them."""
        schema = self.schema
        if "$ref" in schema:
            inner = [self.definitions[schema["$ref"].rpartition("/")[2]]]
        elif "anyOf" in schema:
            inner = schema["anyOf"]
        elif schema.get("type") == "array":
            inner = [schema.get("items", {})]
        else:
            # A schema without a type accepts anything.
            return [self] if schema.get("type", "object") == "object" else []
        return [choice for each in inner for choice in Node(each, self.definitions).choices]

    @property
    def properties(self) -> Mapping[str, Schema]:
        """The schemas of the known keys."""
        found: Mapping[str, Schema] = self.schema.get("properties", {})
        return found

    @property
    def is_free(self) -> bool:
        """Whether the object may have any key, as tags and metadata have."""
        return not self.properties

    @property
    def items(self) -> list["Node"]:
        """The items of a list, none if this is no list."""
        key = items_key(self.properties)
        return Node(self.properties[key], self.definitions).choices if key else []

    def below(self, key: str) -> list["Node"]:
        """Return the objects below a key."""
        return Node(self.properties[key], self.definitions).choices

    def has(self, name: str) -> bool:
        """Return whether a field of that name may exist. Below a free-form object every name may."""
        key, dot, rest = name.partition(".")
        if key not in self.properties:
            return self.is_free
        return not dot or any(each.has(rest) for each in self.below(key))

    def names(self, depth: int) -> Iterator[str]:
        """Yield the names of the fields; with more ``depth``, also of those below them."""
        for key in self.properties:
            yield key
            if depth > 1:
                yield from (f"{key}.{name}" for each in self.below(key) for name in each.names(depth - 1))


def items_key(keys: Iterable[str]) -> str | None:
    """Return the key of the items in a document that is a list, otherwise None."""
    return next((key for key in keys if key in ("items", "events")), None)


@dataclass(frozen=True)
class Fields:
    """The fields that the user chose, ``of_items`` those of the items of a list, which are below ``key``."""

    names: Sequence[str]
    of_items: Sequence[str]
    key: str | None

    def to_json(self, model: "Model", indent: int | None) -> str:
        """Return the chosen fields of a document as JSON; without ``indent``, of one line."""
        whole = json.loads(to_json(model))
        inside = [_within(self.key, name) for name in self.of_items]
        if indent is None:
            chosen = _pick(whole, inside)
        elif self.key in whole:
            chosen = self._pick_of_list(whole, inside)
        else:
            chosen = _pick(whole, self.names)
        separators = (",", ": ") if indent else (",", ":")
        return escape_json(json.dumps(chosen, ensure_ascii=False, indent=indent, separators=separators))

    def _pick_of_list(self, whole: Mapping[str, Any], inside: Sequence[str]) -> dict[str, Any]:
        """Return the items' fields ``inside``, and the list's own texts and numbers: its cursor must not get lost."""
        chosen = _pick(whole, [name for name in self.names if name not in self.of_items])
        own = {key: value for key, value in whole.items() if not isinstance(value, (dict, list))}
        items = {self.key: _pick(whole[self.key], inside)} if inside and self.key else {}
        found = {**own, **chosen, **items}
        return {key: found[key] for key in whole if key in found}


def _within(key: str | None, name: str) -> str:
    """Return the name of a field as it is within an item of the list below ``key``; empty for the whole item."""
    first, _, rest = name.partition(".")
    return rest if first == key else name


def _pick(value: Any, names: Sequence[str]) -> Any:
    """Return the named parts of JSON data, in the order of the names; an empty name is all of it."""
    if "" in names:
        return value
    if isinstance(value, list):
        return [_pick(each, names) for each in value]
    if not isinstance(value, dict):
        return value
    below: dict[str, list[str]] = {}
    for name in names:
        # The keys of tags and metadata may contain dots: the longest one that exists counts.
        parts = name.split(".")
        keys = (".".join(parts[:count]) for count in range(len(parts), 0, -1))
        if (key := next((key for key in keys if key in value), None)) is not None:
            below.setdefault(key, []).append(name[len(key) + 1 :])
    return {
        key: _pick(value[key], rest)
        for key, rest in below.items()
        # Below a text or a number there is nothing.
        if "" in rest or value[key] is None or isinstance(value[key], (dict, list))
    }


def choose_fields(ctx: click.Context) -> None:
    """Tell the command's Ops which fields the user chose. Raises UsageError for those that the answer can't have."""
    from dagster_ops_cli.cli.context import Ops

    param = next(each for each in ctx.command.params if each.name == "fields")
    if not (ctx.params["as_json"] or ctx.params.get("as_jsonl")):
        formats = "--json or --jsonl" if "as_jsonl" in ctx.params else "--json"
        raise click.UsageError(f"--fields needs {formats}", ctx)
    answer: Answer = param.type.answer  # type: ignore[attr-defined]
    documents = documents_of(answer, ctx)
    items = lines_of(answer, ctx) if ctx.params.get("as_jsonl") else [item for each in documents for item in each.items]
    key = next(filter(None, (items_key(each.properties) for each in documents)), None)
    names: Sequence[str] = ctx.params["fields"]
    of_items = [name for name in names if _is_known(_within(key, name), items)]
    others = [] if ctx.params.get("as_jsonl") else documents
    for name in names:
        if name not in of_items and not any(each.has(name) for each in others):
            raise click.BadParameter(_unknown(name, [*items, *others]), ctx, param)
    ctx.obj = ctx.ensure_object(Ops).with_options(fields=Fields(names, of_items, key))


def _is_known(name: str, nodes: Sequence["Node"]) -> bool:
    return bool(nodes) and (not name or any(each.has(name) for each in nodes))


def _unknown(name: str, nodes: Iterable["Node"]) -> str:
    known = dict.fromkeys(found for node in nodes for found in node.names(name.count(".") + 1))
    near = nearest(name, known, 1)
    guess = (
        f"did you mean {near[0]}?" if near else f"it is one of {', '.join(each for each in known if '.' not in each)}"
    )
    return f"{name!r} is not known; {guess}"


def names_of(answer: "Answer", ctx: click.Context, depth: int) -> list[str]:
    """Return the names of the fields that can be chosen, for completion."""
    nodes = [*lines_of(answer, ctx), *documents_of(answer, ctx)]
    return list(dict.fromkeys(name for each in nodes for name in each.names(depth)))
