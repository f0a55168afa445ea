"""The calendar of working days as people keep it; terms are counted by common.workdays."""
