"""Who hears that a safety assessment has moved."""

import datetime as dt

from accounts.queries import people_to_tell
from accounts.roles import Permission
from common.actor import Actor, system
from common.messages.actions import person, queue_message
from common.messages.actions import unit as to_unit
from inspection.models import Assessment


def tell(row: Assessment, by: Actor, at: dt.datetime) -> None:
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
