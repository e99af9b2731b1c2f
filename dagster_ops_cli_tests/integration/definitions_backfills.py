"""Jobs and assets for the tests of backfills: all time windows, required run configs, and slow ones."""

import time
from pathlib import Path
from typing import Any

from dagster import (
    AssetExecutionContext,
    BackfillPolicy,
    Config,
    DailyPartitionsDefinition,
    Definitions,
    HourlyPartitionsDefinition,
    MonthlyPartitionsDefinition,
    OpExecutionContext,
    StaticPartitionsDefinition,
    WeeklyPartitionsDefinition,
    asset,
    define_asset_job,
    job,
    op,
    static_partitioned_config,
)


@op
def note_partition(context: OpExecutionContext) -> None:
    context.log.info("partition %s", context.partition_key)


@job(partitions_def=HourlyPartitionsDefinition(start_date="2024-01-01-00:00", end_date="2024-01-03-00:00"))
def hours_job() -> None:
    note_partition()


@job(partitions_def=WeeklyPartitionsDefinition(start_date="2024-01-01", end_date="2024-03-01"))
def weeks_job() -> None:
    note_partition()


@job(partitions_def=MonthlyPartitionsDefinition(start_date="2024-01-01", end_date="2024-07-01"))
def months_job() -> None:
    note_partition()


@job(partitions_def=StaticPartitionsDefinition(["NO", "yes, no", "2024", "ünïcode"]))
def odd_keys_job() -> None:
    note_partition()


@job(partitions_def=DailyPartitionsDefinition(start_date="01/2024/01", end_date="01/2024/05", fmt="%m/%Y/%d"))
def odd_dates_job() -> None:
    note_partition()


class SeedConfig(Config):
    """The configuration of a seeded op."""

    seed: int


@op
def seeded(context: OpExecutionContext, config: SeedConfig) -> None:
    context.log.info("seed %d for %s", config.seed, context.partition_key)


@static_partitioned_config(partition_keys=[f"2024-01-{day:02}" for day in range(1, 8)])
def seed_of_the_day(partition_key: str) -> dict[str, Any]:
    return {"ops": {"seeded": {"config": {"seed": int(partition_key[-2:])}}}}


@job(config=seed_of_the_day)
def seeded_job() -> None:
    seeded()


@job(partitions_def=DailyPartitionsDefinition(start_date="2024-01-01", end_date="2024-02-01"))
def unseeded_job() -> None:
    seeded()


class NapConfig(Config):
    """How long to take, in seconds, and the file to wait for afterwards, if any."""

    seconds: float = 300.0
    until: str = ""


@op
def nap(config: NapConfig) -> None:
    time.sleep(config.seconds)
    while config.until and not Path(config.until).exists():
        time.sleep(0.1)


@job(partitions_def=DailyPartitionsDefinition(start_date="2024-01-01", end_date="2024-02-01"))
def nap_job() -> None:
    nap()


@asset(
    partitions_def=DailyPartitionsDefinition(start_date="2024-01-01", end_date="2024-02-01"),
    backfill_policy=BackfillPolicy.single_run(),
)
def one_run_for_all(context: AssetExecutionContext) -> None:
    context.log.info("%d partitions", len(context.partition_keys))


@asset(partitions_def=DailyPartitionsDefinition(start_date="2024-01-01", end_date="2024-02-01"))
def daily_measurements(context: AssetExecutionContext) -> None:
    context.log.info("partition %s", context.partition_key)


defs = Definitions(
    assets=[one_run_for_all, daily_measurements],
    jobs=[
        hours_job,
        weeks_job,
        months_job,
        odd_keys_job,
        odd_dates_job,
        seeded_job,
        unseeded_job,
        nap_job,
        define_asset_job("one_run_job", selection=[one_run_for_all]),
    ],
)
