"""The operation that tells which partitions a backfill is of."""

from dagster_ops_cli.adapters.union import as_promised, expect, parse_list
from dagster_ops_cli.http.client import GraphQLClient

LIST_BACKFILL_PARTITIONS = """
query OpsListBackfillPartitions($id: String!) {
  partitionBackfillOrError(backfillId: $id) {
    __typename
    ... on PartitionBackfill {
      partitionNames
      assetBackfillData { rootTargetedPartitions { partitionKeys } }
    }
    ... on Error { message }
  }
}
"""


def list_backfill_partitions(client: GraphQLClient, backfill_id: str) -> list[str]:
    """Return the keys that a backfill was launched for, as far as Dagster tells them: not those of ranges.

    Raises NotFoundError.
    """
    answer = expect(
        client.execute(LIST_BACKFILL_PARTITIONS, {"id": backfill_id}), "partitionBackfillOrError", "PartitionBackfill"
    )
    with as_promised():
        targeted = (answer.get("assetBackfillData") or {}).get("rootTargetedPartitions") or {}
        return parse_list(str, answer.get("partitionNames") or targeted.get("partitionKeys") or [])
