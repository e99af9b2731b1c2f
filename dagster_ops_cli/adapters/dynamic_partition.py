"""The operations on dynamic partitions."""

from collections.abc import Mapping, Sequence
from typing import Any

from dagster_ops_cli.adapters.union import expect, expect_list, reading_answer
from dagster_ops_cli.errors import ConflictError, ForbiddenError, NotFoundError, OpsError
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.dynamic_partition import DynamicUse
from dagster_ops_cli.schemas.selectors import asset_key, asset_selector, repository_selector

LIST_DYNAMIC_DEFINITIONS = """
query OpsListDynamicDefinitions {
  assetNodes {
    assetKey { path }
    repository { name location { name } }
    partitionDefinition { name type dimensionTypes { name dynamicPartitionsDefinitionName } }
  }
}
"""

LIST_DYNAMIC_PARTITIONS = """
query OpsListDynamicPartitions($assetKey: AssetKeyInput!) {
  assetNodes(assetKeys: [$assetKey]) { partitionKeysByDimension { name partitionKeys } }
}
"""

_ADDED = """
fragment OpsAddedPartition on AddDynamicPartitionResult {
  __typename
  ... on AddDynamicPartitionSuccess { partitionKey }
  ... on Error { message }
}
"""


def add_dynamic_partitions_document(count: int) -> str:
    """Return the document that adds ``count`` keys, one after the other; a refused key does not stop the others."""
    keys = "".join(f", $key{number}: String!" for number in range(count))
    fields = "".join(
        f"\n  key{number}: addDynamicPartition(partitionKey: $key{number}, partitionsDefName: $definition, "
        "repositorySelector: $repository) { ...OpsAddedPartition }"
        for number in range(count)
    )
    return (
        f"mutation OpsAddDynamicPartitions($definition: String!, $repository: RepositorySelector!{keys}) "
        f"{{{fields}\n}}\n{_ADDED}"
    )


# The schema tests check this document; others differ only in the number of keys.
ADD_DYNAMIC_PARTITIONS = add_dynamic_partitions_document(1)

# Since 1.7.
DELETE_DYNAMIC_PARTITIONS = """
mutation OpsDeleteDynamicPartitions($definition: String!, $repository: RepositorySelector!, $keys: [String!]!) {
  deleteDynamicPartitions(partitionsDefName: $definition, repositorySelector: $repository, partitionKeys: $keys) {
    __typename
    ... on DeleteDynamicPartitionsSuccess { partitionsDefName }
    ... on Error { message }
  }
}
"""

# Dagster reports a definition that does not exist as a missing permission.
_NO_DEFINITION = "does not contain a dynamic partitions definition"


def list_dynamic_uses(client: GraphQLClient) -> list[DynamicUse]:
    """Return the assets that use a dynamic partitions definition, an entry for each dimension that is dynamic."""
    nodes = expect_list(client.execute(LIST_DYNAMIC_DEFINITIONS), "assetNodes")
    with reading_answer():
        return [
            DynamicUse(
                definition=name,
                asset_key=asset_key(node["assetKey"]["path"]),
                dimension=dimension,
                repository_name=node["repository"]["name"],
                location_name=node["repository"]["location"]["name"],
            )
            for node in nodes
            for name, dimension in _dynamic_dimensions(node["partitionDefinition"])
        ]


def _dynamic_dimensions(definition: Mapping[str, Any] | None) -> list[tuple[str, str | None]]:
    """Return the name of each dynamic definition, with its dimension if there are several."""
    if definition is None:
        return []
    if definition["type"] == "DYNAMIC":
        return [(definition["name"], None)] if definition["name"] else []
    dimensions = definition["dimensionTypes"]
    found = ((each["dynamicPartitionsDefinitionName"], each["name"]) for each in dimensions)
    return [(name, dimension) for name, dimension in found if name]


def list_dynamic_partitions(client: GraphQLClient, use: DynamicUse) -> list[str]:
    """Return the keys of the definition in the order in which they were added. Raises NotFoundError."""
    data = client.execute(LIST_DYNAMIC_PARTITIONS, {"assetKey": asset_selector(use.asset_key)})
    nodes = expect_list(data, "assetNodes")
    with reading_answer():
        for node in nodes:
            for dimension in node["partitionKeysByDimension"]:
                if use.dimension in (None, dimension["name"]):
                    return [str(key) for key in dimension["partitionKeys"]]
    raise NotFoundError(f"there is no asset {use.asset_key!r} any more", code="ASSET_NOT_FOUND")


def add_dynamic_partitions(client: GraphQLClient, use: DynamicUse, keys: Sequence[str]) -> dict[str, OpsError | None]:
    """Add keys in order. Return for each key why it was refused, or None if it was added."""
    variables = {**_definition(use), **{f"key{number}": key for number, key in enumerate(keys)}}
    data = client.execute(add_dynamic_partitions_document(len(keys)), variables)
    return {key: _refusal(data, f"key{number}") for number, key in enumerate(keys)}


def delete_dynamic_partitions(client: GraphQLClient, use: DynamicUse, keys: Sequence[str]) -> None:
    """Delete keys; Dagster ignores those that do not exist. Raises ForbiddenError, NotFoundError."""
    data = client.execute(DELETE_DYNAMIC_PARTITIONS, {**_definition(use), "keys": list(keys)})
    try:
        expect(data, "deleteDynamicPartitions", "DeleteDynamicPartitionsSuccess")
    except ForbiddenError as error:
        raise _explained(error) from error


def _definition(use: DynamicUse) -> dict[str, Any]:
    return {"definition": use.definition, "repository": repository_selector(use.location_name, use.repository_name)}


def _refusal(data: Mapping[str, Any], field: str) -> OpsError | None:
    try:
        expect(data, field, "AddDynamicPartitionSuccess")
    except ConflictError:
        # Another process has added the key in the meantime.
        return None
    except ForbiddenError as error:
        return _explained(error)
    except OpsError as error:
        return error
    return None


def _explained(error: ForbiddenError) -> OpsError:
    if _NO_DEFINITION not in error.message:
        return error
    return NotFoundError("the dynamic partitions definition does not exist any more", code="DEFINITION_NOT_FOUND")
