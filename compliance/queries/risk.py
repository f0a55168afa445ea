"""Questions about bands: the rows in force, what a band follows from, in sets; counts by area; reasons in words."""

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from django.db import connection
from django.db.models import Count, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _

from accounts.models import Area
from accounts.roles import Permission
from common.actor import Actor
from compliance.choices import RiskBand, RiskFact
from compliance.models import AlertPolicy, HazardItem, RiskChange, RiskPolicy, RiskScore
from compliance.models.risk import NATION
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


class LawBook:
    """The rows of risk policy of a day, for each place. Two statements, however many places are asked about.

    A row of an area stands in the place of the row of the same fact and code that holds further out: the nation, the city, who
    manages the district, the subdistrict. Places where no row of their own holds share one Law.
    """

    def __init__(self, day: dt.date):
        self._day = day
        self._alert = list(AlertPolicy.objects.filter(kind=ALERT_KIND).order_by("valid_from", "pk"))
        known = Area.objects.filter(code=OuterRef("area")).values("pk")[:1]
        self._rows: dict[int | None, list[RiskPolicy]] = {}
        for row in RiskPolicy.objects.annotate(area_pk=Subquery(known)).order_by("valid_from", "pk"):
            if row.area == NATION or row.area_pk is not None:
                self._rows.setdefault(None if row.area == NATION else row.area_pk, []).append(row)
        self._areas = frozenset(self._rows) - {None}
        self._laws: dict[tuple, Law] = {}

    def of(self, place: Sequence[int | None]) -> Law:
        """The law of a city, managing district and area, by their keys."""
        levels = tuple(pk for pk in place if pk in self._areas) if self._areas else ()
        law = self._laws.get(levels)
        if law is None:
            law = self._laws[levels] = self._read(levels)
        return law

    def _read(self, levels: tuple) -> Law:
        """What is in force, and the next day on which something else is."""
        layers = [self._rows.get(level, []) for level in (None, *levels)]
        rows = [row for layer in layers for row in layer]
        standing = [row for row in rows if _in_force(row, self._day)]  # the nearest last, of one place the latest
        alert = [row for row in self._alert if _in_force(row, self._day)]
        return Law(
            weights={(row.fact, row.code): _weight(row) for row in standing},
            version=_version(standing),
            changes_on=_next_change([*rows, *self._alert], self._day),
            alerts_from=alert[-1].severity if alert else "",
        )


def _version(standing: Sequence[RiskPolicy]) -> str:
    """The day of the newest row, and the nearest area that has one."""
    if not standing:
        return ""
    area, begun = standing[-1].area, max(row.valid_from for row in standing)
    return f"{begun}" if area == NATION else f"{area} {begun}"


def _next_change(rows, day: dt.date) -> dt.date | None:
    begins = [row.valid_from for row in rows]
    ends = [row.valid_until + dt.timedelta(days=1) for row in rows if row.valid_until]
    return min((each for each in [*begins, *ends] if each > day), default=None)


def _weight(row: RiskPolicy) -> Weight:
    late = {"late_days": row.late_days, "late_points": row.late_points, "late_most": row.late_most}
    worse = {"worse_band": row.worse_band, "worse_after": row.worse_after}
    return Weight(row.band, row.points, row.days_ahead, row.clause, str(row), **late, **worse)


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
    seen, bands = RiskScore.objects.visible_to(actor, Permission.VIEW_OBLIGATION, whole=True), ("RED", "ORANGE")
    # named in the condition too: few are in them, and the others need not be read
    return seen.filter(band__in=bands).aggregate(**{band: Count("pk", filter=Q(band=band)) for band in bands})


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


def one_of_each(reasons: Sequence[dict]) -> list[dict]:
    """What an elevator missed twice is one reason, the graver one, as lists of what is due have it. Of hazards each."""
    first: dict[tuple, dict] = {}
    for reason in reasons:
        twice = reason["row"] if reason["source"] == "hazard" else ""
        first.setdefault((reason["fact"], reason["code"], twice), reason)
    return list(first.values())
