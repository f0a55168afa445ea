"""Safety assessments, step by step: each refused by name when it cannot be, each harmless when it is sent again."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError, transaction

from accounts.models import Unit
from accounts.queries import people_to_tell, reach_of
from accounts.roles import Permission
from common.actor import Actor, ActorKind, system
from common.audit import record_change
from common.clock import local_date
from common.errors import Changed, NotPermitted
from common.idempotency import digest_of
from common.messages.actions import person, queue_message
from common.messages.actions import unit as to_unit
from compliance.actions import report_hazard
from compliance.choices import HazardSource
from inspection.actions.assessment_refusals import (
    AssessmentStanding,
    BodyUnknown,
    NotInUse,
    ProofMissing,
    ProofOfOther,
    ReportNumberTaken,
    StepRefused,
)
from inspection.choices import AssessmentReason, AssessmentState, AssessmentStepKind, VoteOutcome
from inspection.models import (
    Assessment,
    AssessmentFinding,
    AssessmentFund,
    AssessmentStep,
    AssessmentVote,
    Report,
)
from inspection.queries.applications import is_in_charge
from inspection.queries.assessments import assessing_bodies, reasons_of, risk_table, vote_rule
from inspection.rules import assessments as rules
from inspection.rules import facts as f
from registry.actions import assign_responsibility, record_event
from registry.choices import LifeEventKind, ResponsibilityRole
from registry.models import Document, Elevator, RegistrationApplication

HAZARD_ITEM = "ASSESSMENT-I"
MOST_FINDINGS = 60
WORKS_REPORTS = ("ALTERATION", "MAJOR_REPAIR", "INSTALLATION")
STEP = AssessmentStepKind


@dataclass(frozen=True, slots=True)
class FindingLine:
    """A risk as the report names it: severity 1 to 4, probability A to F."""

    text: str
    severity: int
    probability: str


# --- the steps --------------------------------------------------------------------------------------------------------


@transaction.atomic
def apply_for_assessment(*, elevator: Elevator, note: str = "", by: Actor, at: dt.datetime) -> Assessment:
    """The using unit asks that its elevator be assessed; the same person asking again gets the case that there is.

    Why is written down as the rows of law have it now; where none names the elevator, because the unit asks.
    Raises NotPermitted, NotInUse, AssessmentStanding.
    """
    elevator = Elevator.objects.select_for_update(of=("self",), no_key=True).get(pk=elevator.pk)
    unit = _using_unit(elevator, by, at)
    there = Assessment.objects.standing().filter(elevator=elevator).first()
    if there is not None:
        first = there.steps.order_by("pk").first()
        if (first.by_kind, first.by_id, there.state) == (by.kind, by.id, AssessmentState.APPLIED):
            return there
        raise AssessmentStanding
    if elevator.registration_state != "IN_USE":
        raise NotInUse
    found = reasons_of([elevator], local_date(at))[elevator.pk] or [(AssessmentReason.REQUEST, "")]
    row = Assessment.objects.create(
        elevator=elevator,
        managing_district_id=elevator.managing_district_id,
        unit_id=unit,
        reasons=[reason for reason, _version in found],
        rules=[version for _reason, version in found if version],
        applied_at=at,
        changed_at=at,
    )
    _record(row, STEP.APPLY, note, b"", by, at)
    record_change(action="inspection.assessment_apply", subject=row, by=by, changes={"reasons": [None, row.reasons]})
    return row


@transaction.atomic
def assign_assessment(*, case: Assessment, body: Unit, version: int, by: Actor, at: dt.datetime) -> Assessment:
    """The using unit gives it to a body, which sees the elevator from then on; to another one until the report is there.

    Raises NotPermitted, Changed, StepRefused, BodyUnknown.
    """
    row, digest = _begin(case, STEP.ASSIGN, version, by, at, body.pk)
    if digest is None:
        return row
    if not assessing_bodies().filter(pk=body.pk).exists():
        raise BodyUnknown
    row.body = body
    if not is_in_charge(body.pk, row.elevator_id, at):
        role = ResponsibilityRole.INSPECTION_BODY
        assign_responsibility(elevator=row.elevator, unit=body, role=role, started_at=at, by=by, at=at)
    return _finish(row, STEP.ASSIGN, body.name, digest, by, at)


@transaction.atomic
def file_assessment(
    *,
    case: Assessment,
    number: str,
    reported_on: dt.date,
    level: str,
    score: str = "",
    document: Document | None = None,
    findings: Sequence[FindingLine] = (),
    version: int | None = None,
    by: Actor,
    at: dt.datetime,
) -> Assessment:
    """The body files its report: level and score as printed, risks with their class by the table of that day. Risks of class I
    are hazards at once. The same report again changes nothing.

    Raises NotPermitted, Changed, StepRefused, ReportNumberTaken, ProofOfOther.
    """
    number, level = " ".join(number.split()), " ".join(level.split())
    said = (number, reported_on, level, score, document and document.pk, *findings)
    row, digest = _begin(case, STEP.REPORT, version, by, at, *said)
    if digest is None:
        return row
    _require_day(reported_on, at, field="reported_on")
    if not level:
        raise StepRefused("no_level")
    _require_paper(row, document)
    lines = _classed(row, findings[:MOST_FINDINGS], reported_on)
    row.report_number, row.report_on, row.level, row.score = number, reported_on, level, score
    row.report_document = document
    try:
        with transaction.atomic():
            row = _finish(row, STEP.REPORT, number, digest, by, at)
    except IntegrityError as error:
        raise ReportNumberTaken from error
    AssessmentFinding.objects.bulk_create(lines)
    _open_hazard(row, [line for line in lines if line.risk_class == "I"], by, at)
    return row


@transaction.atomic
def decide_assessment(
    *,
    case: Assessment,
    decision: str,
    decided_on: dt.date,
    measures: str = "",
    cost: Decimal | None = None,
    version: int,
    by: Actor,
    at: dt.datetime,
) -> Assessment:
    """The using unit decides what becomes of the elevator; `cost` in yuan. Raises NotPermitted, Changed, StepRefused."""
    row, digest = _begin(case, STEP.DECIDE, version, by, at, decision, decided_on, measures, cost)
    if digest is None:
        return row
    _require_day(decided_on, at, not_before=row.report_on, field="decided_on")
    measures = " ".join(measures.split())
    _judge(rules.require_decision, decision, cost=cost, measures=measures)
    row.decision, row.decided_on, row.measures = decision, decided_on, measures[:500]
    row.cost = None if decision == "KEEP" else cost
    return _finish(row, STEP.DECIDE, row.measures, digest, by, at)


@transaction.atomic
def record_vote(
    *,
    case: Assessment,
    voted_on: dt.date | None = None,
    ballot: rules.Ballot | None = None,
    note: str = "",
    version: int,
    by: Actor,
    at: dt.datetime,
) -> Assessment:
    """What the owners decided about their fund; without `ballot` that no vote is on record, and why. Whether it passed is by the
    row of law of that day. Raises NotPermitted, Changed, StepRefused."""
    row, digest = _begin(case, STEP.VOTE, version, by, at, voted_on, ballot, note)
    if digest is None:
        return row
    if ballot is None:
        _require_words(note)
        row.vote = VoteOutcome.NOT_RECORDED
        return _finish(row, STEP.VOTE, note, digest, by, at)
    _require_day(voted_on, at, field="voted_on")
    rule = vote_rule(voted_on)
    if rule is None:
        raise StepRefused("vote_no_rule")
    passed = _judge(rules.passes, ballot, rule)
    counted = {name: getattr(ballot, name) for name in ballot.__slots__}
    AssessmentVote.objects.create(assessment=row, voted_on=voted_on, passed=passed, rule=rule.version, **counted)
    row.vote = VoteOutcome.PASSED if passed else VoteOutcome.REJECTED
    return _finish(row, STEP.VOTE, note, digest, by, at)


@transaction.atomic
def record_fund(
    *, case: Assessment, source: str, amount: Decimal, state: str, version: int, by: Actor, at: dt.datetime
) -> Assessment:
    """What a source gives, in yuan, and how certain it is; said again of a source it takes the place of what was said. The case
    stands as paid once what is assured covers the cost. Raises NotPermitted, Changed, StepRefused."""
    row, digest = _begin(case, STEP.FUND, version, by, at, source, amount, state)
    if digest is None:
        return row
    _judge(rules.require_vote, source=source, state=state, vote=row.vote)
    AssessmentFund.objects.update_or_create(assessment=row, source=source, defaults={"amount": amount, "state": state})
    row.assured = sum((fund.amount for fund in row.funds.filter(state="ASSURED")), Decimal(0))
    row.state = AssessmentState.FUNDED if row.assured >= row.cost else AssessmentState.DECIDED
    return _finish(row, STEP.FUND, f"{source} {amount} {state}", digest, by, at)


@transaction.atomic
def begin_works(
    *,
    case: Assessment,
    works_unit: Unit,
    works_from: dt.date,
    works_until: dt.date | None = None,
    version: int,
    by: Actor,
    at: dt.datetime,
) -> Assessment:
    """Who works from when; the elevator's own application about its registration is linked where there is one that is not
    decided, or was after the decision. Raises NotPermitted, Changed, StepRefused."""
    row, digest = _begin(case, STEP.WORKS, version, by, at, works_unit.pk, works_from, works_until)
    if digest is None:
        return row
    _require_day(works_from, at, not_before=row.decided_on, field="works_from")
    if works_until is not None and works_until < works_from:
        raise StepRefused("works_backward")
    row.works_unit, row.works_from, row.works_until = works_unit, works_from, works_until
    changes = RegistrationApplication.objects.filter(elevator=row.elevator_id, kind__in=("CHANGE", "SCRAP"))
    row.registration = changes.filter(created_at__date__gte=row.decided_on).order_by("-pk").first()
    return _finish(row, STEP.WORKS, works_unit.name, digest, by, at)


@transaction.atomic
def accept_works(
    *,
    case: Assessment,
    accepted_on: dt.date,
    report: Report | None = None,
    document: Document | None = None,
    version: int,
    by: Actor,
    at: dt.datetime,
) -> Assessment:
    """The works are done, by a passed supervisory inspection or another paper of the e-file. Raises NotPermitted, Changed,
    StepRefused, ProofMissing, ProofOfOther."""
    said = (accepted_on, report and report.pk, document and document.pk)
    row, digest = _begin(case, STEP.ACCEPT, version, by, at, *said)
    if digest is None:
        return row
    _require_day(accepted_on, at, not_before=row.works_from, field="accepted_on")
    if report is None and document is None:
        raise ProofMissing
    if report is not None and not proofs(row).filter(pk=report.pk).exists():
        raise ProofOfOther(field="report")
    _require_paper(row, document)
    row.accepted_on, row.acceptance_report, row.acceptance_document = accepted_on, report, document
    return _finish(row, STEP.ACCEPT, report.number if report else str(document), digest, by, at)


@transaction.atomic
def close_assessment(*, case: Assessment, note: str = "", version: int, by: Actor, at: dt.datetime) -> Assessment:
    """An officer of the place looks at what was done and closes it. Raises NotPermitted, Changed, StepRefused."""
    row, digest = _begin(case, STEP.CLOSE, version, by, at, note)
    return row if digest is None else _finish(row, STEP.CLOSE, note, digest, by, at)


@transaction.atomic
def cancel_assessment(*, case: Assessment, note: str, version: int, by: Actor, at: dt.datetime) -> Assessment:
    """The using unit, or an officer of the place, ends it without result; what was filed stays. Raises NotPermitted, Changed,
    StepRefused."""
    row, digest = _begin(case, STEP.CANCEL, version, by, at, note)
    if digest is None:
        return row
    _require_words(note)
    row.ended_reason = " ".join(note.split())[:300]
    return _finish(row, STEP.CANCEL, note, digest, by, at)


def proofs(case: Assessment):
    """Passed supervisory inspections of the elevator since the works began, the newest first."""
    rows = Report.objects.standing().filter(elevator=case.elevator_id, kind__in=WORKS_REPORTS, verdict__in=f.PASSES)
    return rows.filter(concluded_on__gte=case.works_from).order_by("-concluded_on", "-pk")


# --- who may ----------------------------------------------------------------------------------------------------------

RIGHTS = {
    STEP.REPORT: (Permission.FILE_REPORT,),
    STEP.CLOSE: (Permission.CLOSE_ASSESSMENT,),
    STEP.CANCEL: (Permission.APPLY_INSPECTION, Permission.CLOSE_ASSESSMENT),
}
USING = (Permission.APPLY_INSPECTION,)


def may_take(case: Assessment, step: str, by: Actor) -> bool:
    """Is this step this actor's to take on this case (whatever its state)?"""
    if by.kind == ActorKind.SYSTEM:
        return True
    return any(
        reach_of(by, permission) and Assessment.objects.visible_to(by, permission).filter(pk=case.pk).exists()
        for permission in RIGHTS.get(step, USING)
    )


def _using_unit(elevator: Elevator, by: Actor, at: dt.datetime) -> int:
    until = elevator.using_unit_until
    unit = elevator.using_unit_id if until is None or until > at else None
    own = by.kind == ActorKind.SYSTEM or unit in reach_of(by, Permission.APPLY_INSPECTION).unit_ids
    if unit is None or not own:
        raise NotPermitted(permission=Permission.APPLY_INSPECTION)
    return unit


# --- what every step does ---------------------------------------------------------------------------------------------


def _begin(case: Assessment, step: str, version: int | None, by: Actor, at: dt.datetime, *said):
    """(the case, locked and moved on; digest of what was said), the digest None when the last step was this very one.

    `version`: the one that the caller saw, None for machines that saw none.
    """
    Elevator.objects.select_for_update(of=("self",), no_key=True).get(pk=case.elevator_id)
    row = Assessment.objects.select_for_update(of=("self",)).select_related("elevator").get(pk=case.pk)
    if not may_take(row, step, by):
        raise NotPermitted(permission=RIGHTS.get(step, USING)[0])
    digest = digest_of(step.encode(), repr(said).encode())
    last = row.steps.order_by("-pk").first()
    if (bytes(last.digest), last.by_kind, last.by_id) == (digest, by.kind, by.id):
        return row, None
    if version is not None and version != row.version:
        raise Changed
    row.before = row.state
    row.state = _judge(rules.after, row.state, step, decision=row.decision)
    return row, digest


def _judge(rule, *given, **named):
    try:
        return rule(*given, **named)
    except rules.AssessmentRefused as refused:
        raise StepRefused(refused.reason) from refused


def _require_day(day: dt.date, at: dt.datetime, *, not_before: dt.date | None = None, field: str) -> None:
    try:
        rules.require_day(day, today=local_date(at), not_before=not_before)
    except rules.AssessmentRefused as refused:
        raise StepRefused(refused.reason, field=field) from refused


def _require_words(note: str) -> None:
    if not note.strip():
        raise StepRefused("no_reason")


def _require_paper(row: Assessment, document: Document | None) -> None:
    if document is not None and not Document.objects.standing().filter(pk=document.pk, elevator=row.elevator_id):
        raise ProofOfOther


def _classed(row: Assessment, findings: Sequence[FindingLine], day: dt.date) -> list[AssessmentFinding]:
    version, table = risk_table(day)
    return [
        AssessmentFinding(
            assessment=row,
            place=place,
            text=" ".join(line.text.split())[:200],
            severity=line.severity,
            probability=line.probability,
            risk_class=_judge(rules.risk_class, table, line.severity, line.probability),
            rule=version,
        )
        for place, line in enumerate(findings, start=1)
    ]


def _open_hazard(row: Assessment, lines: list[AssessmentFinding], by: Actor, at: dt.datetime) -> None:
    """All risks of class I of a report are one hazard: the ledger has one of an item and elevator."""
    if lines:
        words = "; ".join(f"{line.severity}{line.probability} {line.text}" for line in lines)
        report_hazard(
            elevator=row.elevator,
            item=HAZARD_ITEM,
            details=f"{row.report_number}: {words}",
            found_on=row.report_on,
            source=HazardSource.INSPECTION,
            reported=row,
            confirmed=True,
            by=by,
            at=at,
        )


def _finish(row: Assessment, step: str, note: str, digest: bytes, by: Actor, at: dt.datetime) -> Assessment:
    row.version, row.changed_at = row.version + 1, at
    row.save()
    _record(row, step, note, digest, by, at)
    changes = {"step": [None, step], "state": [row.before, row.state]}
    record_change(action="inspection.assessment_step", subject=row, by=by, changes=changes)
    return row


def _record(row: Assessment, step: str, note: str, digest: bytes, by: Actor, at: dt.datetime) -> None:
    """The step, the life event without anybody's words, and the message to the others."""
    AssessmentStep.objects.create(
        assessment=row,
        kind=step,
        at=at,
        by_kind=by.kind,
        by_id=by.id,
        by_unit_id=by.acting_unit,
        note=" ".join(note.split())[:500],
        digest=digest,
    )
    details = {"step": str(step)}
    kind = LifeEventKind.SAFETY_ASSESSMENT
    record_event(row.elevator, kind, by=by, at=at, source=row, outcome=row.state, details=details)
    _tell(row, by, at)


def _tell(row: Assessment, by: Actor, at: dt.datetime) -> None:
    """The unit that uses the elevator now, and the body that has it, hear that the case has moved; not whoever moved it."""
    elevator = row.elevator
    using = elevator.using_unit_id if elevator.using_unit_until is None or elevator.using_unit_until > at else None
    units = [key for key in (using, row.body_id) if key]
    of_units: dict[int, set[str]] = {}
    for permission, key in ((Permission.APPLY_INSPECTION, using), (Permission.ANSWER_INSPECTION, row.body_id)):
        if key:
            found, _areas = people_to_tell(permission=permission, unit_ids=[key], at=at)
            of_units.setdefault(key, set()).update(found.get(key, ()))
    people = {each for ids in of_units.values() for each in ids if each != by.id}
    queue_message(
        to=[*(person(each) for each in sorted(people)), *(to_unit(key) for key in units)],
        kind=f"inspection.assessment_{row.state.lower()}",
        params={"code": elevator.main_code},
        subject=row,
        link=f"/assessments/{row.public_id}/",
        key=f"assessment:{row.public_id}:{row.version}",
        by=system("inspection.assessments"),
        at=at,
    )
