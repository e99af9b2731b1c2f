"""`ops api`: what can be asked of Dagster."""

import click

from dagster_ops_cli.cli.lazy import LazyGroup


@click.group(
    cls=LazyGroup,
    lazy={
        "asset": "dagster_ops_cli.cli.api.asset:asset",
        "asset-check": "dagster_ops_cli.cli.api.asset_check:asset_check",
        "backfill": "dagster_ops_cli.cli.api.backfill:backfill",
        "daemon": "dagster_ops_cli.cli.api.daemon:daemon",
        "dynamic-partition": "dagster_ops_cli.cli.api.dynamic_partition:dynamic_partition",
        "job": "dagster_ops_cli.cli.api.job:job",
        "partition": "dagster_ops_cli.cli.api.partition:partition",
        "graphql": "dagster_ops_cli.cli.api.graphql:graphql",
        "run": "dagster_ops_cli.cli.api.run:run",
        "run-events": "dagster_ops_cli.cli.api.run_events:run_events",
    },
)
def api() -> None:
    """Ask Dagster, or have it do something: ops api NOUN VERB."""
