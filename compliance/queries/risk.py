"""Questions about bands: the rows in force, what a band follows from, in sets; counts by area; reasons in words."""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from django.db import connection
from django.db.models import Count, Q
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common.actor import Actor
from compliance.choices import RiskBand, RiskFact
from compliance.models import AlertPolicy, HazardItem, RiskChange, RiskPolicy, RiskScore
from compliance.queries import kinds
from compliance.rules.risk import ALERT_KIND, Facts, Law, Owed, Weight, Wrong

_ELEVATORS = """
SELECT id, registration_state, city_id, managing_district_id, area_id,
       using_unit_id IS NOT NULL AND (using_unit_until IS NULL OR using_unit_until > %(at)s),
       maintenance_unit_id IS NOT NULL AND (maintenance_unit_until IS NULL OR maintenance_unit_until > %(at)s),
       least(CASE WHEN using_unit_until > %(at)s THEN using_unit_until END,
             CASE WHEN maintenance_unit_until > %(at)s THEN maintenance_unit_until END)
FROM registry_elevator WHERE id = ANY(%(ids)s) AND registration_state <> 'WITHDRAWN'
"""
_OWED = """
SELECT elevator_id, kind, alert_after, clause, public_id::text FROM compliance_obligation
WHERE elevator_id = ANY(%(ids)s) AND status = 'PENDING'
"""
_WRONG = """
SELECT h.elevator_id, h.item_id, h.grade, h.due_on, left(i.source, 120), h.public_id::text
FROM compliance_hazard h JOIN compliance_hazarditem i ON i.code = h.item_id
WHERE h.elevator_id = ANY(%(ids)s) AND h.state IN ('FOUND', 'CONFIRMED', 'CLAIMED_FIXED')
"""


# What ends each fact: the rules of obligations, hazards and responsibilities, said to who reads why.
REMEDIES = {
    RiskFact.OVERDUE: _("It is done and entered here."),
    RiskFact.DUE_SOON: _("It is done and entered here."),
    RiskFact.HAZARD: _("It is mended, and somebody else has verified that."),
    RiskFact.HAZARD_LATE: _("It is mended, and somebody else has verified that."),
    RiskFact.NO_USING_UNIT: _("A using unit is entered that answers for it."),
    RiskFact.NO_MAINTENANCE_UNIT: _("A maintenance unit is entered that answers for it."),
}


class Known(NamedTuple):
    """What is known of an elevator: its place, its facts, and when one of its units ceases to answer."""

    place: tuple  # city, managing district, area
    facts: Facts
    ends_at: dt.datetime | None


def risk_law(day: dt.date) -> Law:
    """What is in force on `day`, and the next day on which something else is. Two statements."""
    rows, days, weights = list(RiskPolicy.objects.order_by("valid_from", "pk")), [], {}
    alert = list(AlertPolicy.objects.filter(kind=ALERT_KIND).order_by("valid_from", "pk"))
    for row in rows:
        if _in_force(row, day):  # a later one takes the place of an earlier one
            weights[row.fact, row.code] = _weight(row)
    for row in [*rows, *alert]:
        days += [row.valid_from] + ([row.valid_until + dt.timedelta(days=1)] if row.valid_until else [])
    standing = [row for row in alert if _in_force(row, day)]
    begun = [row.valid_from for row in rows if _in_force(row, day)]
    return Law(
        weights=weights,
        version=f"{max(begun)}" if begun else "",
        changes_on=min((each for each in days if each > day), default=None),
        alerts_from=standing[-1].severity if standing else "",
    )


def _weight(row: RiskPolicy) -> Weight:
    late = {"late_days": row.late_days, "late_points": row.late_points, "late_most": row.late_most}
    return Weight(row.band, row.points, row.days_ahead, row.clause, str(row), **late)


def _in_force(row, day: dt.date) -> bool:
    return row.valid_from <= day and (row.valid_until is None or row.valid_until >= day)


def known_of(ids: Sequence[int], at: dt.datetime) -> dict[int, Known]:
    """What the bands of these elevators follow from; those withdrawn with their import are left out. Three statements."""
    owed: dict[int, list[Owed]] = {}
    wrong: dict[int, list[Wrong]] = {}
    params = {"ids": list(ids), "at": at}
    with connection.cursor() as cursor:
        cursor.execute(_OWED, params)
        for pk, *values in cursor.fetchall():
            owed.setdefault(pk, []).append(Owed(*values))
        cursor.execute(_WRONG, params)
        for pk, *values in cursor.fetchall():
            wrong.setdefault(pk, []).append(Wrong(*values))
        cursor.execute(_ELEVATORS, params)
        return {
            pk: Known(
                tuple(place),
                Facts(state, tuple(owed.get(pk, ())), tuple(wrong.get(pk, ())), _lacking(using, maintenance)),
                ends_at,
            )
            for pk, state, *place, using, maintenance, ends_at in cursor.fetchall()
        }


def _lacking(using: bool, maintenance: bool) -> tuple[str, ...]:
    pairs = (("NO_USING_UNIT", using), ("NO_MAINTENANCE_UNIT", maintenance))
    return tuple(fact for fact, answered in pairs if not answered)


def counts_by_band(actor: Actor) -> dict[str, int]:
    """{"RED", "ORANGE"}: elevators of one's scope. One statement."""
    seen = RiskScore.objects.visible_to(actor, Permission.VIEW_OBLIGATION)
    return seen.aggregate(**{band: Count("pk", filter=Q(band=band)) for band in ("RED", "ORANGE")})


def changes_of(elevator, most: int = 5) -> list[RiskChange]:
    """The last changes of its band, the newest first. One statement."""
    return list(RiskChange.objects.filter(elevator=elevator).order_by("-pk")[:most])


def reasons_in_words(scores: Sequence[RiskScore | RiskChange]) -> list[list[dict]]:
    """The reasons of each with their label and what ends them; of hazards what is wrong. One statement where there are any."""
    items = {reason["item"] for score in scores for reason in score.reasons if reason["item"]}
    named = HazardItem.objects.in_bulk(items) if items else {}
    specs = kinds()

    def words(reason: dict) -> dict:
        spec, item = specs.get(reason["code"]), named.get(reason["item"])
        what = item.name if item else spec.label if spec else ""
        day = dt.date.fromisoformat(reason["day"]) if reason["day"] else None
        return {
            **reason,
            "label": RiskFact(reason["fact"]).label,
            "remedy": REMEDIES[reason["fact"]],
            "band_label": RiskBand(reason["band"]).label,
            "what": what,
            "day": day,
        }

    return [[words(reason) for reason in score.reasons] for score in scores]
