"""The answer to an operation that the user wrote."""

from pydantic import ConfigDict, Field, JsonValue

from dagster_ops_cli.errors import OpsError
from dagster_ops_cli.schemas.model import Model


class GraphQLAnswer(Model):
    """The server's data, unchanged, and the error that came with it."""

    model_config = ConfigDict(arbitrary_types_allowed=True)

    data: dict[str, JsonValue]
    fault: OpsError | None = Field(None, exclude=True)
