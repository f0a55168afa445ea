"""Clocks and items in force, and what came before a hazard."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from django.db.models import Case, Count, IntegerField, Q, When
from django.utils.translation import gettext_noop

from accounts.queries import reach_of
from accounts.roles import Permission
from common.actor import Actor
from common.attachments.choices import AttachmentState
from common.models import Attachment
from common.scoping import may
from compliance.choices import HazardGrade, HazardSource, HazardState
from compliance.models import Hazard, HazardClock, HazardItem, HazardStep
from compliance.rules.hazards import GRADES, REPEAT_DAYS, Clock
from registry.models import Elevator

CATCH_ALL = "OTHER"  # of the shipped items

# where the shipped items come from, for components/source.html: rows of a migration are in no catalogue by themselves
SOURCES = (
    gettext_noop("GB 45067-2024 §5.6, read on a copy of its list (oversight.md §2)"),
    gettext_noop("platform list, to be replaced by the bureau's catalogue"),
    gettext_noop("oversight.md §5"),
)


def clock_of(grade: str, day: dt.date) -> tuple[Clock, str]:
    """The clock of a grade on a day and which row it is. Raises LookupError where no row says it."""
    rows = HazardClock.objects.filter(grade=grade, valid_from__lte=day).exclude(valid_until__lt=day)
    row = rows.order_by("-valid_from").first()
    if row is None:
        raise LookupError(f"no clock for {grade} on {day}")
    return Clock(row.days, row.working, row.extension_days), str(row)


def clock_kept(hazard: Hazard) -> Clock:
    """The clock that a hazard runs by: the row that its last day was reckoned with, whatever came into force since."""
    grade, since = hazard.clock.split(" ")
    row = HazardClock.objects.get(grade=grade, valid_from=since)
    return Clock(row.days, row.working, row.extension_days)


def answers_for(actor: Actor, hazard: Hazard, permission) -> bool:
    """A step is for who answers for the elevator now; a unit that once found something only reads it."""
    return may(actor, permission) and (
        Elevator.objects.visible_to(actor, permission).filter(pk=hazard.elevator_id).exists()
    )


def answered_for(actor: Actor, rows: Sequence[Hazard], permission) -> set[int]:
    """The elevators of these hazards for which the actor may take steps, as answers_for says it of one. One statement."""
    if not may(actor, permission):
        return set()
    seen = Elevator.objects.visible_to(actor, permission).filter(pk__in={row.elevator_id for row in rows})
    return set(seen.values_list("pk", flat=True))


def source_of(actor: Actor, elevator: Elevator) -> dict:
    """As what somebody's report stands in the ledger: {"source", "confirmed"}. An official's word needs no confirmation: of who
    reports for their area, not for a unit that answers here (they may belong to several, then no unit is the acting one)."""
    scope = reach_of(actor, Permission.REPORT_HAZARD)
    if elevator.maintenance_unit_id in scope.unit_ids:
        return {"source": HazardSource.MAINTENANCE, "confirmed": False}
    if elevator.using_unit_id in scope.unit_ids or not _is_official(actor, elevator):
        return {"source": HazardSource.USING_UNIT, "confirmed": False}
    return {"source": HazardSource.SPOT_CHECK, "confirmed": True}


def _is_official(actor: Actor, elevator: Elevator) -> bool:
    """Does the actor reach the elevator without any of their units? One statement, none for who has no unit."""
    without_units = tuple(held for held in actor.holdings if held.unit_id is None)
    if len(without_units) == len(actor.holdings):
        return True
    official = replace(actor, holdings=without_units)
    return may(official, Permission.REPORT_HAZARD) and (
        Elevator.objects.visible_to(official, Permission.REPORT_HAZARD).filter(pk=elevator.pk).exists()
    )


def items_on(day: dt.date):
    """What can be reported on a day."""
    return HazardItem.objects.filter(valid_from__lte=day).exclude(valid_until__lt=day)


def item_choices(day: dt.date) -> list[tuple]:
    """What can be reported on a day, as a pick list shows it: by grade, the gravest first, the catch-all last. One statement."""
    rows = sorted(items_on(day), key=lambda row: (row.code == CATCH_ALL, row.code))
    return [
        (HazardGrade(grade).label, [(row.code, row.name) for row in rows if row.grade == grade])
        for grade in reversed(GRADES)
        if any(row.grade == grade for row in rows)
    ]


def evidence_of(hazard: Hazard):
    """The photographs of its steps; whoever sees the hazard sees them."""
    return Attachment.objects.filter(
        subject_type=HazardStep._meta.label_lower, subject_id__in=hazard.steps.values("pk"), state=AttachmentState.KEPT
    ).order_by("pk")


def predecessor(*, elevator_id: int, item: str, found_on: dt.date) -> Hazard | None:
    """The same item on the same elevator, mended within REPEAT_DAYS before."""
    since = found_on - dt.timedelta(days=REPEAT_DAYS)
    rows = Hazard.objects.filter(elevator=elevator_id, item=item, state="CLOSED")
    return rows.filter(ended_on__gte=since, ended_on__lte=found_on).order_by("-ended_on", "-pk").first()


def of_elevator(elevator, *, longest: int = 12) -> list[Hazard]:
    """What is wrong with it now: major ones first, then larger ones, of each the first to end. One statement."""
    rows = Hazard.objects.standing().filter(elevator=elevator).select_related("item")
    gravity = Case(*(When(grade=grade, then=place) for place, grade in enumerate(GRADES)), output_field=IntegerField())
    return list(rows.order_by(gravity.desc(), "due_on", "pk")[:longest])


def major_standing(actor: Actor) -> int:
    """Major hazards of one's scope that are not mended and verified: their elevators must not be used. One statement."""
    return (
        Hazard.objects.visible_to(actor, Permission.VIEW_OBLIGATION, whole=True)
        .standing()
        .filter(grade="MAJOR")
        .count()
    )


def to_mend(actor: Actor, longest: int) -> list[Hazard]:
    """What those who answer for an elevator have to mend: the nearest last day first, with elevator and site. One statement."""
    own = Elevator.objects.visible_to(actor, Permission.MEND_HAZARD)
    rows = Hazard.objects.filter(state=HazardState.CONFIRMED, elevator__in=own.values("pk"))
    return list(rows.select_related("item", "elevator__site").order_by("due_on", "pk")[:longest])


def figures(actor: Actor, today: dt.date) -> dict[str, int]:
    """{"late", "mend", "verify"}: standing hazards of one's scope. One statement."""
    return (
        Hazard.objects.visible_to(actor, Permission.VIEW_OBLIGATION, whole=True)
        .standing()
        .aggregate(
            late=Count("pk", filter=Q(due_on__lt=today)),
            mend=Count("pk", filter=Q(state="CONFIRMED")),
            verify=Count("pk", filter=Q(state="CLAIMED_FIXED")),
        )
    )
