"""Jobs to look at while they run and when they have failed."""

import os
import sys
import time
from pathlib import Path

from dagster import (
    Backoff,
    Config,
    Definitions,
    In,
    Nothing,
    OpExecutionContext,
    RetryPolicy,
    in_process_executor,
    job,
    multiprocess_executor,
    op,
)


class TalkConfig(Config):
    """How much to say, how slowly (seconds between two lines), and the file to wait for afterwards, if any."""

    lines: int = 5
    pause: float = 0.5
    until: str = ""


@op
def talk(context: OpExecutionContext, config: TalkConfig) -> None:
    for number in range(config.lines):
        context.log.info("word %d", number)
        print(f"said {number} 🙂", flush=True)
        time.sleep(config.pause)
    while config.until and not Path(config.until).exists():
        time.sleep(0.1)


@job
def slow_job() -> None:
    talk()


class CalibrationError(Exception):
    """The instrument is off."""


def _calibrate(factor: float) -> float:
    try:
        return 1 / factor
    except ZeroDivisionError as cause:
        raise CalibrationError(f"factor {factor:g} can't be right \x1b[31m") from cause


@op
def measure(context: OpExecutionContext) -> None:
    print("measured: 1")
    print("a warning of measure", file=sys.stderr)
    context.log.info("measured")


@op(ins={"after": In(Nothing)}, retry_policy=RetryPolicy(max_retries=1, delay=0.1, backoff=Backoff.LINEAR))
def calibrate(context: OpExecutionContext) -> None:
    print(f"attempt {context.retry_number}: é\x1b[31m\\")
    print(f"stderr of attempt {context.retry_number}", file=sys.stderr)
    _calibrate(0)


@op(ins={"after": In(Nothing)})
def file_report() -> None:
    print("filed")


@op(ins={"after": In(Nothing)})
def mail_report() -> None:
    print("mailed")


def _survey() -> None:
    mail_report(file_report(calibrate(measure())))


@job(executor_def=in_process_executor)
def survey_job() -> None:
    _survey()


@job(executor_def=multiprocess_executor)
def survey_in_processes_job() -> None:
    _survey()


@op
def extract() -> int:
    time.sleep(1)
    return 1


@op(retry_policy=RetryPolicy(max_retries=1, delay=1))
def clean(context: OpExecutionContext, rows: int) -> int:
    time.sleep(0.5)
    if not context.retry_number:
        raise ConnectionError("the first attempt always fails")
    return rows


@op
def enrich(rows: int) -> int:
    time.sleep(3)
    return rows


@op
def load(cleaned: int, enriched: int) -> None:
    time.sleep(0.5)


@job(executor_def=multiprocess_executor)
def nightly_job() -> None:
    """Steps side by side, one of them with a retry."""
    rows = extract()
    load(clean(rows), enrich(rows))


@op
def vanish() -> None:
    print("about to vanish", flush=True)
    os._exit(3)


@job(executor_def=multiprocess_executor)
def lost_step_job() -> None:
    vanish()


@job(executor_def=in_process_executor)
def lost_run_job() -> None:
    vanish()


@op
def speak_in_bytes() -> None:
    os.write(1, b"text\n\xff\x00\xfe no text\n" + "caf\xe9\n".encode("latin-1") + "\ufffd\n".encode() + b"\xf0\x9f")


@job
def bytes_job() -> None:
    speak_in_bytes()


@op(pool="instrument")
def calibrate_alone(config: TalkConfig) -> None:
    time.sleep(config.pause)


@op
def warm_up() -> None:
    pass


@op(ins={"after": In(Nothing)}, pool="instrument")
def measure_alone(config: TalkConfig) -> None:
    time.sleep(config.pause)


@job(executor_def=in_process_executor)
def pool_job() -> None:
    calibrate_alone()


@job(executor_def=in_process_executor)
def later_pool_job() -> None:
    measure_alone(warm_up())


@op
def silent() -> None:
    """Say nothing."""


@job(executor_def=in_process_executor)
def quiet_job() -> None:
    silent()


defs = Definitions(
    jobs=[
        bytes_job,
        slow_job,
        survey_job,
        survey_in_processes_job,
        nightly_job,
        lost_step_job,
        lost_run_job,
        quiet_job,
        pool_job,
        later_pool_job,
    ],
)
