"""The operation on the partitions of a backfill."""

from dagster_ops_cli.adapters.union import expect, parse_list, reading_answer
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
    """Return the partition keys of a backfill; an empty list if Dagster stores them as ranges. Raises NotFoundError."""
    answer = expect(
        client.execute(LIST_BACKFILL_PARTITIONS, {"id": backfill_id}), "partitionBackfillOrError", "PartitionBackfill"
    )
    with reading_answer():
        targeted = (answer.get("assetBackfillData") or {}).get("rootTargetedPartitions") or {}
        return parse_list(str, answer.get("partitionNames") or targeted.get("partitionKeys") or [])
