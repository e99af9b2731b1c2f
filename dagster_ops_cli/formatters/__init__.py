"""Pure functions from a model to text."""
