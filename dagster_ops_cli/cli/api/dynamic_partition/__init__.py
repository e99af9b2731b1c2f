"""`ops api dynamic-partition`: one file per verb."""
