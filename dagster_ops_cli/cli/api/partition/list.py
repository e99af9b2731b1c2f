"""`ops api partition list`."""

from collections.abc import Sequence

import click

from dagster_ops_cli.cli.context import Ops
from dagster_ops_cli.cli.options import (
    command_line,
    connection_options,
    exclusive,
    json_option,
    place_options,
)
from dagster_ops_cli.cli.params import Names, NonEmptyText, flatten
from dagster_ops_cli.errors import InvalidRequestError
from dagster_ops_cli.formatters.partition import format_dimension_keys, format_partitions
from dagster_ops_cli.schemas.enums import PARTITION_STATUSES

DEFAULT_LIMIT = 100


@click.command("list")
@click.option("--job", "-j", "job_name", type=NonEmptyText(), metavar="NAME", help="The partitions of this job.")
@click.option(
    "--asset",
    "asset_key",
    type=NonEmptyText(),
    metavar="KEY",
    help="The partitions of this asset, such as marts/daily.",
)
@click.option(
    "--dimension", type=NonEmptyText(), metavar="NAME", help="The keys of this dimension, with counts of partitions."
)
@click.option(
    "--status",
    "statuses",
    type=Names(PARTITION_STATUSES),
    multiple=True,
    callback=flatten,
    help="Only partitions that stand so: missing, failed, in_progress, materialized (for jobs: succeeded). "
    "Repeatable, or with commas.",
)
@place_options
@click.option("--limit", type=click.IntRange(min=1), help=f"How many to return.  [default: {DEFAULT_LIMIT}]")
@click.option("--all", "everything", is_flag=True, help="Return all of them.")
@click.option("--cursor", metavar="CURSOR", help="Go on behind an earlier answer.")
@json_option
@connection_options
@click.pass_context
def list_partitions(
    ctx: click.Context,
    ops: Ops,
    job_name: str | None,
    asset_key: str | None,
    dimension: str | None,
    statuses: Sequence[str],
    location_name: str | None,
    repository_name: str | None,
    limit: int | None,
    everything: bool,
    cursor: str | None,
    as_json: bool,
) -> None:
    """List the partitions of a job or an asset, each as its last run left it, in Dagster's order."""
    exclusive(job=job_name, asset=asset_key)
    exclusive(limit=limit, all=everything)
    if not job_name and not asset_key:
        raise InvalidRequestError("give --job or --asset")
    from dagster_ops_cli.schemas.partition import PartitionTarget

    target = PartitionTarget(
        job_name=job_name, asset_key=asset_key, repository_name=repository_name, location_name=location_name
    )
    most = None if everything else limit or DEFAULT_LIMIT
    if dimension:
        keys = ops.dimensions.list(target, dimension, statuses, most, cursor)
        ops.show(keys, None if as_json else format_dimension_keys)
        behind = keys.cursor
    else:
        page = ops.partitions.list(target, statuses, most, cursor)
        ops.show(page, None if as_json else format_partitions)
        behind = page.cursor
    if behind:
        ops.note(f"More: {command_line(ctx, cursor=behind)}")
