"""Tests against a real webserver, daemon and code server."""
