"""What every noun waits with."""
