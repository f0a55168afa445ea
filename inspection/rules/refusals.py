"""Why a report is not taken. Each refusal has a stable `code` and the `params` that its sentence says; words are the edge's."""

import datetime as dt
from collections.abc import Collection

from inspection.rules.facts import BRAKE_TEST, PERIODIC, SELF_TEST, Facts, Inspection
from inspection.rules.law import CALENDAR_YEARS, FilerRule, Law
from inspection.rules.ledger import method_of
from inspection.rules.replay import Replay

INSPECTION_BODY = "INSPECTION_BODY"


class ReportRefused(ValueError):
    """The base: `code`, `params`."""

    code = "REFUSED"

    def __init__(self, **params):
        self.params = params
        super().__init__(f"{self.code} {params}")


class InFuture(ReportRefused):
    """Concluded after today. params: concluded_on, today."""

    code = "FUTURE"


class Scrapped(ReportRefused):
    """Concluded on or after the day it was scrapped. params: concluded_on, scrapped_on."""

    code = "SCRAPPED"


class BeforeInstallation(ReportRefused):
    """Concluded before the elevator passed its installation, or without one on record. params: concluded_on, installed_on."""

    code = "BEFORE_INSTALLATION"


class TooEarly(ReportRefused):
    """D2: before the window of anything that it could meet. params: concluded_on, opens_on (None: nothing is planned)."""

    code = "TOO_EARLY"


class InspectorNotCertified(ReportRefused):
    """No certificate valid on the conclusion date. params: concluded_on."""

    code = "INSPECTOR_NOT_CERTIFIED"


class NotAFiler(ReportRefused):
    """A unit that does not file reports of this kind: R13. params: kind."""

    code = "NOT_A_FILER"


class NotResponsible(ReportRefused):
    """The unit did not answer for this elevator on the conclusion date. params: concluded_on."""

    code = "NOT_RESPONSIBLE"


class NotLicensed(ReportRefused):
    """An inspection body without a licence for this kind on the conclusion date. params: concluded_on."""

    code = "NOT_LICENSED"


class IssuedBeforeConclusion(ReportRefused):
    """Issued before it was concluded, or after today. params: concluded_on, issued_on."""

    code = "ISSUE_DATE"


class NumberTaken(ReportRefused):
    """The body used this report number for other content. params: number."""

    code = "NUMBER_TAKEN"


def require_acceptable(report: Inspection, facts: Facts, law: Law, *, today: dt.date) -> None:
    """Raise the first refusal that holds: FUTURE, SCRAPPED, BEFORE_INSTALLATION, TOO_EARLY. `facts` are without the report."""
    day = report.concluded_on
    if day > today:
        raise InFuture(concluded_on=day, today=today)
    if facts.scrapped_on is not None and day >= facts.scrapped_on:
        raise Scrapped(concluded_on=day, scrapped_on=facts.scrapped_on)
    if method_of(law) != CALENDAR_YEARS or report.kind not in (PERIODIC, SELF_TEST, BRAKE_TEST):
        return
    replay = Replay(facts, law, day)
    if not replay.anchors:
        first = min((p.passed_on for p in facts.passes), default=None)
        raise BeforeInstallation(concluded_on=day, installed_on=first)
    if report.kind != BRAKE_TEST:  # done within another report, an off-grid one only moves nothing (§2)
        _require_open(report, replay)


def _require_open(report: Inspection, replay: Replay) -> None:
    """D2. History before the governed years is taken as it is; so is the inspection that ends a long stop (D1)."""
    day = report.concluded_on
    if replay.targets(report.kind, day) or day.year < replay.start:
        return
    stopped = (stop for stop, ends in replay.stops if ends is None or stop.inspected_on is None)
    if report.kind == PERIODIC and any(replay.needs_inspection(stop, day) for stop in stopped):
        return
    raise TooEarly(concluded_on=day, opens_on=next_opening(report.kind, replay, day))


def next_opening(kind: str, replay: Replay, day: dt.date, years: int = 20) -> dt.date | None:
    """When the next obligation that a report of this kind could meet opens."""
    replay.plan_until(day.year + years)
    kinds = (PERIODIC, SELF_TEST) if kind == PERIODIC else (kind,)
    return min(
        (
            s.opens_on
            for s in replay.slots.values()
            if s and s.kind in kinds and s.ended_on is None and s.opens_on > day
        ),
        default=None,
    )


def require_certified(*, concluded_on: dt.date, valid: tuple[tuple[dt.date, dt.date | None], ...]) -> None:
    """`valid`: [from, to] of the inspector's certificates, both days included. Raises InspectorNotCertified."""
    if not any(start <= concluded_on and (end is None or concluded_on <= end) for start, end in valid):
        raise InspectorNotCertified(concluded_on=concluded_on)


def require_filer(
    *,
    kind: str,
    rule: FilerRule | None,
    can_hold: Collection[str],
    held: Collection[str],
    licensed: bool,
    concluded_on: dt.date,
) -> None:
    """R13. `can_hold`: the roles of the rule that a unit of this kind can have for an elevator at all; `held`: those that it had
    for this one on the conclusion date. An inspection body needs a licence, whoever else may file needs none.

    Raises NotAFiler, NotResponsible, NotLicensed.
    """
    roles = rule.roles & frozenset(can_hold) if rule is not None else frozenset()
    if not roles:
        raise NotAFiler(kind=kind)
    if not roles & frozenset(held):
        raise NotResponsible(concluded_on=concluded_on)
    if rule.licensed and INSPECTION_BODY in roles & frozenset(held) and not licensed:
        raise NotLicensed(concluded_on=concluded_on)


def require_issue(*, concluded_on: dt.date, issued_on: dt.date | None, today: dt.date) -> None:
    """No rule uses the issue date (§6), but it lies between conclusion and today. Raises IssuedBeforeConclusion."""
    if issued_on is not None and not concluded_on <= issued_on <= today:
        raise IssuedBeforeConclusion(concluded_on=concluded_on, issued_on=issued_on)


def require_same_content(number: str, *, known: str | None, given: str) -> bool:
    """True for a replay of the report already filed under this number, False for a new number; hashes of the content.

    Raises NumberTaken when the number was used for something else.
    """
    if known is None:
        return False
    if known != given:
        raise NumberTaken(number=number)
    return True
