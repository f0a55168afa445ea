"""Clocks and items in force, and what came before a hazard."""

import datetime as dt

from django.db.models import Count, Q

from accounts.roles import Permission
from common.actor import Actor
from compliance.models import Hazard, HazardClock, HazardItem
from compliance.rules.hazards import REPEAT_DAYS, Clock


def clock_of(grade: str, day: dt.date) -> tuple[Clock, str]:
    """The clock of a grade on a day and which row it is. Raises LookupError where no row says it."""
    rows = HazardClock.objects.filter(grade=grade, valid_from__lte=day).exclude(valid_until__lt=day)
    row = rows.order_by("-valid_from").first()
    if row is None:
        raise LookupError(f"no clock for {grade} on {day}")
    return Clock(row.days, row.working, row.extension_days), str(row)


def items_on(day: dt.date):
    """What can be reported on a day."""
    return HazardItem.objects.filter(valid_from__lte=day).exclude(valid_until__lt=day)


def predecessor(*, elevator_id: int, item: str, found_on: dt.date) -> Hazard | None:
    """The same item on the same elevator, mended within REPEAT_DAYS before."""
    since = found_on - dt.timedelta(days=REPEAT_DAYS)
    rows = Hazard.objects.filter(elevator=elevator_id, item=item, state="CLOSED")
    return rows.filter(ended_on__gte=since, ended_on__lte=found_on).order_by("-ended_on", "-pk").first()


def of_elevator(elevator, *, longest: int = 12) -> list[Hazard]:
    """What is wrong with it now, the first to end first. One statement."""
    return list(
        Hazard.objects.standing().filter(elevator=elevator).select_related("item").order_by("due_on", "pk")[:longest]
    )


def figures(actor: Actor, today: dt.date) -> dict[str, int]:
    """{"late", "mend", "verify"}: standing hazards of one's scope. One statement."""
    return (
        Hazard.objects.visible_to(actor, Permission.VIEW_OBLIGATION)
        .standing()
        .aggregate(
            late=Count("pk", filter=Q(due_on__lt=today)),
            mend=Count("pk", filter=Q(state="CONFIRMED")),
            verify=Count("pk", filter=Q(state="CLAIMED_FIXED")),
        )
    )
