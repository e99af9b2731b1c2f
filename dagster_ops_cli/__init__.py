"""The command line for people who operate Dagster from a terminal, from scripts and from CI/CD."""

__version__ = "0.1.0"
