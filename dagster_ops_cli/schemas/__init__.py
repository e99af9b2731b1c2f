"""The models that travel from the adapters up to the formatters."""
