"""Whom a row of law concerns, and what would follow from another one: reckoned by the planner itself, before it is law."""

import datetime as dt
from collections import Counter

from django.db.models import Q, QuerySet

from accounts.queries import areas_by_id, reach_of
from accounts.roles import Permission
from common.actor import Actor
from inspection.models import LawRow
from inspection.models.law import COUNTRY
from inspection.queries import ANNEXES, GONE, LawBook, plan_inspections
from registry.models import Elevator

MOST = 4_000  # elevators that are reckoned while somebody waits for the page
SET = 1_000
# {day of an obligation: (how many have it sooner, how many later)}
MOVED = {
    "due_on": ("sooner", "later"),
    "opens_on": ("opens_sooner", "opens_later"),
    "apply_by": ("apply_sooner", "apply_later"),
}


def concerned(row: LawRow) -> QuerySet[Elevator]:
    """The elevators that are planned by the series of this row."""
    rows = Elevator.objects.exclude(registration_state__in=[*GONE, "WITHDRAWN"])
    if row.area in ("", COUNTRY):
        own = LawRow.objects.filter(section="cycle").exclude(area__in=["", COUNTRY]).values("area")
        rows = rows.filter(city__code__regex=r"^[0-9]+$").exclude(city__code__in=own)
    else:
        rows = rows.filter(city__code=row.area)
    if row.section == "brake_test":
        return rows.filter(class_code__in=row.columns["class_codes"])
    if row.section == "governor_check":
        return _of_annex(rows, row.columns["annex"])
    return rows


def _of_annex(rows: QuerySet[Elevator], annex: str) -> QuerySet[Elevator]:
    """Classes of an annex by the first prefix that fits, as the planner picks them."""
    wanted, before = Q(pk__in=[]), Q(pk__in=[])
    for prefix, name in ANNEXES:
        fits = Q(class_code__code__startswith=prefix)
        if name == annex:
            wanted |= fits & ~before
        before |= fits
    return rows.filter(wanted)


def foreign(row: LawRow, actor: Actor) -> bool:
    """Does it concern elevators of a city that is not this actor's?"""
    scope = reach_of(actor, Permission.SET_LAW)
    if scope.everything:
        return False
    return concerned(row).exclude(city__in=[reach.city_id or reach.area_id for reach in scope.areas]).exists()


def series_of(row: LawRow) -> list[LawRow]:
    """The rows among which the one in force is picked, this one included, the newest first."""
    same = [row.area] if row.area not in ("", COUNTRY) else ["", COUNTRY]
    rows = LawRow.objects.filter(section=row.section, area__in=same).order_by("-valid_from", "-pk")
    if row.section == "governor_check":
        rows = rows.filter(columns__annex=row.columns["annex"])
    return list(rows)


def consequences(row: LawRow, today: dt.date) -> dict:
    """What would follow if `row`, which need not be stored, were law.

    {"concerned": elevators, "looked_at": of them reckoned, evenly by their keys, "changed": of these elevators those of which
    something is due otherwise, "sooner", "later", "new", "gone": obligations, "opens_sooner", "opens_later": those that may be
    done from another day on, "apply_sooner", "apply_later": those of which the last day to apply moves}. As far as the planner
    looks: this year and the two that follow. Nothing is guessed for those not looked at.
    """
    rows = concerned(row)
    total = rows.count()
    every = -(-total // MOST) or 1
    ids = list(rows.order_by("pk").values_list("pk", flat=True))[::every]
    found, now, then = Counter(), LawBook(), LawBook([row])
    for start in range(0, len(ids), SET):
        part = ids[start : start + SET]
        before, after = plan_inspections(part, today, now), plan_inspections(part, today, then)
        for pk in part:
            found.update(_differences(before.get(pk, ()), after.get(pk, ())))
    names = ("changed", "new", "gone", *(name for pair in MOVED.values() for name in pair))
    return {"concerned": total, "looked_at": len(ids), **{name: found[name] for name in names}}


def _differences(before, after) -> Counter:
    was, becomes = ({(each.kind, each.period): each for each in plan} for plan in (before, after))
    found = Counter(new=len(becomes.keys() - was.keys()), gone=len(was.keys() - becomes.keys()))
    for key in was.keys() & becomes.keys():
        for day, (sooner, later) in MOVED.items():
            before_it, after_it = getattr(was[key], day), getattr(becomes[key], day)
            if before_it is not None and after_it is not None:  # a last day to apply: not each has one
                found[sooner] += after_it < before_it
                found[later] += after_it > before_it
    days = [{key: (e.opens_on, e.due_on, e.apply_by, e.status) for key, e in plan.items()} for plan in (was, becomes)]
    found["changed"] = int(days[0] != days[1])
    return found


def names_of_cities() -> dict[str, str]:
    """{code: name} of the areas, to say whose law a row is."""
    return {area.code: str(area) for area in areas_by_id().values()}
