"""Facts about a using unit's safety duties: rules in force, who has which elevators, what was filed and what was missed."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from accounts.models import Membership, Unit, User
from accounts.roles import Permission, roles_with
from common.actor import Actor, ActorKind
from common.attachments.choices import AttachmentState
from common.models import Attachment
from compliance.choices import DutyKind, DutyRole
from compliance.models import (
    DutyAppointment,
    DutyFinding,
    DutyRecord,
    DutyRule,
    Obligation,
    OfficerBinding,
    RiskItem,
    RiskList,
    RiskTemplateItem,
)
from compliance.rules.duties import ANSWERS, applies
from registry.models import Elevator, Site

CALENDAR_DAYS = 90

# Elevators in use of these units, by the officer who has them on that day (none: nobody, or one who left the unit) and site.
_ROUNDS = """
SELECT e.using_unit_id, o.user_id, e.site_id, count(*), (array_agg(e.city_id ORDER BY e.id))[1],
       (array_agg(e.managing_district_id ORDER BY e.id))[1], (array_agg(e.area_id ORDER BY e.id))[1]
FROM registry_elevator e
LEFT JOIN (
    SELECT b.elevator_id, b.unit_id, a.user_id
    FROM compliance_officerbinding b
    JOIN compliance_dutyappointment a ON a.id = b.appointment_id
    JOIN accounts_user u ON u.id = a.user_id AND u.is_active
    WHERE b.unit_id = ANY(%(units)s) AND b.started_on <= %(day)s AND (b.ended_on IS NULL OR b.ended_on > %(day)s)
      AND a.started_on <= %(day)s AND (a.ended_on IS NULL OR a.ended_on > %(day)s)
      AND EXISTS (SELECT FROM accounts_membership m WHERE m.user_id = a.user_id AND m.unit_id = a.unit_id
                  AND m.started_at <= %(at)s AND (m.ended_at IS NULL OR m.ended_at > %(at)s))
) o ON o.elevator_id = e.id AND o.unit_id = e.using_unit_id
WHERE e.using_unit_id = ANY(%(units)s) AND e.city_id = %(city)s AND e.registration_state = 'IN_USE'
  AND (e.using_unit_until IS NULL OR e.using_unit_until > %(at)s)
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


@dataclass(frozen=True, slots=True)
class Round:
    """What one officer has to look at on one site. `place`: keys of city, district, area."""

    unit: int
    officer: int | None
    site: int | None
    elevators: int
    place: tuple


@dataclass(slots=True)
class UnitFacts:
    """What the planning of one unit rests on."""

    rounds: list[Round] = field(default_factory=list)
    unbound: int = 0
    has_director: bool = False

    @property
    def place(self) -> tuple:
        """Where most of its elevators are: there its own obligations are listed [D]."""
        return max(self.rounds, key=lambda one: one.elevators).place


def rules_on(day: dt.date) -> dict[int, dict[str, DutyRule]]:
    """{city: {kind: the row in force}} on a day. One statement."""
    found: dict[int, dict[str, DutyRule]] = defaultdict(dict)
    rows = DutyRule.objects.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=day), valid_from__lte=day)
    for row in rows.order_by("valid_from", "pk"):
        found[row.city_id][row.kind] = row
    return found


def rule_for(kind: str, elevators: QuerySet, day: dt.date) -> DutyRule | None:
    """The row in force where these elevators are."""
    cities = elevators.values("city_id")
    rows = DutyRule.objects.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=day), valid_from__lte=day)
    return rows.filter(kind=kind, city__in=cities).order_by("-valid_from", "pk").first()


def facts_on(unit_ids: Collection[int], city: int, day: dt.date, at: dt.datetime) -> dict[int, UnitFacts]:
    """{unit: facts} of those units that have an elevator in use in a city on a day. Two statements however many."""
    facts: dict[int, UnitFacts] = defaultdict(UnitFacts)
    with connection.cursor() as cursor:
        cursor.execute(_ROUNDS, {"units": sorted(unit_ids), "city": city, "day": day, "at": at})
        for unit, officer, site, elevators, *place in cursor.fetchall():
            facts[unit].rounds.append(Round(unit, officer, site, elevators, tuple(place)))
            if officer is None:
                facts[unit].unbound += elevators
    for unit in appointed(DutyAppointment.objects.filter(unit__in=facts), day, at, DutyRole.DIRECTOR).values_list(
        "unit_id", flat=True
    ):
        facts[unit].has_director = True
    return dict(facts)


def appointed(rows: QuerySet, day: dt.date, at: dt.datetime, role: str) -> QuerySet:
    """Those of the rows that hold on a day and whose person still belongs to the unit."""
    still = Membership.objects.current(at).filter(user=OuterRef("user"), unit=OuterRef("unit"))
    return rows.on(day).filter(Exists(still), role=role, user__is_active=True)


def holder_of(unit: Unit, role: str, day: dt.date, at: dt.datetime) -> DutyAppointment | None:
    """The head or the director of a unit on a day."""
    return appointed(DutyAppointment.objects.filter(unit=unit.pk), day, at, role).select_related("user").first()


def candidates(unit: Unit, at: dt.datetime) -> QuerySet[User]:
    """Whom a unit may appoint: present people who hold a role in it that may file."""
    roles = [role.code for role in roles_with(Permission.FILE_DUTY)]
    members = Membership.objects.current(at).filter(unit=unit.pk, role__in=roles)
    return User.objects.filter(pk__in=members.values("user_id"), is_active=True).order_by("display_name", "pk")


def person_of(actor: Actor) -> User | None:
    """The person behind an actor; a machine is nobody."""
    return User.objects.filter(public_id=actor.id).first() if actor.kind == ActorKind.PERSON else None


def in_use(unit: Unit, at: dt.datetime) -> QuerySet[Elevator]:
    """The elevators that a unit uses now and that are in use: those which its duties are about."""
    rows = Elevator.objects.filter(using_unit=unit.pk, registration_state="IN_USE")
    return rows.filter(Q(using_unit_until__isnull=True) | Q(using_unit_until__gt=at))


def bound_to(unit: Unit, officer: User, day: dt.date) -> QuerySet[Elevator]:
    """The elevators of a unit that an officer has on a day, in use or not."""
    bindings = OfficerBinding.objects.on(day).filter(unit=unit.pk, appointment__user=officer)
    standing = bindings.filter(Q(appointment__ended_on__isnull=True) | Q(appointment__ended_on__gt=day))
    return Elevator.objects.filter(pk__in=standing.values("elevator_id"), using_unit=unit.pk)


def without_officer(unit: Unit, day: dt.date, at: dt.datetime) -> QuerySet[Elevator]:
    """Elevators in use that nobody of the unit has to look at."""
    present = appointed(DutyAppointment.objects.filter(unit=unit.pk), day, at, DutyRole.OFFICER)
    held = OfficerBinding.objects.on(day).filter(elevator=OuterRef("pk"), unit=unit.pk, appointment__in=present)
    return in_use(unit, at).filter(~Exists(held))


def list_in_force(unit: Unit, day: dt.date) -> RiskList | None:
    return RiskList.objects.in_force(day).filter(unit=unit.pk).first()


def asked_of(risk_list: RiskList | None, kind: str) -> list[RiskItem]:
    """The items of a list that a duty answers, in their order; none without a list."""
    return [] if risk_list is None else list(risk_list.items.filter(frequency=ANSWERS[kind]))


def photos_of(record: DutyRecord) -> dict[int | None, list[Attachment]]:
    """{key of a finding: its photographs}; None: those of the whole record. Two statements."""
    ofs = (DutyFinding._meta.label_lower, DutyRecord._meta.label_lower)
    keys = Q(subject_type=ofs[0], subject_id__in=list(record.findings.values_list("pk", flat=True)))
    keys |= Q(subject_type=ofs[1], subject_id=record.pk)
    found: dict[int | None, list[Attachment]] = defaultdict(list)
    for file in Attachment.objects.filter(keys, state=AttachmentState.KEPT).order_by("pk"):
        found[file.subject_id if file.subject_type == ofs[0] else None].append(file)
    return dict(found)


def template_on(day: dt.date) -> QuerySet[RiskTemplateItem]:
    """What a list begins with on a day."""
    return RiskTemplateItem.objects.filter(
        Q(valid_until__isnull=True) | Q(valid_until__gte=day), valid_from__lte=day
    ).order_by("position", "pk")


def items_for(items: Iterable[RiskItem], elevator: Elevator) -> list[RiskItem]:
    """Those of a list that are about an elevator."""
    return [item for item in items if applies(item.scope, elevator.class_code_id)]


# --- an officer's day -------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Stop:
    """One site of an officer's day: how many elevators, and what was filed."""

    unit: Unit
    site: Site | None
    elevators: int
    record: DutyRecord | None = None


def day_of(officer: User, day: dt.date, at: dt.datetime) -> list[Stop]:
    """The sites that an officer has to look at on a day, those still to be done first. Three statements."""
    bindings = OfficerBinding.objects.on(day).filter(appointment__user=officer)
    bindings = bindings.filter(Q(appointment__ended_on__isnull=True) | Q(appointment__ended_on__gt=day))
    mine = Exists(bindings.filter(elevator=OuterRef("pk"), unit=OuterRef("using_unit")))
    rows = (
        Elevator.objects.filter(mine, registration_state="IN_USE", pk__in=bindings.values("elevator_id"))
        .values("using_unit_id", "site_id")
        .annotate(count=Count("pk"))
        .order_by("using_unit_id", "site_id")
    )
    found = list(rows)
    if not found:
        return []
    units = Unit.objects.in_bulk({row["using_unit_id"] for row in found})
    sites = Site.objects.in_bulk({row["site_id"] for row in found if row["site_id"]})
    filed = {
        (row.unit_id, row.site_id): row
        for row in DutyRecord.objects.filter(kind=DutyKind.DAILY_CHECK, person=officer, due_on=day, unit__in=units)
    }
    stops = [
        Stop(
            units[row["using_unit_id"]],
            sites.get(row["site_id"]),
            row["count"],
            filed.get((row["using_unit_id"], row["site_id"])),
        )
        for row in found
    ]
    return sorted(stops, key=lambda stop: (stop.record is not None, stop.site.name if stop.site else ""))


# --- what was filed and missed ----------------------------------------------------------------------------------------


@dataclass(slots=True)
class Day:
    """One day of a unit's calendar: rounds wanted, filed in time, filed late, missed, findings."""

    day: dt.date
    wanted: int = 0
    filed: int = 0
    late: int = 0
    missed: int = 0
    findings: int = 0

    @property
    def state(self) -> str:
        """The worst that is to be said of it: '' for nothing wanted."""
        if self.missed:
            return "danger"
        if self.late:
            return "warning"
        return "ok" if self.filed else "neutral" if self.wanted else ""


def calendar_of(unit: Unit, today: dt.date, days: int = CALENDAR_DAYS) -> list[Day]:
    """The unit's daily checks of the last days, oldest first, today last. Two statements."""
    since = today - dt.timedelta(days=days - 1)
    found = {since + dt.timedelta(days=n): Day(since + dt.timedelta(days=n)) for n in range(days)}
    owed = Obligation.objects.filter(for_unit=unit.pk, kind=DutyKind.DAILY_CHECK, due_on__range=(since, today))
    counted = (
        owed.exclude(status="WITHDRAWN")
        .values("due_on")
        .annotate(wanted=Count("pk"), open=Count("pk", filter=Q(status__in=("PENDING", "MISSED"))))
    )
    for row in counted.order_by():
        day = found[row["due_on"]]
        day.wanted = row["wanted"]
        day.missed = row["open"] if row["due_on"] < today else 0
    records = DutyRecord.objects.filter(unit=unit.pk, kind=DutyKind.DAILY_CHECK, due_on__range=(since, today))
    for due_on, late, findings in records.values_list("due_on", "days_late", "findings_count"):
        day = found[due_on]
        day.filed += 1
        day.late += bool(late)
        day.findings += findings
    return list(found.values())


@dataclass(slots=True)
class OfficerWeek:
    """What an officer did in a week: [(day, 'ok' | 'late' | 'missed' | '' …)], and how many findings."""

    officer: User
    elevators: int
    days: list[tuple[dt.date, str]]
    findings: int = 0


def week_of(unit: Unit, monday: dt.date, today: dt.date) -> list[OfficerWeek]:
    """The week of each officer who had to look at something, by name. Three statements."""
    days = [monday + dt.timedelta(days=n) for n in range(7)]
    owed = Obligation.objects.filter(
        for_unit=unit.pk, kind=DutyKind.DAILY_CHECK, due_on__range=(days[0], days[-1])
    ).exclude(status="WITHDRAWN")
    state: dict[int, dict[dt.date, str]] = defaultdict(dict)
    for person, due_on, status in owed.values_list("person_id", "due_on", "status"):
        now = (
            "open" if status == "PENDING" and due_on >= today else "missed" if status in ("PENDING", "MISSED") else "ok"
        )
        state[person][due_on] = _worse(state[person].get(due_on, ""), now)
    findings: dict[int, int] = defaultdict(int)
    records = DutyRecord.objects.filter(
        unit=unit.pk, kind=DutyKind.DAILY_CHECK, due_on__range=(days[0], days[-1])
    ).values_list("person_id", "due_on", "days_late", "findings_count")
    for person, due_on, late, count in records:
        findings[person] += count
        state[person][due_on] = _worse(state[person].get(due_on, ""), "late" if late else "ok")
    people = User.objects.in_bulk(state.keys())
    rows = [
        OfficerWeek(people[pk], 0, [(day, found.get(day, "")) for day in days], findings[pk])
        for pk, found in state.items()
    ]
    return sorted(rows, key=lambda row: (row.officer.display_name, row.officer.pk))


# a day on which one site is done and another still waits is not done
_BAD = ("", "ok", "open", "late", "missed")


def _worse(one: str, other: str) -> str:
    return max(one, other, key=_BAD.index)


def findings_of(unit: Unit, since: dt.date, until: dt.date, longest: int = 100) -> list[DutyFinding]:
    """What was not right in the checks of some days, newest first, with the hazard that became of it."""
    rows = DutyFinding.objects.filter(record__unit=unit.pk, record__due_on__range=(since, until))
    return list(rows.select_related("elevator", "item", "hazard", "record").order_by("-pk")[:longest])


def officers_with_counts(unit: Unit, day: dt.date) -> dict[int, int]:
    """{appointment: elevators bound to it on a day}. One statement."""
    bindings = OfficerBinding.objects.on(day).filter(unit=unit.pk, elevator__registration_state="IN_USE")
    counted = bindings.filter(elevator__using_unit=unit.pk).values("appointment_id").annotate(count=Count("pk"))
    return {row["appointment_id"]: row["count"] for row in counted.order_by()}


@dataclass(slots=True)
class Standing:
    """How a unit's filing stands: what a list says of it in one line."""

    director: bool = False
    officers: int = 0
    gaps: dict[str, str] = field(default_factory=dict)
    late: int = 0
    last_filed: dt.date | None = None


def standing_of(units: Sequence[Unit], today: dt.date) -> dict[int, Standing]:
    """{unit: standing}; three statements however many units."""
    keys = [unit.pk for unit in units]
    found = {key: Standing() for key in keys}
    people = DutyAppointment.objects.on(today).filter(unit__in=keys).values_list("unit_id", "role")
    for unit, role in people:
        found[unit].director |= role == DutyRole.DIRECTOR
        found[unit].officers += role == DutyRole.OFFICER
    owed = Obligation.objects.filter(for_unit__in=keys, status="PENDING").values_list(
        "for_unit_id", "kind", "alert_after"
    )
    for unit, kind, last in owed:
        found[unit].late += last < today
        if kind not in DutyKind.values:
            found[unit].gaps[kind] = kind
    newest = DutyRecord.objects.filter(unit__in=keys).order_by("unit_id", "-pk").distinct("unit_id")
    for unit, filed_on in newest.values_list("unit_id", "filed_on"):
        found[unit].last_filed = filed_on
    return found
