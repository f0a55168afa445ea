"""Who is head, director and officer of a unit, and which elevators an officer has."""

import datetime as dt
from collections.abc import Collection, Sequence

from django.db import IntegrityError, transaction
from django.db.models import F
from django.db.models.functions import Greatest

from accounts.models import Unit, User
from common.actor import Actor
from common.attachments.claims import claim_attachments
from common.audit import record_change
from common.clock import local_date
from common.models import Attachment
from compliance.actions.duties.planning import plan_units
from compliance.actions.duties.refusals import (
    AppointedAlready,
    DutyNotDone,
    NotAppointed,
    NotTheirElevator,
    PersonMayNotFile,
)
from compliance.choices import DutyRole
from compliance.models import DutyAppointment, OfficerBinding
from compliance.queries.duties import candidates
from compliance.rules import duties as rules
from registry.models import Elevator


@transaction.atomic
def appoint(
    *,
    unit: Unit,
    user: User,
    role: str,
    started_on: dt.date,
    reference: str,
    by: Actor,
    at: dt.datetime,
    letter: Sequence[Attachment] = (),
) -> DutyAppointment:
    """Enter an appointment as the unit's letter has it. The same again is the one that is there.

    Raises PersonMayNotFile, AppointedAlready (one head and one director at a time), DutyNotDone.
    """
    _require(lambda: rules.require_start(started_on, local_date(at), backdated=True))
    Unit.objects.select_for_update(of=("self",), no_key=True).get(pk=unit.pk)
    if not candidates(unit, at).filter(pk=user.pk).exists():
        raise PersonMayNotFile
    there = DutyAppointment.objects.filter(unit=unit.pk, user=user, role=role, started_on=started_on, ended_on=None)
    if (same := there.first()) is not None:
        return same
    made = DutyAppointment(
        unit_id=unit.pk,
        user=user,
        role=DutyRole(role),
        started_on=started_on,
        reference=reference,
        appointed_at=at,
        appointed_by_kind=by.kind,
        appointed_by_id=by.id,
    )
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError as error:
        raise AppointedAlready from error
    claim_attachments(letter, subject=made, by=by, at=at)
    record_change(
        action="compliance.appoint",
        subject=made,
        by=by,
        changes={"user": [None, str(user.public_id)], "role": [None, role], "started_on": [None, started_on]},
    )
    plan_units(unit_ids=[unit.pk], at=at)
    return made


@transaction.atomic
def dismiss(
    *, appointment: DutyAppointment, ended_on: dt.date, reason: str, by: Actor, at: dt.datetime
) -> DutyAppointment:
    """End an appointment; `ended_on` is the first day without. The officer's elevators are without one from that day, until
    they are bound to somebody else. Again changes nothing. Raises DutyNotDone."""
    Unit.objects.select_for_update(of=("self",), no_key=True).get(pk=appointment.unit_id)
    row = DutyAppointment.objects.select_for_update(of=("self",)).get(pk=appointment.pk)
    if row.ended_on is not None:
        return row
    _require(lambda: rules.require_end(row.started_on, ended_on, local_date(at)))
    row.ended_on, row.ended_reason, row.ended_at = ended_on, reason, at
    row.save(update_fields=["ended_on", "ended_reason", "ended_at"])
    row.bindings.unfinished(ended_on).update(ended_on=Greatest(F("started_on"), ended_on))
    record_change(
        action="compliance.dismiss",
        subject=row,
        by=by,
        changes={"ended_on": [None, ended_on], "reason": [None, reason]},
    )
    plan_units(unit_ids=[row.unit_id], at=at)
    return row


@transaction.atomic
def bind_elevators(
    *, appointment: DutyAppointment, elevator_ids: Collection[int], from_on: dt.date, by: Actor, at: dt.datetime
) -> int:
    """Bind elevators of the unit to one of its officers from a day on, each until somebody else gets it; returns how many
    changed hands. Those that the officer has already stay as they are.

    Raises NotAppointed (no officer on that day), NotTheirElevator, DutyNotDone (a day that has passed).
    """
    _require(lambda: rules.require_start(from_on, local_date(at), backdated=False))
    Unit.objects.select_for_update(of=("self",), no_key=True).get(pk=appointment.unit_id)
    officer = DutyAppointment.objects.on(from_on).filter(pk=appointment.pk, role=DutyRole.OFFICER).first()
    if officer is None:
        raise NotAppointed
    wanted = _held(officer.unit, elevator_ids, at)
    there = OfficerBinding.objects.unfinished(from_on).filter(elevator__in=wanted)
    kept = set(there.on(from_on).filter(appointment=officer, ended_on=None).values_list("elevator_id", flat=True))
    moving = [pk for pk in wanted if pk not in kept]
    there.filter(elevator__in=moving).update(ended_on=Greatest(F("started_on"), from_on))
    OfficerBinding.objects.bulk_create(
        OfficerBinding(elevator_id=pk, unit_id=officer.unit_id, appointment=officer, started_on=from_on)
        for pk in moving
    )
    if moving:
        record_change(
            action="compliance.bind_elevators",
            subject=officer,
            by=by,
            changes={"elevators": [None, len(moving)], "from_on": [None, from_on]},
        )
        plan_units(unit_ids=[officer.unit_id], at=at)
    return len(moving)


def _held(unit: Unit, elevator_ids: Collection[int], at: dt.datetime) -> list[int]:
    """The elevators, in the order of their keys and in nobody else's hands. Raises NotTheirElevator."""
    rows = Elevator.objects.filter(pk__in=elevator_ids).order_by("pk").select_for_update(of=("self",), no_key=True)
    held = list(rows.values_list("pk", flat=True))
    theirs = Elevator.objects.filter(pk__in=held, using_unit=unit.pk).count()
    if theirs != len(set(elevator_ids)):
        raise NotTheirElevator
    return held


def _require(judge) -> None:
    try:
        judge()
    except rules.DutyRefused as refused:
        raise DutyNotDone(refused.reason) from refused
