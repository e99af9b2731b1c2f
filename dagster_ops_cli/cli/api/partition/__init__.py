"""`ops api partition`: one file per verb."""
