"""`ops api`: what can be asked of Dagster."""

import click

from dagster_ops_cli.cli.lazy import LazyGroup


@click.group(
    cls=LazyGroup,
    lazy={
        "automation": "dagster_ops_cli.cli.api.automation:automation",
        "backfill": "dagster_ops_cli.cli.api.backfill:backfill",
        "daemon": "dagster_ops_cli.cli.api.daemon:daemon",
        "job": "dagster_ops_cli.cli.api.job:job",
        "partition": "dagster_ops_cli.cli.api.partition:partition",
        "graphql": "dagster_ops_cli.cli.api.graphql:graphql",
        "run": "dagster_ops_cli.cli.api.run:run",
        "run-events": "dagster_ops_cli.cli.api.run_events:run_events",
        "schedule": "dagster_ops_cli.cli.api.schedule:schedule",
        "sensor": "dagster_ops_cli.cli.api.sensor:sensor",
    },
)
def api() -> None:
    """Ask Dagster, or have it do something: ops api NOUN VERB."""
