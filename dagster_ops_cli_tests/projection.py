"""Answers GraphQL documents from plain values: returns the selected fields under their aliases.

It works like graphql-core's executor but without types, and much faster. Each document is parsed once. A missing field
fails the test.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeAlias

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    OperationType,
    SelectionSetNode,
    parse,
)
from graphql.language import ast

Variables: TypeAlias = Mapping[str, Any]
Reader: TypeAlias = Callable[[Variables], Any]

# Types of Dagster's Error interface whose name does not end in Error.
_ERRORS = {"RunConflict"}
# Matches any member of a union.
_UNIONS = ("OrError", "LaunchRunResult", "LaunchRunReexecutionResult", "TerminateRunResult")


class Tags(list[dict[str, str]]):
    """Pairs of key and value. Documents always select both."""


@dataclass(frozen=True)
class Selected:
    """One field of a document."""

    key: str
    name: str
    arguments: Mapping[str, Reader]
    selections: "Sequence[Selected | Fragment] | None"
    conditions: Sequence[tuple[bool, Reader]] = ()
    is_whole_tag: bool = False


@dataclass(frozen=True)
class Fragment:
    """The fields that a document selects of one type."""

    on: str | None
    selections: "Sequence[Selected | Fragment]"
    conditions: Sequence[tuple[bool, Reader]] = ()


@dataclass(frozen=True)
class Document:
    """A parsed operation."""

    name: str
    is_mutation: bool
    selections: Sequence[Selected | Fragment]
    defaults: Mapping[str, Any] = field(default_factory=dict)

    def roots(self, variables: Variables) -> Iterator[tuple[Selected, dict[str, Any]]]:
        """Yield the root fields and their arguments, in the document's order."""
        yield from _roots(self.selections, variables)


@lru_cache(maxsize=4096)
def read(text: str) -> Document:
    """Return a document of one operation."""
    definitions = parse(text, no_location=True).definitions
    fragments = {each.name.value: each for each in definitions if isinstance(each, FragmentDefinitionNode)}
    (operation,) = (each for each in definitions if isinstance(each, OperationDefinitionNode))
    defaults = {
        each.variable.name.value: _reader(each.default_value)({})
        for each in operation.variable_definitions or ()
        if each.default_value
    }
    return Document(
        operation.name.value if operation.name else "",
        operation.operation is OperationType.MUTATION,
        _selections(operation.selection_set, fragments),
        defaults,
    )


def project(value: Any, selections: Sequence[Selected | Fragment] | None, variables: Variables) -> Any:
    """Return the selected fields of a value: a mapping, a list of mappings, or None.

    A mapping's values may be functions of the field's arguments.
    """
    if value is None or selections is None:
        return value
    if isinstance(value, list | tuple):
        return [project(each, selections, variables) for each in value]
    taken: dict[str, Any] = {}
    _take(value, selections, variables, taken)
    return taken


def arguments_of(selected: Selected, variables: Variables) -> dict[str, Any]:
    """Return a field's arguments, without those whose variable was not given."""
    values = ((name, reader(variables)) for name, reader in selected.arguments.items())
    return {name: value for name, value in values if value is not _ABSENT}


_ABSENT: Any = object()


def _take(value: Any, selections: Sequence[Selected | Fragment], variables: Variables, taken: dict[str, Any]) -> None:
    for each in selections:
        if each.conditions and not _included(each.conditions, variables):
            continue
        if isinstance(each, Fragment):
            if each.on is None or _is_a(value["__typename"], each.on):
                _take(value, each.selections, variables, taken)
            continue
        if each.name not in value:
            raise AssertionError(f"the model has no field {each.name!r} in {value.get('__typename')}")
        found = value[each.name]
        if callable(found):
            found = found(arguments_of(each, variables))
        if each.selections is not None and not (each.is_whole_tag and isinstance(found, Tags)):
            found = project(found, each.selections, variables)
            found = _merged(taken.get(each.key), found)
        taken[each.key] = found


def _merged(before: Any, found: Any) -> Any:
    """Return what two selections of one field have found together."""
    if isinstance(before, dict) and isinstance(found, dict):
        return {**before, **{key: _merged(before.get(key), each) for key, each in found.items()}}
    if isinstance(before, list) and isinstance(found, list):
        return [_merged(*pair) for pair in zip(before, found, strict=True)]
    return found


def _roots(
    selections: Sequence[Selected | Fragment], variables: Variables
) -> Iterator[tuple[Selected, dict[str, Any]]]:
    for each in selections:
        if each.conditions and not _included(each.conditions, variables):
            continue
        if isinstance(each, Fragment):
            yield from _roots(each.selections, variables)
        else:
            yield each, arguments_of(each, variables)


def _is_a(typename: str, on: str) -> bool:
    if typename == on or on.endswith(_UNIONS):
        return True
    if on == "Error":
        return typename.endswith("Error") or typename in _ERRORS
    return on in ("MessageEvent", "RunEvent", "ErrorEvent") and typename.endswith("Event")


def _included(conditions: Sequence[tuple[bool, Reader]], variables: Variables) -> bool:
    return all(bool(reader(variables)) is wanted for wanted, reader in conditions)


def _selections(
    node: SelectionSetNode, fragments: Mapping[str, FragmentDefinitionNode]
) -> "Sequence[Selected | Fragment]":
    return tuple(_selection(each, fragments) for each in node.selections)


def _selection(node: Any, fragments: Mapping[str, FragmentDefinitionNode]) -> Selected | Fragment:
    conditions = tuple(
        (each.name.value == "include", _reader(each.arguments[0].value))
        for each in node.directives or ()
        if each.name.value in ("include", "skip")
    )
    if isinstance(node, FieldNode):
        inner = _selections(node.selection_set, fragments) if node.selection_set else None
        names = {each.name if isinstance(each, Selected) and each.key == each.name else "" for each in inner or ()}
        return Selected(
            key=node.alias.value if node.alias else node.name.value,
            name=node.name.value,
            arguments={each.name.value: _reader(each.value) for each in node.arguments or ()},
            selections=inner,
            conditions=conditions,
            is_whole_tag=names == {"key", "value"},
        )
    if isinstance(node, FragmentSpreadNode):
        definition = fragments[node.name.value]
        return Fragment(
            definition.type_condition.name.value, _selections(definition.selection_set, fragments), conditions
        )
    assert isinstance(node, InlineFragmentNode)
    on = node.type_condition.name.value if node.type_condition else None
    return Fragment(on, _selections(node.selection_set, fragments), conditions)


def _reader(node: Any) -> Reader:
    """Return a function that computes an argument from the variables."""
    if isinstance(node, ast.VariableNode):
        name = node.name.value
        return lambda variables: variables.get(name, _ABSENT)
    if isinstance(node, ast.ListValueNode):
        items = [_reader(each) for each in node.values]
        return lambda variables: [item(variables) for item in items]
    if isinstance(node, ast.ObjectValueNode):
        fields = {each.name.value: _reader(each.value) for each in node.fields}
        return lambda variables: {
            name: value for name, reader in fields.items() if (value := reader(variables)) is not _ABSENT
        }
    constant = _constant(node)
    return lambda variables: constant


def _constant(node: Any) -> Any:
    if isinstance(node, ast.NullValueNode):
        return None
    if isinstance(node, ast.IntValueNode):
        return int(node.value)
    if isinstance(node, ast.FloatValueNode):
        return float(node.value)
    return node.value
