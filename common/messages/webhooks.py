"""Where units' programs want to be told: entered, changed, given another secret, tried out, disabled."""

import datetime as dt
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from common.actor import Actor
from common.audit import difference, record_change
from common.errors import Changed, Refusal
from common.hooks import UNIT_NAMES, UnitName
from common.ids import new_public_id
from common.masking import MASK
from common.messages import addresses
from common.messages.actions import delivery_of, wake_senders, write_once
from common.messages.choices import Channel, DeliveryState, Group, Reason
from common.messages.kinds import TEST
from common.messages.signatures import FORMER_KEPT
from common.models.messages import UNIT, Delivery, Message, WebhookEndpoint

TESTS_EACH_MINUTE = 3


class AddressUnfit(Refusal):
    code = "webhook-address"
    field = "url"
    message = _("Enter the whole address of a server that the internet can reach, without user name or password.")


class AddressNotSecure(AddressUnfit):
    message = _("The address must begin with https://, or anybody on the way could read the messages.")


class EndpointTwice(Refusal):
    code = "webhook-twice"
    status = 409
    field = "url"
    message = _("The unit has a webhook with this address already. Change that one, or disable it first.")


class EndpointDisabled(Refusal):
    code = "webhook-disabled"
    status = 409
    message = _("This webhook is disabled for good. Enter another.")


class UnitIsClosed(Refusal):
    code = "unit-closed"
    status = 409
    field = "unit"
    message = _("This unit is closed.")


class TriedTooOften(Refusal):
    code = "webhook-tried"
    status = 429
    message = _("It was tried several times within a minute. Wait a little, then try again.")


@dataclass(frozen=True, slots=True)
class Shown:
    """A secret in the clear, for the one answer that shows it; printed anywhere else it is a mask."""

    endpoint: WebhookEndpoint
    text: str

    def __repr__(self):
        return MASK


def unit_names(keys: Iterable[int]) -> dict[int, UnitName]:
    """{key: name} of units, as far as somebody knows them; one query."""
    wanted, found = sorted(set(keys)), {}
    for registration in UNIT_NAMES if wanted else ():
        found |= registration.answer(wanted)
    return found


@transaction.atomic
def create_endpoint(*, unit_id: int, name: str, url: str, groups: Iterable[str], by: Actor, at: dt.datetime) -> Shown:
    """Enter a webhook of a unit; its secret is shown this once. Raises AddressUnfit, EndpointTwice, UnitIsClosed."""
    if not unit_names([unit_id]).get(unit_id, UnitName("", present=False)).present:
        raise UnitIsClosed
    text = _new_secret()
    endpoint = WebhookEndpoint(
        unit_id=unit_id,
        name=" ".join(name.split()),
        url=_checked(url),
        groups=_in_order(groups),
        secret=text,
        created_at=at,
    )
    _save_once(endpoint)
    said = {"unit_id": unit_id, "name": endpoint.name, "url": endpoint.url, "groups": endpoint.groups}
    record_change(
        action="common.create_webhook", subject=endpoint, by=by, changes={k: [None, v] for k, v in said.items()}
    )
    return Shown(endpoint, text)


@transaction.atomic
def change_endpoint(
    *, endpoint: WebhookEndpoint, name: str, url: str, groups: Iterable[str], version: int | None, by: Actor
) -> WebhookEndpoint:
    """Change name, address and groups. What is queued goes to the new address.

    Raises Changed, EndpointDisabled, AddressUnfit, EndpointTwice.
    """
    endpoint = _lock(endpoint)
    if version is not None and endpoint.version != version:
        raise Changed
    values = {"name": " ".join(name.split()), "url": _checked(url), "groups": _in_order(groups)}
    if changes := difference(endpoint, values):
        for field, value in values.items():
            setattr(endpoint, field, value)
        endpoint.version += 1
        _save_once(endpoint, [*values, "version"])
        record_change(action="common.change_webhook", subject=endpoint, by=by, changes=changes)
    return endpoint


@transaction.atomic
def rotate_secret(*, endpoint: WebhookEndpoint, by: Actor, at: dt.datetime) -> Shown:
    """Another secret, shown this once; the former one signs beside it for a day. Raises EndpointDisabled."""
    endpoint, text = _lock(endpoint), _new_secret()
    endpoint.former_secret, endpoint.former_until = endpoint.secret, at + FORMER_KEPT
    endpoint.secret = text
    endpoint.secret_number += 1
    endpoint.version += 1
    endpoint.save(update_fields=["secret", "secret_number", "former_secret", "former_until", "version"])
    changes = {"secret_number": [endpoint.secret_number - 1, endpoint.secret_number]}
    record_change(action="common.rotate_webhook", subject=endpoint, by=by, changes=changes)
    return Shown(endpoint, text)


@transaction.atomic
def disable_endpoint(*, endpoint: WebhookEndpoint, by: Actor, at: dt.datetime) -> WebhookEndpoint:
    """Tell it nothing more, what waits included. Again changes nothing."""
    endpoint = WebhookEndpoint.objects.select_for_update().get(pk=endpoint.pk)
    if endpoint.disabled_at is None:
        endpoint.disabled_at = at
        endpoint.version += 1
        endpoint.save(update_fields=["disabled_at", "version"])
        Delivery.objects.filter(endpoint=endpoint, state=DeliveryState.QUEUED).update(
            state=DeliveryState.GIVEN_UP, reason=Reason.DISABLED, ended_at=at
        )
        record_change(action="common.disable_webhook", subject=endpoint, by=by, changes={"disabled_at": [None, at]})
    return endpoint


@transaction.atomic
def try_endpoint(*, endpoint: WebhookEndpoint, by: Actor, at: dt.datetime) -> Delivery:
    """Queue a message that says nothing, to this webhook alone. Raises EndpointDisabled, TriedTooOften."""
    endpoint = _lock(endpoint)
    lately = Delivery.objects.filter(endpoint=endpoint, message__kind=TEST, created_at__gt=at - dt.timedelta(minutes=1))
    if lately.count() >= TESTS_EACH_MINUTE:
        raise TriedTooOften
    (message,) = write_once(
        [
            Message(
                key=f"test:{new_public_id()}",
                recipient_kind=UNIT,
                recipient_id=str(endpoint.unit_id),
                kind=TEST,
                params={"name": endpoint.name},
                in_app=False,
                actor_kind=by.kind,
                actor_id=by.id,
                created_at=at,
            )
        ]
    )
    delivery = delivery_of(message, Channel.WEBHOOK, at, at=at, endpoint=endpoint)
    delivery.save()
    changes = {"delivery": [None, str(delivery.public_id)]}
    record_change(action="common.test_webhook", subject=endpoint, by=by, changes=changes)
    wake_senders({Channel.WEBHOOK})
    return delivery


def _new_secret() -> str:
    return f"whs_{secrets.token_urlsafe(32)}"


def _checked(url: str) -> str:
    try:
        return addresses.checked_url(
            url.strip(), https_only=settings.WEBHOOK_HTTPS_ONLY, allowed=settings.WEBHOOK_ALLOWED_NETWORKS
        )
    except addresses.UnfitAddress as unfit:
        raise (AddressNotSecure if unfit.reason == "scheme" else AddressUnfit) from unfit


def _in_order(groups: Iterable[str]) -> list[str]:
    wanted = set(groups)
    return [group for group in Group.values if group in wanted]


def _save_once(endpoint: WebhookEndpoint, fields: list[str] | None = None) -> None:
    try:
        with transaction.atomic():
            endpoint.save(update_fields=fields)
    except IntegrityError as error:
        if "webhook_once" in str(error):
            raise EndpointTwice from None
        raise


def _lock(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    endpoint = WebhookEndpoint.objects.select_for_update().get(pk=endpoint.pk)
    if endpoint.disabled_at is not None:
        raise EndpointDisabled
    return endpoint
