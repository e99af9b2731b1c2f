"""A real Dagster, started and stopped on this machine, with example definitions."""
