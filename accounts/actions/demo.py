"""The demonstration's people have real second factors; a command shows what their phones would show."""

import datetime as dt

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actions.second_factor import begin_second_factor, confirm_second_factor
from accounts.models import SecondFactor, User
from accounts.rules import second_factor as rules
from common.actor import Actor
from common.errors import Refusal


class NoDemonstration(Refusal):
    code = "no-demonstration"
    message = _("This is no demonstration: codes of people are shown by their own phones only.")


@transaction.atomic
def give_demo_factor(*, user: User, password: str, by: Actor, at: dt.datetime) -> None:
    """An authenticator app, set up as a person would. Raises NoDemonstration, and whatever setting one up raises."""
    _require_demonstration(user)
    # some steps ago, so that the code of this half minute is still good for signing in
    before = at - dt.timedelta(minutes=2)
    factor = begin_second_factor(user_id=user.pk, password=password, by=by, at=before)
    code = rules.code_at(factor.secret.reveal(), before)
    confirm_second_factor(user_id=user.pk, code=code, by=by, at=before)


def demo_codes(*, at: dt.datetime) -> list[tuple[User, str]]:
    """(person, present code) of everybody invented who has a second factor. Raises NoDemonstration."""
    _require_demonstration()
    factors = SecondFactor.objects.filter(user__synthetic=True, confirmed_at__isnull=False)
    rows = factors.select_related("user").order_by("user_id")
    return [(factor.user, rules.code_at(factor.secret.reveal(), at)) for factor in rows]


def _require_demonstration(user: User | None = None) -> None:
    if not (settings.DEMO_CODES and settings.SYNTHETIC_DATA_BANNER) or (user is not None and not user.synthetic):
        raise NoDemonstration
