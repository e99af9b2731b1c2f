"""Schedules and sensors that tick, fail, skip and request runs."""

from dagster import (
    DagsterRunStatus,
    DefaultScheduleStatus,
    DefaultSensorStatus,
    Definitions,
    DynamicPartitionsDefinition,
    RunRequest,
    RunStatusSensorContext,
    ScheduleEvaluationContext,
    SensorEvaluationContext,
    SensorResult,
    SkipReason,
    job,
    op,
    run_status_sensor,
    schedule,
    sensor,
)

TOWNS = DynamicPartitionsDefinition(name="towns")


@op
def nothing() -> None:
    """Do nothing."""


@job
def quick_job() -> None:
    nothing()


@schedule(cron_schedule="* * * * *", target=quick_job, default_status=DefaultScheduleStatus.RUNNING)
def minute_schedule(context: ScheduleEvaluationContext) -> RunRequest:
    """Request a run each minute."""
    at = context.scheduled_execution_time.strftime("%H:%M")
    return RunRequest(run_key=at, tags={"at": at}, run_config={"execution": {"config": {"multiprocess": {}}}})


@schedule(cron_schedule="* * * * *", target=quick_job, default_status=DefaultScheduleStatus.RUNNING)
def failing_schedule() -> None:
    """Fail each minute."""
    raise RuntimeError("no calendar")


@schedule(cron_schedule=["0 2 * * *", "30 4 * * 1"], target=quick_job, execution_timezone="Europe/Amsterdam")
def nightly_schedule() -> SkipReason:
    """Skip each night, and on Mondays twice."""
    return SkipReason("nothing to do at night")


@sensor(target=quick_job, minimum_interval_seconds=1, default_status=DefaultSensorStatus.RUNNING)
def upload_sensor(context: SensorEvaluationContext) -> SensorResult:
    """Count in the cursor; request a run at the first tick and skip at all others."""
    number = int(context.cursor or 0) + 1
    if number == 1:
        return SensorResult(run_requests=[RunRequest(run_key="first", tags={"number": "1"})], cursor="1")
    return SensorResult(skip_reason=f"no upload {number}", cursor=str(number))


@sensor(target=quick_job, minimum_interval_seconds=1, default_status=DefaultSensorStatus.RUNNING)
def failing_sensor() -> None:
    """Fail at each tick."""
    raise RuntimeError("no inbox")


@sensor(target=quick_job, minimum_interval_seconds=1)
def cursor_sensor(context: SensorEvaluationContext) -> SensorResult:
    """Request a run that logs the cursor."""
    cursor = context.cursor or "none"
    return SensorResult(
        run_requests=[RunRequest(run_key=None, tags={"cursor": cursor})],
        dynamic_partitions_requests=[TOWNS.build_add_request([cursor])],
        cursor=f"{cursor}+",
    )


@run_status_sensor(run_status=DagsterRunStatus.FAILURE, request_job=quick_job)
def failure_sensor(context: RunStatusSensorContext) -> SkipReason:
    """Have a cursor of Dagster's own."""
    return SkipReason(f"{context.dagster_run.job_name} failed")


defs = Definitions(
    jobs=[quick_job],
    schedules=[minute_schedule, failing_schedule, nightly_schedule],
    sensors=[upload_sensor, failing_sensor, cursor_sensor, failure_sensor],
)
