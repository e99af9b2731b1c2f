"""The answer to an operation of the user's own."""

from pydantic import JsonValue

from dagster_ops_cli.schemas.model import Model


class GraphQLAnswer(Model):
    """What the server gave, as it gave it."""

    data: dict[str, JsonValue]
