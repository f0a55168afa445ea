"""Somebody leaves a unit: every role there ends, and every session, at once; what they did stays."""

import datetime as dt

from django.db import transaction

from accounts import rules
from accounts.actions import refusals
from accounts.actions.holdings import finish, require_in_unit
from accounts.actions.people import lock_user, require_another
from accounts.actions.sessions import forget_sessions
from accounts.models import Membership, Unit
from common.actor import Actor
from common.audit import record_change


@transaction.atomic
def remove_from_unit(*, user_id: int, unit: Unit, by: Actor, at: dt.datetime) -> list[Membership]:
    """End all that a person holds or will hold in a unit, and their sessions. Again changes nothing.

    Nobody removes the last administrator of a unit: another one is named first. Raises Oneself, NotYours,
    LastAdministrator.
    """
    unit = Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)
    user = lock_user(user_id)
    require_another(by, user)
    require_in_unit(by, unit.pk)
    rows = Membership.objects.select_for_update(of=("self",)).select_related("user", "unit")
    held = list(rows.unfinished(at).filter(user=user, unit=unit).order_by("pk"))
    if not held:
        return []
    keepers = Membership.objects.lasting(at).filter(unit=unit, role=rules.UNIT_KEEPER, user__is_active=True)
    holders = set(keepers.values_list("user_id", flat=True))
    if user.pk in holders and len(holders) == 1:
        raise refusals.LastAdministrator
    for row in held:
        finish("end_membership", row, "membership", by, at)
    gone = forget_sessions(user)
    record_change(action="accounts.end_sessions", subject=user, by=by, changes={"sessions": [gone, 0]})
    return held
