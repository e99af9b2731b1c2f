"""`ops api queue`: one file per verb."""
