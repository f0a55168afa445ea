"""What somebody who typed a password still owes before anything else opens to them: asked by pages and by REST alike."""

import datetime as dt
from collections.abc import Iterable
from enum import StrEnum

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase

from accounts.models import OpenSession
from accounts.queries import needs_second_factor
from accounts.rules.passwords import is_expired
from common import clock

_PASSED = "second_factor_passed_at"


class Step(StrEnum):
    """What comes next; the value is the page that it happens on."""

    CODE = "accounts:second_factor"
    PASSWORD = "accounts:change_password"
    SET_UP = "accounts:my_second_factor"


# Pages open before each step is done, beside its own: out, into another language. Everything else is closed, new pages too.
ALWAYS_OPEN = frozenset({"accounts:sign_out", "set_language", "portal:theme", "common:healthz", "common:readyz"})
OPEN = {
    Step.CODE: ALWAYS_OPEN | {Step.CODE},
    Step.PASSWORD: ALWAYS_OPEN | {Step.PASSWORD},
    Step.SET_UP: ALWAYS_OPEN | {Step.SET_UP, "accounts:confirm_second_factor", Step.PASSWORD},
}


def next_step(request) -> Step | None:
    """What the person behind this session has to do first; None for whoever has done everything.

    The code comes before the password: whoever learnt a temporary password must not replace it.
    """
    user = request.user
    if user.has_second_factor and _PASSED not in request.session:
        return Step.CODE
    if user.must_change_password or is_expired(user.password_set_at, clock.now(), settings.PASSWORD_PROFILE):
        return Step.PASSWORD
    if not user.has_second_factor and needs_second_factor(request.actor):
        return Step.SET_UP
    return None


def remember_second_factor(session: SessionBase, at: dt.datetime) -> None:
    """The session counts as one with both factors from here on, under a new key: one planted before it is worth nothing."""
    session[_PASSED] = at.isoformat()
    session.cycle_key()


def mark_half_signed_in(rows: Iterable[OpenSession], *, has_second_factor: bool) -> None:
    """Give sessions `half`: the password was right, and the code that its owner's factor asks for was never given."""
    for row in rows:
        row.half = has_second_factor and _PASSED not in row.get_decoded()
