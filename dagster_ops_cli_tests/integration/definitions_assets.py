"""Assets of all kinds with checks, and dynamic partitions, for the tests of these nouns."""

from collections.abc import Iterator

from dagster import (
    AssetCheckExecutionContext,
    AssetCheckResult,
    AssetCheckSeverity,
    AssetExecutionContext,
    AssetOut,
    AssetSpec,
    DailyPartitionsDefinition,
    DataVersion,
    Definitions,
    DynamicPartitionsDefinition,
    MaterializeResult,
    MultiPartitionsDefinition,
    Output,
    StaticPartitionsDefinition,
    asset,
    asset_check,
    in_process_executor,
    multi_asset,
    observable_source_asset,
)

customers = DynamicPartitionsDefinition(name="customers")
days = DailyPartitionsDefinition("2024-01-01", end_date="2024-01-04")


@asset(partitions_def=customers, group_name="sales")
def accounts() -> None:
    pass


@asset(partitions_def=MultiPartitionsDefinition({"day": days, "who": customers}), group_name="sales")
def visits_by_customer() -> None:
    pass


@asset(partitions_def=MultiPartitionsDefinition({"day": days, "guest": DynamicPartitionsDefinition(name="guests")}))
def visits_by_guest() -> None:
    pass


landing = AssetSpec(["landing", "files"], group_name="external", kinds={"s3"})


@asset(key_prefix="raw", deps=[landing], group_name="raw", kinds={"python", "csv"}, owners=["team:sales"])
def orders() -> MaterializeResult:  # type: ignore[type-arg]
    return MaterializeResult(metadata={"rows": 3, "path": "/data/orders.csv"})


@asset(key_prefix="raw", group_name="raw", tags={"tier": "1"}, owners=["ann@example.com"])
def prices() -> None:
    pass


@asset(key_prefix="staging", deps=[orders, prices], group_name="staging", kinds={"dbt"})
def priced_orders() -> None:
    """Orders with their prices."""


@asset(key_prefix="marts", deps=[priced_orders], group_name="marts", tags={"tier": "1"})
def revenue() -> None:
    pass


@asset(key_prefix="marts", deps=[priced_orders], group_name="marts")
def broken() -> None:
    raise RuntimeError("the mart is closed")


regions = StaticPartitionsDefinition(["north", "south", "east", "west"])


@asset(partitions_def=regions, group_name="regions")
def sales_by_region(context: AssetExecutionContext) -> None:
    if context.partition_key == "south":
        raise RuntimeError("the south is closed")


@multi_asset(outs={"left": AssetOut(), "right": AssetOut()})
def halves() -> Iterator[Output[int]]:
    yield Output(1, "left")
    yield Output(2, "right")


@observable_source_asset
def weather() -> DataVersion:
    return DataVersion("sunny")


@asset_check(asset=orders)
def has_rows() -> AssetCheckResult:
    return AssetCheckResult(passed=True, metadata={"rows": 3})


@asset_check(asset=orders, description="Each order has a customer.")
def has_customers() -> AssetCheckResult:
    return AssetCheckResult(passed=False, severity=AssetCheckSeverity.ERROR, description="2 orders without customer")


@asset_check(asset=prices)
def is_fresh() -> AssetCheckResult:
    return AssetCheckResult(passed=False, severity=AssetCheckSeverity.WARN, description="a day late")


@asset_check(asset=sales_by_region, partitions_def=regions)
def has_sales() -> AssetCheckResult:
    return AssetCheckResult(passed=True)


@asset_check(asset=revenue)
def crashes(context: AssetCheckExecutionContext) -> AssetCheckResult:
    raise RuntimeError("the check itself failed")


@asset_check(asset=priced_orders, blocking=True)
def is_complete() -> AssetCheckResult:
    return AssetCheckResult(passed=True)


defs = Definitions(
    assets=[
        accounts,
        visits_by_customer,
        visits_by_guest,
        landing,
        orders,
        prices,
        priced_orders,
        revenue,
        broken,
        sales_by_region,
        halves,
        weather,
    ],
    asset_checks=[has_rows, has_customers, is_fresh, has_sales, crashes, is_complete],
    executor=in_process_executor,
)
