"""Functions that return a model, or a row of it, as text."""
