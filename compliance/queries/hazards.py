"""Clocks and items in force, and what came before a hazard."""

import datetime as dt

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
