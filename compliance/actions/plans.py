"""Bringing the ledger in line with the facts: in sets, the same for one report, a night's changes and the whole city."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from django.db import connection, transaction
from django.db.models import QuerySet

from common.apart import APART, in_parts
from common.clock import SHANGHAI, local_date
from common.copying import Copier
from common.ids import new_public_id
from compliance import rules
from compliance.actions.alerts import settle
from compliance.models import Obligation
from compliance.queries import Policies, planners, policies_on
from compliance.queries.waivers import excuses_of
from compliance.rules import Planned
from compliance.rules.waivers import Excuse, Owed, as_excused
from registry.models import Elevator

SWEEP = "compliance.plan"
SET = 2_000  # elevators planned in one transaction

_COLUMNS = (
    "kind", "period", "opens_on", "due_on", "apply_by", "alert_after", "status", "met_on", "days_late", "failed_on", "rule",
    "clause", "source_type", "source_id",
)  # fmt: skip
_CHANGING = _COLUMNS[2:]  # what a plan may change on a row that is there: all but its name
_TYPES = dict.fromkeys(("opens_on", "due_on", "apply_by", "alert_after", "met_on", "failed_on"), "date")
_TYPES |= {"days_late": "integer", "step_at": "timestamptz", "anew": "boolean", "id": "bigint"}
# of these follows when a row is looked at next
_DATES = tuple(_CHANGING.index(name) for name in ("opens_on", "due_on", "alert_after", "status"))

# Moments are not read: they cost more to read than all the rest, and only the database needs them.
_STANDING = f"""
SELECT o.elevator_id, {", ".join(f"o.{name}" for name in _COLUMNS)}, o.id, o.waiver_id IS NOT NULL,
       (o.city_id, o.managing_district_id, o.area_id) IS DISTINCT FROM (e.city_id, e.managing_district_id, e.area_id)
FROM compliance_obligation o JOIN registry_elevator e ON e.id = o.elevator_id
WHERE o.elevator_id = ANY(%(ids)s) AND o.kind = ANY(%(kinds)s)
"""
_WRITTEN = ("id", *_CHANGING, "step_at", "anew")
_UPDATE = f"""
UPDATE compliance_obligation o
SET {", ".join(f"{name} = t.{name}" for name in _CHANGING)}, version = o.version + 1, planned_at = %s,
    step_at = CASE WHEN t.anew THEN t.step_at ELSE o.step_at END, last_step = CASE WHEN t.anew THEN NULL ELSE o.last_step END
FROM unnest({", ".join(f"%s::{_TYPES.get(name, 'text')}[]" for name in _WRITTEN)}) AS t ({", ".join(_WRITTEN)})
WHERE o.id = t.id
"""
_WITHDRAW = """
UPDATE compliance_obligation SET status = 'WITHDRAWN', met_on = NULL, step_at = NULL, version = version + 1, planned_at = %s
WHERE id = ANY(%s) AND status <> 'WITHDRAWN' RETURNING id
"""
# Few rows are waived: the many need not carry the law's dates through every statement.
_KEEP_LAW = """
UPDATE compliance_obligation o SET law_due_on = t.due_on, law_alert_after = t.alert_after
FROM unnest(%s::bigint[], %s::date[], %s::date[]) AS t (id, due_on, alert_after)
WHERE o.id = t.id AND (o.law_due_on, o.law_alert_after) IS DISTINCT FROM (t.due_on, t.alert_after)
"""
# An elevator that moved takes what is still to be done with it.
_MOVE = """
UPDATE compliance_{table} o SET city_id = e.city_id, managing_district_id = e.managing_district_id, area_id = e.area_id
FROM registry_elevator e
WHERE e.id = o.elevator_id AND e.id = ANY(%(ids)s) AND {standing}
  AND (o.city_id, o.managing_district_id, o.area_id) IS DISTINCT FROM (e.city_id, e.managing_district_id, e.area_id)
"""
_CLAIM = f"""
DELETE FROM compliance_elevatordue WHERE elevator_id IN (
    SELECT elevator_id FROM compliance_elevatordue WHERE NOT elevator_id = ANY({APART})
    ORDER BY noted_at, elevator_id LIMIT %(largest)s FOR UPDATE SKIP LOCKED
) RETURNING elevator_id
"""
_HOLD = "SELECT id FROM registry_elevator WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"
_NOTE = "INSERT INTO compliance_elevatordue (elevator_id) SELECT unnest(%s::bigint[]) ON CONFLICT DO NOTHING"


def midnight(day: dt.date) -> dt.datetime:
    """The moment at which a day begins in Nanjing."""
    return dt.datetime.combine(day, dt.time.min, SHANGHAI)


class NextLooks:
    """When each planned row wants to be looked at; the same dates ask once."""

    def __init__(self, policies: Policies, at: dt.datetime):
        self._policies, self._at, self._today = policies, at, local_date(at)
        self._of = lru_cache(maxsize=50_000)(self._reckon)

    def of(self, row: Planned | Obligation) -> dt.datetime | None:
        if row.status != "PENDING":
            return None
        return self._of(row.kind, row.opens_on, row.due_on, row.alert_after or row.due_on)

    def _reckon(self, kind, opens_on, due_on, alert_after) -> dt.datetime | None:
        dates = {"opens_on": opens_on, "due_on": due_on, "alert_after": alert_after, "policy": self._policies[kind]}
        if rules.stage(**dates, today=self._today) is not None:
            return self._at  # something is to be told already
        return midnight(rules.next_step_on(**dates, after=self._today))


class _Row(NamedTuple):
    """A row that is there: its values in the order of _CHANGING."""

    pk: int
    values: tuple
    waived: bool
    moved: bool  # its elevator stands in another area now


@transaction.atomic
def store_plans(
    *, plans: Mapping[int, Iterable[Planned]], kinds: Collection[str], policies: Policies, at: dt.datetime
) -> None:
    """Make the rows of these elevators and kinds those of `plans`; what did not change is not written.

    A few statements however many elevators. The caller holds the elevators' rows.
    """
    steps, standing = NextLooks(policies, at), _standing(sorted(plans), sorted(kinds))
    moved = sorted({key[0] for key, row in standing.items() if row.moved})
    excuses = excuses_of([row.pk for row in standing.values() if row.waived])
    new, changed, law = [], [], {}
    for pk, planned in plans.items():
        for row in planned:
            there = standing.pop((pk, row.kind, row.period), None)
            if there is not None and there.waived:
                row, law[there.pk] = _excused(row, excuses[there.pk], local_date(at))
            values = _values(row)
            if there is None:
                new.append((pk, *values, steps.of(row)))
            elif (change := _change(there, values[2:], steps.of(row))) is not None:
                changed.append(change)
    touched = [change[0] for change in changed]
    if changed:
        _update(changed, at)
    if law:
        _keep_law(law)
    if standing:
        touched += _withdraw([row.pk for row in standing.values()], at)
    if new:
        _enter(new, at)
    _move("alert", "o.state <> 'RESOLVED'", sorted(plans))
    if moved:
        _move("obligation", "o.status = 'PENDING'", moved)
    if touched:
        settle(obligation_ids=touched, at=at)


def _standing(ids: list[int], kinds: list[str]) -> dict[tuple, _Row]:
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, {"ids": ids, "kinds": kinds})
        return {row[:3]: _Row(row[-3], row[3:-3], row[-2], row[-1]) for row in cursor.fetchall()}


def _change(there: _Row, values: tuple, step_at: dt.datetime | None) -> tuple | None:
    """(id, values, step_at, anew) as they are to be; None when nothing changes. New dates are told anew."""
    if values == there.values:
        return None
    anew = any(values[i] != there.values[i] for i in _DATES)
    return (there.pk, *values, step_at, anew)


def _excused(row: Planned, excuses: list[Excuse], today: dt.date) -> tuple[Planned, tuple]:
    """What counts of it under its waivers, and the law's own dates where they change anything."""
    law = Owed(row.status, row.due_on, row.alert_after or row.due_on, row.met_on, row.days_late)
    owed = as_excused(law, excuses, today)
    counts = replace(
        row, status=owed.status, due_on=owed.due_on, alert_after=owed.alert_after, days_late=owed.days_late
    )
    return counts, (owed.law_due_on, owed.law_alert_after)


def _keep_law(law: dict[int, tuple]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_KEEP_LAW, [list(law), *(list(column) for column in zip(*law.values(), strict=True))])


def _update(changed: list[tuple], at: dt.datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_UPDATE, [at, *(list(column) for column in zip(*changed, strict=True))])


def _withdraw(ids: list[int], at: dt.datetime) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute(_WITHDRAW, [at, ids])
        return [pk for (pk,) in cursor.fetchall()]


def _enter(new: list[tuple], at: dt.datetime) -> None:
    places = {
        pk: place
        for pk, *place in Elevator.objects.filter(pk__in={row[0] for row in new}).values_list(
            "pk", "city_id", "managing_district_id", "area_id"
        )
    }
    names = ("public_id", "elevator_id", "city_id", "managing_district_id", "area_id", *_COLUMNS, "step_at")
    copier = Copier(Obligation, names, planned_at=at, version=1)
    with connection.wrap_database_errors:
        copier.write((new_public_id(), row[0], *places[row[0]], *row[1:]) for row in new)


def _move(table: str, standing: str, ids: list[int]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_MOVE.format(table=table, standing=standing), {"ids": ids})


def _values(row: Planned) -> tuple:
    return (
        row.kind,
        row.period,
        row.opens_on,
        row.due_on,
        row.apply_by,
        row.alert_after or row.due_on,
        row.status,
        row.met_on,
        row.days_late,
        row.failed_on,
        row.rule,
        row.clause,
        row.source_type,
        row.source_id,
    )


def _plan(ids: Sequence[int], policies: Policies, at: dt.datetime) -> None:
    today = local_date(at)
    for planner in planners():
        planned = planner.plan(ids, today)
        kinds = [kind.code for kind in planner.kinds]
        store_plans(plans={pk: planned.get(pk, ()) for pk in ids}, kinds=kinds, policies=policies, at=at)


@transaction.atomic
def replan(*, elevator_ids: Collection[int], at: dt.datetime) -> None:
    """Plan these elevators now, in the caller's transaction: what its facts end is ended when it commits."""
    ids = list(
        Elevator.objects.filter(pk__in=elevator_ids)
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
        .values_list("pk", flat=True)
    )
    if ids:
        _plan(ids, policies_on(local_date(at)), at)


@transaction.atomic
def plan_due(*, at: dt.datetime, largest: int = SET) -> int:
    """Plan up to `largest` elevators that were noted; returns how many were looked at. Two at once share the work.

    Whoever changes an elevator holds its row and then notes it, we the other way round: what is in somebody's hands is
    noted again instead of waited for, and so is what cannot be planned (common.apart).
    """
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"sweep": SWEEP, "at": at, "largest": largest})
        claimed = sorted(pk for (pk,) in cursor.fetchall())
        if not claimed:
            return 0
        cursor.execute(_HOLD, [claimed])
        free = [pk for (pk,) in cursor.fetchall()]
    policies = policies_on(local_date(at))
    parts = in_parts(SWEEP, free, lambda ids: _plan(ids, policies, at), at=at) if free else None
    again = set(claimed) - set(free) | set(parts.apart if parts else ())
    if again:
        with connection.cursor() as cursor:
            cursor.execute(_NOTE, [sorted(again)])
    return len(free)


def plan_all_due(*, at: dt.datetime) -> int:
    """Everything that is noted and not in somebody's hands, set by set."""
    total = 0
    while planned := plan_due(at=at):
        total += planned
    return total


def note_everything() -> None:
    """Have every elevator planned again, as after a change of rule rows."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO compliance_elevatordue (elevator_id) SELECT id FROM registry_elevator ORDER BY id"
            " ON CONFLICT DO NOTHING"
        )


def note_elevators(elevators: QuerySet[Elevator]) -> None:
    """Have these elevators planned again by the sweep: something was said about all of them at once. One statement."""
    chosen, params = elevators.order_by("pk").values("pk").query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO compliance_elevatordue (elevator_id) {chosen} ON CONFLICT DO NOTHING", params)


def ledger_rows():
    """The ledger as the facts make it, for comparing: everything but keys, moments and what was told."""
    return Obligation.objects.order_by("elevator_id", "kind", "period").values_list("elevator_id", *_COLUMNS)
