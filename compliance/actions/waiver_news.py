"""Whoever owes something is told that it is waived, and that it no longer is."""

import datetime as dt

from accounts.queries import people_to_tell
from accounts.roles import Permission
from common.actor import system
from common.messages.actions import person, queue_message, unit
from compliance.models import Obligation, Waiver

BY = system("compliance.telling")


def tell_waiver(*, waiver: Waiver, obligation: Obligation, revoked: bool, at: dt.datetime) -> int:
    """Once for each waiver and person, in the transaction that grants or revokes it; returns how many are told."""
    units = _units(obligation, at)
    of_units, _areas = people_to_tell(permission=Permission.ACKNOWLEDGE_ALERT, unit_ids=units, at=at)
    people = {each for ids in of_units.values() for each in ids}
    return queue_message(
        to=[*(person(each) for each in people), *(unit(key) for key in units)],
        kind="compliance.waiver_revoked" if revoked else "compliance.waived",
        params={"until": waiver.until_on},
        subject=waiver,
        link=f"/due/obligations/{obligation.public_id}/",
        key=f"waiver-{'revoked' if revoked else 'granted'}:{waiver.public_id}",
        by=BY,
        at=at,
    )


def _units(obligation: Obligation, at: dt.datetime) -> list[int]:
    if obligation.elevator_id is None:
        return [obligation.for_unit_id] if obligation.for_unit_id else []
    elevator = obligation.elevator
    answering = (
        (elevator.using_unit_id, elevator.using_unit_until),
        (elevator.maintenance_unit_id, elevator.maintenance_unit_until),
    )
    return sorted({key for key, until in answering if key and (until is None or until > at)})
