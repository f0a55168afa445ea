"""Whoever owes something is told that it is waived, and that it no longer is."""

import datetime as dt

from accounts.queries import people_to_tell
from accounts.roles import Permission
from common.actor import system
from common.messages.actions import person, queue_message, unit
from compliance.models import Obligation, Waiver
from compliance.queries.waivers import units_answering

BY = system("compliance.telling")


def tell_waiver(*, waiver: Waiver, obligation: Obligation, revoked: bool, at: dt.datetime) -> int:
    """Once for each waiver and person, in the transaction that grants or revokes it; returns how many are told."""
    units = units_answering(obligation, at)
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
