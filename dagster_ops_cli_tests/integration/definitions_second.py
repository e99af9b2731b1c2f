"""A repository with another name that defines an asset of other repositories, too, with other partitions."""

from dagster import AssetExecutionContext, AssetsDefinition, StaticPartitionsDefinition, asset, repository


@asset(partitions_def=StaticPartitionsDefinition(["x", "y", "z"]))
def pulse(context: AssetExecutionContext) -> None:
    context.log.info("second %s", context.partition_key)


@repository
def second() -> list[AssetsDefinition]:
    return [pulse]
