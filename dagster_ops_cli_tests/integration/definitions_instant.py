"""Jobs and assets whose runs are not executed; see instant.py."""

from dagster import (
    Config,
    Definitions,
    DynamicPartitionsDefinition,
    MultiPartitionsDefinition,
    StaticPartitionsDefinition,
    asset,
    job,
    op,
    static_partitioned_config,
)

MANY = StaticPartitionsDefinition([f"p{number:03}" for number in range(60)])
GRID = MultiPartitionsDefinition(
    {"letter": StaticPartitionsDefinition(["a", "b"]), "number": StaticPartitionsDefinition(["1", "2", "3"])}
)
STATIONS = MultiPartitionsDefinition(
    {
        "day": StaticPartitionsDefinition([f"d{number:02}" for number in range(60)]),
        "station": StaticPartitionsDefinition(["a", "b", "c"]),
    }
)
TOWNS = DynamicPartitionsDefinition(name="towns")


class Retries(Config):
    retries: int = 0


@op
def work(config: Retries) -> None:
    """Never run."""


@job(partitions_def=MANY)
def many_job() -> None:
    work()


@job(partitions_def=STATIONS)
def stations_job() -> None:
    work()


@job(partitions_def=TOWNS)
def towns_job() -> None:
    work()


@static_partitioned_config([f"p{number:03}" for number in range(60)])
def own_config(key: str) -> dict[str, object]:
    return {"ops": {"work": {"config": {"retries": int(key[1:])}}}}


@job(config=own_config)
def own_config_job() -> None:
    work()


@static_partitioned_config([f"p{number:03}" for number in range(10)])
def bad_config(key: str) -> dict[str, object]:
    if key == "p003":
        raise ValueError("there is no configuration of p003")
    return {"ops": {"work": {"config": {"retries": "many" if key == "p002" else 1}}}}


@job(config=bad_config)
def bad_config_job() -> None:
    """Dagster rejects the run config of one partition, and can't make that of another."""
    work()


@asset(partitions_def=GRID)
def grid() -> None:
    """Never run."""


@asset(partitions_def=GRID)
def other_grid() -> None:
    """Never run."""


@asset(partitions_def=TOWNS)
def town() -> None:
    """Never run. Dagster lets a client change the partitions of assets alone."""


defs = Definitions(
    assets=[grid, other_grid, town], jobs=[many_job, stations_job, towns_job, own_config_job, bad_config_job]
)
