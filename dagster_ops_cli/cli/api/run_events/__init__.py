"""`ops api run-events`: one file per verb."""
