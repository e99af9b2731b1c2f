"""`ops api partition list`."""

from collections.abc import Sequence

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.help import FILTERS, OUTPUT, TARGET, Command, option
from dagster_ops_cli.cli.options import (
    connection_options,
    exclusive,
    list_output_options,
    named_place_options,
    page_options,
    show_page,
)
from dagster_ops_cli.cli.params import Names, NonEmptyText, completes, flatten
from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.formatters.partition import format_dimension_keys, format_partitions
from dagster_ops_cli.schemas.enums import PARTITION_STATUSES


@click.command(
    "list",
    cls=Command,
    examples=(
        "ops partition list --job ingestion_job --status failed,missing",
        "ops partition list --asset marts/daily --all --jsonl",
        "ops partition list --job ingestion_job --map",
    ),
)
@option(
    "--job",
    "-j",
    "job_name",
    heading=TARGET,
    type=NonEmptyText(),
    metavar="NAME",
    shell_complete=completes("job"),
    help="Partitions of this job",
)
@option(
    "--asset",
    "asset_key",
    heading=TARGET,
    type=NonEmptyText(),
    metavar="KEY",
    shell_complete=completes("asset"),
    help="Partitions of this asset",
)
@option(
    "--dimension",
    heading=TARGET,
    type=NonEmptyText(),
    metavar="NAME",
    help="List the keys of this dimension instead, with counts",
)
@option(
    "--status",
    "statuses",
    heading=FILTERS,
    type=Names(PARTITION_STATUSES),
    multiple=True,
    callback=flatten,
    help="Only missing, failed, in_progress, materialized (assets) or succeeded (jobs); repeatable or comma-separated",
)
@option("--map", "as_map", heading=OUTPUT, is_flag=True, help="Draw all partitions: time across, other dimension down")
@named_place_options
@page_options(default=100)
@list_output_options("Page[partition.PartitionState]", "Page[partition.DimensionKey]")
@connection_options
@click.pass_context
def list_partitions(
    ctx: click.Context,
    ops: Ops,
    job_name: str | None,
    asset_key: str | None,
    dimension: str | None,
    statuses: Sequence[str],
    as_map: bool,
    location_name: str | None,
    repository_name: str | None,
    limit: int | None,
    cursor: str | None,
    as_json: bool,
    as_jsonl: bool,
) -> None:
    """List partitions and their statuses.

    Partitions are in Dagster's order, each with the status of its last run. --map draws a sign for each partition; if
    more exist than fit, a sign stands for a block of them and shows its worst state. In a pipe, the picture has plain
    characters and 80 columns.
    """
    exclusive(job=job_name, asset=asset_key)
    if as_map:
        given = (dimension, statuses, as_json, as_jsonl, cursor, ctx.params["limit"], ctx.params["everything"])
        if any(given):
            raise InvalidRequestError(
                "--map draws all partitions",
                hint="Leave out --dimension, --status, --limit, --all, --cursor and --json.",
            )
    if not job_name and not asset_key:
        raise InvalidRequestError("Choose --job or --asset")
    from dagster_ops_cli.schemas.partition import PartitionTarget

    target = PartitionTarget(
        job_name=job_name, asset_key=asset_key, repository_name=repository_name, location_name=location_name
    )
    if as_map:
        from dagster_ops_cli.cli.picture import draws_partitions, show_picture

        show_picture(ops, draws_partitions(job_name or asset_key or "", ops.partitions.list(target).items))
    elif dimension:
        keys = ops.dimensions.list(target, dimension, statuses, limit, cursor)
        show_page(ctx, ops, keys, as_json, as_jsonl, format_dimension_keys)
    else:
        partitions = ops.partitions.list(target, statuses, limit, cursor)
        show_page(ctx, ops, partitions, as_json, as_jsonl, format_partitions)
