"""What using units and their officers owe, planned in sets of units: each midnight, and at once when something changed.

A set costs a fixed number of statements whatever its units hold; a unit whose day is planned is not looked at again.
"""

import datetime as dt
from collections.abc import Collection, Iterable

from django.db import transaction
from django.db.models import Q

from common.apart import apart, in_parts
from common.clock import local_date
from compliance import rules as due
from compliance.actions.alerts import settle
from compliance.actions.plans import midnight
from compliance.choices import DIRECTOR_NAMED, OFFICER_NAMED, DutyKind
from compliance.models import DutyClock, DutyRecord, DutyRule, Obligation
from compliance.models.obligations import EXCUSED, PENDING
from compliance.queries import Policies, policies_on
from compliance.queries.duties import UnitFacts, facts_on, rules_on
from compliance.rules import duties as rules

SWEEP = "compliance.duties"
SET = 200  # units planned in one transaction
_GAPS = (DIRECTOR_NAMED, OFFICER_NAMED)
KINDS = (*DutyKind.values, *_GAPS)


@transaction.atomic
def plan_units(*, unit_ids: Collection[int], at: dt.datetime) -> None:
    """Bring what these units and their officers owe in line with the facts of today, and of days that nobody planned.

    What is wanted and not there is entered, what is not wanted any more and not late is withdrawn, what can no longer be
    filed is lost. The same again changes nothing.
    """
    DutyClock.objects.bulk_create([DutyClock(unit_id=pk, look_at=at) for pk in sorted(unit_ids)], ignore_conflicts=True)
    clocks = list(DutyClock.objects.filter(unit__in=unit_ids).order_by("unit_id").select_for_update())
    _plan(clocks, at)


@transaction.atomic
def plan_due_units(*, at: dt.datetime, largest: int = SET) -> int:
    """Plan up to `largest` units that are to be looked at; returns how many. Two at once share the work.

    A unit that cannot be planned keeps its clock and is set apart (common.apart): its neighbours have their day.
    """
    due_now = DutyClock.objects.filter(look_at__lte=at).exclude(pk__in=apart(SWEEP, at)).order_by("look_at", "unit_id")
    clocks = {clock.unit_id: clock for clock in due_now.select_for_update(skip_locked=True)[:largest]}
    if clocks:
        in_parts(SWEEP, sorted(clocks), lambda part: _plan([clocks[pk] for pk in part], at), at=at)
    return len(clocks)


def plan_all_due_units(*, at: dt.datetime) -> int:
    """Everything that is to be looked at, set by set; returns how many units."""
    total = 0
    while planned := plan_due_units(at=at):
        total += planned
    return total


def _plan(clocks: list[DutyClock], at: dt.datetime) -> None:
    if not clocks:
        return
    today, policies = local_date(at), policies_on(local_date(at))
    for day in _days(clocks, today):
        late = [clock.unit_id for clock in clocks if day == today or (clock.planned_on and clock.planned_on < day)]
        for city, law in rules_on(day).items():
            facts = facts_on(late, city, day, at)
            _enter(_owed_on(day, law, facts), policies, at)
            if day == today:
                _bring_up_to_date(late, city, law, facts, policies, at)
    DutyClock.objects.filter(pk__in=[clock.pk for clock in clocks]).update(
        planned_on=today, look_at=midnight(today + rules.ONE_DAY)
    )


def _days(clocks: list[DutyClock], today: dt.date) -> Iterable[dt.date]:
    """The days that nobody planned while the platform stood still, and today."""
    known = [clock.planned_on for clock in clocks if clock.planned_on is not None]
    first = min(known, default=today)
    first = max(min(first + rules.ONE_DAY, today), today - dt.timedelta(days=rules.CATCH_UP_DAYS))
    return [first + dt.timedelta(days=n) for n in range((today - first).days + 1)]


def _owed_on(day: dt.date, law: dict[str, DutyRule], facts: dict[int, UnitFacts]) -> list[Obligation]:
    """The rounds of the day, and of each unit the review of the week and the meeting of the month."""
    rows = []
    for unit, known in facts.items():
        if (rule := law.get(DutyKind.DAILY_CHECK)) is not None:
            period = rules.period_of(DutyKind.DAILY_CHECK, day)
            for one in known.rounds:
                if one.officer is not None:
                    name = rules.round_of(day, unit, one.site)
                    rows.append(_row(rule, period, unit, one.place, name=name, person=one.officer))
        for kind in (DutyKind.WEEKLY_REVIEW, DutyKind.MONTHLY_MEETING):
            if (rule := law.get(kind)) is not None:
                rows.append(_row(rule, rules.period_of(kind, day), unit, known.place))
    return rows


def _row(rule: DutyRule, period: rules.Period, unit: int, place: tuple, *, name: str = "", person=None) -> Obligation:
    city, district, area = place
    return Obligation(
        unit_id=None if person else unit,
        person_id=person,
        for_unit_id=unit,
        city_id=city,
        managing_district_id=district,
        area_id=area,
        kind=rule.kind,
        period=name or period.name,
        opens_on=period.opens_on,
        due_on=period.due_on,
        alert_after=period.due_on,
        rule=str(rule),
        clause=rule.clause,
    )


def _enter(rows: list[Obligation], policies: Policies, at: dt.datetime) -> None:
    """Enter what is not there; what was withdrawn in the meantime is wanted again; what was filed already is met."""
    if not rows:
        return
    for row in rows:
        _watch(row, policies, at)
    Obligation.objects.bulk_create(rows, ignore_conflicts=True)
    there = Q(unit__in={row.unit_id for row in rows if row.unit_id}) | Q(
        person__in={row.person_id for row in rows if row.person_id}
    )
    wanted = {(row.unit_id, row.person_id, row.kind, row.period): row for row in rows}
    # a gap that was filled and is there again on the same day is the same row
    asleep = Q(status__in=("PENDING", "WITHDRAWN")) | Q(status="MET", kind__in=_GAPS)
    found = Obligation.objects.filter(
        there, asleep, kind__in={row.kind for row in rows}, period__in={row.period for row in rows}
    )
    filed = {
        (kind, period if kind != DutyKind.DAILY_CHECK else (person, period), unit): (filed_on, late)
        for kind, period, unit, person, filed_on, late in DutyRecord.objects.filter(
            unit__in={row.for_unit_id for row in rows}, period__in={row.period for row in rows}
        ).values_list("kind", "period", "unit_id", "person_id", "filed_on", "days_late")
    }
    changed = []
    for row in found.select_for_update().order_by("pk"):
        planned = wanted.get((row.unit_id, row.person_id, row.kind, row.period))
        if planned is None:
            continue
        key = row.period if row.kind != DutyKind.DAILY_CHECK else (row.person_id, row.period)
        done = filed.get((row.kind, key, row.for_unit_id))
        if done is None and row.status == "PENDING":
            continue
        row.status, row.step_at, row.last_step = planned.status, planned.step_at, planned.last_step
        row.met_on, row.days_late = None, 0
        if done is not None:
            row.status, row.step_at, (row.met_on, row.days_late) = "MET", None, done
        row.version, row.planned_at = row.version + 1, at
        changed.append(row)
    if changed:
        Obligation.objects.bulk_update(
            changed, ["status", "step_at", "last_step", "met_on", "days_late", "version", "planned_at"]
        )


def _watch(row: Obligation, policies: Policies, at: dt.datetime) -> None:
    """When somebody has to look at it next: nobody looks at what has merely opened."""
    today = local_date(at)
    dates = {
        "opens_on": row.opens_on,
        "due_on": row.due_on,
        "alert_after": row.alert_after,
        "policy": policies[row.kind],
    }
    stage = due.stage(**dates, today=today)
    row.planned_at = at
    if stage in (None, due.OPENED):
        row.last_step, row.step_at = stage, midnight(due.next_step_on(**dates, after=today))
    else:
        row.last_step, row.step_at = None, at


def _bring_up_to_date(
    unit_ids: list[int],
    city: int,
    law: dict[str, DutyRule],
    facts: dict[int, UnitFacts],
    policies: Policies,
    at: dt.datetime,
) -> None:
    """What changed about what is still pending: somebody named, nobody to look, nobody who could file it any more."""
    today = local_date(at)
    pending = Obligation.objects.filter(PENDING | EXCUSED, for_unit__in=unit_ids, kind__in=KINDS, city=city)
    rows = list(pending.order_by("pk").select_for_update())
    wanted = _wanted(today, facts)
    changed = [row for row in rows if _ended(row, law, facts, wanted, today)]
    for row in changed:
        row.step_at, row.version, row.planned_at = None, row.version + 1, at
    if changed:
        Obligation.objects.bulk_update(changed, ["status", "met_on", "step_at", "version", "planned_at"])
        settle(obligation_ids=[row.pk for row in changed], at=at)
    standing = ("PENDING", "WAIVED")
    open_gaps = {(row.for_unit_id, row.kind) for row in rows if row.status in standing and row.kind in _GAPS}
    _enter(_gaps(law, facts, open_gaps, today), policies, at)


def _wanted(today: dt.date, facts: dict[int, UnitFacts]) -> set[tuple]:
    """Today's rounds: (officer, name)."""
    return {
        (one.officer, rules.round_of(today, unit, one.site))
        for unit, known in facts.items()
        for one in known.rounds
        if one.officer is not None
    }


def _ended(row: Obligation, law: dict, facts: dict[int, UnitFacts], wanted: set, today: dt.date) -> bool:
    """Ends a pending or waived row that the facts have ended; the row is changed in place."""
    known = facts.get(row.for_unit_id)
    if row.kind in _GAPS:
        open_still = known is not None and (not known.has_director if row.kind == DIRECTOR_NAMED else known.unbound)
        if open_still:
            return False
        row.status, row.met_on = ("MET", today) if known is not None else ("WITHDRAWN", None)
        return True
    if row.due_on >= today:
        here = (row.person_id, row.period) in wanted if row.kind == DutyKind.DAILY_CHECK else known is not None
        if not here:
            row.status = "WITHDRAWN"
        return not here
    if row.status == "PENDING" and row.kind in law and rules.is_lost(row.due_on, today, law[row.kind].back_days):
        row.status = "MISSED"
        return True
    return False


def _gaps(law: dict, facts: dict[int, UnitFacts], there: set, today: dt.date) -> list[Obligation]:
    """That a director, or an officer for each elevator, has to be named: one row from the day on which it was noticed."""
    rows = []
    for unit, known in facts.items():
        for kind, wanting in ((DIRECTOR_NAMED, not known.has_director), (OFFICER_NAMED, known.unbound)):
            if wanting and (unit, kind) not in there and (rule := law.get(kind)) is not None:
                until = today + dt.timedelta(days=rule.grace_days)
                rows.append(_row(rule, rules.Period(today.isoformat(), today, until), unit, known.place))
    return rows
