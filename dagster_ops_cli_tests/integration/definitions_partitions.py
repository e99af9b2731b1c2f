"""Jobs and assets that only tests of partitions need."""

from enum import Enum

from dagster import (
    AssetExecutionContext,
    BackfillPolicy,
    Config,
    ConfigurableResource,
    Definitions,
    DynamicPartitionsDefinition,
    HourlyPartitionsDefinition,
    In,
    MultiPartitionsDefinition,
    Noneable,
    Selector,
    StaticPartitionsDefinition,
    WeeklyPartitionsDefinition,
    asset,
    define_asset_job,
    graph,
    job,
    op,
)

from dagster_ops_cli.demo.definitions import air_quality_data

hours = HourlyPartitionsDefinition("2024-01-01-00:00", end_date="2024-01-03-00:00")
weeks = WeeklyPartitionsDefinition("2024-01-01", end_date="2024-02-05")
# By its name, this dimension comes before the time dimension, in which Dagster returns the statuses.
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


class Mode(Enum):
    """How to go about it."""

    FAST = "fast"
    SLOW = "slow"


class Place(Config):
    """Where something is."""

    path: str
    depth: int = 3


class DemandingConfig(Config):
    """Fields of all kinds, with a default and without."""

    url: str
    count: int
    place: Place
    places: list[Place]
    names: list[str]
    limits: dict[str, int]
    mode: Mode
    left_out: int | None = None
    given: Place = Place(path="/")


class Account(ConfigurableResource):  # type: ignore[type-arg]
    """A resource that needs a password."""

    password: str
    retries: int = 3


@op
def demand(config: DemandingConfig, account: Account) -> None:
    pass


SOURCE = Selector({"file": {"path": str}, "table": str})  # type: ignore[no-untyped-call]


@op(config_schema={"source": SOURCE, "perhaps": Noneable({"name": str})})
def choose() -> None:
    pass


@op(config_schema=str)
def speak() -> None:
    pass


@op(ins={"amount": In(int)})
def receive(amount: int) -> None:
    pass


@graph
def demands() -> None:
    demand()


@job(resource_defs={"account": Account.configure_at_launch()})
def demanding_job() -> None:
    demands()
    choose()
    speak()
    receive()


@job(partitions_def=MultiPartitionsDefinition({"guest": DynamicPartitionsDefinition(name="guests"), "area": areas}))
def guests_job() -> None:
    greet()


defs = Definitions(
    assets=[pulse, weekly_by_area],
    jobs=[
        demanding_job,
        guests_job,
        define_asset_job("air_quality_job", [air_quality_data]),
        define_asset_job("pulse_job", [pulse]),
        define_asset_job("weekly_job", [weekly_by_area]),
    ],
)
