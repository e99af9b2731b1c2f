"""One-time jobs from a configuration file. Each has a pydantic model and a function."""
