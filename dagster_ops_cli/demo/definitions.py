"""The example definitions of `ops demo`: an air-quality ingestion, and a job that logs a lot and then fails.

Only Dagster's processes import this module.
"""

from dagster import (
    AssetExecutionContext,
    Config,
    DailyPartitionsDefinition,
    Definitions,
    MultiPartitionKey,
    MultiPartitionsDefinition,
    OpExecutionContext,
    StaticPartitionsDefinition,
    asset,
    job,
    op,
)

from dagster_ops_cli.schemas.ops_tags import TAG_RETRY_OF

BROKEN_STATION = "NL10001"

daily = DailyPartitionsDefinition(start_date="2024-01-01", end_date="2024-03-01")
stations = StaticPartitionsDefinition(["NL01497", "NL01912", BROKEN_STATION])
measurements = MultiPartitionsDefinition({"daily": daily, "stations": stations})


class StationOfflineError(Exception):
    """The measuring station does not answer."""


def _measure(context: OpExecutionContext | AssetExecutionContext) -> dict[str, str]:
    key = context.partition_key
    if not isinstance(key, MultiPartitionKey):
        raise TypeError(f"partition {key!r} came without its dimensions")
    dimensions = key.keys_by_dimension
    # A retry succeeds.
    if dimensions["stations"] == BROKEN_STATION and TAG_RETRY_OF not in context.run.tags:
        raise StationOfflineError(f"station {BROKEN_STATION} sent no measurements for {dimensions['daily']}")
    return {"station": dimensions["stations"], "day": dimensions["daily"]}


class FetchConfig(Config):
    """The configuration of `fetch`."""

    retries: int = 1


@op
def fetch(context: OpExecutionContext, config: FetchConfig) -> dict[str, str]:
    measured = _measure(context)
    context.log.info("fetched %s on %s, retries: %d", measured["station"], measured["day"], config.retries)
    return measured


@op
def store(context: OpExecutionContext, measured: dict[str, str]) -> None:
    context.log.info("stored %s on %s", measured["station"], measured["day"])


@job(partitions_def=measurements)
def ingestion_job() -> None:
    store(fetch())


@asset(partitions_def=measurements)
def air_quality_data(context: AssetExecutionContext) -> dict[str, str]:
    return _measure(context)


class ChattyConfig(Config):
    """The configuration of `chatty_op`."""

    lines: int = 1200


@op
def chatty_op(context: OpExecutionContext, config: ChattyConfig) -> None:
    for number in range(1, config.lines + 1):
        context.log.info("reading %d of %d", number, config.lines)
    readings: dict[str, int] = {}
    try:
        readings["the root cause"]
    except KeyError as cause:
        raise RuntimeError("chatter failed at the very end") from cause


@job
def noisy_job() -> None:
    chatty_op()


defs = Definitions(assets=[air_quality_data], jobs=[ingestion_job, noisy_job])
