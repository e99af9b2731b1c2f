"""One-time jobs from a configuration file: a pydantic model and a function each."""
