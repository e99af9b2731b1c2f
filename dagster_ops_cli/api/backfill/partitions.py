"""The partitions of a backfill and their states."""

from collections.abc import Sequence

from dagster_ops_cli.adapters.backfill import poll_backfill
from dagster_ops_cli.adapters.backfill.partitions import list_backfill_partitions
from dagster_ops_cli.api.backfill.members import NOT_STARTED, LaunchRuns, launch_runs
from dagster_ops_cli.api.backfill.state import RANGE, by_partition, native_runs, ordered_keys, read_launched_plan
from dagster_ops_cli.http.client import GraphQLClient
from dagster_ops_cli.schemas.backfill.launch import is_launched_by_runs
from dagster_ops_cli.schemas.ops_tags import TAG_LAUNCH
from dagster_ops_cli.schemas.partition import PartitionState


def list_partition_states(client: GraphQLClient, backfill_id: str) -> list[PartitionState]:
    """Return the partitions of a backfill, each with the status of the run that counts; NOT_STARTED without a run.

    Reads all runs of the backfill, a thousand with each request. Raises NotFoundError.
    """
    return partition_states(*_read(client, backfill_id))


def partition_states(keys: Sequence[str], runs: LaunchRuns) -> list[PartitionState]:
    """Return the state of each of the ``keys``, in their order; without keys, of each partition that has a run."""
    known = keys or [key for key in runs.latest if RANGE not in key]
    places = {key: place for place, key in enumerate(known)}
    found = {
        key: PartitionState(partition=key, status=run.status, run_id=run.id)
        for key, run in by_partition(runs.latest, known).items()
    }
    none = [PartitionState(partition=key, status=NOT_STARTED) for key in places.keys() - found.keys()]
    states = [*found.values(), *none]
    return sorted(states, key=lambda state: (places.get(state.partition, len(places)), state.partition))


def _read(client: GraphQLClient, backfill_id: str) -> tuple[Sequence[str], LaunchRuns]:
    if is_launched_by_runs(backfill_id):
        plan = read_launched_plan(client, backfill_id)
        return plan.keys or [], launch_runs(client, {TAG_LAUNCH: backfill_id}, plan.keys)
    record = poll_backfill(client, backfill_id).record
    runs = native_runs(client, record) if record else LaunchRuns()
    keys = list_backfill_partitions(client, backfill_id)
    return ordered_keys(client, keys, record.asset_keys if record else None, runs), runs
