"""`ops api schedule`: one file per verb."""
