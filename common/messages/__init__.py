"""Messages to people and to units' programs: queued in the caller's transaction, sent by whoever claims them (decision 0022)."""
