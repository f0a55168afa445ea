"""What is under way for an inspection that is due, for lists of what is due (registered at compliance.next_steps)."""

from urllib.parse import urlencode

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.queries import reach_of
from accounts.roles import Permission
from common.scoping import may
from compliance.signals import NextStep
from inspection.queries.applications import standing_of_rows
from inspection.rules import applications as rules


def next_steps(actor, rows, today) -> dict[int, NextStep]:
    """Applied for, appointed for a day, or to be applied for by a day; the verb for the using unit alone. One statement."""
    asked = [row for row in rows if row.kind in rules.KINDS and row.elevator_id and row.status == "PENDING"]
    standing = standing_of_rows(asked)
    own = reach_of(actor, Permission.APPLY_INSPECTION).unit_ids
    seen = may(actor, Permission.VIEW_REPORT)
    steps = {}
    for row in asked:
        if row.pk in standing:
            steps[row.pk] = _under_way(standing[row.pk], seen, today)
        elif (step := _to_apply(row, row.elevator.using_unit_id in own, today)) is not None:
            steps[row.pk] = step
    return steps


def _under_way(application, seen: bool, today) -> NextStep:
    url = reverse("applications:application", args=[application.public_id]) if seen else ""
    late = fault_of(application, today)
    if application.appointed_on is None:
        return NextStep(_("applied for, no day yet"), "danger" if late else "info", url)
    words = _("appointed for %(day)s") % {"day": date_format(application.appointed_on, "Y-m-d")}
    return NextStep(words, "danger" if late else "ok", url)


def _to_apply(row, own: bool, today) -> NextStep | None:
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
    ids = getattr(row, "owed_ids", None) or [row.public_id]  # what is owed twice is one line, and asked for at once
    url = f"{reverse('applications:apply')}?{urlencode({'ids': ids}, doseq=True)}" if own else ""
    return NextStep(words, colour, "", _("Apply for it"), url, _("Stop it and apply for the inspection"))


def fault_of(application, today) -> str:
    """Whose fault it is that it comes late: BODY, UNIT or ''."""
    return rules.fault(
        state=application.state,
        in_time=application.in_time,
        due_on=application.due_on,
        appointed_on=application.appointed_on,
        today=today,
    )
