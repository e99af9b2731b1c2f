"""`ops api asset-check`: one file per verb."""
