"""What no free text may hold, for forms and serializers alike."""

from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from common.personal.free_text import personal_numbers

PERSONAL_NUMBER = "personal-number"
# Beyond every field's own length. Django asks all validators of a field, so the one of its length stops nobody from reading on.
require_readable = MaxLengthValidator(10_000)


def without_personal_numbers(value) -> None:
    """Refuse a text with somebody's mobile or identity number in it, without repeating the number."""
    if not isinstance(value, str):
        return
    require_readable(value)
    if personal_numbers(value):
        raise ValidationError(
            _(
                "A phone or identity number of a person stands here, and others read this text. Leave it out: the platform "
                "has these numbers where they are needed."
            ),
            code=PERSONAL_NUMBER,
        )
