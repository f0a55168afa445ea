"""The law of inspection, as functions of facts and dates. No clock, no database."""
