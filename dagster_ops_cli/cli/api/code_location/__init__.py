"""`ops api code-location`: one file per verb."""
