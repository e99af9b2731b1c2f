"""`ops api automation`: one file per verb, and what schedules and sensors share."""
