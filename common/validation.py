"""What no free text may hold, for forms and serializers alike."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from common.personal.free_text import personal_numbers

PERSONAL_NUMBER = "personal-number"


def without_personal_numbers(value) -> None:
    """Refuse a text with somebody's mobile or identity number in it, without repeating the number."""
    if isinstance(value, str) and personal_numbers(value):
        raise ValidationError(
            _(
                "A phone or identity number of a person stands here, and others read this text. Leave it out: the platform "
                "has these numbers where they are needed."
            ),
            code=PERSONAL_NUMBER,
        )
