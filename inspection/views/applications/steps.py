"""What is under way for an inspection that is due, for lists of what is due (registered at compliance.next_steps)."""

from urllib.parse import urlencode

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.queries import reach_of
from accounts.roles import Permission
from common.scoping import may
from compliance.signals import NextStep
from inspection.queries.applications import standing_by_period
from inspection.rules import applications as rules


def next_steps(actor, rows, today) -> dict[int, NextStep]:
    """Applied for, appointed for a day, or to be applied for by a day; the verb for the using unit alone. One statement."""
    asked = [row for row in rows if row.kind in rules.KINDS and row.elevator_id and row.status == "PENDING"]
    standing = standing_by_period(asked)
    own = reach_of(actor, Permission.APPLY_INSPECTION).unit_ids
    seen = may(actor, Permission.VIEW_REPORT)
    steps = {}
    for row in asked:
        ids = _not_applied_for(row, standing) if row.elevator.using_unit_id in own else []
        if (application := standing.get((row.elevator_id, row.kind, row.period))) is not None:
            steps[row.pk] = _under_way(application, ids, seen, today)
        elif (step := _to_apply(row, ids, today)) is not None:
            steps[row.pk] = step
    return steps


def _not_applied_for(row, standing) -> list:
    """What is owed twice is one line, and asked for at once: this period and the others of its line."""
    periods = getattr(row, "periods", None) or [row.period]
    ids = getattr(row, "owed_ids", None) or [row.public_id]
    owed = zip(periods, ids, strict=True)
    return [one for period, one in owed if (row.elevator_id, row.kind, period) not in standing]


def _apply(ids: list) -> str:
    return f"{reverse('applications:apply')}?{urlencode({'ids': ids}, doseq=True)}" if ids else ""


def _under_way(application, rest: list, seen: bool, today) -> NextStep:
    url = reverse("applications:application", args=[application.public_id]) if seen else ""
    colour = "danger" if fault_of(application, today) else "info" if application.appointed_on is None else "ok"
    words = _("applied for, no day yet")
    if application.appointed_on is not None:
        words = _("appointed for %(day)s") % {"day": date_format(application.appointed_on, "Y-m-d")}
    return NextStep(words, colour, url, _("Apply for the rest") if rest else "", _apply(rest))


def _to_apply(row, ids: list, today) -> NextStep | None:
    try:
        rules.require_appliable(opens_on=row.opens_on, apply_by=row.apply_by, today=today)
    except rules.NotYet:
        return None
    words, colour = "", ""
    if row.apply_by is not None:
        late = today > row.apply_by
        words, colour = (_("application is late, due on %(day)s"), "warning") if late else (
            _("apply by %(day)s"), "attention",
        )  # fmt: skip
        words = words % {"day": date_format(row.apply_by, "Y-m-d")}
    return NextStep(words, colour, "", _("Apply for it"), _apply(ids), _("Stop it and apply for the inspection"))


def fault_of(application, today) -> str:
    """Whose fault it is that it comes late: BODY, UNIT or ''."""
    return rules.fault(
        state=application.state,
        in_time=application.in_time,
        due_on=application.due_on,
        appointed_on=application.appointed_on,
        today=today,
    )
