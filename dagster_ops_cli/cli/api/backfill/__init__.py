"""`ops api backfill`: one file per verb."""
