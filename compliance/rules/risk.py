"""The band of an elevator, from what is late and what is wrong (oversight.md §4). Days are days in Nanjing.

A band is never a sanction and says nothing of what will happen: that is the statistical model's, which comes later.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

BANDS = ("GREEN", "YELLOW", "ORANGE", "RED")  # rising
UNRATED = "NONE"  # not in use: nobody rides it
ALERT_KIND = "RISK"  # the alert that a band opens, and its policy row
# The hundreds of a score are its band, so that sorting by it never shows an orange one above a red one; red is open above,
# so that the worst of many red ones is seen [D].
FLOORS = {"GREEN": 0, "YELLOW": 100, "ORANGE": 200, "RED": 300}
WIDTH, HIGHEST = 99, 999
RIDDEN = frozenset({"IN_USE", "UNREGISTERED"})  # states in which people may stand in it
ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Weight:
    """What a fact makes: a dated row. `days_ahead`: how long before the last good day it begins (DUE_SOON). What is late is
    worth `late_points` more for each `late_days` full days after the last good one, `late_most` more at most; from
    `worse_after` days on it makes `worse_band`. GREEN without points: this fact makes nothing."""

    band: str
    points: int
    days_ahead: int = 0
    clause: str = ""
    name: str = ""  # which row
    late_days: int = 0
    late_points: int = 0
    late_most: int = 0
    worse_band: str = ""
    worse_after: int = 0

    @property
    def counts(self) -> bool:
        return self.band != "GREEN" or self.points > 0

    def band_at(self, days: int) -> str:
        """The band that so many days after the last good one make."""
        return self.worse_band if self.worse_band and days >= self.worse_after else self.band

    def late(self, days: int) -> int:
        """The points that so many days after the last good one add."""
        return min(self.late_most, days // self.late_days * self.late_points) if self.late_days and days > 0 else 0

    def next_late(self, days: int) -> int | None:
        """On how many days after the last good one its points or its band are others next; None: never again."""
        worse = self.worse_after if self.worse_band and days < self.worse_after else None
        if not (self.late_days and self.late_points) or self.late(days) >= self.late_most:
            return worse
        grows = (max(days, 0) // self.late_days + 1) * self.late_days
        return grows if worse is None else min(grows, worse)


@dataclass(frozen=True, slots=True)
class Law:
    """The rows of one day. `changes_on`: the next day on which others are in force; `alerts_from`: the least band that
    opens an alert, '' for none."""

    weights: Mapping[tuple[str, str], Weight]
    version: str = ""
    changes_on: dt.date | None = None
    alerts_from: str = "RED"

    def weight(self, fact: str, code: str = "") -> Weight | None:
        """The row of this very code, else that of every code; None: this fact makes nothing."""
        weight = self.weights.get((fact, code)) or self.weights.get((fact, ""))
        return weight if weight is not None and weight.counts else None

    def alerts(self, band: str) -> bool:
        return band in BANDS and self.alerts_from in BANDS and BANDS.index(band) >= BANDS.index(self.alerts_from)


@dataclass(frozen=True, slots=True)
class Owed:
    """What the law wants of it and nobody has done. `alert_after`: the last good day."""

    kind: str
    alert_after: dt.date
    clause: str = ""
    row: str = ""


@dataclass(frozen=True, slots=True)
class Wrong:
    """What is wrong with it until somebody else has verified that it is mended. `due_on`: the last good day."""

    item: str
    grade: str
    due_on: dt.date
    clause: str = ""
    row: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a band follows from. `lacking`: which of NO_USING_UNIT, NO_MAINTENANCE_UNIT is so."""

    state: str = "IN_USE"
    owed: tuple[Owed, ...] = ()
    wrong: tuple[Wrong, ...] = ()
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Assessment:
    """`reasons`: the gravest first, each with what it rests on and the rows that gave it; `look_on`: the first day on which
    the calendar alone may change any of it."""

    band: str
    score: int
    reasons: list[dict] = field(default_factory=list)
    look_on: dt.date | None = None


def assess(facts: Facts, law: Law, *, today: dt.date) -> Assessment:
    """The worst band that any fact makes; more facts raise the score within it."""
    if facts.state not in RIDDEN:
        return Assessment(UNRATED, 0)
    reasons = sorted(_reasons(facts, law, today), key=_order)
    band = reasons[0]["band"] if reasons else "GREEN"
    return Assessment(band, _score(band, reasons), reasons, _look_on(facts, law, today))


def _order(reason: dict) -> tuple:
    return (
        -BANDS.index(reason["band"]),
        -reason["points"],
        reason["day"],
        reason["fact"],
        reason["code"],
        reason["row"],
    )


def _score(band: str, reasons: list[dict]) -> int:
    top = HIGHEST if band == "RED" else FLOORS[band] + WIDTH
    return min(top, FLOORS[band] + sum(reason["points"] for reason in reasons))


def _reasons(facts: Facts, law: Law, today: dt.date) -> Iterator[dict]:
    for owed in facts.owed:
        if today > owed.alert_after:
            late = (today - owed.alert_after).days
            yield from _reason(
                law, "OVERDUE", owed.kind, owed.alert_after, owed.clause, "obligation", owed.row, late=late
            )
        elif (ahead := _ahead(law, owed)) is not None and today >= ahead:
            yield from _reason(law, "DUE_SOON", owed.kind, owed.alert_after, owed.clause, "obligation", owed.row)
    for wrong in facts.wrong:
        yield from _reason(law, "HAZARD", wrong.grade, wrong.due_on, wrong.clause, "hazard", wrong.row, wrong.item)
        if today > wrong.due_on:
            late = (today - wrong.due_on).days
            yield from _reason(
                law, "HAZARD_LATE", wrong.grade, wrong.due_on, "", "hazard", wrong.row, wrong.item, late=late
            )
    for fact in facts.lacking:
        yield from _reason(law, fact, "", None, "", "elevator", "")


def _reason(law: Law, fact, code, day, clause, source, row, item="", late=0) -> Iterator[dict]:
    weight = law.weight(fact, code)
    if weight is None:
        return
    yield {
        "fact": fact,
        "code": code,
        "item": item,
        "band": weight.band_at(late),
        "points": weight.points + weight.late(late),
        "day": day.isoformat() if day else "",
        "clause": clause or weight.clause,
        "policy": weight.name,
        "source": source,
        "row": row,
    }


def _ahead(law: Law, owed: Owed) -> dt.date | None:
    """The first day on which something that is still in time counts; None: it never does."""
    weight = law.weight("DUE_SOON", owed.kind)
    return None if weight is None else owed.alert_after - dt.timedelta(days=weight.days_ahead)


def _look_on(facts: Facts, law: Law, today: dt.date) -> dt.date | None:
    days = [law.changes_on, *(wrong.due_on + ONE_DAY for wrong in facts.wrong)]
    for owed in facts.owed:
        days += [
            owed.alert_after + ONE_DAY,
            _ahead(law, owed),
            _grows(law, "OVERDUE", owed.kind, owed.alert_after, today),
        ]
    days += [_grows(law, "HAZARD_LATE", wrong.grade, wrong.due_on, today) for wrong in facts.wrong]
    return min((day for day in days if day is not None and day > today), default=None)


def _grows(law: Law, fact: str, code: str, last: dt.date, today: dt.date) -> dt.date | None:
    """The next day on which being late is worth more, or makes another band."""
    weight = law.weight(fact, code)
    days = weight.next_late((today - last).days) if weight else None
    return None if days is None else last + dt.timedelta(days=days)
