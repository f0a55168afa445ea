"""What a unit must do now: what it owes, by urgency and by site, and the month ahead."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field

from django.db.models import Case, Count, Exists, OuterRef, Q, Value, When
from django.db.models.functions import Greatest, Least
from django.utils.translation import gettext as _

from accounts.models import Unit
from accounts.queries import reach_of
from accounts.roles import Permission
from common.actor import Actor, ActorKind
from compliance.models import DutyAppointment, Obligation
from compliance.models.obligations import NEAR, to_do_apart, to_do_by
from compliance.queries import policies_on
from compliance.queries.standing import in_words, with_elevators
from compliance.rules.duties import FILED_BY

MONTHS = dt.timedelta(days=90)  # farther away home counts no week
SHOWN = 30  # lines of a home page; the list has all
ROUNDS = 50  # of other people that are counted by name; the page of the duties has all
STOP, LATE, SOON = "stop", "late", "soon"


@dataclass(slots=True)
class Group:
    """Everything of one urgency: [(site, [Obligation, …])] of the first lines, and how many there are in all."""

    urgency: str
    sites: list = field(default_factory=list)
    total: int = 0
    shown: int = 0
    heading: str = ""
    colour: str = ""
    otherwise: str = ""
    url: str = ""

    @property
    def more(self) -> int:
        return self.total - self.shown


def owed_by_units(actor: Actor):
    """Pending obligations of one's units, or None for somebody who answers for no unit."""
    scope = reach_of(actor, Permission.VIEW_OBLIGATION)
    if scope.everything or scope.areas or not scope.unit_ids:
        return None
    return Obligation.objects.visible_to(actor, Permission.VIEW_OBLIGATION, whole=True).pending()


def owed_apart(actor: Actor) -> list:
    """What owed_by_units holds, in parts that share no row, to be counted: about elevators, about units and people."""
    return Obligation.objects.apart(actor, Permission.VIEW_OBLIGATION)


def falls_to(actor: Actor, today: dt.date) -> Q:
    """What is this person's to do: all that no other person, and no role that they do not hold, has to file."""
    if actor.kind != ActorKind.PERSON:
        return Q(person__isnull=True)
    own = Q(person__isnull=True) | Q(person__public_id=actor.id)
    held = DutyAppointment.objects.on(today).filter(user__public_id=actor.id, unit=OuterRef("for_unit"))
    for kind, role in FILED_BY.items():
        own &= ~Q(kind=kind, person__isnull=True) | Exists(held.filter(role=role))
    return own


@dataclass(slots=True)
class Others:
    """What people of one unit have to file of one kind, and not oneself: how many, how many of them late, who."""

    kind: str
    unit: Unit
    number: int = 0
    late: int = 0
    names: list = field(default_factory=list)


def of_others(rows, today: dt.date, actor: Actor) -> list[Others]:
    """One line for each kind and unit, of what falls to others and is late or due within 30 days, of rows about units and people:
    what an elevator owes falls to nobody by name or role. Two statements, one where there is nothing."""
    counted = (
        rows.pending()
        .filter(~falls_to(actor, today), to_do_by(today + NEAR), opens_on__lte=today)
        .order_by("for_unit", "kind", "person__display_name", "person")
        .values_list("for_unit", "kind", "person", "person__display_name")
        .annotate(number=Count("pk"), late=Count("pk", filter=Q(alert_after__lt=today)))[:ROUNDS]
    )
    lines: dict[tuple, Others] = {}
    for unit, kind, _person, name, number, late in counted:
        line = lines.setdefault((unit, kind), Others(kind, unit))
        line.number, line.late = line.number + number, line.late + late
        line.names += [name] if name else []
    units = Unit.objects.in_bulk({unit for unit, _kind in lines}) if lines else {}
    for line in lines.values():
        line.unit = units[line.unit]
    return list(lines.values())


def groups_of(rows, today: dt.date) -> list[Group]:
    """What is late, or has its last good day or its last day to apply within 30 days: how many in all, and the first SHOWN
    lines. Seven statements."""
    rows = _in_order(rows.of_one_line(today), today).filter(to_do_by(today + NEAR))
    # all of them once, narrow, to count them: judging which is a line costs more than carrying it
    found = list(rows.values_list("pk", "kind", "alert_after", "elevator"))
    groups, policies = {urgency: Group(urgency) for urgency in (STOP, LATE, SOON)}, policies_on(today)
    for _pk, *told in found:
        groups[_urgency(*told, policies, today)].total += 1
    for row in _shown([pk for pk, *_told in found[:SHOWN]], today):
        _enter(groups[_urgency(row.kind, row.alert_after, row.elevator_id, policies, today)], row)
    return [group for group in groups.values() if group.total]


def _shown(keys: list[int], today: dt.date) -> list[Obligation]:
    """These rows whole, in this order, with all that a line says of them."""
    rows = Obligation.objects.with_periods(today).in_bulk(keys)
    return in_words(with_elevators([rows[pk] for pk in keys if pk in rows]), today)


def _in_order(rows, today: dt.date):
    """What is late first, the longest late foremost; then by `acts_by`, the day by which the unit has to do something: to apply,
    where it has to and has not yet. A day to apply that has passed pushes nothing aside that must not be used any more."""
    late = Q(alert_after__lt=today)
    acts_by = Case(When(late, then="alert_after"), default=Least("apply_by", "alert_after"))
    return rows.annotate(acts_by=acts_by, ahead=~late).order_by("ahead", "acts_by", "pk")


def _urgency(kind: str, alert_after: dt.date, elevator: int | None, policies, today: dt.date) -> str:
    if alert_after >= today:
        return SOON
    # what is red by policy forbids the use until it is done, an elevator's above all
    return STOP if elevator and policies[kind].severity == "RED" else LATE


def _enter(group: Group, row: Obligation) -> None:
    site = _place(row)
    line = next((lines for name, lines in group.sites if name == site), None)
    if line is None:
        line = []
        group.sites.append((site, line))
    line.append(row)
    group.shown += 1


def _place(row: Obligation) -> str:
    if elevator := row.elevator:
        return elevator.site.name if elevator.site else elevator.address
    if row.is_round:
        return row.site.name if row.site else _("elevators without a site")
    return ""


def month_ahead(parts: list, today: dt.date) -> list[tuple[dt.date, int]]:
    """[(Monday of the week, how many have to be applied for, or done, by a day in it)] of five weeks, this one first, with
    that whose day to apply has passed. Nothing that is late. `parts`: of owed_apart. One statement."""
    monday = today - dt.timedelta(days=today.weekday())
    first, *others = (
        rows.filter(alert_after__gte=today).order_by().values_list(_acts_on(today)).annotate(number=Count("pk"))
        for rows in to_do_apart(parts, monday + dt.timedelta(days=34))
    )
    weeks: Counter = Counter()
    for day, number in first.union(*others, all=True):
        weeks[day - dt.timedelta(days=day.weekday())] += number
    return [(week, weeks[week]) for week in (monday + dt.timedelta(days=7 * n) for n in range(5))]


def _acts_on(today: dt.date) -> Greatest:
    """The day by which somebody has to act; today, where the day to apply has passed."""
    return Greatest(Least("apply_by", "alert_after"), Value(today))


def in_week(rows, monday: dt.date, today: dt.date):
    """The rows that month_ahead counts for a week."""
    if abs(monday - today) > MONTHS:
        return rows.none()  # a date that somebody typed; 9999-12-31 has no Sunday after it
    sunday = monday + dt.timedelta(days=6)
    rows = rows.near(today, sunday - today).annotate(acts_on=_acts_on(today))
    return rows.filter(acts_on__gte=monday, acts_on__lte=sunday)
