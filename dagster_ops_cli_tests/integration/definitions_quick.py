"""The definitions of definitions.py, with steps that run in the run's process unless their job says otherwise."""

from dagster import Definitions, MultiPartitionsDefinition, StaticPartitionsDefinition, in_process_executor, job

# As a module: Dagster refuses a second Definitions object among a module's names.
from dagster_ops_cli_tests.integration import definitions
from dagster_ops_cli_tests.integration.definitions_backfills import note_partition

STILL = MultiPartitionsDefinition(
    {
        "daily": StaticPartitionsDefinition([f"2024-01-{day:02}" for day in range(1, 31)]),
        "stations": StaticPartitionsDefinition(["a", "b", "c"]),
    }
)


@job(partitions_def=STILL)
def still_job() -> None:
    """Its partitions are listed page by page, so no other test may run it."""
    note_partition()


defs = Definitions.merge(definitions.defs, Definitions(jobs=[still_job], executor=in_process_executor))
