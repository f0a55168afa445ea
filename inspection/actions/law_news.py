"""What is said of proposed rows of law: to the officers of the city who may decide, and to who proposed what lapsed."""

import datetime as dt
from collections.abc import Sequence

from accounts.queries import people_to_tell, reach_of
from accounts.roles import Permission
from common.actor import Actor
from common.messages.actions import Recipient, Saying, person, queue_messages
from inspection.models import LawProposal


def tell_proposed(proposal: LawProposal, *, by: Actor, at: dt.datetime) -> int:
    """The others of the proposer's city who may set the law; returns how many messages are new."""
    areas = [reach.area_id for reach in reach_of(by, Permission.SET_LAW).areas]
    _units, found = people_to_tell(permission=Permission.SET_LAW, at=at, area_ids=areas)
    others = sorted({each for people in found.values() for each in people} - {by.id})
    return queue_messages([_saying("law_proposed", proposal, [person(each) for each in others])], by=by, at=at)


def tell_lapsed(proposals: Sequence[LawProposal], *, by: Actor, at: dt.datetime) -> int:
    """Who proposed them."""
    said = [_saying("law_lapsed", row, [person(row.proposed_by.public_id)]) for row in proposals]
    return queue_messages(said, by=by, at=at)


def _saying(name: str, proposal: LawProposal, to: Sequence[Recipient]) -> Saying:
    key = f"inspection.{name}.{proposal.public_id}"
    link = f"/law/proposals/{proposal.public_id}/"
    return Saying(tuple(to), f"inspection.{name}", key, {"day": proposal.valid_from}, proposal, link=link)
