"""What other apps may hear from this one, and the questions it asks them."""

from common.hooks import HookPoint


def _blocker(unit, at) -> "list[str]":
    """Sentences on what still needs this unit and must be handed over before it closes; [] when nothing does."""


UNIT_BLOCKERS = HookPoint("accounts.unit_blockers", _blocker)
