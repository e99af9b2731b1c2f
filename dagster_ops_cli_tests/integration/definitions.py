"""The definitions of the integration tests' Dagster: those of the demo, and jobs that only tests need."""

from dagster import Definitions

# As modules: Dagster refuses a second Definitions object among a module's names.
from dagster_ops_cli.demo import definitions as demo
from dagster_ops_cli_tests.integration import definitions_backfills as backfills
from dagster_ops_cli_tests.integration import definitions_look as look
from dagster_ops_cli_tests.integration import definitions_partitions as partitions
from dagster_ops_cli_tests.integration import definitions_runs as runs

defs = Definitions.merge(demo.defs, runs.defs, look.defs, partitions.defs, backfills.defs)
