"""`ops api run`: one file per verb."""
