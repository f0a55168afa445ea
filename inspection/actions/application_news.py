"""What is said of applications: to the body's office or to the using unit, one message for many rows (decision 0023)."""

import datetime as dt
from collections.abc import Sequence

from accounts.queries import people_to_tell
from accounts.roles import Permission
from common.actor import Actor
from common.messages.actions import Saying, person, queue_messages, unit
from inspection.models import Application

TO_BODY = frozenset({"applied", "withdrawn"})
LIST = "/inspections/applications/"


def tell_both(topic: str, rows: Sequence[Application], *, by: Actor, at: dt.datetime) -> int:
    """What neither side did."""
    return sum(_tell(topic, rows, to_body, by, at) for to_body in (False, True))


def tell(topic: str, rows: Sequence[Application], *, by: Actor, at: dt.datetime) -> int:
    """Say to the other side what happened to these; returns how many messages are new. `topic`: of message_kinds.KINDS,
    without its "_one"."""
    return _tell(topic, rows, topic in TO_BODY, by, at)


def _tell(topic: str, rows: Sequence[Application], to_body: bool, by: Actor, at: dt.datetime) -> int:
    if not rows:
        return 0
    side = "body_id" if to_body else "unit_id"
    permission = Permission.ANSWER_INSPECTION if to_body else Permission.APPLY_INSPECTION
    audiences: dict[int, list[Application]] = {}
    for row in sorted(rows, key=lambda row: row.pk):
        audiences.setdefault(getattr(row, side), []).append(row)
    people, _areas = people_to_tell(permission=permission, at=at, unit_ids=audiences)
    sayings = [_saying(topic, told, key, people.get(key, ())) for key, told in audiences.items()]
    return queue_messages(sayings, by=by, at=at)


def _saying(topic: str, rows: list[Application], audience: int, people: Sequence[str]) -> Saying:
    first, to = rows[0], (*(person(each) for each in people), unit(audience))
    key = f"inspection.{topic}.{first.public_id}.{first.version}.{len(rows)}"
    if len(rows) > 1:
        params = {"count": len(rows), "due_on": min(row.due_on for row in rows)}
        return Saying(to, f"inspection.{topic}", key, params, link=LIST)
    params = {"code": first.elevator.main_code, "due_on": first.due_on, "day": first.appointed_on}
    params |= {"first": first.wanted_from, "last": first.wanted_until}
    return Saying(to, f"inspection.{topic}_one", key, params, first, link=f"{LIST}{first.public_id}/")
