"""The commands that stand alone, such as `ops doctor` and `ops top`."""
