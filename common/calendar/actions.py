"""Setting and removing days of the calendar: rows of law, each change on the audit log."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.actor import Actor
from common.audit import difference, record_change
from common.errors import Refusal
from common.models import CalendarDay

ENTERED = "E"  # certainty: somebody has read it in the notice and entered it
FIRST_YEAR, LAST_YEAR = 2020, 2100
MOST_DAYS = 15  # no holiday of this country is longer


class DaysUnfit(Refusal):
    code = "calendar-days"
    field = "until"
    message = _(
        "A holiday has at most %(most)s days, its last one not before its first, in the years %(first)s to %(last)s."
    )


@transaction.atomic
def set_days(
    *, first: dt.date, until: dt.date, working: bool, name: str, source: str, by: Actor, at: dt.datetime
) -> int:
    """Say of each day from `first` to `until` whether it is worked; returns how many that changes. Raises DaysUnfit.

    Terms counted from now on follow it; what was counted before stays as it was computed.
    """
    days = (until - first).days + 1
    if not 1 <= days <= MOST_DAYS or first.year < FIRST_YEAR or until.year > LAST_YEAR:
        raise DaysUnfit(most=MOST_DAYS, first=FIRST_YEAR, last=LAST_YEAR)
    values = {"working": working, "name": " ".join(name.split()), "source": " ".join(source.split())}
    changed = 0
    for number in range(days):
        changed += _set(first + dt.timedelta(days=number), {**values, "certainty": ENTERED}, by)
    return changed


def _set(day: dt.date, values: dict, by: Actor) -> bool:
    row = CalendarDay.objects.select_for_update().filter(pk=day).first()
    if row is None:
        row, changes = CalendarDay(day=day, **values), {name: [None, value] for name, value in values.items()}
    else:
        changes = difference(row, values)
        for name, value in values.items():
            setattr(row, name, value)
    if changes:
        row.save()
        record_change(action="common.set_calendar_day", subject=row, by=by, changes=changes)
    return bool(changes)


@transaction.atomic
def remove_day(*, day: CalendarDay, by: Actor) -> bool:
    """Let a day be again what its weekday says; False when it was."""
    row = CalendarDay.objects.select_for_update().filter(pk=day.pk).first()
    if row is None:
        return False
    record_change(
        action="common.remove_calendar_day",
        subject=row,
        by=by,
        changes={name: [getattr(row, name), None] for name in ("working", "name", "source", "certainty")},
    )
    row.delete()
    return True
