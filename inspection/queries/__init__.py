"""Facts about elevators, and what they owe by them."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from compliance.rules import Planned
from compliance.signals import KindSpec, Planner
from inspection.choices import CLOSING, CycleMethod, InspectionKind, ObligationKind
from inspection.models import CycleRule, Inspection
from inspection.rules import interval
from registry.models import Elevator


@dataclass(frozen=True, slots=True)
class Done:
    """An inspection that closes a period."""

    on: dt.date
    public_id: str
    source: str


def rules_on(day: dt.date) -> dict[int, CycleRule]:
    """{city: the rule row in force}, the latest of each. One statement."""
    rows = CycleRule.objects.filter(valid_from__lte=day).exclude(valid_until__lt=day).order_by("valid_from")
    return {row.city_id: row for row in rows}


def plan_inspections(ids: Sequence[int], today: dt.date) -> dict[int, list[Planned]]:
    """What these elevators owe by the rule of their city. Three statements however many."""
    rules = rules_on(today)
    elevators = Elevator.objects.filter(pk__in=ids, city_id__in=rules).values_list(
        "pk", "city_id", "registration_state", "source_status", "commissioned_on"
    )
    done = _done(ids)
    return {
        pk: _METHODS[rules[city].method](rules[city], state, status, commissioned_on, done.get(pk, ()))
        for pk, city, state, status, commissioned_on in elevators
    }


def _done(ids: Sequence[int]) -> dict[int, list[Done]]:
    """Periodic inspections that close a period, oldest first."""
    found = defaultdict(list)
    rows = (
        Inspection.objects.counting()
        .filter(elevator_id__in=ids, kind=InspectionKind.PERIODIC, conclusion__in=CLOSING)
        .order_by("elevator_id", "concluded_on", "pk")
        .values_list("elevator_id", "concluded_on", "public_id", "source")
    )
    for pk, day, public_id, source in rows:
        found[pk].append(Done(day, str(public_id), source))
    return found


def _by_interval(row: CycleRule, state: str, status: str, approved_on, done: Sequence[Done]) -> list[Planned]:
    """A rule of days. `source_statuses`: the register's own words for what is inspected at all."""
    statuses = row.parameters.get("source_statuses")
    if state != "IN_USE" or (statuses is not None and status not in statuses):
        return []
    rule = interval.IntervalRule(row.parameters["days"], row.parameters["opens_days"], row.valid_from)
    found = interval.periods(
        approved_on=approved_on,
        inspected_on=[one.on for one in done],
        from_register=bool(done and done[0].source),
        rule=rule,
    )
    return [_planned(due, row, done) for due in found]


def _planned(due: interval.Due, row: CycleRule, done: Sequence[Done]) -> Planned:
    met = None if due.met is None else done[due.met]
    return Planned(
        ObligationKind.PERIODIC_INSPECTION,
        due.period,
        due.opens_on,
        due.due_on,
        status="PENDING" if met is None else "MET",
        met_on=met and met.on,
        days_late=interval.days_late(due.due_on, met.on) if met else 0,
        rule=f"{row.method} {row.valid_from}",
        clause=row.clause,
        source_type=Inspection._meta.label_lower if met else "",
        source_id=met.public_id if met else "",
    )


_METHODS = {CycleMethod.INTERVAL: _by_interval}


def inspection_planner() -> Planner:
    """Registered at compliance.planners."""
    return Planner(
        (
            KindSpec(ObligationKind.PERIODIC_INSPECTION, _("periodic inspection"), _("periodic inspection overdue")),
            KindSpec(ObligationKind.SELF_TEST, _("self-test"), _("self-test overdue")),
        ),
        plan_inspections,
    )
