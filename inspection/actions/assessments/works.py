"""Works after a safety assessment: who works from when, and what proves that they are done."""

import datetime as dt

from django.db import transaction

from accounts.models import Unit
from common.actor import Actor
from inspection.actions.assessment_refusals import ProofMissing, ProofOfOther, StepRefused
from inspection.actions.assessments.steps import begin, finish, require_day, require_paper
from inspection.choices import AssessmentStepKind
from inspection.models import Assessment, Report
from inspection.rules import facts as f
from registry.models import Document, RegistrationApplication

WORKS_REPORTS = ("ALTERATION", "MAJOR_REPAIR", "INSTALLATION")
STEP = AssessmentStepKind


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
    row, digest = begin(case, STEP.WORKS, version, by, at, works_unit.pk, works_from, works_until)
    if digest is None:
        return row
    require_day(works_from, at, not_before=row.decided_on, field="works_from")
    if works_until is not None and works_until < works_from:
        raise StepRefused("works_backward")
    row.works_unit, row.works_from, row.works_until = works_unit, works_from, works_until
    changes = RegistrationApplication.objects.filter(elevator=row.elevator_id, kind__in=("CHANGE", "SCRAP"))
    row.registration = changes.filter(created_at__date__gte=row.decided_on).order_by("-pk").first()
    return finish(row, STEP.WORKS, works_unit.name, digest, by, at)


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
    row, digest = begin(case, STEP.ACCEPT, version, by, at, *said)
    if digest is None:
        return row
    require_day(accepted_on, at, not_before=row.works_from, field="accepted_on")
    if report is None and document is None:
        raise ProofMissing
    if report is not None and not proofs(row).filter(pk=report.pk).exists():
        raise ProofOfOther(field="report")
    require_paper(row, document)
    row.accepted_on, row.acceptance_report, row.acceptance_document = accepted_on, report, document
    return finish(row, STEP.ACCEPT, report.number if report else str(document), digest, by, at)


def proofs(case: Assessment):
    """Passed supervisory inspections of the elevator since the works began, the newest first."""
    rows = Report.objects.standing().filter(elevator=case.elevator_id, kind__in=WORKS_REPORTS, verdict__in=f.PASSES)
    return rows.filter(concluded_on__gte=case.works_from).order_by("-concluded_on", "-pk")
