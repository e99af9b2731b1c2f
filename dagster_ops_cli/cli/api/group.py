"""`ops api`: what can be asked of Dagster."""

import click

from dagster_ops_cli.cli.lazy import LazyGroup


@click.group(
    cls=LazyGroup,
    lazy={
        "backfill": "dagster_ops_cli.cli.api.backfill:backfill",
        "code-location": "dagster_ops_cli.cli.api.code_location:code_location",
        "daemon": "dagster_ops_cli.cli.api.daemon:daemon",
        "job": "dagster_ops_cli.cli.api.job:job",
        "partition": "dagster_ops_cli.cli.api.partition:partition",
        "pool": "dagster_ops_cli.cli.api.pool:pool",
        "queue": "dagster_ops_cli.cli.api.queue:queue",
        "graphql": "dagster_ops_cli.cli.api.graphql:graphql",
        "run": "dagster_ops_cli.cli.api.run:run",
        "run-events": "dagster_ops_cli.cli.api.run_events:run_events",
    },
)
def api() -> None:
    """Ask Dagster, or have it do something: ops api NOUN VERB."""
