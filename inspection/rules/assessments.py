"""Safety assessment (宁政办发〔2019〕34号 §5, annex row 6): who should be assessed and why, the classes of risks, owners' votes,
what may follow on what. Numbers are dated rows (`inspection.models.AssessmentRule`), given as arguments."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

OPEN = frozenset({"APPLIED", "ASSIGNED", "REPORTED", "DECIDED", "FUNDED", "WORKING", "ACCEPTED"})

UNIT, BODY, OFFICER = "UNIT", "BODY", "OFFICER"  # the using unit, the body that has it, an officer of the place


@dataclass(frozen=True, slots=True)
class Step:
    """One verb of a case. `moves`: {state: the one that it leads to}; `who`: whose it is; `awaited`: states in which the case
    waits for it; `built`: only where something is built. After `fund` the money decides (DECIDED or FUNDED)."""

    name: str
    moves: Mapping[str, str]
    who: tuple[str, ...]
    awaited: frozenset[str] = frozenset()
    built: bool = False


# Every step, the one that leads on before those that may wait; pages, REST, rights and tests read what follows from here.
TABLE = (
    Step("assign", {"APPLIED": "ASSIGNED", "ASSIGNED": "ASSIGNED"}, (UNIT,), frozenset({"APPLIED"})),
    Step("report", {"ASSIGNED": "REPORTED"}, (BODY,), frozenset({"ASSIGNED"})),
    Step("decide", {"REPORTED": "DECIDED"}, (UNIT,), frozenset({"REPORTED"})),
    Step("works", {"FUNDED": "WORKING"}, (UNIT,), frozenset({"FUNDED"})),
    Step("accept", {"WORKING": "ACCEPTED"}, (UNIT,), frozenset({"WORKING"})),
    Step("close", {"DECIDED": "CLOSED", "ACCEPTED": "CLOSED"}, (OFFICER,), frozenset({"ACCEPTED"})),
    Step("fund", {"DECIDED": "DECIDED", "FUNDED": "FUNDED"}, (UNIT,), frozenset({"DECIDED"}), built=True),
    Step("vote", {"DECIDED": "DECIDED"}, (UNIT,), built=True),
    Step("cancel", dict.fromkeys(OPEN, "CANCELLED"), (UNIT, OFFICER)),
)
BY_NAME = {step.name: step for step in TABLE}
TURNS = {state: (step.who[0], step.name) for step in TABLE for state in step.awaited}


class AssessmentRefused(ValueError):
    """Why something cannot be. `reason`: not_now, kept, to_be_built, no_cost, no_measures, day_after_today, before_report,
    vote_first, vote_failed, vote_not_within, not_in_table."""

    def __init__(self, reason: str):
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class AgeRule:
    """Elevators of these places that have been in use (or renewed) for `years` should be assessed."""

    version: str
    reason: str
    years: int
    place_types: frozenset[str]
    advise: bool = False


@dataclass(frozen=True, slots=True)
class FaultRule:
    """So many hazards on record, found in the last `months`: counted as a high fault rate, as no register knows faults."""

    version: str
    hazards: int
    months: int
    advise: bool = False


@dataclass(frozen=True, slots=True)
class Ground:
    """A reason to assess an elevator with its fact, by the row `version`: in use (or `renewed`) `since` for `years` whole years,
    or so many `hazards` found in `months`."""

    reason: str
    version: str = ""
    since: dt.date | None = None
    years: int = 0
    renewed: bool = False
    hazards: int = 0
    months: int = 0


@dataclass(frozen=True, slots=True)
class VoteRule:
    """Shares of the whole that have to take part, and shares of those voting that have to be in favour (by area and by heads)."""

    version: str
    quorum: Fraction
    in_favour: Fraction
    more_than: bool  # in favour must be more than the share, else at least


@dataclass(frozen=True, slots=True)
class Ballot:
    area_all: Decimal
    area_voting: Decimal
    area_for: Decimal
    owners_all: int
    owners_voting: int
    owners_for: int


def years_before(day: dt.date, years: int) -> dt.date:
    """The same day so many years ago; of 29 February the 28th. Who began on 29 February is so old from 1 March on."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def whole_years(since: dt.date, day: dt.date) -> int:
    """How many years have passed by that day; the one of 29 February is full on 1 March."""
    return day.year - since.year - ((day.month, day.day) < (since.month, since.day))


def months_before(day: dt.date, months: int) -> dt.date:
    """The same day so many months ago, or the last of that month."""
    place = day.year * 12 + day.month - 1 - months
    year, month = divmod(place, 12)
    last = (dt.date(year + month // 11, (month + 1) % 12 + 1, 1) - dt.timedelta(days=1)).day
    return dt.date(year, month + 1, min(day.day, last))


def why(
    *,
    commissioned_on: dt.date | None,
    renewed_on: dt.date | None,
    place_type: str,
    hazards: Mapping[int, int],
    rules: Iterable[AgeRule | FaultRule],
    today: dt.date,
) -> list[Ground]:
    """For what an elevator should be assessed. `hazards`: {months: how many were found in them}. Who was renewed is as old as
    that; without any day nothing is said of the age."""
    begun, found = renewed_on or commissioned_on, []
    for rule in rules:
        if isinstance(rule, FaultRule):
            count = hazards.get(rule.months, 0)
            if count >= rule.hazards:
                found.append(Ground("FAULTS", rule.version, hazards=count, months=rule.months))
        elif begun is not None and begun <= years_before(today, rule.years) and place_type in rule.place_types:
            years, renewed = whole_years(begun, today), renewed_on is not None
            found.append(Ground(rule.reason, rule.version, since=begun, years=years, renewed=renewed))
    return found


def risk_class(table: Mapping[str, Iterable[str]], severity: int, probability: str) -> str:
    """The class of a cell, by the table {"I": ["1A", …], …}. Raises AssessmentRefused('not_in_table')."""
    cell = f"{severity}{probability}"
    for name, cells in table.items():
        if cell in cells:
            return name
    raise AssessmentRefused("not_in_table")


def passes(ballot: Ballot, rule: VoteRule) -> bool:
    """Do enough owners take part and agree, by area and by heads (民法典 art. 278)? Raises AssessmentRefused."""
    both = (
        (ballot.area_all, ballot.area_voting, ballot.area_for),
        (ballot.owners_all, ballot.owners_voting, ballot.owners_for),
    )
    if any(not 0 <= agreed <= voting <= whole or whole <= 0 for whole, voting, agreed in both):
        raise AssessmentRefused("vote_not_within")
    for whole, voting, agreed in both:
        if voting < rule.quorum * Fraction(whole):
            return False
        wanted = rule.in_favour * Fraction(voting)
        if agreed <= wanted if rule.more_than else agreed < wanted:
            return False
    return True


def after(state: str, step: str, *, decision: str = "") -> str:
    """The state that a step leads to. Raises AssessmentRefused('not_now' | 'kept' | 'to_be_built')."""
    verb = BY_NAME.get(step)
    if verb is None or state not in verb.moves:
        raise AssessmentRefused("not_now")
    if verb.built and decision == "KEEP":
        raise AssessmentRefused("kept")
    if (state, step) == ("DECIDED", "close") and decision != "KEEP":
        raise AssessmentRefused("to_be_built")
    return verb.moves[state]


def steps_from(state: str, *, decision: str = "") -> list[str]:
    """What may be done now, the one that leads on first."""
    found = []
    for step in TABLE:
        try:
            after(state, step.name, decision=decision)
        except AssessmentRefused:
            continue
        found.append(step.name)
    return sorted(found, key=lambda step: state == "ASSIGNED" and step == "assign")


def turn(state: str, *, decision: str = "") -> tuple[str, str] | None:
    """(UNIT, BODY or OFFICER, the step that leads on) at a state; None when the case has ended. No text sets a last day."""
    if (state, decision) == ("DECIDED", "KEEP"):
        return OFFICER, "close"
    return TURNS.get(state)


def require_day(day: dt.date, *, today: dt.date, not_before: dt.date | None = None) -> None:
    """What has happened lies neither after today nor before what it rests on. Raises AssessmentRefused."""
    if day > today:
        raise AssessmentRefused("day_after_today")
    if not_before is not None and day < not_before:
        raise AssessmentRefused("before_report")


def require_decision(decision: str, *, cost: Decimal | None, measures: str) -> None:
    """What is built costs something, what is kept is kept with measures. Raises AssessmentRefused."""
    if decision == "KEEP":
        if not measures:
            raise AssessmentRefused("no_measures")
    elif not cost or cost <= 0:
        raise AssessmentRefused("no_cost")


def require_vote(*, source: str, state: str, vote: str) -> None:
    """Money of the maintenance fund is the owners' to give (民法典 art. 278). Raises AssessmentRefused."""
    if (source, state) == ("MAINTENANCE_FUND", "ASSURED") and vote not in ("PASSED", "NOT_RECORDED"):
        raise AssessmentRefused("vote_failed" if vote == "REJECTED" else "vote_first")
