"""Ending sessions: one's own, somebody's; the next request with one finds nothing."""

import datetime as dt
import uuid

from django.db import transaction

from accounts.models import OpenSession, User
from common.actor import Actor
from common.audit import record_change


@transaction.atomic
def end_own_session(*, user_id: int, session_id: uuid.UUID, by: Actor, at: dt.datetime) -> bool:
    """End one of one's own sessions. False when there is none of this id, or it is somebody else's."""
    gone, _models = OpenSession.objects.filter(user_id=user_id, public_id=session_id).delete()
    if gone:
        _record(User.objects.get(pk=user_id), gone, by)
    return bool(gone)


@transaction.atomic
def end_other_sessions(*, user_id: int, keep: uuid.UUID, by: Actor, at: dt.datetime) -> int:
    """End all of one's own sessions but the one that asks; how many."""
    gone, _models = OpenSession.objects.filter(user_id=user_id).exclude(public_id=keep).delete()
    if gone:
        _record(User.objects.get(pk=user_id), gone, by)
    return gone


@transaction.atomic
def end_sessions_of(*, user_id: int, by: Actor, at: dt.datetime) -> int:
    """An administrator's way: all of a person's sessions, one begun this very moment included; how many there were."""
    user = User.objects.select_for_update().get(pk=user_id)
    gone = forget_sessions(user)
    _record(user, gone, by)
    return gone


def forget_sessions(user: User) -> int:
    """For a (locked) person: no session counts any more. One that is being opened fails by the epoch."""
    user.session_epoch += 1
    user.save(update_fields=["session_epoch"])
    gone, _models = OpenSession.objects.filter(user=user).delete()
    return gone


def _record(user: User, count: int, by: Actor) -> None:
    record_change(action="accounts.end_sessions", subject=user, by=by, changes={"sessions": [count, 0]})
