"""What other apps may hear from this one, and the questions it asks them."""

from django.db.models import QuerySet

from common.hooks import HookPoint


def _blocker(unit, at) -> "list[str]":
    """Sentences on what still needs this unit and must be handed over before it closes; [] when nothing does."""


UNIT_BLOCKERS = HookPoint("accounts.unit_blockers", _blocker)


def _finder(text: str) -> QuerySet | None:
    """Units that a typed text may mean, as a queryset of their keys alone; None when it has nothing to look for."""


UNIT_FINDERS = HookPoint("accounts.unit_finders", _finder)
