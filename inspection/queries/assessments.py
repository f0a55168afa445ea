"""Who should be assessed and why, how many stand at which step, and the rows of law that say so."""

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from fractions import Fraction
from functools import reduce
from operator import or_

from django.db.models import Count, F, Q, QuerySet, Sum
from django.db.models.functions import Greatest

from accounts.choices import UnitKind
from accounts.models import Unit
from accounts.queries import areas_by_id, reach_of
from accounts.roles import Permission
from common.actor import Actor
from compliance.models import Hazard
from inspection.choices import AssessmentState
from inspection.models import Assessment, AssessmentRule
from inspection.models.assessments import STANDING
from inspection.rules import assessments as rules
from registry.models import Elevator


def rows_on(day: dt.date, *kinds: str) -> list[AssessmentRule]:
    """The rows of law in force on a day, the newest of a kind and city first. One statement."""
    found = AssessmentRule.objects.filter(kind__in=kinds, valid_from__lte=day).exclude(valid_until__lt=day)
    return list(found.order_by("kind", "area", "-valid_from", "pk"))


def trigger_rules(day: dt.date) -> dict[str, list[rules.AgeRule | rules.FaultRule]]:
    """{code of the city: who should be assessed there}."""
    found: dict[str, list[rules.AgeRule | rules.FaultRule]] = {}
    for row in rows_on(day, "AGE", "FAULTS"):
        found.setdefault(row.area, []).append(_trigger(row))
    return found


def _trigger(row: AssessmentRule) -> rules.AgeRule | rules.FaultRule:
    columns = row.columns
    if row.kind == "FAULTS":
        return rules.FaultRule(row.version, columns["hazards"], columns["months"], row.advise)
    places = frozenset(columns["place_types"])
    return rules.AgeRule(row.version, columns["reason"], columns["years"], places, row.advise)


def risk_table(day: dt.date) -> tuple[str, dict[str, list[str]]]:
    """(version, {class: cells}) of the risk classes on a day."""
    row = rows_on(day, "RISK")[0]
    return row.version, row.columns


def vote_rule(day: dt.date) -> rules.VoteRule | None:
    """What a vote of a day needs; None for days before any row."""
    row = next(iter(rows_on(day, "VOTE")), None)
    if row is None:
        return None
    columns = row.columns
    shares = Fraction(columns["quorum"]), Fraction(columns["in_favour"])
    return rules.VoteRule(row.version, *shares, columns["more_than"])


def is_officer(actor: Actor) -> bool:
    """Does the actor supervise? Officers see every reason; units those of which they are told."""
    scope = reach_of(actor, Permission.VIEW_REPORT)
    return scope.everything or bool(scope.areas)


# --- the worklist -----------------------------------------------------------------------------------------------------


def to_be_assessed(rows: QuerySet[Elevator], today: dt.date, *, reason: str = "", advised: bool = False):
    """Of these elevators those in use that a row of their city names. `reason`: for this one alone; `advised`: only by rows
    of which using units are told."""
    wanted = [
        Q(city__code=city) & condition(rule, today)
        for city, given in trigger_rules(today).items()
        for rule in given
        if (not reason or reason == reason_of(rule)) and (rule.advise or not advised)
    ]
    return rows.filter(reduce(or_, wanted, Q(pk__in=[])), registration_state="IN_USE")


def reason_of(rule) -> str:
    return "FAULTS" if isinstance(rule, rules.FaultRule) else rule.reason


def counted_hazards(after: dt.date) -> QuerySet[Hazard]:
    """What is counted for a high fault rate: hazards on record that nobody has rejected."""
    return Hazard.objects.exclude(state="REJECTED").filter(found_on__gt=after)


def condition(rule, today: dt.date) -> Q:
    """The rule (`rules.why`) as a condition on elevators."""
    if isinstance(rule, rules.FaultRule):
        found = counted_hazards(rules.months_before(today, rule.months))
        many = found.values("elevator").annotate(n=Count("pk")).filter(n__gte=rule.hazards).values("elevator")
        return Q(pk__in=many)
    cutoff = rules.years_before(today, rule.years)
    begun = Q(commissioned_on__lte=cutoff, last_renewed_on=None) | Q(last_renewed_on__lte=cutoff)
    return begun & Q(place_type__in=sorted(rule.place_types))


def reasons_of(
    elevators: Sequence[Elevator], today: dt.date, *, advised: bool = False
) -> dict[int, list[rules.Ground]]:
    """{elevator: why it should be assessed}; `advised`: by rows of which using units are told alone. One statement for the
    rows, one for each length of time in which a row counts hazards."""
    by_city, cities = trigger_rules(today), areas_by_id()
    months = {rule.months for given in by_city.values() for rule in given if isinstance(rule, rules.FaultRule)}
    counted = {span: _hazards(elevators, rules.months_before(today, span)) for span in months}
    return {
        row.pk: rules.why(
            commissioned_on=row.commissioned_on,
            renewed_on=row.last_renewed_on,
            place_type=row.place_type,
            hazards={span: found.get(row.pk, 0) for span, found in counted.items()},
            rules=[each for each in by_city.get(cities[row.city_id].code, ()) if each.advise or not advised],
            today=today,
        )
        for row in elevators
    }


def _hazards(elevators: Iterable[Elevator], after: dt.date) -> dict[int, int]:
    rows = counted_hazards(after).filter(elevator__in=[row.pk for row in elevators])
    return dict(rows.values("elevator").annotate(n=Count("pk")).values_list("elevator", "n"))


def cases_of(elevators: Sequence[Elevator]) -> dict[int, Assessment]:
    """{elevator: its case: the one that stands, else the last}. One statement."""
    rows = Assessment.objects.filter(elevator__in=[row.pk for row in elevators]).exclude(state="CANCELLED")
    return {row.elevator_id: row for row in rows.order_by("elevator_id", "pk")}


def waiting_by_district(rows: QuerySet[Elevator]) -> list[tuple[str, str, int]]:
    """[(code, name of the managing district, how many of these elevators)], the most first. One statement."""
    counted = rows.order_by().values("managing_district").annotate(n=Count("pk")).values_list("managing_district", "n")
    areas = areas_by_id()
    named = [(areas[key].code, str(areas[key]), n) for key, n in counted if key is not None]
    return sorted(named, key=lambda line: (-line[2], line[0]))


# --- cases ------------------------------------------------------------------------------------------------------------


def funnel(actor: Actor, permission=Permission.VIEW_REPORT) -> list[dict]:
    """[{"state", "label", "count", "gap"}] for each step that a case can stand at, in their order; `gap`: yuan that are missing.
    One statement."""
    rows = Assessment.objects.visible_to(actor, permission).filter(STANDING | Q(state="CLOSED")).order_by()
    counted = {
        row["state"]: row
        for row in rows.values("state").annotate(
            count=Count("pk"), gap=Sum(Greatest(F("cost") - F("assured"), Decimal(0)))
        )
    }
    return [
        {"state": state, "label": label, "count": found.get("count", 0), "gap": found.get("gap") or 0}
        for state, label in AssessmentState.choices
        if state != AssessmentState.CANCELLED
        for found in [counted.get(state, {})]
    ]


def assessing_bodies() -> QuerySet[Unit]:
    """Units that may be asked for an assessment: inspection bodies. Which of them are accredited for it is not known [U]."""
    return Unit.objects.filter(kind=UnitKind.INSPECTION_BODY, closed_on=None)
