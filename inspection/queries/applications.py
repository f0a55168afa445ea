"""What may be applied for, by whom it can be answered, how an application stands, and who goes where on which day."""

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery

from accounts.choices import UnitKind
from accounts.models import Membership, Unit, User
from accounts.queries import reach_of
from accounts.roles import Permission
from common.actor import Actor
from compliance.models import Obligation
from inspection.models import Application, BodyLicence
from inspection.rules import applications as rules
from registry.choices import LifeEventKind, ResponsibilityRole
from registry.models import Elevator, LifeEvent, Responsibility

INSPECTING = ("INSPECTOR", "INSPECTION_OFFICE")
LONGEST_DAYS = 500
SPAN = dt.timedelta(days=7)  # of one page of days


def bodies_on(day: dt.date, kinds: Iterable[str] = ("PERIODIC_INSPECTION",)) -> QuerySet[Unit]:
    """Inspection bodies that are licensed on a day for what all these obligations ask for."""
    needed = sorted({rules.KINDS[kind][0] for kind in kinds if kind in rules.KINDS})
    licences = BodyLicence.objects.counting().filter(unit=OuterRef("pk"), valid_from__lte=day, valid_until__gte=day)
    found = Unit.objects.filter(kind=UnitKind.INSPECTION_BODY).exclude(closed_on__lt=day)
    for kind in needed:
        found = found.filter(Exists(licences.filter(kinds__contains=[kind])))
    return found


def inspectors_of(body: Unit, at: dt.datetime) -> QuerySet[User]:
    """People of a body who may go: its inspectors, and those of the office who inspect too."""
    held = Membership.objects.current(at).filter(unit=body, role__in=INSPECTING)
    return User.objects.filter(pk__in=held.values("user_id"), is_active=True)


def is_in_charge(unit_id: int, elevator_id: int, at: dt.datetime) -> bool:
    """Is the unit the elevator's inspection body at this moment?"""
    rows = Responsibility.objects.filter(
        unit_id=unit_id, elevator_id=elevator_id, role=ResponsibilityRole.INSPECTION_BODY, started_at__lte=at
    )
    return rows.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=at)).exists()


def appliable(actor: Actor, today: dt.date) -> QuerySet[Obligation]:
    """Inspections of one's own elevators that nobody has applied for, and that may be (rules.require_appliable)."""
    standing = Application.objects.standing().filter(
        elevator=OuterRef("elevator"), kind=OuterRef("kind"), period=OuterRef("period")
    )
    rows = Obligation.objects.visible_to(actor, Permission.APPLY_INSPECTION, whole=True).pending()
    rows = rows.filter(kind__in=rules.KINDS)
    own = reach_of(actor, Permission.APPLY_INSPECTION).unit_ids
    rows = rows.filter(elevator__using_unit__in=own, elevator__isnull=False)
    return rows.filter(Q(opens_on__lte=today) | Q(apply_by__lte=today)).exclude(Exists(standing))


def appliable_lines(rows: QuerySet[Obligation], today: dt.date) -> QuerySet[Obligation]:
    """Of appliable(), one for each line of a list: of two that an elevator missed the older one, which asks for both."""
    return rows.of_one_line(today, rows)


def standing_by_period(rows: Sequence[Obligation]) -> dict[tuple, Application]:
    """{(elevator, kind, period): the application that stands} of these elevators. One statement where any of them can be applied
    for, none otherwise."""
    asked = {row.elevator_id for row in rows if row.kind in rules.KINDS}
    if not asked:
        return {}
    found = Application.objects.standing().filter(elevator__in=asked)
    return {(row.elevator_id, row.kind, row.period): row for row in found}


def own_body(actor: Actor, application: Application) -> bool:
    """Is it the actor's to answer?"""
    return application.body_id in reach_of(actor, Permission.ANSWER_INSPECTION).unit_ids


def own_unit(actor: Actor, application: Application) -> bool:
    """Is it the actor's to withdraw? Who answers for the elevator now decides; the unit before only reads what it applied for."""
    return application.elevator.using_unit_id in reach_of(actor, Permission.APPLY_INSPECTION).unit_ids


def neighbours_of(application: Application, actor: Actor) -> list[Application]:
    """Others of the same site that wait for the same body's answer, the earliest last good day first."""
    site = application.elevator.site_id
    if site is None:
        return []
    rows = Application.objects.visible_to(actor, Permission.ANSWER_INSPECTION).filter(
        state="APPLIED", body=application.body_id, elevator__site=site
    )
    return list(rows.exclude(pk=application.pk).order_by("due_on", "pk")[:99])


def seen_elevators(actor: Actor, rows: Iterable) -> set[int]:
    """Which of the rows' elevators have an e-file for the actor: a body has none before it has appointed. One statement."""
    keys = {row.elevator_id for row in rows}
    seen = Elevator.objects.visible_to(actor, Permission.VIEW_ELEVATOR)
    return set(seen.filter(pk__in=keys).values_list("pk", flat=True)) if keys else set()


def fileable(actor: Actor, rows: Iterable[Application]) -> set[int]:
    """Keys of the appointments that the actor can file the report of: those of one's own body, while it answers for the
    elevator. Two statements where there are such, none otherwise."""
    own = reach_of(actor, Permission.FILE_REPORT).unit_ids
    asked = {row.pk: row.elevator_id for row in rows if row.state == rules.APPOINTED and row.body_id in own}
    if not asked:
        return set()
    seen = Elevator.objects.visible_to(actor, Permission.FILE_REPORT).filter(pk__in=set(asked.values()))
    keys = set(seen.values_list("pk", flat=True))
    return {pk for pk, elevator in asked.items() if elevator in keys}


def history_of(application: Application) -> list[LifeEvent]:
    """What became of it, the newest first. One statement."""
    rows = LifeEvent.objects.filter(
        elevator=application.elevator_id,
        kind=LifeEventKind.INSPECTION_APPLICATION,
        source_id=str(application.public_id),
    )
    return list(rows.order_by("-sequence")[:50])


def figures(actor: Actor, today: dt.date) -> dict[str, int]:
    """{"open", "late", "mine"}: what waits for one's own body, what comes late within one's sight without the unit's fault,
    and where one goes oneself within the seven days that a page shows. One statement."""
    seen = Application.objects.visible_to(actor, Permission.VIEW_REPORT, whole=True).standing()
    own = reach_of(actor, Permission.ANSWER_INSPECTION).unit_ids
    late = Q(in_time=True) & (Q(due_on__lt=today) | Q(appointed_on__gt=F("due_on")))
    one_self = Subquery(User.objects.filter(public_id=actor.id).values("pk")[:1])
    mine = Q(state="APPOINTED", appointed_on__gte=today, appointed_on__lt=today + SPAN, inspector=one_self)
    return seen.aggregate(
        open=Count("pk", filter=Q(state="APPLIED", body__in=own)),
        late=Count("pk", filter=late),
        mine=Count("pk", filter=mine),
    )


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the list: [(inspector or None, [Application, …])], whoever is not named last."""

    on: dt.date
    people: list


def appointed_between(
    actor: Actor, first: dt.date, last: dt.date, inspector: uuid.UUID | None = None
) -> tuple[list[Day], bool]:
    """(days with the appointments that the actor sees, whether there are more than LONGEST_DAYS). One statement."""
    rows = Application.objects.visible_to(actor, Permission.VIEW_REPORT).filter(
        state="APPOINTED", appointed_on__gte=first, appointed_on__lte=last
    )
    if inspector is not None:
        rows = rows.filter(inspector__public_id=inspector)
    found = list(rows.select_related("inspector", "body", "unit").order_by("appointed_on", "pk")[: LONGEST_DAYS + 1])
    days: dict[dt.date, dict] = {}
    for row in found[:LONGEST_DAYS]:
        days.setdefault(row.appointed_on, {}).setdefault(row.inspector, []).append(row)
    named = [
        Day(on, sorted(people.items(), key=lambda one: (one[0] is None, str(one[0])))) for on, people in days.items()
    ]
    return named, len(found) > LONGEST_DAYS
