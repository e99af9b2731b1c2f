"""What stands between a query and its data."""
