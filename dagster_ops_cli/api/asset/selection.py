"""Resolves asset selections in the syntax of Dagster's ``AssetSelection.from_string``, which no server does."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NoReturn

from dagster_ops_cli.errors import InvalidRequestError, NotFoundError
from dagster_ops_cli.nearest import did_you_mean
from dagster_ops_cli.schemas.asset.definition import AssetRow

_WORD = r"[a-zA-Z_*][a-zA-Z0-9_*/]*"
_TOKEN = re.compile(rf'[ \t\r\n]*("[^"\\\r\n]*"|<null>|{_WORD}|[0-9]+|[=+:(),])')
_OPERATORS = {"and", "AND", "or", "OR", "not", "NOT"}
# Dagster's own command line can't resolve these either: they depend on state, or on what only the UI knows.
_UNRESOLVED = (
    *("status", "column", "table_name", "column_tag", "changed_in_branch", "automation_type", "sensor", "schedule"),
    "not_materialized_in_hours",
)
_RESOLVED = ("key", "tag", "owner", "group", "kind", "is", "code_location", "partitions", "job")
_KEYWORDS = {*_OPERATORS, *_UNRESOLVED, *_RESOLVED, "sinks", "roots"}
# A value may be one of these keywords.
_KEYWORD_VALUES = {"sensor", "schedule", "job"}
_PARTITION_TYPES = {
    "static": "STATIC",
    "dynamic": "DYNAMIC",
    "time": "TIME_WINDOW",
    "multipartitions": "MULTIPARTITIONED",
}
# The older syntax: a name with levels of upstream and downstream assets, or with a star for all of them.
_CLAUSE = re.compile(r"(\*?\+*)([./\w\[\]-]+)(\+*\*?)")


@dataclass(frozen=True)
class AssetGraph:
    """The assets of a workspace and how they depend on one another."""

    assets: Mapping[str, AssetRow]

    @classmethod
    def of(cls, rows: Iterable[AssetRow]) -> "AssetGraph":
        """Return the graph of these assets."""
        return cls({row.key: row for row in rows})

    @cached_property
    def materializable(self) -> frozenset[str]:
        """The keys of the assets that a run can materialize."""
        return frozenset(key for key, row in self.assets.items() if row.is_materializable)

    @cached_property
    def _upstream(self) -> dict[str, set[str]]:
        return {key: set(row.upstream).intersection(self.assets) - {key} for key, row in self.assets.items()}

    @cached_property
    def _downstream(self) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {key: set() for key in self.assets}
        for key, parents in self._upstream.items():
            for parent in parents:
                found[parent].add(key)
        return found

    def upstream(self, keys: Iterable[str], depth: int | None = None) -> set[str]:
        """Return the assets up to ``depth`` levels upstream of ``keys``; a key itself only if above another."""
        return _walk(self._upstream, keys, depth)

    def downstream(self, keys: Iterable[str], depth: int | None = None) -> set[str]:
        """Return the assets up to ``depth`` levels downstream of ``keys``; a key itself only if below another."""
        return _walk(self._downstream, keys, depth)


Selection = Callable[[AssetGraph], set[str]]
"""Returns the keys of the selected assets."""


def parse_selection(text: str) -> Selection:
    """Return the selection that a text describes. Raises InvalidRequestError.

    The selection itself raises NotFoundError for an asset that is named without ``key:`` and does not exist.
    """
    text = text.strip()
    try:
        return _Parser(text).parse()
    except _SyntaxError as error:
        if clause := _CLAUSE.fullmatch(text):
            return _clause(*clause.groups())
        if text.startswith("tag:") and text != "tag:":
            key, _, value = text.removeprefix("tag:").partition("=")
            return _materializable(lambda row: row.tags.get(key) == value)
        raise InvalidRequestError(
            f"can't read the selection {text!r}: {error}",
            hint='Examples: key:"marts/daily"+, group:sales and not kind:dbt, tag:"team"="air"',
        ) from None


def resolve_selection(text: str, graph: AssetGraph) -> set[str]:
    """Return the keys of the selected assets. Raises InvalidRequestError, NotFoundError."""
    return parse_selection(text)(graph)


class _SyntaxError(Exception):
    """The text is not a selection in the newer syntax."""


class _Parser:
    """Reads the newer syntax; each method reads one rule of its grammar."""

    def __init__(self, text: str) -> None:
        self._tokens: list[str] = []
        end = 0
        while end < len(text.rstrip()):
            match = _TOKEN.match(text, end)
            if not match:
                raise _SyntaxError(f"{text[end:].strip()[:1]!r} is not expected")
            self._tokens.append(match[1])
            end = match.end()
        self._next = 0

    def parse(self) -> Selection:
        selection = self._or()
        if self._peek():
            self._fail()
        return selection

    def _peek(self, ahead: int = 0) -> str:
        index = self._next + ahead
        return self._tokens[index] if index < len(self._tokens) else ""

    def _take(self, *expected: str) -> str:
        token = self._peek()
        if not token or (expected and token not in expected):
            self._fail()
        self._next += 1
        return token

    def _fail(self) -> NoReturn:
        raise _SyntaxError(f"unexpected {self._peek()!r}" if self._peek() else "it is incomplete")

    def _or(self) -> Selection:
        parts = [self._and()]
        while self._peek() in ("or", "OR"):
            self._take()
            parts.append(self._and())
        return parts[0] if len(parts) == 1 else lambda graph: set().union(*(part(graph) for part in parts))

    def _and(self) -> Selection:
        parts = [self._not()]
        while self._peek() in ("and", "AND"):
            self._take()
            parts.append(self._not())
        return parts[0] if len(parts) == 1 else lambda graph: set.intersection(*(part(graph) for part in parts))

    def _not(self) -> Selection:
        if self._peek() in ("not", "NOT"):
            self._take()
            inner = self._not()
            return lambda graph: set(graph.materializable) - inner(graph)
        if self._peek() == "*":
            self._take()
            return lambda graph: set(graph.materializable)
        return self._traversal()

    def _traversal(self) -> Selection:
        up = down = False
        up_depth = down_depth = None
        if self._peek() == "+" or (self._peek().isdigit() and self._peek(1) == "+"):
            up, up_depth = True, self._digits()
            self._take("+")
        inner = self._operand()
        if self._peek() == "+":
            self._take()
            down, down_depth = True, self._digits()
        return _traversal(inner, up, up_depth, down, down_depth)

    def _digits(self) -> int | None:
        return int(self._take()) if self._peek().isdigit() else None

    def _operand(self) -> Selection:
        name = self._take()
        if name == "(":
            return self._parenthesized()
        if name in ("sinks", "roots"):
            self._take("(")
            inner = self._parenthesized()
            return (
                (lambda graph: _sinks(graph, inner(graph)))
                if name == "sinks"
                else (lambda graph: _roots(graph, inner(graph)))
            )
        if name not in _RESOLVED and name not in _UNRESOLVED:
            self._next -= 1
            self._fail()
        self._take(":")
        if name in _UNRESOLVED:
            raise InvalidRequestError(
                f"can't select by {name}: only Dagster's UI resolves it",
                hint=f"Select by {', '.join(f'{each}:' for each in _RESOLVED)}.",
            )
        return self._attribute(name)

    def _parenthesized(self) -> Selection:
        inner = self._or()
        self._take(")")
        return inner

    def _attribute(self, name: str) -> Selection:
        if name == "key":
            pattern = _wildcard(self._key())
            # Dagster does not tell a slash inside a part of a key from one between two parts.
            return lambda graph: {key for key in graph.assets if pattern.match(key.replace(r"\/", "/"))}
        value = self._value()
        if name == "tag":
            wanted = ""
            if self._peek() == "=":
                self._take()
                wanted = self._value() or ""
            return _materializable(lambda row: value is not None and row.tags.get(value) == wanted)
        if name == "is":
            if value not in ("external", "materializable"):
                raise _SyntaxError("is: takes external or materializable")
            return _every(lambda row: row.is_materializable == (value == "materializable"))
        return _ATTRIBUTES[name](value)

    def _key(self) -> str:
        token = self._take()
        if token.startswith('"'):
            return token.strip('"')
        if not re.fullmatch(_WORD, token) or token in _KEYWORDS or token == "*":  # noqa: S105 - not a password
            self._next -= 1
            self._fail()
        return token

    def _value(self) -> str | None:
        token = self._take()
        if token == "<null>":  # noqa: S105 - not a password
            return None
        if token.startswith('"'):
            return token.strip('"')
        is_word = re.fullmatch(_WORD, token) and "*" not in token
        if not is_word or (token in _KEYWORDS and token not in _KEYWORD_VALUES):
            self._next -= 1
            self._fail()
        return token


def _walk(edges: Mapping[str, set[str]], keys: Iterable[str], depth: int | None) -> set[str]:
    found: set[str] = set()
    level = set(keys).intersection(edges)
    while level and (depth is None or depth > 0):
        level = {other for key in level for other in edges[key]} - found
        found |= level
        depth = None if depth is None else depth - 1
    return found


def _wildcard(pattern: str) -> re.Pattern[str]:
    return re.compile("^" + re.escape(pattern).replace(r"\*", ".*") + "$")


def _every(fits: Callable[[AssetRow], bool]) -> Selection:
    return lambda graph: {key for key, row in graph.assets.items() if fits(row)}


def _materializable(fits: Callable[[AssetRow], bool]) -> Selection:
    return _every(lambda row: row.is_materializable and fits(row))


def _group(name: str | None) -> Selection:
    if not name:
        return lambda graph: set()
    pattern = _wildcard(name)
    return _materializable(lambda row: row.group_name is not None and bool(pattern.match(row.group_name)))


def _location(name: str | None) -> Selection:
    repository, at, location = (name or "").partition("@")
    if at:
        return _every(lambda row: (row.repository_name, row.location_name) == (repository, location))
    return _every(lambda row: row.location_name == name)


def _kind(name: str | None) -> Selection:
    return _materializable(lambda row: not row.kinds if name is None else name in row.kinds)


def _partitions(name: str | None) -> Selection:
    wanted = None if name in (None, "none") else _PARTITION_TYPES.get(name or "", "")
    return _every(lambda row: row.partition_type == wanted)


_ATTRIBUTES: Mapping[str, Callable[[str | None], Selection]] = {
    "owner": lambda name: _every(lambda row: name in row.owners),
    "group": _group,
    "kind": _kind,
    "code_location": _location,
    "partitions": _partitions,
    "job": lambda name: _materializable(lambda row: name in row.job_names),
}


def _traversal(inner: Selection, up: bool, up_depth: int | None, down: bool, down_depth: int | None) -> Selection:
    def resolve(graph: AssetGraph) -> set[str]:
        chosen = inner(graph)
        # Dagster leaves out what can't be materialized when it goes upstream, and keeps it when it goes downstream.
        above = (chosen | graph.upstream(chosen, up_depth)) & graph.materializable if up else set()
        below = chosen | graph.downstream(chosen, down_depth) if down else set()
        return above | below if up or down else chosen

    return resolve


def _clause(above: str, name: str, below: str) -> Selection:
    def inner(graph: AssetGraph) -> set[str]:
        if name not in graph.assets:
            raise NotFoundError(
                f"there is no asset {name!r}",
                code="ASSET_NOT_FOUND",
                hint=did_you_mean(name, graph.assets),
                asset_key=name,
            )
        return {name}

    def depth(part: str) -> int | None:
        return None if "*" in part else len(part)

    return _traversal(inner, bool(above), depth(above), bool(below), depth(below))


def _sinks(graph: AssetGraph, chosen: set[str]) -> set[str]:
    return chosen - graph.upstream(chosen)


def _roots(graph: AssetGraph, chosen: set[str]) -> set[str]:
    return chosen - graph.downstream(chosen)


def names_of(keys: Sequence[str]) -> str:
    """Return keys as a list for a sentence; of many, only the first few."""
    shown = ", ".join(keys[:5])
    return f"{shown} and {len(keys) - 5} more" if len(keys) > 5 else shown  # noqa: PLR2004 - the few that are named
