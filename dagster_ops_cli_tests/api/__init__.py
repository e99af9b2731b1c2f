"""The APIs, without a server."""
