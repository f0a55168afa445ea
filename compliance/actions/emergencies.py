"""A major hazard: whoever answers for the elevator, and the officers over it, are told at once, by every way there is."""

import datetime as dt

from accounts.queries import people_to_tell
from accounts.roles import Permission
from common.actor import system
from common.messages.actions import person, queue_message, unit
from compliance.models import Alert, Hazard

BY = "compliance.telling"
MAJOR = "compliance.hazard_major"


def tell_major(*, hazard: Hazard, alert: Alert, at: dt.datetime) -> int:
    """Once for each hazard and person, in the transaction that makes it major; returns how many are told."""
    elevator = hazard.elevator
    answering = (
        (elevator.using_unit_id, elevator.using_unit_until),
        (elevator.maintenance_unit_id, elevator.maintenance_unit_until),
    )
    units = [unit_id for unit_id, until in answering if unit_id and (until is None or until > at)]
    areas = [area_id for area_id in (hazard.area_id, hazard.managing_district_id) if area_id]
    of_units, of_areas = people_to_tell(permission=Permission.ACKNOWLEDGE_ALERT, unit_ids=units, area_ids=areas, at=at)
    people = {each for ids in (*of_units.values(), *of_areas.values()) for each in ids}
    return queue_message(
        to=[*(person(each) for each in people), *(unit(key) for key in units)],
        kind=MAJOR,
        params={"code": elevator.main_code},
        subject=hazard,
        link=f"/due/alerts/{alert.public_id}/",
        emergency=True,
        key=f"hazard-major:{hazard.public_id}",
        by=system(BY),
        at=at,
    )
