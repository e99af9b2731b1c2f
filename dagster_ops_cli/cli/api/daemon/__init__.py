"""`ops api daemon`: one file per verb."""
