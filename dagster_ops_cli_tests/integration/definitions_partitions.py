"""Jobs and assets that only tests of partitions need."""

from dagster import (
    AssetExecutionContext,
    BackfillPolicy,
    Definitions,
    DynamicPartitionsDefinition,
    HourlyPartitionsDefinition,
    MultiPartitionsDefinition,
    StaticPartitionsDefinition,
    WeeklyPartitionsDefinition,
    asset,
    define_asset_job,
    job,
    op,
)

from dagster_ops_cli.demo.definitions import air_quality_data

hours = HourlyPartitionsDefinition("2024-01-01-00:00", end_date="2024-01-03-00:00")
weeks = WeeklyPartitionsDefinition("2024-01-01", end_date="2024-02-05")
# By its name this dimension comes before the one of time, in which Dagster tells how the partitions stand.
areas = StaticPartitionsDefinition(["north", "south"])


@asset(partitions_def=hours, backfill_policy=BackfillPolicy.single_run())
def pulse() -> None:
    pass


@asset(
    partitions_def=MultiPartitionsDefinition({"week": weeks, "area": areas}),
    backfill_policy=BackfillPolicy.multi_run(3),
)
def weekly_by_area(context: AssetExecutionContext) -> None:
    context.log.info("%s", context.partition_key)


@op
def greet() -> None:
    pass


@job(partitions_def=MultiPartitionsDefinition({"guest": DynamicPartitionsDefinition(name="guests"), "area": areas}))
def guests_job() -> None:
    greet()


defs = Definitions(
    assets=[pulse, weekly_by_area],
    jobs=[
        guests_job,
        define_asset_job("air_quality_job", [air_quality_data]),
        define_asset_job("pulse_job", [pulse]),
        define_asset_job("weekly_job", [weekly_by_area]),
    ],
)
