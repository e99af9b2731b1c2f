"""Writers of reports: pure functions from a report to the text of a file. Each is imported only if needed."""
