"""A safety assessment begins, is given to a body, and ends."""

import datetime as dt

from django.db import transaction

from accounts.models import Unit
from common.actor import Actor
from common.audit import record_change
from common.clock import local_date
from inspection.actions.assessment_refusals import AssessmentStanding, BodyUnknown, NotInUse
from inspection.actions.assessments.rights import own_using_unit
from inspection.actions.assessments.steps import begin, finish, record, require_words
from inspection.choices import AssessmentReason, AssessmentState, AssessmentStepKind
from inspection.models import Assessment
from inspection.queries import GONE
from inspection.queries.applications import is_in_charge
from inspection.queries.assessments import assessing_bodies, reasons_of
from inspection.rules import assessments as rules
from registry.actions import assign_responsibility
from registry.choices import ResponsibilityRole
from registry.models import Elevator

STEP = AssessmentStepKind


@transaction.atomic
def apply_for_assessment(*, elevator: Elevator, note: str = "", by: Actor, at: dt.datetime) -> Assessment:
    """The using unit asks that its elevator be assessed; the same person asking again gets the case that there is.

    Why is written down as the rows of law have it now; where none names the elevator, because the unit asks.
    Raises NotPermitted, NotInUse, AssessmentStanding.
    """
    elevator = Elevator.objects.select_for_update(of=("self",), no_key=True).get(pk=elevator.pk)
    unit = own_using_unit(elevator, by, at)
    there = Assessment.objects.standing().filter(elevator=elevator).first()
    if there is not None:
        first = there.steps.order_by("pk").first()
        if (first.by_kind, first.by_id, there.state) == (by.kind, by.id, AssessmentState.APPLIED):
            return there
        raise AssessmentStanding
    if elevator.registration_state != "IN_USE":
        raise NotInUse
    found = reasons_of([elevator], local_date(at))[elevator.pk] or [rules.Ground(AssessmentReason.REQUEST)]
    row = Assessment.objects.create(
        elevator=elevator,
        managing_district_id=elevator.managing_district_id,
        unit_id=unit,
        reasons=[ground.reason for ground in found],
        rules=[ground.version for ground in found if ground.version],
        applied_at=at,
        changed_at=at,
    )
    record(row, STEP.APPLY, note, b"", by, at)
    record_change(action="inspection.assessment_apply", subject=row, by=by, changes={"reasons": [None, row.reasons]})
    return row


@transaction.atomic
def assign_assessment(*, case: Assessment, body: Unit, version: int, by: Actor, at: dt.datetime) -> Assessment:
    """The using unit gives it to a body, which sees the elevator from then on; to another one until the report is there.

    Raises NotPermitted, Changed, StepRefused, NotInUse, BodyUnknown.
    """
    row, digest = begin(case, STEP.ASSIGN, version, by, at, body.pk)
    if digest is None:
        return row
    if row.elevator.registration_state in GONE:
        raise NotInUse  # or the body would be put in charge of it
    if not assessing_bodies().filter(pk=body.pk).exists():
        raise BodyUnknown
    row.body = body
    if not is_in_charge(body.pk, row.elevator_id, at):
        role = ResponsibilityRole.INSPECTION_BODY
        assign_responsibility(elevator=row.elevator, unit=body, role=role, started_at=at, by=by, at=at)
    return finish(row, STEP.ASSIGN, body.name, digest, by, at)


@transaction.atomic
def close_assessment(*, case: Assessment, note: str = "", version: int, by: Actor, at: dt.datetime) -> Assessment:
    """An officer of the place looks at what was done and closes it. Raises NotPermitted, Changed, StepRefused."""
    row, digest = begin(case, STEP.CLOSE, version, by, at, note)
    return row if digest is None else finish(row, STEP.CLOSE, note, digest, by, at)


@transaction.atomic
def cancel_assessment(*, case: Assessment, note: str, version: int, by: Actor, at: dt.datetime) -> Assessment:
    """The using unit, or an officer of the place, ends it without result; what was filed stays. Raises NotPermitted, Changed,
    StepRefused."""
    row, digest = begin(case, STEP.CANCEL, version, by, at, note)
    if digest is None:
        return row
    require_words(note)
    row.ended_reason = " ".join(note.split())[:300]
    return finish(row, STEP.CANCEL, note, digest, by, at)
