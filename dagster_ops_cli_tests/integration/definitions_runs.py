"""Jobs and assets that only tests of launching, waiting and ending need."""

import time
from contextlib import suppress

from dagster import (
    AssetExecutionContext,
    Config,
    DagsterExecutionInterruptedError,
    Definitions,
    DynamicPartitionsDefinition,
    OpExecutionContext,
    StaticPartitionsDefinition,
    asset,
    in_process_executor,
    job,
    op,
    static_partitioned_config,
)


class SleepConfig(Config):
    """How long to sleep, in seconds."""

    seconds: float = 3600


@op
def sleep(context: OpExecutionContext, config: SleepConfig) -> None:
    time.sleep(config.seconds)


@job(executor_def=in_process_executor)
def sleepy_job() -> None:
    sleep()


@op
def hang(context: OpExecutionContext, config: SleepConfig) -> None:
    end = time.monotonic() + config.seconds
    context.log.info("hanging")
    while time.monotonic() < end:
        # It ignores requests to stop.
        with suppress(DagsterExecutionInterruptedError, KeyboardInterrupt):
            time.sleep(0.2)


@job(executor_def=in_process_executor)
def hanging_job() -> None:
    hang()


@op
def gather() -> int:
    return 1


@op
def convert(context: OpExecutionContext, amount: int) -> int:
    if context.run.parent_run_id is None:
        raise ValueError("it only works the second time")
    return amount


@op
def publish(amount: int) -> None:
    pass


@job
def second_try_job() -> None:
    publish(convert(gather()))


@job(tags={"dagster/max_retries": "1"})
def retried_job() -> None:
    convert(gather())


class AmountConfig(Config):
    """A required configuration."""

    amount: int


@op
def count(context: OpExecutionContext, config: AmountConfig) -> None:
    context.log.info("amount: %d", config.amount)


@job
def strict_job() -> None:
    count()


@static_partitioned_config(partition_keys=["one", "two", "a=b"])
def amounts(key: str) -> dict[str, object]:
    return {"ops": {"count": {"config": {"amount": len(key)}}}}


@job(config=amounts)
def configured_job() -> None:
    count()


@asset(key_prefix=["marts"])
def daily_report() -> None:
    pass


@asset(deps=[daily_report])
def summary() -> None:
    pass


@asset(partitions_def=StaticPartitionsDefinition(["north", "south"]))
def regional(context: AssetExecutionContext) -> None:
    context.log.info("region %s", context.partition_key)


@asset(partitions_def=DynamicPartitionsDefinition(name="visitors"))
def visits() -> None:
    pass


defs = Definitions(
    assets=[daily_report, summary, regional, visits],
    jobs=[sleepy_job, hanging_job, second_try_job, retried_job, strict_job, configured_job],
)
