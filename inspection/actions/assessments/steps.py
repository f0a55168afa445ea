"""What every step of a safety assessment does: the case locked and moved on, the step kept, the life event written."""

import datetime as dt

from common.actor import Actor
from common.audit import record_change
from common.clock import local_date
from common.errors import Changed, NotPermitted
from common.idempotency import digest_of
from inspection.actions.assessment_refusals import ProofOfOther, StepRefused
from inspection.actions.assessments.news import tell
from inspection.actions.assessments.rights import RIGHTS, may_take
from inspection.choices import AssessmentStepKind
from inspection.models import Assessment, AssessmentStep
from inspection.rules import assessments as rules
from registry.actions import record_event
from registry.choices import LifeEventKind
from registry.models import Document, Elevator


def begin(case: Assessment, step: str, version: int | None, by: Actor, at: dt.datetime, *said):
    """(the case, locked and moved on; digest of what was said), the digest None when this very step was taken before.

    `version`: the one that the caller saw, None for machines that saw none.
    """
    Elevator.objects.select_for_update(of=("self",), no_key=True).get(pk=case.elevator_id)
    row = Assessment.objects.select_for_update(of=("self",)).select_related("elevator").get(pk=case.pk)
    if not may_take(row, step, by):
        raise NotPermitted(permission=RIGHTS[step][0])
    digest = digest_of(step.encode(), repr(said).encode())
    if _taken(row, step, digest, by):
        return row, None
    if version is not None and version != row.version:
        raise Changed
    row.before = row.state
    row.state = judge(rules.after, row.state, step, decision=row.decision)
    return row, digest


def _taken(row: Assessment, step: str, digest: bytes, by: Actor) -> bool:
    """The last step, by the same; a report is filed once, so its body may send it again whatever has come after."""
    if step == AssessmentStepKind.REPORT:
        return row.steps.filter(kind=step, digest=digest).exists()
    last = row.steps.order_by("-pk").first()
    return (bytes(last.digest), last.by_kind, last.by_id) == (digest, by.kind, by.id)


def judge(rule, *given, **named):
    try:
        return rule(*given, **named)
    except rules.AssessmentRefused as refused:
        raise StepRefused(refused.reason) from refused


def require_day(day: dt.date, at: dt.datetime, *, not_before: dt.date | None = None, field: str) -> None:
    try:
        rules.require_day(day, today=local_date(at), not_before=not_before)
    except rules.AssessmentRefused as refused:
        raise StepRefused(refused.reason, field=field) from refused


def require_words(note: str) -> None:
    if not note.strip():
        raise StepRefused("no_reason")


def require_paper(row: Assessment, document: Document | None) -> None:
    if document is not None and not Document.objects.standing().filter(pk=document.pk, elevator=row.elevator_id):
        raise ProofOfOther


def finish(row: Assessment, step: str, note: str, digest: bytes, by: Actor, at: dt.datetime) -> Assessment:
    row.version, row.changed_at = row.version + 1, at
    row.save()
    record(row, step, note, digest, by, at)
    changes = {"step": [None, step], "state": [row.before, row.state]}
    record_change(action="inspection.assessment_step", subject=row, by=by, changes=changes)
    return row


def record(row: Assessment, step: str, note: str, digest: bytes, by: Actor, at: dt.datetime) -> None:
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
    tell(row, by, at)
