"""A job of 100,000 partitions and one of 1,000, which the benchmarks serve alone."""

from dagster import Definitions, OpExecutionContext, StaticPartitionsDefinition, job, op


@op
def note_key(context: OpExecutionContext) -> None:
    context.log.info("partition %s", context.partition_key)


@job(partitions_def=StaticPartitionsDefinition([f"key-{number:06}" for number in range(100_000)]))
def many_job() -> None:
    note_key()


@job(partitions_def=StaticPartitionsDefinition([f"key-{number:06}" for number in range(1000)]))
def thousand_job() -> None:
    note_key()


defs = Definitions(jobs=[many_job, thousand_job])
