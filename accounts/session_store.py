"""Sessions in PostgreSQL (settings.SESSION_ENGINE): Django's own, whose rows also say whose they are and since when.

Ending a session is deleting its row: the next request with its key finds nothing, and one that is under way cannot bring it
back, because saving updates a row that must be there.
"""

import datetime as dt

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db.models import Q

from accounts.rules import sessions as rules
from common import clock
from common.ids import new_public_id

_LIFE = "life"


class SessionStore(DatabaseStore):
    @classmethod
    def get_model_class(cls):
        from accounts.models import OpenSession

        return OpenSession

    def create_model_instance(self, data):
        """The row; its columns are filled from the session, so that every save writes them as they were."""
        row = super().create_model_instance(data)
        if (life := data.get(_LIFE)) and SESSION_KEY in data:
            row.public_id = life["id"]
            row.user_id = int(data[SESSION_KEY])
            row.began_at, row.seen_at = _moment(life["began"]), _moment(life["seen"])
            row.address, row.device = life["address"], life["device"]
        return row

    @classmethod
    def clear_expired(cls):
        """What is over goes, not only what has expired (`manage.py clearsessions`, housekeeping)."""
        at, profile = clock.now(), settings.PASSWORD_PROFILE
        gone = Q(expire_date__lte=at) | Q(seen_at__lte=at - profile.idle) | Q(began_at__lte=at - profile.lifetime)
        cls.get_model_class().objects.filter(gone).delete()


def begin_life(session: SessionBase, at: dt.datetime, *, address: str, user_agent: str) -> None:
    """Whose and since when, from the sign-in on: a row that says so only at the next request is in nobody's list, and
    outlives "end all other sessions"."""
    moment = at.isoformat()
    session[_LIFE] = {
        "id": str(new_public_id()),
        "began": moment,
        "seen": moment,
        "address": rules.mask_address(address),
        "device": rules.device_of(user_agent),
    }


def keep_alive(
    session: SessionBase, at: dt.datetime, *, address: str, user_agent: str, acted: bool
) -> rules.Over | None:
    """Why the session of a signed-in person is over, or None; then it is noted now and then that they are there.

    `acted`: False for what a page asks by itself; it keeps nobody signed in.
    """
    profile = settings.PASSWORD_PROFILE
    life = session.get(_LIFE)
    if life is None:
        begin_life(session, at, address=address, user_agent=user_agent)
        return None
    seen = _moment(life["seen"])
    if over := rules.over(_moment(life["began"]), seen, at, profile):
        return over
    if acted and at - seen >= rules.noted_each(profile):
        session[_LIFE] = life | {"seen": at.isoformat(), "address": rules.mask_address(address)}
    return None


def public_id_of(session: SessionBase) -> str:
    """By which its owner's list knows this session."""
    return session[_LIFE]["id"]


def _moment(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)
