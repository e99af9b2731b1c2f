"""HTTP: everything between a query and its data."""
