"""`python -m dagster_ops_cli` is `ops`."""

from dagster_ops_cli.cli.main import main

main()
