"""What common asks about whoever gets messages (common.hooks): where people are reached, what units are called."""

from accounts.models import PersonalDetails, Unit
from accounts.queries.people import is_uuid
from common.hooks import UnitName
from common.messages.choices import Channel


def addresses_of_people(ids, channel, at) -> dict:
    """{public id: sealed phone} of those who can sign in and have one; one query (registered at common.addresses).

    Nobody has an e-mail address on record yet.
    """
    wanted = [id for id in ids if is_uuid(id)]
    if channel != Channel.SMS or not wanted:
        return {}
    rows = PersonalDetails.objects.filter(
        user__public_id__in=wanted, user__is_active=True, phone__isnull=False
    ).select_related("user")
    return {str(row.user.public_id): row.phone for row in rows}


def unit_names(keys) -> dict:
    """{key: name, and whether the unit is there} (registered at common.unit_names)."""
    rows = Unit.objects.filter(pk__in=list(keys)).values_list("pk", "name", "public_id", "closed_on")
    return {key: UnitName(name, str(public_id), closed_on is None) for key, name, public_id, closed_on in rows}
