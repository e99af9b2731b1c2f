"""Fifty schedules, which the benchmarks serve as ten code locations."""

from dagster import Definitions, ScheduleDefinition, job, op

COUNT = 50


@op
def nothing() -> None:
    """Do nothing."""


@job
def nightly_job() -> None:
    nothing()


defs = Definitions(
    jobs=[nightly_job],
    schedules=[
        ScheduleDefinition(name=f"schedule_{number}", cron_schedule=f"{number} 3 * * *", target=nightly_job)
        for number in range(COUNT)
    ],
)
