"""Where a duty of the unit is done, and whose it is, for lists of what is due (registered at compliance.next_steps)."""

from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.queries import reach_of
from accounts.roles import Permission
from common.actor import ActorKind
from compliance.choices import DIRECTOR_NAMED, OFFICER_NAMED, DutyKind, DutyRole
from compliance.models import DutyAppointment
from compliance.rules.duties import FILED_BY
from compliance.signals import NextStep

REPORTS = {DutyKind.WEEKLY_REVIEW: "compliance:weekly_review", DutyKind.MONTHLY_MEETING: "compliance:monthly_meeting"}
NAMING = {DIRECTOR_NAMED: "compliance:appoint", OFFICER_NAMED: "compliance:bind_elevators"}


def next_steps(actor, rows, today) -> dict[int, NextStep]:
    """The officer's check of a site, the director's review, the head's minutes, for whom it falls to; who has to be named, for
    whoever keeps that. To others of the unit it says whose turn it is. One statement where there is a report."""
    asked = [row for row in rows if getattr(row, "of_duty", False) and row.status == "PENDING" and row.for_unit]
    asked = [row for row in asked if row.opens_on <= today]
    held = _held(actor, today) if any(row.kind in REPORTS for row in asked) else set()
    naming = any(row.kind in NAMING for row in asked)
    kept = set(reach_of(actor, Permission.KEEP_DUTY).unit_ids) if naming else set()
    steps = ((row.pk, _step(row, actor, held, kept, today)) for row in asked)
    return {pk: step for pk, step in steps if step is not None}


def _held(actor, today) -> set[tuple[int, str]]:
    """{(unit, role)} to which this person is appointed."""
    if actor.kind != ActorKind.PERSON:
        return set()
    return set(DutyAppointment.objects.on(today).filter(user__public_id=actor.id).values_list("unit_id", "role"))


def _step(row, actor, held, kept, today) -> NextStep | None:
    if row.kind in NAMING and row.for_unit_id in kept:
        return NextStep(verb=_("Do it now"), url=reverse(NAMING[row.kind], args=[row.for_unit.public_id]))
    if row.kind in REPORTS:
        return _report(row, (row.for_unit_id, FILED_BY[row.kind]) in held)
    if row.kind == DutyKind.DAILY_CHECK and row.person is not None and str(row.person.public_id) == actor.id:
        return NextStep(verb=_("File the check"), url=_check(row, today))
    return None


def _report(row, theirs: bool) -> NextStep:
    if not theirs:
        role = DutyRole(FILED_BY[row.kind]).label
        return NextStep(state=_("falls to: %(role)s") % {"role": role})
    verb = _("File the review") if row.kind == DutyKind.WEEKLY_REVIEW else _("File the minutes")
    page = reverse(REPORTS[row.kind], args=[row.for_unit.public_id])
    return NextStep(verb=verb, url=f"{page}?{urlencode({'day': row.opens_on})}")


def _check(row, today) -> str:
    given = {"site": row.site.public_id} if row.site else {}
    given |= {"day": row.due_on} if row.due_on != today else {}
    return f"{reverse('compliance:daily_check', args=[row.for_unit.public_id])}?{urlencode(given)}"
