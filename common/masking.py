"""What stands where something must not be read."""

MASK = "***"
