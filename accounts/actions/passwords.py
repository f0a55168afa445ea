"""How a password takes the place of another: checked, hashed, the former one remembered as far as the profile asks."""

import datetime as dt
import secrets

from django.conf import settings
from django.contrib.auth.hashers import check_password, is_password_usable
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.actions import refusals
from accounts.models import FormerPassword, User
from accounts.rules.passwords import kinds_in
from common.errors import Refusal

# Without characters that are read as another one over the phone or on paper.
_READABLE = "abcdefghjkmnpqrstuvwxyz23456789"


def readable_password() -> str:
    """A proposal for a temporary password: 16 random characters (79 bits) in groups of four, with a digit among them."""
    while True:
        text = "-".join("".join(secrets.choice(_READABLE) for _place in range(4)) for _group in range(4))
        if kinds_in(text) == 3:
            return text


class PasswordUsed(Refusal):
    code = "password-used"
    field = "password"
    message = _("You had this password before. Choose another.")


def set_checked_password(user: User, password: str, *, at: dt.datetime) -> None:
    """Set it on the (unsaved) user. Raises PasswordWeak."""
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise refusals.PasswordWeak(format_lazy("{}", " ".join(error.messages))) from error
    user.set_password(password)
    user.password_set_at = at


def require_unused(user: User, password: str) -> None:
    """Not one of the last that this person had. Raises PasswordUsed.

    Asked of people who change their own only: an administrator could try out guesses with it.
    """
    for former in _kept(user).values_list("password", flat=True):
        if check_password(password, former):
            raise PasswordUsed


def remember_former(user: User, former: str, *, at: dt.datetime) -> None:
    """Keep the hash that another password has replaced, and no more of them than the profile asks for."""
    if not settings.PASSWORD_PROFILE.history or not is_password_usable(former):
        return
    FormerPassword.objects.create(user=user, password=former, ended_at=at)
    FormerPassword.objects.filter(user=user).exclude(pk__in=list(_kept(user).values_list("pk", flat=True))).delete()


def _kept(user: User):
    return FormerPassword.objects.filter(user=user).order_by("-pk")[: settings.PASSWORD_PROFILE.history]
