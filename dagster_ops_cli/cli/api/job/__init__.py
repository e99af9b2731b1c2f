"""`ops api job`: one file per verb."""
