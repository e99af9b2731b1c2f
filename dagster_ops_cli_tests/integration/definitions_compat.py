"""The example definitions of `ops demo`, and something of every other noun, in words that the oldest Dagster knows."""

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    DefaultScheduleStatus,
    DefaultSensorStatus,
    Definitions,
    DynamicPartitionsDefinition,
    MaterializeResult,
    RunRequest,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    SourceAsset,
    asset,
    asset_check,
    job,
    op,
    schedule,
    sensor,
)

from dagster_ops_cli.demo.definitions import air_quality_data, ingestion_job, noisy_job


@op(tags={"dagster/concurrency_key": "warehouse"})
def nothing() -> None:
    """Do nothing."""


@job
def quick_job() -> None:
    nothing()


@schedule(cron_schedule="* * * * *", job=quick_job, default_status=DefaultScheduleStatus.RUNNING)
def minute_schedule() -> SkipReason:
    return SkipReason("nothing to do")


@schedule(cron_schedule="0 3 * * *", job=quick_job)
def nightly_schedule() -> RunRequest:
    return RunRequest(run_key=None, tags={"why": "nightly"})


@sensor(job=quick_job, minimum_interval_seconds=1, default_status=DefaultSensorStatus.RUNNING)
def upload_sensor(context: SensorEvaluationContext) -> SensorResult:
    return SensorResult(skip_reason=SkipReason("no file"), cursor=context.cursor)


landing = SourceAsset(["landing", "files"])


@asset(key_prefix="raw", deps=[landing], group_name="raw", compute_kind="csv")
def orders() -> MaterializeResult:  # type: ignore[type-arg]
    return MaterializeResult(metadata={"rows": 3})


@asset(partitions_def=DynamicPartitionsDefinition(name="customers"))
def accounts() -> None:
    pass


@asset_check(asset=orders)
def has_rows() -> AssetCheckResult:
    return AssetCheckResult(passed=True, metadata={"rows": 3})


@asset_check(asset=orders)
def has_customers() -> AssetCheckResult:
    return AssetCheckResult(passed=False, severity=AssetCheckSeverity.ERROR)


defs = Definitions(
    assets=[air_quality_data, landing, orders, accounts],
    asset_checks=[has_rows, has_customers],
    jobs=[ingestion_job, noisy_job, quick_job],
    schedules=[minute_schedule, nightly_schedule],
    sensors=[upload_sensor],
)
