"""`ops api sensor`: one file per verb."""
