"""Jobs whose steps need slots of pools."""

import os
import signal
import time

import dagster as dg


@dg.op(pool="database")
def crash() -> None:
    """Dies like a process that the system kills: nothing frees its slot."""
    os.kill(os.getpid(), signal.SIGKILL)


@dg.op(pool="scanner")
def crash_too() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@dg.op(pool="database")
def query() -> None:
    """Needs a slot for a moment."""


@dg.op(pool="printer")
def hold() -> None:
    """Holds its slot until it is terminated."""
    while True:
        time.sleep(0.1)


@dg.op
def begin() -> int:
    return 1


@dg.op(pool="printer")
def go_on(number: int) -> None:
    """Waits for a slot in a run that has begun."""


@dg.op(pool="archive")
def rarely() -> None:
    """Never runs: Dagster does not list its pool."""


@dg.job(executor_def=dg.in_process_executor)
def crash_job() -> None:
    crash()


@dg.job(executor_def=dg.in_process_executor)
def crash_too_job() -> None:
    crash_too()


@dg.job(executor_def=dg.in_process_executor)
def query_job() -> None:
    query()


@dg.job(executor_def=dg.in_process_executor)
def hold_job() -> None:
    hold()


@dg.job(executor_def=dg.in_process_executor)
def wait_job() -> None:
    go_on(begin())


@dg.job(executor_def=dg.in_process_executor)
def rare_job() -> None:
    rarely()


defs = dg.Definitions(jobs=[crash_job, crash_too_job, query_job, hold_job, wait_job, rare_job])
