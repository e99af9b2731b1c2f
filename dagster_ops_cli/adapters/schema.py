"""The server's own schema, to check documents against it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import graphql
from gql import gql

from dagster_ops_cli.errors import BadResponseError, InvalidRequestError
from dagster_ops_cli.http.client import GraphQLClient


@dataclass(frozen=True)
class ServerSchema:
    """The GraphQL schema of one server."""

    schema: graphql.GraphQLSchema

    def faults(self, document: str) -> list[str]:
        """Return why the server would refuse the document; an empty list if it would not."""
        return [error.message for error in graphql.validate(self.schema, gql(document).document)]

    def variables(self, operation: graphql.OperationDefinitionNode, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the variables if the server accepts them. Raises InvalidRequestError with what is wrong."""
        taken = graphql.get_variable_values(self.schema, operation.variable_definitions or (), dict(given))
        if isinstance(taken, list):
            raise InvalidRequestError("; ".join(error.message for error in taken))
        return dict(given)


def get_schema(client: GraphQLClient) -> ServerSchema:
    """Return the server's schema. Raises BadResponseError if the answer is not one."""
    answer: Any = client.execute(graphql.get_introspection_query(descriptions=False))
    try:
        schema = graphql.build_client_schema(answer)
        graphql.assert_valid_schema(schema)
        return ServerSchema(schema)
    except (TypeError, KeyError, AttributeError, graphql.GraphQLError) as error:
        raise BadResponseError(f"{client.url} did not return its schema", passing=False) from error
