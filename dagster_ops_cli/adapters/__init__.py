"""The GraphQL operations: the text of each, and a function that returns its answer as a model or raises an error."""
