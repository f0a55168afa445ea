"""Taking what is due and sending it: claimed in sets under a lease, sent outside of any transaction, noted one by one.

At least once: whoever dies between the sending and the note leaves a row that is sent again when the lease ends. The
receiver tells the repetition by its id (Webhook-Id, the gateway's id, Message-ID); a person may get a text message twice.
"""

import datetime as dt
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F

from common import clock
from common.hooks import ADDRESSES
from common.messages import rules, senders
from common.messages.actions import preferences_of
from common.messages.choices import PERSONAL, Channel, DeliveryState, Reason
from common.messages.outbound import WHOLE_SECONDS
from common.messages.senders import SendFailed, Sent
from common.messages.texts import text_to_send
from common.models.messages import Delivery
from common.personal.fields import Sealed
from common.personal.keys import CannotBeRead

log = structlog.get_logger(__name__)
# A set is small enough to be done within its lease; what is not started when the lease nears its end is left alone.
LEASE = dt.timedelta(minutes=3)
MARGIN = dt.timedelta(seconds=3 * WHOLE_SECONDS)
AT_ONCE = 10
# Providers tell for three days what became of a message.
REPORTS_FOR = dt.timedelta(days=3)


class Lane(StrEnum):
    """What is sent side by side, so that a slow receiver of one kind holds up no other."""

    URGENT = "urgent"
    PEOPLE = "people"
    WEBHOOKS = "webhooks"


def _due(lane: Lane, at: dt.datetime):
    rows = Delivery.objects.due(at)
    if lane == Lane.URGENT:
        return rows.filter(emergency=True)
    return rows.filter(channel__in=PERSONAL if lane == Lane.PEOPLE else [Channel.WEBHOOK])


@transaction.atomic
def claim(lane: Lane, *, at: dt.datetime, limit: int = AT_ONCE) -> list[Delivery]:
    """Take up to `limit` due deliveries that nobody else holds, each counted as one more attempt.

    A row over which a worker died at its last attempt is given up here: it would kill the next one as well.
    """
    rows = list(_due(lane, at).order_by("attempt_after").select_for_update(skip_locked=True, of=("self",))[:limit])
    worn_out = [row.pk for row in rows if row.attempts >= settings.MESSAGE_MOST_ATTEMPTS]
    if worn_out:
        Delivery.objects.filter(pk__in=worn_out).update(
            state=DeliveryState.GIVEN_UP, reason=Reason.WORKER_DIED, ended_at=at
        )
    taken = [row.pk for row in rows if row.pk not in worn_out]
    if not taken:
        return []
    Delivery.objects.filter(pk__in=taken).update(
        attempt_after=at + LEASE, attempts=F("attempts") + 1, fence=F("fence") + 1, tried_at=at
    )
    return list(
        Delivery.objects.select_related("message", "endpoint")
        .filter(pk__in=taken)
        .order_by("-emergency", "due_at", "pk")
    )


@dataclass(frozen=True, slots=True)
class Tick:
    """What one look into the queue did."""

    sent: int = 0
    failed: int = 0
    postponed: int = 0

    @property
    def taken(self) -> int:
        return self.sent + self.failed + self.postponed


def send_due(lane: Lane, *, at: dt.datetime | None = None, limit: int = AT_ONCE) -> Tick:
    """Claim a set and send it. Every delivery is noted as soon as it is sent; no transaction is open meanwhile."""
    began, at = time.monotonic(), at or clock.now()
    claimed = claim(lane, at=at, limit=limit)
    awake = _but_for_the_sleeping(claimed, at)
    sent = failed = 0
    for delivery, address in _with_addresses(awake, at):
        now = at + dt.timedelta(seconds=time.monotonic() - began)
        if now > at + LEASE - MARGIN:
            break  # somebody else may take the rest in a moment
        if _send_one(delivery, address, now):
            sent += 1
        else:
            failed += 1
    return Tick(sent, failed, len(claimed) - len(awake))


def send_all_due(lane: Lane, *, seconds: float = 50) -> int:
    """Set after set until nothing is due, or the time is over and the next sweep goes on; returns how many were sent."""
    end, sent = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        tick = send_due(lane)
        sent += tick.sent
        if not tick.taken:
            break
    return sent


def _but_for_the_sleeping(claimed: list[Delivery], at: dt.datetime) -> list[Delivery]:
    """Leave to the morning what comes late into somebody's quiet hours: after a downtime, or at another attempt."""
    mine = [row for row in claimed if row.channel in PERSONAL and not row.emergency]
    chosen = preferences_of({row.message.recipient_id for row in mine}) if mine else {}
    asleep = set()
    for row in mine:
        until = rules.after_quiet(at, chosen.get(row.message.recipient_id, rules.Preferences()))
        if until > at:
            asleep.add(row.pk)
            _note(row, attempt_after=until, attempts=row.attempts - 1)
    return [row for row in claimed if row.pk not in asleep]


# --- one delivery -----------------------------------------------------------------------------------------------------


def _with_addresses(claimed: list[Delivery], at: dt.datetime) -> Iterator[tuple[Delivery, object]]:
    """Each delivery with its recipient's address, read now; one question for each kind of recipient and channel."""
    wanted: dict[tuple[str, str], set[str]] = {}
    for row in claimed:
        if row.channel != Channel.WEBHOOK:
            wanted.setdefault((row.message.recipient_kind, row.channel), set()).add(row.message.recipient_id)
    found = {
        (kind, channel): ADDRESSES[kind](sorted(ids), channel, at) if kind in ADDRESSES else {}
        for (kind, channel), ids in wanted.items()
    }
    for row in claimed:
        yield row, found.get((row.message.recipient_kind, row.channel), {}).get(row.message.recipient_id)


def _send_one(delivery: Delivery, address, at: dt.datetime) -> bool:
    """Send and note what came of it; whatever goes wrong costs this one delivery an attempt."""
    try:
        sent = _send(delivery, address, at)
    except SendFailed as failed:
        _note_failure(delivery, failed, address, at)
        return False
    except Exception as error:
        # by its type: the message may quote a number or a secret
        log.error("delivery broke", delivery=str(delivery.public_id), error=type(error).__name__)
        _note_failure(delivery, SendFailed(Reason.BROKEN), address, at)
        return False
    _note(
        delivery,
        state=DeliveryState.DELIVERED if sent.delivered else DeliveryState.ACCEPTED,
        reference=sent.reference,
        status_code=sent.status_code,
        reason="",
        address=mask_of(address),
        ended_at=at,
    )
    return True


def _send(delivery: Delivery, address, at: dt.datetime) -> Sent:
    message, id = delivery.message, str(delivery.public_id)
    if delivery.channel == Channel.WEBHOOK:
        endpoint = delivery.endpoint
        if endpoint.disabled_at is not None:
            raise SendFailed(Reason.DISABLED, for_good=True)
        return senders.send_webhook(
            url=endpoint.url,
            secrets=secrets_of(endpoint, at),
            body=body_of(message, id),
            id=id,
            timestamp=int(at.timestamp()),
        )
    if address is None:
        raise SendFailed(Reason.NO_ADDRESS, for_good=True)
    try:
        # the one place where a message meets the number; the delivery's row is the record of it
        to = address.reveal() if isinstance(address, Sealed) else str(address)
    except CannotBeRead:
        raise SendFailed(Reason.BROKEN) from None
    text = text_to_send(message)
    if delivery.channel == Channel.SMS:
        return senders.send_sms(to=to, mask=mask_of(address), text=text, id=id)
    return senders.send_email(to=to, text=text, link=address_of(message), id=id)


def secrets_of(endpoint, at: dt.datetime) -> list[tuple[int, str]]:
    """(number, secret) that sign now: the present one, and the former one while it is being exchanged."""
    found = [(endpoint.secret_number, endpoint.secret.reveal())]
    if endpoint.former_secret is not None and endpoint.former_until > at:
        found.append((endpoint.secret_number - 1, endpoint.former_secret.reveal()))
    return found


def body_of(message, id: str) -> dict:
    """What a webhook carries (docs/api.md)."""
    text = text_to_send(message)
    return {
        "id": id,
        "kind": message.kind,
        "emergency": message.emergency,
        "occurred_at": message.created_at.astimezone(dt.UTC).isoformat(timespec="seconds"),
        "subject": {"type": message.subject_type, "id": message.subject_id} if message.subject_type else None,
        "params": message.params,
        "title": text.title,
        "text": text.body,
        "link": address_of(message),
    }


def address_of(message) -> str:
    """Where the message leads, as a whole address; "" for nowhere."""
    return f"https://{settings.PLATE_HOST}{message.link}" if message.link else ""


def mask_of(address) -> str:
    """As much of an address as the log may show."""
    if isinstance(address, Sealed):
        return address.masked
    name, _at, host = str(address or "").rpartition("@")
    return f"{name[:1]}***@{host}"[:40] if name else ""


# --- what came of it --------------------------------------------------------------------------------------------------


def _note_failure(delivery: Delivery, failed: SendFailed, address, at: dt.datetime) -> None:
    outcome = {"reason": failed.reason, "status_code": failed.status_code, "address": mask_of(address)}
    if failed.for_good or delivery.attempts >= settings.MESSAGE_MOST_ATTEMPTS:
        log.warning("message given up", delivery=str(delivery.public_id), reason=str(failed.reason))
        _note(delivery, state=DeliveryState.GIVEN_UP, ended_at=at, **outcome)
        return
    # jitter spreads out what failed together; nothing to do with secrets
    wait = rules.wait_after(delivery.attempts, emergency=delivery.emergency, jitter=random.random())
    _note(delivery, attempt_after=at + wait, **outcome)


def _note(delivery: Delivery, **values) -> None:
    """Write the outcome, unless somebody else has taken the delivery since (our lease was over)."""
    Delivery.objects.filter(pk=delivery.pk, fence=delivery.fence, state=DeliveryState.QUEUED).update(**values)


def fetch_reports(*, at: dt.datetime, limit: int = 100) -> int:
    """Ask the gateway what became of text messages that it took over; returns how many are known now.

    One question an hour for each message, for three days, so that a gateway that never says costs little.
    """
    rows = list(
        Delivery.objects.filter(
            state=DeliveryState.ACCEPTED, channel=Channel.SMS, ended_at__gt=at - REPORTS_FOR, attempt_after__lte=at
        )
        .exclude(reference="")
        .order_by("attempt_after")[:limit]
    )
    if not rows:
        return 0
    try:
        reports = senders.sms().reports([row.reference for row in rows])
    except SendFailed as failed:
        log.warning("no reports from the gateway", reason=str(failed.reason))
        return 0
    known = 0
    for row in rows:
        report = reports.get(row.reference)
        if report is None or report.delivered is None:
            Delivery.objects.filter(pk=row.pk).update(attempt_after=at + dt.timedelta(hours=1))
            continue
        known += Delivery.objects.filter(pk=row.pk, state=DeliveryState.ACCEPTED).update(
            state=DeliveryState.DELIVERED if report.delivered else DeliveryState.GIVEN_UP,
            reason="" if report.delivered else Reason.UNDELIVERED,
        )
    return known
