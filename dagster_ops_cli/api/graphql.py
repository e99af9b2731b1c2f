"""Runs the user's own GraphQL operations, checked against the server's schema before they are sent."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import graphql
from gql import gql

from dagster_ops_cli.adapters.schema import get_schema
from dagster_ops_cli.adapters.union import ERRORS, error_of
from dagster_ops_cli.errors import InvalidRequestError, ServerFaultError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.graphql import GraphQLAnswer

# Values of these types are plain text; others are JSON.
_TEXTS = {"String", "ID"}


@dataclass(frozen=True)
class GraphQLApi:
    """The API for any GraphQL operation."""

    client: GraphQLClient

    def execute(self, document: str, variables: Sequence[str] = (), allow_mutations: bool = False) -> GraphQLAnswer:
        """Send one operation and return its answer.

        ``variables`` are ``name=value``: text for ``String``, ``ID`` and enumerations, JSON for other types. Raises
        InvalidRequestError for an operation that does not match the server's schema, and for a mutation that is not
        allowed.
        """
        operation = _operation(document)
        if operation.operation == graphql.OperationType.SUBSCRIPTION:
            raise InvalidRequestError("subscriptions are not supported; use a query")
        if operation.operation == graphql.OperationType.MUTATION and not allow_mutations:
            raise InvalidRequestError("Mutations need --allow-mutations")
        schema = get_schema(self.client)
        if faults := schema.faults(document):
            raise InvalidRequestError(f"the operation does not match the server's schema: {'; '.join(faults)}")
        given = schema.variables(operation, _parse_variables(operation, variables, schema.schema))
        try:
            return GraphQLAnswer(data=self.client.execute(document, given))
        except ServerFaultError as fault:
            if fault.data is None:
                raise
            return GraphQLAnswer(data=dict(fault.data), fault=fault)

    def check(self, answer: GraphQLAnswer) -> None:
        """Raise the error that came with the answer, or that a field of the answer contains."""
        if answer.fault:
            raise answer.fault
        for field in answer.data.values():
            if isinstance(field, dict) and field.get("__typename") in ERRORS:
                raise error_of(field)


def _operation(document: str) -> graphql.OperationDefinitionNode:
    try:
        parsed = gql(document).document
    except graphql.GraphQLSyntaxError as error:
        where = f" (line {error.locations[0].line}, column {error.locations[0].column})" if error.locations else ""
        raise InvalidRequestError(f"not valid GraphQL: {error.message}{where}") from None
    except RecursionError:
        raise InvalidRequestError("the operation is nested too deeply") from None
    operations = [each for each in parsed.definitions if isinstance(each, graphql.OperationDefinitionNode)]
    if len(operations) != 1:
        raise InvalidRequestError(f"the document must have exactly one operation, not {len(operations)}")
    return operations[0]


def _parse_variables(
    operation: graphql.OperationDefinitionNode, variables: Sequence[str], schema: graphql.GraphQLSchema
) -> dict[str, Any]:
    kinds = {each.variable.name.value: each.type for each in operation.variable_definitions or ()}
    given = {}
    for text in variables:
        name, equals, value = text.partition("=")
        if not equals or name not in kinds:
            known = f"the operation has {', '.join(kinds)}" if kinds else "the operation has none"
            raise InvalidRequestError(
                f"--var {name}: " + (f"no such variable; {known}" if equals else "write name=value")
            )
        given[name] = _value(name, value, kinds[name], schema)
    return given


def _value(name: str, text: str, kind: graphql.TypeNode, schema: graphql.GraphQLSchema) -> Any:
    inner = kind.type if isinstance(kind, graphql.NonNullTypeNode) else kind
    named = schema.get_type(inner.name.value) if isinstance(inner, graphql.NamedTypeNode) else None
    if (named and named.name in _TEXTS) or isinstance(named, graphql.GraphQLEnumType):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        if isinstance(named, graphql.GraphQLScalarType) and not graphql.is_specified_scalar_type(named):
            # A scalar of Dagster's own, such as a run config, may also be plain text.
            return text
        raise InvalidRequestError(
            f"--var {name}: the value of type {graphql.print_ast(kind)} is not valid JSON"
        ) from None
