"""`ops api asset`: one file per verb."""
