"""Something of everything that monitoring looks at: jobs, a backfill, pools, schedules and sensors."""

from dagster import Definitions

# As modules: Dagster refuses a second Definitions object among a module's names.
from dagster_ops_cli_tests.integration import definitions_automation as automation
from dagster_ops_cli_tests.integration import definitions_pools as pools
from dagster_ops_cli_tests.integration import definitions_quick as quick

defs = Definitions.merge(quick.defs, pools.defs, automation.defs)
