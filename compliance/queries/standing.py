"""What stands about an elevator or in a scope: obligations and alerts in words, figures for home pages."""

import datetime as dt

from django.db.models import Count, F, Q, QuerySet, Value
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from accounts.models import Unit, User
from accounts.roles import Permission
from common.actor import Actor
from compliance import rules
from compliance.choices import DutyKind, period_words
from compliance.models import Alert, AlertCause, Obligation
from compliance.models.obligations import EXCUSED, NEAR, PENDING, lines_of_a_kind
from compliance.queries import kinds
from compliance.queries.duty_words import DUTY_KINDS
from compliance.rules.duties import site_of
from compliance.signals import NEXT_STEPS, NextStep
from registry.models import Elevator, Site
from registry.queries import name_neighbours
from registry.queries.elevators import LIST_FIELDS

OTHER_ALERTS = {
    "COMPLAINT": gettext_lazy("complaint not answered in time"),
    "COMPLAINT_OFFICIALS": gettext_lazy("complaint that waits for the officials"),
    "HAZARD": gettext_lazy("hazard not mended in time, or a major one"),
    "RISK": gettext_lazy("elevator in a risk band that officials look at"),
}


DUTIES = frozenset(str(kind.code) for kind in DUTY_KINDS)  # only these have a page of the unit


def with_elevators(rows: list) -> list:
    """Rows of obligations or alerts with their elevators and those who answer for them. Four statements however many,
    two more where some are about units and people."""
    ids = {row.elevator_id for row in rows if row.elevator_id}
    named = (
        {e.pk: e for e in name_neighbours(list(Elevator.objects.filter(pk__in=ids).only(*LIST_FIELDS)))} if ids else {}
    )
    for row in rows:
        if row.elevator_id:
            row.elevator = named[row.elevator_id]
    return _with_units(rows)


def _with_units(rows: list) -> list:
    """Those about a unit, a person or a site name it, and the unit whose duty it is. Three statements where there are any."""
    others = [row for row in rows if not row.elevator_id and hasattr(row, "for_unit_id")]
    units = {key for row in others for key in (row.unit_id, row.for_unit_id) if key}
    people = {row.person_id for row in others if row.person_id}
    named = Unit.objects.in_bulk(units) if units else {}
    known = User.objects.in_bulk(people) if people else {}
    for row in others:
        row.of_duty = row.kind.removeprefix("OVERDUE_") in DUTIES
        row.unit, row.for_unit = named.get(row.unit_id), named.get(row.for_unit_id)
        row.person = known.get(row.person_id)
    return _with_sites(others, rows)


def _with_sites(others: list, rows: list) -> list:
    """A daily check has no column for its site: the name of its round says which, so that three of one day can be told apart."""
    for row in others:
        row.is_round = row.kind == DutyKind.DAILY_CHECK and bool(row.person_id)
        if row.is_round:
            row.site_id, row.site = site_of(row.period), None
    at_sites = [row for row in others if getattr(row, "site_id", None)]
    named = Site.objects.in_bulk({row.site_id for row in at_sites}) if at_sites else {}
    for row in at_sites:
        row.site = named.get(row.site_id) if row.is_round else named[row.site_id]
    return rows


def as_one_line(rows: list[Obligation], today: dt.date) -> list[Obligation]:
    """Of one elevator's rows, the oldest first: what is owed twice is one row with all its `periods`. No statement."""
    lines: dict[str, Obligation] = {}
    kept = []
    for row in rows:
        owed = row.status == "PENDING" and (
            row.opens_on <= today or min(row.apply_by or row.alert_after, row.alert_after) <= today + NEAR
        )
        if owed and (line := lines.get(row.kind)) is not None:
            line.periods, line.owed_ids = [*line.periods, row.period], [*line.owed_ids, row.public_id]
            continue
        if owed:
            row.periods, row.owed_ids = [row.period], [row.public_id]
            lines[row.kind] = row
        kept.append(row)
    return kept


def in_words(obligations: list[Obligation], today: dt.date) -> list[Obligation]:
    """Obligations with their kind's label, how late they are, and the colour of that. No statement."""
    known = kinds()
    for row in obligations:
        spec = known.get(row.kind)
        row.label = spec.label if spec else row.kind
        row.period_label = _("the first") if row.period == "FIRST" else period_words(row.period)
        if row.period not in getattr(row, "periods", ()):
            row.periods = row.owed_ids = ()  # not owed yet: a line of its own beside those that are
        row.owed = owed_words(row.periods)
        row.days_overdue = rules.days_overdue(row.alert_after, today) if row.status == "PENDING" else 0
        row.colour = _colour(row, today)
    return obligations


def owed_words(periods) -> str:
    """ "2025 and 2026 are due", where an elevator owes more than one of a kind: a pass ends the older one alone
    (inspection.md D3). Else ''."""
    if len(periods) < 2:
        return ""
    words = [_("the first") if period == "FIRST" else period_words(period) for period in periods]
    earlier = pgettext("between things of a list", ", ").join(words[:-1])
    return _("%(earlier)s and %(last)s are due") % {"earlier": earlier, "last": words[-1]}


def with_next_steps(obligations: list[Obligation], actor: Actor, today: dt.date) -> list[Obligation]:
    """Obligations with `step`: what is under way and what this actor can do about it (compliance.next_steps)."""
    steps: dict[int, NextStep] = {}
    for registration in NEXT_STEPS:
        steps |= registration.answer(actor, obligations, today)
    for row in obligations:
        row.step = steps.get(row.pk, _NO_STEP)
    return obligations


_NO_STEP = NextStep()


def _colour(row: Obligation, today: dt.date) -> str:
    if row.status != "PENDING":
        return "ok" if row.status == "MET" else "neutral"
    if row.days_overdue:
        return "danger"
    if row.alert_after - today <= dt.timedelta(days=7):
        return "warning"
    return "attention" if row.opens_on <= today else "neutral"


def of_elevator(elevator: Elevator, today: dt.date, *, longest: int = 12) -> list[Obligation]:
    """What is still to be done, or waived for a time, the latest first;
    where nothing is, what was done last within two years. One statement."""
    owed = PENDING | EXCUSED
    recent = Q(due_on__gte=today - dt.timedelta(days=730)) & ~Q(status="WITHDRAWN")
    rows = list(
        Obligation.objects.filter(owed | recent, elevator=elevator).order_by("alert_after", "pk")[: 4 * longest]
    )
    standing = [row for row in rows if row.status == "PENDING" or (row.status == "WAIVED" and row.law_alert_after)]
    return standing[:longest] or rows[-1:]


def figures(actor: Actor, today: dt.date) -> dict[str, int]:
    """{"overdue", "month"}: what is late, and what is due or to be applied for within 30 days, of one's scope; an elevator
    counts once for each kind, as the lists have it. One statement."""
    seen, until = Obligation.objects.visible_to(actor, Permission.VIEW_OBLIGATION, whole=True).pending(), today + NEAR
    late = Q(alert_after__lt=today)

    def counted(rows, of, overdue, month):
        return rows.order_by().values(of=of).annotate(o=overdue, m=month).values_list("o", "m")

    # most of what is pending is due later: each index ends before it
    many = counted(seen.filter(alert_after__lte=until), F("kind"), lines_of_a_kind(late), lines_of_a_kind(~late))
    few = seen.to_apply_only(until).counted_by_line(today, until)
    # of no column: one row, whatever there is
    parts = many.union(counted(few, Value(0), Value(0), Count("pk")), all=True)
    overdue, month = zip(*parts, strict=True)
    return {"overdue": sum(overdue), "month": sum(month)}


def causes_of(alert: Alert) -> QuerySet[AlertCause]:
    """What keeps or kept it open, oldest first."""
    return (
        AlertCause.objects.filter(alert=alert)
        .select_related("obligation", "hazard__item", "complaint__category", "waiver")
        .order_by("since", "pk")
    )


def alert_label(alert: Alert) -> str:
    """What an alert is called; its kind when the app that raised it has gone."""
    if alert.kind in OTHER_ALERTS:
        return str(OTHER_ALERTS[alert.kind])
    for kind in kinds().values():
        if alert.kind == f"OVERDUE_{kind.code}":
            return str(kind.overdue_label)
    return alert.kind
