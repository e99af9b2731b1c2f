"""One GraphQL document each: its text, and a function that turns its answer into a model or an error."""
