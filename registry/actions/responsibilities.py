"""Who answers for an elevator: beginning, ending, and the copy of the current units on the elevator's row."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit
from common.actor import Actor
from common.audit import record_change
from common.deadlines import arm, withdraw
from common.errors import Refusal
from registry.actions.life_events import record_event
from registry.choices import EXCLUSIVE_ROLES, LifeEventKind
from registry.models import Elevator, Responsibility

REFRESH = "registry.refresh_current_units"
_EXCLUSIONS = {"responsibility_one_at_a_time", "responsibility_not_twice"}
_COLUMNS = {"USING_UNIT": "using_unit", "MAINTENANCE_UNIT": "maintenance_unit"}


class ResponsibilityOverlap(Refusal):
    code = "responsibility-overlap"
    status = 409
    message = _("Another unit answers for this elevator in that role at that time. End its responsibility first.")


class UnitClosed(Refusal):
    code = "unit-closed"
    status = 409
    field = "unit"
    message = _("This unit has closed. Choose one that is open.")


class ResponsibilityEnded(Refusal):
    code = "responsibility-ended"
    status = 409
    message = _("This responsibility has ended already.")


@transaction.atomic
def assign_responsibility(
    *,
    elevator: Elevator,
    unit,
    role: str,
    started_at: dt.datetime,
    by: Actor,
    at: dt.datetime,
    ended_at: dt.datetime | None = None,
    reference: str = "",
) -> Responsibility:
    """Let `unit` answer for `elevator` in `role` from `started_at` (until `ended_at`, half-open).

    The same call again returns the same row. Raises ResponsibilityOverlap, UnitClosed.
    """
    Elevator.objects.select_for_update().get(pk=elevator.pk)
    same = Responsibility.objects.filter(
        elevator=elevator, unit=unit, role=role, started_at=started_at, ended_at=ended_at
    ).first()
    if same:
        return same
    # shared lock: the unit cannot close between this look and our commit
    if Unit.objects.select_for_update(no_key=True).get(pk=unit.pk).closed_on is not None:
        raise UnitClosed
    try:
        with transaction.atomic():
            made = Responsibility.objects.create(
                elevator=elevator, unit=unit, role=role, started_at=started_at, ended_at=ended_at, reference=reference
            )
    except IntegrityError as error:
        raise _overlap(error) from error
    details = {"role": role, "unit": str(unit.public_id), "from": started_at.isoformat()}
    record_event(
        elevator, LifeEventKind.RESPONSIBILITY_STARTED, by=by, at=at, source=made, outcome=role, details=details
    )
    record_change(
        action="registry.assign_responsibility", subject=elevator, by=by, changes={role: [None, str(unit.public_id)]}
    )
    refresh_current_units(elevator, at=at)
    return made


def _overlap(error: IntegrityError) -> Exception:
    """What an exclusion constraint means; any other constraint is a mistake of the caller."""
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
    return ResponsibilityOverlap() if name in _EXCLUSIONS else error


@transaction.atomic
def end_responsibility(
    *, responsibility: Responsibility, ended_at: dt.datetime, by: Actor, at: dt.datetime
) -> Responsibility:
    """End a responsibility at `ended_at`; again at the same moment changes nothing.

    Raises ResponsibilityEnded, and ResponsibilityOverlap when the end is put off into the next unit's time.
    """
    elevator = Elevator.objects.select_for_update().get(pk=responsibility.elevator_id)
    row = Responsibility.objects.select_for_update().select_related("unit").get(pk=responsibility.pk)
    ended_at = max(ended_at, row.started_at + dt.timedelta(microseconds=1))
    if row.ended_at == ended_at:
        return row
    if row.ended_at is not None and row.ended_at <= at:
        raise ResponsibilityEnded
    row.ended_at = ended_at
    try:
        with transaction.atomic():
            row.save(update_fields=["ended_at"])
    except IntegrityError as error:  # put off beyond the beginning of the next one
        raise _overlap(error) from error
    details = {"role": row.role, "unit": str(row.unit.public_id), "until": row.ended_at.isoformat()}
    record_event(
        elevator, LifeEventKind.RESPONSIBILITY_ENDED, by=by, at=at, source=row, outcome=row.role, details=details
    )
    record_change(
        action="registry.end_responsibility",
        subject=elevator,
        by=by,
        changes={row.role: [str(row.unit.public_id), None]},
    )
    refresh_current_units(elevator, at=at)
    return row


def refresh_current_units(elevator: Elevator, *, at: dt.datetime) -> None:
    """Copy the current using and maintenance unit onto the elevator's row, and arm a deadline for the next change.

    The end of a responsibility needs no timer to take effect: `_until` is compared whenever somebody looks.
    """
    rows = list(
        Responsibility.objects.filter(elevator=elevator, role__in=EXCLUSIVE_ROLES)
        .exclude(ended_at__lte=at)
        .order_by("started_at")
    )
    values = {}
    for role, column in _COLUMNS.items():
        current = next((r for r in rows if r.role == role and r.started_at <= at), None)
        values[f"{column}_id"] = current.unit_id if current else None
        values[f"{column}_until"] = current.ended_at if current else None
    Elevator.objects.filter(pk=elevator.pk).update(**values, version=F("version") + 1, updated_at=at)
    elevator.refresh_from_db(fields=[*values, "version", "updated_at"])
    moments = [m for r in rows for m in (r.started_at, r.ended_at) if m is not None and m > at]
    if moments:
        arm(kind=REFRESH, subject=elevator, due_at=min(moments), at=at)
    else:
        withdraw(kind=REFRESH, subject=elevator, at=at)


def refresh_due(deadlines, at) -> None:
    """Handler of REFRESH deadlines: responsibilities that begin or end now."""
    ids = {row.subject_id for row in deadlines}
    for elevator in Elevator.objects.filter(pk__in=ids).order_by("pk").select_for_update():
        refresh_current_units(elevator, at=at)
