"""`ops api pool`: one file per verb."""
