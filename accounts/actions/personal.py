"""Phones and identity numbers of people: written sealed, revealed for a purpose that stays on record."""

import datetime as dt
from dataclasses import dataclass

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from accounts.actions import refusals
from accounts.actions.people import lock_user
from accounts.choices import RevealPurpose
from accounts.models import PersonalDetails, User
from common.actor import Actor
from common.audit import MASK, record_change
from common.errors import Changed, Refusal
from common.personal import CannotBeRead, Malformed, Sealed


class PhoneUnfit(Refusal):
    code = "phone-unfit"
    field = "phone"
    message = _("This is no telephone number. Numbers abroad begin with + and the country's code.")


class IdNumberUnfit(Refusal):
    code = "id-number-unfit"
    field = "id_number"
    message = _("This is no identity number of 18 characters, or one of them is wrong: the last one checks the others.")


class IdNumberTaken(Refusal):
    code = "id-number-taken"
    status = 409
    field = "id_number"
    message = _("A person with this identity number is on the platform already. Ask the system administrator.")


class Unreadable(Refusal):
    code = "personal-data-unreadable"
    message = _("This cannot be read with the keys that the platform has. Tell those who operate it.")


_UNFIT = {"phone": PhoneUnfit, "id_number": IdNumberUnfit}


@dataclass(frozen=True, slots=True)
class Revealed:
    """What an action hands to the one page that shows it; printed anywhere else it is a mask."""

    phone: str
    id_number: str

    def __repr__(self):
        return MASK


@transaction.atomic
def set_personal_details(
    *, user_id: int, values: dict[str, str | None], by: Actor, at: dt.datetime, version: int = 0
) -> PersonalDetails:
    """Write `phone` and `id_number` as far as `values` names them (None takes one away); the same again changes nothing.

    `version` is that of the details that the caller read, 0 for none. Raises PhoneUnfit, IdNumberUnfit, IdNumberTaken,
    Inactive, Changed.
    """
    user = lock_user(user_id)
    if not user.is_active:
        raise refusals.Inactive
    kept = PersonalDetails.objects.select_for_update().filter(user=user).first()
    details = kept or PersonalDetails(user=user, version=0)
    if changed := [name for name, value in values.items() if _differs(details, name, value)]:
        if details.version != version:
            raise Changed
        for name in changed:
            setattr(details, name, values[name])
        details.version += 1
        details.changed_at = at
        try:
            with transaction.atomic():
                details.save(force_insert=kept is None, force_update=kept is not None)
        except IntegrityError as error:
            raise IdNumberTaken from error
        record_change(
            action="accounts.set_personal_details",
            subject=user,
            by=by,
            changes={"personal": [None, changed]},
        )
    return details


def _differs(details: PersonalDetails, name: str, value: str | None) -> bool:
    """Raises the field's refusal for a text that is no such value."""
    present: Sealed | None = getattr(details, name)
    if value is None:
        return present is not None
    try:
        wanted = PersonalDetails._meta.get_field(name).kind.normalise(value)
    except Malformed:
        raise _UNFIT[name] from None  # the text that was typed stays out of tracebacks
    try:
        return present is None or present.reveal() != wanted
    except CannotBeRead:
        return True


@transaction.atomic
def reveal_personal_details(*, user_id: int, purpose: str, by: Actor, at: dt.datetime) -> Revealed:
    """Phone and identity number in the clear, "" where there is none, with an audit row that says who looked and why.

    Each call is a look and writes a row. Raises ValueError for an unknown purpose, Unreadable.
    """
    purpose = RevealPurpose(purpose)
    user = User.objects.get(pk=user_id)
    details = PersonalDetails.objects.filter(user=user).first() or PersonalDetails(user=user)
    record_change(
        action="accounts.reveal_personal_details", subject=user, by=by, changes={"purpose": [None, purpose.value]}
    )
    try:
        return Revealed(*(value.reveal() if value else "" for value in (details.phone, details.id_number)))
    except CannotBeRead:
        raise Unreadable from None
