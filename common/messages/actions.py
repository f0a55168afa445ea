"""Saying something: the row is written in the caller's transaction; Celery, and for emergencies pulse, are only woken."""

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import structlog
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.actor import Actor
from common.audit import record_change
from common.errors import Refusal
from common.hooks import MESSAGE_KINDS
from common.messages import rules
from common.messages.choices import PERSONAL, Channel, DeliveryState
from common.messages.kinds import MessageKind, kind_of
from common.models.messages import PERSON, UNIT, Delivery, Message, MessagePreference, WebhookEndpoint
from common.personal.kinds import without_numbers
from common.wake import wake_on_commit

log = structlog.get_logger(__name__)
LONGEST_VALUE = 300
_KEY = re.compile(r"[\x21-\x7e]{1,160}")
_LINK = re.compile(r"/(?![/\\])[\x21-\x7e]{0,198}")  # browsers read // and /\ as another host


@dataclass(frozen=True, slots=True)
class Recipient:
    """Whom a message is for: a kind that somebody answers for at common.hooks.ADDRESSES, or a unit with its webhooks."""

    kind: str
    id: str


def person(public_id) -> Recipient:
    """A person, by public id: the inbox, and what they chose beside it."""
    return Recipient(PERSON, str(public_id))


def unit(key: int) -> Recipient:
    """A unit's programs: each of its webhooks that wants messages of that group."""
    return Recipient(UNIT, str(key))


@dataclass(frozen=True, slots=True)
class Saying:
    """One thing to be said to one or many; see `queue_message` for what its parts mean."""

    to: tuple[Recipient, ...]
    kind: str
    key: str
    params: Mapping[str, object] | None = None
    subject: object = None
    link: str = ""
    emergency: bool = False


def queue_message(
    *,
    to: Recipient | Iterable[Recipient],
    kind: str,
    params: Mapping[str, object] | None = None,
    subject=None,
    link: str = "",
    emergency: bool = False,
    key: str,
    by: Actor,
    at: dt.datetime,
) -> int:
    """Say something of a registered kind to one or many, once for each recipient and `key`; returns how many are new.

    `params`: plain values for the words of the kind (no names of people; numbers are masked). `subject`: the row it is
    about. `link`: where on the platform it leads ("/elevators/…"). An emergency takes every channel and waits for
    nothing. At most seven statements, however many recipients. Raises ValueError for what a caller may not say.
    """
    recipients = (to,) if isinstance(to, Recipient) else tuple(to)
    saying = Saying(recipients, kind, key, params, subject, link, emergency)
    return queue_messages([saying], by=by, at=at)


@transaction.atomic
def queue_messages(sayings: Iterable[Saying], *, by: Actor, at: dt.datetime) -> int:
    """Say many things at once, as `queue_message` says one: seven statements at most, however many. Returns how many messages
    are new. Raises ValueError for what a caller may not say; then nothing is said."""
    sayings = list(sayings)
    for saying in sayings:
        if not _KEY.fullmatch(saying.key):
            raise ValueError("a key is 1 to 160 visible ASCII characters")
    endpoints = _endpoints(sayings)
    rows = [row for saying in sayings for row in _rows_of(saying, endpoints, by, at)]
    # in one order for everybody: two callers with the same keys then wait for each other one way round only
    new = write_once(sorted(rows, key=lambda row: (row.recipient_kind, row.recipient_id, row.key)))
    deliveries = [*_to_people(new, at), *_to_units(new, endpoints, at)]
    Delivery.objects.bulk_create(deliveries)
    if any(delivery.attempt_after <= at for delivery in deliveries):
        wake_senders({delivery.channel for delivery in deliveries})
    return len(new)


def _rows_of(saying: Saying, endpoints: Mapping, by: Actor, at: dt.datetime) -> list[Message]:
    """Unsaved messages of one saying; a unit without a webhook that wants it gets none."""
    spoken, subject = _kind(saying.kind), saying.subject
    values = _checked(spoken, saying.params or {}, saying.link)
    return [
        Message(
            key=saying.key,
            recipient_kind=recipient.kind,
            recipient_id=recipient.id,
            kind=saying.kind,
            params=values,
            subject_type=subject._meta.label_lower if subject is not None else "",
            subject_id=str(getattr(subject, "public_id", subject.pk)) if subject is not None else "",
            link=saying.link,
            emergency=saying.emergency,
            in_app=recipient.kind == PERSON,
            actor_kind=by.kind,
            actor_id=by.id,
            created_at=at,
        )
        for recipient in set(saying.to)
        if recipient.kind != UNIT or (recipient.id, spoken.group) in endpoints
    ]


def write_once(rows: Sequence[Message]) -> list[Message]:
    """Insert messages whose key is new to their recipient; those that are. Somebody else's uncommitted one is waited for."""
    if not rows:
        return []
    Message.objects.bulk_create(rows, ignore_conflicts=True)
    return list(Message.objects.filter(public_id__in=[row.public_id for row in rows]).order_by("pk"))


def wake_senders(channels: Iterable[str]) -> None:
    """Once the transaction is there, wake the workers of these channels."""
    from common.tasks import send_messages, send_webhooks  # tasks are the edge above this module

    channels = set(channels)
    if channels & set(PERSONAL):
        wake_on_commit(send_messages)
    if Channel.WEBHOOK in channels:
        wake_on_commit(send_webhooks)


class NotGivenUp(Refusal):
    code = "not-given-up"
    status = 409
    message = _("This message is under way, delivered, or its webhook is disabled. There is nothing to send again.")


@transaction.atomic
def send_again(*, delivery: Delivery, by: Actor, at: dt.datetime) -> Delivery:
    """Somebody who looked has mended what was wrong: try a given-up delivery anew, with all its attempts.

    Its id stays, so a receiver that had got it after all can tell. Raises NotGivenUp.
    """
    delivery = Delivery.objects.select_for_update(of=("self",)).select_related("endpoint").get(pk=delivery.pk)
    disabled = delivery.endpoint is not None and delivery.endpoint.disabled_at is not None
    if delivery.state != DeliveryState.GIVEN_UP or disabled:
        raise NotGivenUp
    delivery.state, delivery.attempts, delivery.attempt_after = DeliveryState.QUEUED, 0, at
    delivery.ended_at, delivery.fence = None, delivery.fence + 1
    delivery.save(update_fields=["state", "attempts", "attempt_after", "ended_at", "fence"])
    changes = {"state": [DeliveryState.GIVEN_UP, DeliveryState.QUEUED]}
    record_change(action="common.send_again", subject=delivery, by=by, changes=changes)
    wake_senders({delivery.channel})
    return delivery


def offered_channels() -> list[str]:
    """What a person may choose beside the inbox, as the operator has set it up."""
    return [channel for channel in PERSONAL if channel in settings.MESSAGE_CHANNELS]


def preferences_of(ids: Iterable[str]) -> dict[str, rules.Preferences]:
    """{person: what they chose} of those who chose; one query."""
    return {row.person_id: row.chosen for row in MessagePreference.objects.filter(person_id__in=list(ids))}


def _kind(key: str) -> MessageKind:
    if key not in MESSAGE_KINDS:
        raise ValueError(f"no app has registered messages of kind {key}")
    return kind_of(key)


def _checked(kind: MessageKind, params: Mapping[str, object], link: str) -> dict:
    """The parameters as the row keeps them. Raises ValueError for a missing one and for what is no plain value."""
    if missing := kind.names - set(params):
        raise ValueError(f"the words need {', '.join(sorted(missing))}")
    if link and not _LINK.fullmatch(link):
        raise ValueError("a link is an address of the platform, from its first slash")
    return {name: _plain(value) for name, value in params.items()}


def _plain(value):
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str | dt.date | dt.datetime):
        text = str(value).replace("\0", "")[:LONGEST_VALUE]
        if (shown := without_numbers(text)) != text:
            log.error("a message would have held a personal number")
        return shown
    raise ValueError(f"a message holds plain values, no {type(value).__name__}")


def _endpoints(sayings: list[Saying]) -> dict[tuple[str, str], list[WebhookEndpoint]]:
    """{(unit, group): its webhooks that want this group}; no query when no unit is meant."""
    units = {int(to.id) for saying in sayings for to in saying.to if to.kind == UNIT}
    found: dict[tuple[str, str], list[WebhookEndpoint]] = {}
    if units:
        rows = WebhookEndpoint.objects.filter(unit_id__in=sorted(units), disabled_at__isnull=True)
        for row in rows.only("pk", "unit_id", "groups").order_by("pk"):
            for group in row.groups:
                found.setdefault((str(row.unit_id), group), []).append(row)
    return found


def _to_people(messages: list[Message], at: dt.datetime) -> list[Delivery]:
    mine = [message for message in messages if message.recipient_kind != UNIT]
    chosen = (
        preferences_of({message.recipient_id for message in mine if message.recipient_kind == PERSON}) if mine else {}
    )
    usual, offered = rules.Preferences(), offered_channels()
    found = []
    for message in mine:
        group = _kind(message.kind).group
        without_inbox = rules.Preferences({group: offered})
        wants = chosen.get(message.recipient_id, usual) if message.recipient_kind == PERSON else without_inbox
        plan = rules.plan(at, wants, emergency=message.emergency)
        for channel in rules.channels_for(group, wants, emergency=message.emergency, offered=offered):
            found.append(delivery_of(message, channel, plan.due_at, at=at, digest=plan.digest))
    return found


def _to_units(messages: list[Message], endpoints: Mapping, at) -> list[Delivery]:
    return [
        delivery_of(message, Channel.WEBHOOK, at, at=at, endpoint=endpoint)
        for message in messages
        if message.recipient_kind == UNIT
        for endpoint in endpoints[message.recipient_id, _kind(message.kind).group]
    ]


def delivery_of(message: Message, channel: str, due_at, *, at, digest: bool = False, endpoint=None) -> Delivery:
    """An unsaved way out of a saved message."""
    return Delivery(
        message=message,
        channel=channel,
        endpoint=endpoint,
        state=DeliveryState.DIGEST if digest else DeliveryState.QUEUED,
        emergency=message.emergency,
        due_at=due_at,
        attempt_after=due_at,
        created_at=at,
    )
