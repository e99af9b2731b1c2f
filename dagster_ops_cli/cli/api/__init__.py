"""`ops api`: one file per noun."""
