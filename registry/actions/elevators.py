"""Entering and changing elevators."""

import datetime as dt
from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from common.actor import Actor
from common.audit import difference, record_change
from common.errors import Changed, Refusal
from registry import rules
from registry.actions.life_events import NewEvent, record_event, record_events
from registry.choices import LifeEventKind
from registry.models import Elevator, StatusFlag
from registry.queries.plates import codes_on_foreign_plates

ChangedMeanwhile = Changed

# What a form, an API call or a bulk change may set. Everything else has its own verb.
CHANGEABLE = frozenset(
    {
        "equipment_code",
        "registration_code",
        "certificate_number",
        "rescue_code",
        "internal_number",
        "area",
        "site",
        "building",
        "address",
        "place_type",
        "latitude",
        "longitude",
        "coord_source",
        "class_code",
        "manufacturer_name",
        "model",
        "factory_number",
        "manufactured_on",
        "rated_load_kg",
        "rated_speed_mps",
        "travel_m",
        "floors",
        "landings",
        "floor_from",
        "floor_to",
        "commissioned_on",
        "last_renewed_on",
        "retrofitted",
    }
)


def changeable_columns(*, but: set[str] = frozenset()) -> list[str]:
    """CHANGEABLE in the order of the table, without some: from it forms and serializers draw what they let in."""
    return [field.name for field in Elevator._meta.fields if field.name in CHANGEABLE - but]


_UNIQUE_FIELDS = {
    "elevator_equipment_code_once": "equipment_code",
    "elevator_registration_code_once": "registration_code",
    "elevator_certificate_once": "certificate_number",
    "elevator_rescue_code_once": "rescue_code",
    "elevator_source_key_once": "source_key",
}


class CodeInUse(Refusal):
    """Says nothing about whose elevator has the code."""

    code = "code-in-use"
    status = 409
    message = _("Another elevator has this code. Check the plate; if the code is right, ask the regulator.")


class CodeOnPlate(Refusal):
    """A plate brings its number to the elevator in which it hangs (decision 0011); nobody types it first."""

    code = "rescue-code-on-plate"
    field = "rescue_code"
    status = 409
    message = _("A nameplate with the number %(code)s is printed already. Leave it empty: the plate brings its number.")


class WrongState(Refusal):
    code = "wrong-state"
    status = 409
    message = _("The registration cannot go from “%(present)s” to “%(wanted)s”.")


def place_in(area) -> dict:
    """The columns on an elevator or site that repeat its area's city and managing district."""
    if area.kind == "CITY":
        return {"area": area, "city_id": area.pk, "managing_district_id": None}
    return {"area": area, "city_id": area.city_id, "managing_district_id": area.managing_district_id or area.pk}


@transaction.atomic
def create_elevator(*, values: dict, by: Actor, at: dt.datetime, using_unit=None) -> Elevator:
    """Enter an elevator by hand, unregistered. `values` ⊆ CHANGEABLE, `area` among them.

    With `using_unit` it answers for the elevator from now on. Raises CodeInUse, CodeOnPlate.
    """
    from registry.actions.responsibilities import assign_responsibility

    _require_changeable(values)
    values = values | place_in(values["area"])
    elevator = Elevator(registration_state_at=at, created_at=at, updated_at=at, **values)
    _refuse_codes_on_plates([elevator])
    _save(elevator, force_insert=True)
    record_event(elevator, LifeEventKind.CREATED, by=by, at=at)
    record_change(
        action="registry.create_elevator",
        subject=elevator,
        by=by,
        changes={
            name: [None, value] for name, value in values.items() if name in CHANGEABLE and value not in (None, "")
        },
    )
    if using_unit is not None:
        assign_responsibility(elevator=elevator, unit=using_unit, role="USING_UNIT", started_at=at, by=by, at=at)
    return elevator


@transaction.atomic
def change_elevator(*, elevator_id: int, values: dict, version: int | None, by: Actor, at: dt.datetime) -> Elevator:
    """Change details of one elevator; the same values again change nothing.

    `version` is what the caller read (None: whatever there is). Raises Changed, CodeInUse, CodeOnPlate.
    """
    _require_changeable(values)
    elevator = Elevator.objects.select_for_update().get(pk=elevator_id)
    if version is not None and elevator.version != version:
        raise Changed
    if not (changes := difference(elevator, values)):
        return elevator
    _apply(elevator, values, at)
    if _numbers_anew(changes):
        _refuse_codes_on_plates([elevator])
    _save(elevator)
    record_event(elevator, LifeEventKind.CHANGED, by=by, at=at, details={"fields": sorted(changes)})
    record_change(action="registry.change_elevator", subject=elevator, by=by, changes=changes)
    return elevator


@transaction.atomic
def change_elevators(*, elevator_ids: Iterable[int], values: dict, by: Actor, at: dt.datetime) -> list[Elevator]:
    """Set the same values on many elevators at once; returns those that changed. All or none. Raises CodeOnPlate."""
    _require_changeable(values)
    changed = []
    for elevator in Elevator.objects.filter(pk__in=list(elevator_ids)).order_by("pk").select_for_update():
        if changes := difference(elevator, values):
            _apply(elevator, values, at)
            changed.append((elevator, changes))
    _refuse_codes_on_plates([elevator for elevator, changes in changed if _numbers_anew(changes)])
    columns = [*values, *(("city", "managing_district") if "area" in values else ()), "version", "updated_at"]
    Elevator.objects.bulk_update([elevator for elevator, _changes in changed], columns, batch_size=1000)
    record_events(
        [
            NewEvent(elevator, LifeEventKind.CHANGED, at, details={"fields": sorted(changes)})
            for elevator, changes in changed
        ],
        by=by,
    )
    for elevator, changes in changed:
        record_change(action="registry.change_elevator", subject=elevator, by=by, changes=changes)
    return [elevator for elevator, _changes in changed]


@transaction.atomic
def set_registration_state(*, elevator_id: int, state: str, reference: str, by: Actor, at: dt.datetime) -> Elevator:
    """Move the use registration to `state` on the ground of document `reference`. Raises WrongState."""
    elevator = Elevator.objects.select_for_update().get(pk=elevator_id)
    if elevator.registration_state == state:
        return elevator
    present = elevator.registration_state
    try:
        rules.require_transition(present, state)
    except rules.InvalidTransition as error:
        labels = dict(Elevator._meta.get_field("registration_state").choices)
        raise WrongState(present=labels[present], wanted=labels.get(state, state)) from error
    elevator.registration_state, elevator.registration_state_at = state, at
    elevator.version += 1
    elevator.updated_at = at
    elevator.save(update_fields=["registration_state", "registration_state_at", "version", "updated_at"])
    details = {"from": present, "to": state, "reference": reference}
    record_event(elevator, LifeEventKind.STATE_CHANGED, by=by, at=at, outcome=state, details=details)
    record_change(
        action="registry.set_registration_state",
        subject=elevator,
        by=by,
        changes={"registration_state": [present, state]},
    )
    return elevator


@transaction.atomic
def set_flag(*, elevator_id: int, kind: str, reason: str, reference: str, by: Actor, at: dt.datetime) -> StatusFlag:
    """Open a dated side state; a second call finds the first one open and changes nothing."""
    elevator = Elevator.objects.select_for_update().get(pk=elevator_id)
    flag, made = StatusFlag.objects.get_or_create(
        elevator=elevator,
        kind=kind,
        ended_at=None,
        defaults={"reason": reason, "reference": reference, "started_at": at},
    )
    if made:
        _touch(elevator, at)
        record_event(elevator, LifeEventKind.FLAGGED, by=by, at=at, source=flag, outcome=kind)
        record_change(action="registry.set_flag", subject=elevator, by=by, changes={"flag": [None, kind]})
    return flag


@transaction.atomic
def lift_flag(*, elevator_id: int, kind: str, reference: str, by: Actor, at: dt.datetime) -> bool:
    """Close a side state; False when it was not open."""
    elevator = Elevator.objects.select_for_update().get(pk=elevator_id)
    flag = StatusFlag.objects.filter(elevator=elevator, kind=kind, ended_at=None).first()
    if flag is None:
        return False
    flag.ended_at = at
    flag.save(update_fields=["ended_at"])
    _touch(elevator, at)
    record_event(
        elevator, LifeEventKind.UNFLAGGED, by=by, at=at, source=flag, outcome=kind, details={"reference": reference}
    )
    record_change(action="registry.lift_flag", subject=elevator, by=by, changes={"flag": [kind, None]})
    return True


def _require_changeable(values: dict) -> None:
    if unknown := set(values) - CHANGEABLE:
        raise TypeError(f"not changeable in this way: {sorted(unknown)}")


def _numbers_anew(changes: dict) -> bool:
    """Does the elevator get another rescue code, or take its own along into what may be another city?"""
    return not {"rescue_code", "area"}.isdisjoint(changes)


def _refuse_codes_on_plates(elevators: list[Elevator]) -> None:
    if taken := codes_on_foreign_plates(elevators):
        raise CodeOnPlate(code=taken[0])


def _touch(elevator: Elevator, at: dt.datetime) -> None:
    """What is shown of the elevator changed beside its row: a client that holds the old ETag must not be told 304."""
    elevator.version += 1
    elevator.updated_at = at
    elevator.save(update_fields=["version", "updated_at"])


def _apply(elevator: Elevator, values: dict, at: dt.datetime) -> None:
    if "area" in values:
        values = values | place_in(values["area"])
    for name, value in values.items():
        setattr(elevator, name, value)
    elevator.version += 1
    elevator.updated_at = at


def _save(elevator: Elevator, **options) -> None:
    """Save; a unique constraint that objects becomes a sentence at its field."""
    try:
        with transaction.atomic():
            elevator.save(**options)
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", None)
        if name in _UNIQUE_FIELDS:
            raise CodeInUse(field=_UNIQUE_FIELDS[name]) from error
        raise
