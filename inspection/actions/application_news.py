"""What is said of applications: to the body's office, to the using unit or to who comes; one message for many (decision 0023)."""

import datetime as dt
from collections.abc import Sequence

from accounts.models import User
from accounts.queries import people_to_tell
from accounts.roles import Permission
from common.actor import Actor
from common.messages.actions import Recipient, Saying, person, queue_messages, unit
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


def tell_inspectors(topic: str, rows: Sequence[tuple[User | None, Application]], *, by: Actor, at: dt.datetime) -> int:
    """Say to each of these inspectors what happened to the appointments that are theirs or were; what one did oneself is no news.
    Returns how many messages are new."""
    appointments: dict[str, list[Application]] = {}
    for inspector, row in sorted(rows, key=lambda pair: pair[1].pk):
        if inspector is not None and str(inspector.public_id) != by.id:
            appointments.setdefault(str(inspector.public_id), []).append(row)
    sayings = [
        _saying(topic, told, (person(who),), f"{LIST}days/?inspector={who}") for who, told in appointments.items()
    ]
    return queue_messages(sayings, by=by, at=at)


def _tell(topic: str, rows: Sequence[Application], to_body: bool, by: Actor, at: dt.datetime) -> int:
    if not rows:
        return 0
    side = "body_id" if to_body else "unit_id"
    permission = Permission.ANSWER_INSPECTION if to_body else Permission.APPLY_INSPECTION
    audiences: dict[int, list[Application]] = {}
    for row in sorted(rows, key=lambda row: row.pk):
        audiences.setdefault(getattr(row, side), []).append(row)
    people, _areas = people_to_tell(permission=permission, at=at, unit_ids=audiences)
    to = {key: (*(person(each) for each in people.get(key, ())), unit(key)) for key in audiences}
    return queue_messages([_saying(topic, told, to[key]) for key, told in audiences.items()], by=by, at=at)


def _saying(topic: str, rows: list[Application], to: tuple[Recipient, ...], many: str = LIST) -> Saying:
    """`many`: where more than one of them are found."""
    first = rows[0]
    key = f"inspection.{topic}.{first.public_id}.{first.version}.{len(rows)}"
    if len(rows) > 1:
        params = {"count": len(rows), "due_on": min(row.due_on for row in rows)}
        return Saying(to, f"inspection.{topic}", key, params, link=many)
    params = {"code": first.elevator.main_code, "due_on": first.due_on, "day": first.appointed_on}
    params |= {"first": first.wanted_from, "last": first.wanted_until}
    return Saying(to, f"inspection.{topic}_one", key, params, first, link=f"{LIST}{first.public_id}/")
