"""The body's report of a safety assessment: level as printed, risks with their class, class I a hazard at once."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import IntegrityError, transaction

from common.actor import Actor
from compliance.actions import report_hazard
from compliance.choices import HazardSource
from inspection.actions.assessment_refusals import ReportNumberTaken, StepRefused
from inspection.actions.assessments.steps import begin, finish, judge, require_day, require_paper
from inspection.choices import AssessmentStepKind
from inspection.models import Assessment, AssessmentFinding
from inspection.queries.assessments import risk_table
from inspection.rules import assessments as rules
from inspection.rules import report_number
from registry.models import Document

HAZARD_ITEM = "ASSESSMENT-I"
MOST_FINDINGS = 60
STEP = AssessmentStepKind


@dataclass(frozen=True, slots=True)
class FindingLine:
    """A risk as the report names it: severity 1 to 4, probability A to F."""

    text: str
    severity: int
    probability: str


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
    number, level = report_number(number), " ".join(level.split())
    said = (number, reported_on, level, score, document and document.pk, *findings)
    row, digest = begin(case, STEP.REPORT, version, by, at, *said)
    if digest is None:
        return row
    require_day(reported_on, at, field="reported_on")
    if not level:
        raise StepRefused("no_level")
    require_paper(row, document)
    lines = _classed(row, findings[:MOST_FINDINGS], reported_on)
    row.report_number, row.report_on, row.level, row.score = number, reported_on, level, score
    row.report_document = document
    try:
        with transaction.atomic():
            row = finish(row, STEP.REPORT, number, digest, by, at)
    except IntegrityError as error:
        raise ReportNumberTaken from error
    AssessmentFinding.objects.bulk_create(lines)
    _open_hazard(row, [line for line in lines if line.risk_class == "I"], by, at)
    return row


def _classed(row: Assessment, findings: Sequence[FindingLine], day: dt.date) -> list[AssessmentFinding]:
    version, table = risk_table(day)
    return [
        AssessmentFinding(
            assessment=row,
            place=place,
            text=" ".join(line.text.split())[:200],
            severity=line.severity,
            probability=line.probability,
            risk_class=judge(rules.risk_class, table, line.severity, line.probability),
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
