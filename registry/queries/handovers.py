"""Questions about changes of the maintenance unit: what a home page says of them, and what is proposed again."""

import datetime as dt
from collections.abc import Collection

from django.db.models import Exists, OuterRef, QuerySet

from common.actor import Actor
from registry.choices import ChangeState, ItemState
from registry.models import ChangeItem, Elevator, MaintenanceChange

REFUSED_FOR = dt.timedelta(days=30)  # so long the using unit is reminded that nobody comes


def refused_lately(units: Collection[int], at: dt.datetime) -> QuerySet[MaintenanceChange]:
    """Proposals of these using units that the other side refused, until one of their elevators stands in a later proposal,
    for 30 days at most."""
    same = ChangeItem.objects.filter(change=OuterRef(OuterRef("pk"))).values("elevator")
    later = ChangeItem.objects.filter(
        change__using_unit=OuterRef("using_unit"), change__proposed_at__gt=OuterRef("answered_at"), elevator__in=same
    )
    rows = MaintenanceChange.objects.filter(using_unit__in=units, state=ChangeState.REFUSED)
    return rows.filter(~Exists(later), answered_at__gt=at - REFUSED_FOR)


def proposed_again(change: MaintenanceChange, *, actor: Actor, permission) -> QuerySet[Elevator]:
    """The elevators of a change that came to nothing, as far as they are still the actor's to propose."""
    left = change.items.filter(state=ItemState.DROPPED)
    return Elevator.objects.visible_to(actor, permission).filter(pk__in=left.values("elevator"))
