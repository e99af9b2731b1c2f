"""A Dagster of any version that gives random answers of its schema, or wrong ones. The seed determines them."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from random import Random
from typing import Any

import dagster_graphql.schema
import graphql

from dagster_ops_cli.errors import ForbiddenError, ServerFaultError, UnsupportedError
from dagster_ops_cli.http.client import _LACKING
from dagster_ops_cli_tests import compat
from dagster_ops_cli_tests.replay import URL, operation_name

INSTALLED = "installed"
VERSIONS = (*compat.VERSIONS, INSTALLED)
# A command that polls must end.
TURNS = 40

# Few names, so that answers refer to each other. Command lines use NAME.
NAME = "a"
WORDS = (*5 * [NAME], "b", "c", "b|c", "2024-01-01", "ops-20240101-000000-a")
TEXTS = ("", " ", "\x1b[31mred\n", "\u202e", "\ufffd", "é\u2028", "x" * 300, "null", "a: [", "- {a: 1}", "0:7", "99")
NEWER = "NEW_IN_2030"
JSON: tuple[Any, ...] = ({}, {}, {"a": {"b": [1]}}, "text", 0, -1.5, [], ["a"])
# Replacements for a value, of other types.
OTHER: tuple[Any, ...] = (None, True, -1, 0.5, float("nan"), 10**20, "", NEWER, "a: [", [], {}, [None], ["a"], {"a": 1})
# Fields whose text is parsed.
SHAPED: Mapping[str, Callable[[Random], str]] = {
    "timestamp": lambda random: str(random.randint(10**12, 2 * 10**12)),
    "cursor": lambda random: f"{random.randint(0, 9)}:{random.randint(0, 9)}",
    "stdout": lambda random: random.choice(("", "said\n", "half \ufffd")),
    "stderr": lambda random: random.choice(("", "said\n", "2024-01-01 00:00:00 +0000 - dagster - DEBUG - a - 1 - a\n")),
    "yaml": lambda random: random.choice(("{}", "ops: {a: 1}")),
    "message": lambda random: random.choice(("went wrong", "several\nlines\n", *TEXTS)),
}
# A small schema for the doctor; checking whole schemas takes long and is tested elsewhere.
SMALL = graphql.build_schema("type Query { version: String! }")


@lru_cache
def schema_of(version: str) -> graphql.GraphQLSchema:
    """Return the schema of a version, without resolvers."""
    if version == INSTALLED:
        text = graphql.print_schema(dagster_graphql.schema.create_schema().graphql_schema)
    else:
        text = (compat.SCHEMAS / f"{version}.graphql").read_text()
    schema = graphql.build_schema(text, assume_valid=True, assume_valid_sdl=True)
    for kind in schema.type_map.values():
        if isinstance(kind, graphql.GraphQLEnumType):
            # Include values that a future version may have.
            setattr(kind, "serialize", str)  # noqa: B010 - to mypy, an assignment overwrites a method
    return schema


@lru_cache
def checked(version: str, query: str) -> tuple[graphql.GraphQLSchema, graphql.DocumentNode]:
    """Return the schema and the parsed document. Raises UnsupportedError as the client does."""
    schema = SMALL if "__schema" in query else schema_of(version)
    document = graphql.parse(query)
    if faults := graphql.validate(schema, document):
        raise UnsupportedError("; ".join(fault.message for fault in faults))
    return schema, document


@dataclass
class SchemaDagster:
    """Draws every answer from the schema of a version of Dagster, with at most ``most`` items in each list.

    With ``errs``, it replaces a part of some answers by a value of another type, or leaves it out. Hypothesis does not
    draw the answers, because pages are read ahead in another thread and the order of requests must not matter.
    """

    version: str
    seed: int
    most: int
    errs: bool
    url: str = field(default=URL, repr=False)
    # Fields that the doctor reads.
    answer_headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    asked: Counter[str] = field(default_factory=Counter, repr=False)
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def execute(self, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        name = operation_name(query)
        with self.lock:
            self.asked[name] += 1
            draw = Draw(Random(f"{self.seed} {name} {self.asked[name]}"), self.most)
            if self.asked.total() > TURNS:
                raise ForbiddenError("that was enough")
        schema, document = checked(self.version, query)
        found = graphql.execute_sync(
            schema, document, variable_values=dict(variables or {}), field_resolver=draw.resolve
        )
        if found.data is None:
            told = "; ".join(error.message for error in found.errors or ())
            raise UnsupportedError(told) if any(word in told for word in _LACKING) else ServerFaultError(told)
        assert not found.errors, found.errors
        return draw.spoilt(found.data) if self.errs and draw.random.random() < 0.3 else found.data


@dataclass(frozen=True)
class Draw:
    """Draws a value for each field that a document selects, for graphql-core."""

    random: Random
    most: int

    def resolve(self, source: object, info: graphql.GraphQLResolveInfo, **arguments: object) -> Any:
        return self._value(info.return_type, info)

    def _value(self, kind: graphql.GraphQLOutputType, info: graphql.GraphQLResolveInfo) -> Any:
        """Return a value of a type. An object is only its type name, because its fields are drawn one by one."""
        if not isinstance(kind, graphql.GraphQLNonNull):
            if self.random.random() < 0.1:
                return None
        else:
            kind = kind.of_type
        if isinstance(kind, graphql.GraphQLList):
            count = 0 if self.random.random() < 0.1 else self.random.randint(1, self.most)
            return [self._value(kind.of_type, info) for _ in range(count)]
        if isinstance(kind, graphql.GraphQLEnumType):
            return self.random.choice([NEWER] if self.random.random() < 0.05 else [*kind.values])
        if isinstance(kind, graphql.GraphQLScalarType):
            return self._scalar(kind.name, info.field_name)
        if isinstance(kind, graphql.GraphQLObjectType):
            return {}
        assert isinstance(kind, graphql.GraphQLInterfaceType | graphql.GraphQLUnionType)
        members = info.schema.get_possible_types(kind)
        good = [each for each in members if all(interface.name != "Error" for interface in each.interfaces)]
        # After an error, no further fields are drawn.
        return {"__typename": self.random.choice(good if good and self.random.random() < 0.9 else [*members]).name}

    def _scalar(self, kind: str, name: str) -> Any:
        random = self.random
        odd = random.random() < 0.05
        if kind in ("Int", "BigInt"):
            return random.choice((-1, 2**31 - 1) if odd else (0, 1, 2, 3, 20))
        if kind == "Float":
            return random.choice((0.0, -1.0, 1e18) if odd else (1.7e9, random.uniform(1.6e9, 1.8e9)))
        if kind == "Boolean":
            return random.random() < (0.2 if name == "hasMore" else 0.6)
        if kind in ("GenericScalar", "RunConfigData"):
            return random.choice(JSON)
        if odd:
            return random.choice(TEXTS)
        return SHAPED[name](random) if name in SHAPED else random.choice(WORDS)

    def spoilt(self, answer: dict[str, Any]) -> dict[str, Any]:
        """Return the answer with one part replaced or left out."""
        holder, key = self.random.choice([*_parts(answer)])
        if self.random.random() < 0.2:
            del holder[key]
        else:
            holder[key] = self.random.choice(OTHER)
        return answer


def _parts(node: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every part of an answer: its container, and its key or index."""
    keys = node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()
    for key in keys:
        yield node, key
        yield from _parts(node[key])
