"""What everybody who reads a plate is told of hazards."""

from registry.signals import PublicFact

# Only what somebody confirmed whose word counts: a rider's page is no place for what anybody has reported. Said to be mended is
# not mended yet: another person verifies it (oversight.md §2).
_SQL = """
SELECT min(h.found_on) FROM compliance_hazard h
WHERE h.elevator_id = e.id AND e.registration_state = 'IN_USE' AND h.grade = 'MAJOR'
    AND h.state IN ('CONFIRMED', 'CLAIMED_FIXED')
"""


def public_major_hazard() -> PublicFact:
    """The day on which the oldest confirmed major hazard was found (registered at PUBLIC_FACTS): with one an elevator must not be
    used (GB 45067-2024 §5.6). Nothing of its kind or of who found it, nothing of elevators not in use."""
    return PublicFact("major_hazard_since", _SQL)
