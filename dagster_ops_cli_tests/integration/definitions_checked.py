"""Assets whose checks fail though their runs succeed, and assets with dynamic partitions, alone and with others."""

from collections.abc import Iterator

from dagster import (
    AssetCheckResult,
    AssetCheckSeverity,
    AssetCheckSpec,
    AssetExecutionContext,
    Definitions,
    DynamicPartitionsDefinition,
    MaterializeResult,
    MultiPartitionsDefinition,
    StaticPartitionsDefinition,
    asset,
    asset_check,
    define_asset_job,
    in_process_executor,
    job,
    op,
)

regions = StaticPartitionsDefinition(["north", "south", "east"])
customers = DynamicPartitionsDefinition(name="customers")


@asset(partitions_def=regions, check_specs=[AssetCheckSpec("is_complete", asset="deliveries")])
def deliveries(context: AssetExecutionContext) -> Iterator[MaterializeResult]:  # type: ignore[type-arg]
    complete = AssetCheckResult(passed=context.partition_key == "north", check_name="is_complete")
    yield MaterializeResult(check_results=[complete])


@asset
def orders() -> None:
    pass


@asset(deps=[orders])
def invoices() -> None:
    pass


@asset_check(asset=orders)
def has_customers() -> AssetCheckResult:
    return AssetCheckResult(passed=False, description="2 orders without customer")


@asset_check(asset=invoices)
def is_fresh() -> AssetCheckResult:
    return AssetCheckResult(passed=False, severity=AssetCheckSeverity.WARN)


@asset(partitions_def=customers)
def accounts() -> None:
    pass


@asset(partitions_def=customers)
def balances() -> None:
    pass


@asset(partitions_def=MultiPartitionsDefinition({"region": regions, "who": customers}))
def visits() -> None:
    pass


@op
def nothing() -> None:
    pass


@job(partitions_def=customers)
def customers_op_job() -> None:
    nothing()


defs = Definitions(
    assets=[deliveries, orders, invoices, accounts, balances, visits],
    asset_checks=[has_customers, is_fresh],
    jobs=[
        define_asset_job("deliveries_job", [deliveries], partitions_def=regions),
        define_asset_job("orders_job", [orders, invoices]),
        define_asset_job("visits_job", [visits]),
        customers_op_job,
    ],
    executor=in_process_executor,
)
