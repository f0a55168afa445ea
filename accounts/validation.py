"""Django's password validators of this app: also what `manage.py changepassword` asks."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import SecondFactor
from accounts.rules import passwords


class ProfileValidator:
    """Length and kinds of characters as settings.PASSWORD_PROFILE asks."""

    def validate(self, password, user=None):
        profile, factor = settings.PASSWORD_PROFILE, _has_factor(user)
        sentences = {"length": _length(profile, factor), "kinds": _kinds(profile)}
        found = passwords.faults(password, profile, second_factor=factor)
        if found:
            raise ValidationError([ValidationError(sentences[fault], code=f"password-{fault}") for fault in found])

    def get_help_text(self):
        return password_help()


def password_help(user=None) -> str:
    """What a new password of this person must be, in a sentence or two."""
    profile = settings.PASSWORD_PROFILE
    sentences = [_length(profile, _has_factor(user))]
    if profile.kinds > 1:
        sentences.append(_kinds(profile))
    return " ".join([*sentences, _("Several words that only you put together are good.")])


def _has_factor(user) -> bool:
    if user is None or user.pk is None:
        return False
    return SecondFactor.objects.filter(user_id=user.pk, confirmed_at__isnull=False).exists()


def _length(profile, factor: bool) -> str:
    least = passwords.least_length(profile, second_factor=factor)
    return ngettext("At least %(n)s character.", "At least %(n)s characters.", least) % {"n": least}


def _kinds(profile) -> str:
    return _("Use at least %(n)s of these: lower case, upper case, digits, other characters.") % {"n": profile.kinds}
