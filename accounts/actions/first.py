"""The first three people of an empty platform: without them nobody could enter anybody."""

import datetime as dt
from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

from accounts.actions.holdings import grant_area
from accounts.actions.passwords import readable_password
from accounts.actions.people import create_user
from accounts.models import AreaGrant
from accounts.roles import APART
from common.actor import Actor
from common.errors import Refusal
from common.locks import one_at_a_time


class NotTheFirst(Refusal):
    code = "not-the-first"
    status = 409
    message = _("This platform has administrators already; people come in through its pages.")


def enter_first_administrators(names: Mapping[str, str], *, by: Actor, at: dt.datetime) -> dict[str, str]:
    """Enter one person for each administrator's role ({role: sign-in name}); returns {role: temporary password}.

    All three or none, and only while nobody has ever held such a role. Raises NotTheFirst, NameTaken, NameUnfit.
    """
    if set(names) != APART:
        raise ValueError(f"one name for each of {sorted(APART)}")
    passwords = {}
    with one_at_a_time("accounts.first-administrators", patience="10s"):
        if AreaGrant.objects.filter(role__in=APART).exists():
            raise NotTheFirst
        for role, username in names.items():
            passwords[role] = readable_password()
            user = create_user(
                username=username, display_name=username, temporary_password=passwords[role], by=by, at=at
            )
            grant_area(user_id=user.pk, role=role, area=None, reference="first_administrators", by=by, at=at)
    return passwords
