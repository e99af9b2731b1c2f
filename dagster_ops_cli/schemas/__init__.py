"""The models that the adapters return and the formatters show."""
