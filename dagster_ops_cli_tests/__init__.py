"""The tests of dagster_ops_cli; those under integration/ start a real Dagster."""
