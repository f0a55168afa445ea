"""Complaints on their way to platforms outside: the row is the queue, sent and asked about outside of any transaction.

At least once, as messages are (decision 0022): whoever dies between the answer and the note leaves a row that is sent again.
"""

import datetime as dt
import random
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from accounts.models import Area
from common.actor import Actor
from common.audit import difference, record_change
from common.errors import Refusal
from common.messages import addresses
from common.messages.choices import Reason
from common.messages.outbound import WHOLE_SECONDS
from common.messages.rules import wait_after
from common.messages.senders import SendFailed
from common.personal.keys import CannotBeRead
from common.personal.kinds import Malformed
from compliance.actions import geo_report
from compliance.actions.complaints import (
    ComplaintStepRefused,
    NobodySuch,
    begin_step,
    finish_step,
    lock_complaint,
    term,
    transfer_complaint,
)
from compliance.choices import Answerer, ComplaintState, ForwardingState
from compliance.models import Complaint, Forwarding, OutsidePlatform
from compliance.queries.complaints import answering_unit, platforms_for

log = structlog.get_logger(__name__)
SWEEP = "compliance.forwarding"
LEASE = dt.timedelta(minutes=3)
AT_ONCE = 5  # each may take ten seconds twice; a set is done within its lease
ASKED_EACH = dt.timedelta(hours=1)
ASKED_FOR = dt.timedelta(days=400)


class PlatformUnfit(Refusal):
    code = "platform-unfit"
    field = "platform"
    status = 409
    message = _("This platform takes no complaints of this sort or place. Choose another, or pass it on by hand.")


class AddressUnfit(Refusal):
    code = "platform-address"
    field = "endpoint"
    message = _("Enter the whole address of a server that the internet can reach, without user name or password.")


class KeyUnfit(Refusal):
    code = "platform-key"
    field = "api_key"
    message = _("A key has 1 to 200 letters, digits and signs, without blanks.")


class KeyNeeded(Refusal):
    code = "platform-key-needed"
    field = "api_key"
    message = _("At another server the key has to be entered anew: the present one was given for the server before.")


class NotGivenUp(Refusal):
    code = "forwarding-not-given-up"
    status = 409
    message = _("It is on its way, or taken over. There is nothing to send again.")


class TakenBack(Refusal):
    code = "forwarding-taken-back"
    status = 409
    message = _("The complaint was taken back and is answered here. Pass it on anew if it has to go outside after all.")


# --- platforms --------------------------------------------------------------------------------------------------------


@transaction.atomic
def keep_platform(
    *,
    name: str,
    endpoint: str,
    jurisdiction: str,
    services: Mapping[str, str],
    api_key: str | None,
    city: Area | None,
    by: Actor,
    at: dt.datetime,
) -> OutsidePlatform:
    """Enter a platform, or change the one of this name (and put it in force again). `api_key` None: as it was, at the same
    server: who may change an address, but read no key, would have it sent to a server of theirs.

    Raises AddressUnfit, KeyUnfit, KeyNeeded.
    """
    name = " ".join(name.split())
    row = OutsidePlatform.objects.select_for_update().filter(name=name).first()
    row = row or OutsidePlatform(name=name, created_at=at)
    values = {
        "endpoint": _checked(endpoint.rstrip("/")),
        "jurisdiction": jurisdiction,
        "services": dict(services),
        "city": city,
        "disabled_at": None,
    }
    if api_key is None and row.api_key is not None and _server(row.endpoint) != _server(values["endpoint"]):
        raise KeyNeeded
    changes = difference(row, values)
    for field, value in values.items():
        setattr(row, field, value)
    if api_key is not None:
        try:
            row.api_key = api_key or None
        except Malformed as error:
            raise KeyUnfit from error
        changes["api_key"] = [None, None]
    row.save()
    record_change(action="compliance.enter_platform", subject=row, by=by, changes=changes)
    return row


@transaction.atomic
def disable_platform(*, platform: OutsidePlatform, by: Actor, at: dt.datetime) -> OutsidePlatform:
    """Send nothing more there, what waits included; what was taken over is asked about no more. Again changes nothing."""
    platform = OutsidePlatform.objects.select_for_update().get(pk=platform.pk)
    if platform.disabled_at is None:
        platform.disabled_at = at
        platform.save(update_fields=["disabled_at"])
        Forwarding.objects.filter(platform=platform, state=ForwardingState.QUEUED).update(
            state=ForwardingState.GIVEN_UP, reason=Reason.DISABLED, ended_at=at
        )
        record_change(
            action="compliance.disable_platform", subject=platform, by=by, changes={"disabled_at": [None, at]}
        )
    return platform


def _server(url: str) -> tuple[str, str, int | None]:
    """Whom a key is given to: https turned into http would send it in the open."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port


def _checked(url: str) -> str:
    try:
        return addresses.checked_url(
            url.strip(), https_only=settings.WEBHOOK_HTTPS_ONLY, allowed=settings.WEBHOOK_ALLOWED_NETWORKS
        )
    except addresses.UnfitAddress as unfit:
        raise AddressUnfit from unfit


# --- one complaint ----------------------------------------------------------------------------------------------------


@transaction.atomic
def forward_complaint(
    *, complaint_id: int, platform: OutsidePlatform, note: str, by: Actor, at: dt.datetime
) -> Complaint:
    """Pass it on to a platform outside, which is told by the sweep. A second click forwards nothing twice.

    Raises ComplaintStepRefused, PlatformUnfit.
    """
    complaint = transfer_complaint(
        complaint_id=complaint_id, passed_to=platform.name, outside_number="", note=note, by=by, at=at
    )
    if complaint.passed_to != platform.name:  # passed on elsewhere a moment ago
        raise ComplaintStepRefused("not_now")
    if platform not in platforms_for(complaint):
        raise PlatformUnfit
    row, new = Forwarding.objects.get_or_create(
        complaint=complaint, platform=platform, defaults={"attempt_after": at, "created_at": at}
    )
    passed_on_anew = not new and complaint.changed_at == at  # it was taken back before; a second click changes nothing
    if passed_on_anew and row.state == ForwardingState.GIVEN_UP:
        forward_again(forwarding_id=row.pk, by=by, at=at)
    if new:
        said = {"platform": [None, platform.name], "complaint": [None, str(complaint.public_id)]}
        record_change(action="compliance.forward_complaint", subject=row, by=by, changes=said)
    return complaint


@transaction.atomic
def forward_again(*, forwarding_id: int, by: Actor, at: dt.datetime) -> Forwarding:
    """Try anew what was given up, once somebody has mended what was wrong. Raises NotGivenUp, TakenBack, PlatformUnfit."""
    complaint = lock_complaint(Forwarding.objects.values_list("complaint", flat=True).get(pk=forwarding_id))
    row = Forwarding.objects.select_for_update(of=("self",)).select_related("platform").get(pk=forwarding_id)
    if row.state != ForwardingState.GIVEN_UP:
        raise NotGivenUp
    if complaint.state != ComplaintState.TRANSFERRED:
        raise TakenBack
    if row.platform.disabled_at is not None:
        raise PlatformUnfit
    row.state = ForwardingState.SENT if row.sent_at else ForwardingState.QUEUED
    row.attempts, row.attempt_after, row.ended_at, row.reason = 0, at, None, ""
    row.save(update_fields=["state", "attempts", "attempt_after", "ended_at", "reason"])
    record_change(action="compliance.forward_again", subject=row, by=by, changes={"state": ["GIVEN_UP", row.state]})
    return row


@transaction.atomic
def take_back(*, forwarding_id: int, to: str, note: str, by: Actor, at: dt.datetime) -> Complaint:
    """Give what nobody outside has taken over to the unit that has the role `to` now, or to the officials. The reply's clock
    begins anew. A second click takes back nothing more. Raises NotGivenUp, ComplaintStepRefused, NobodySuch.
    """
    row = Forwarding.objects.select_related("platform").get(pk=forwarding_id)
    complaint, again = begin_step(row.complaint_id, "take_back", by)
    if again:
        return complaint
    row = Forwarding.objects.select_for_update(of=("self",)).select_related("platform").get(pk=forwarding_id)
    if row.state != ForwardingState.GIVEN_UP or complaint.passed_to != row.platform.name:
        raise NotGivenUp
    unit = answering_unit(to, elevator=complaint.elevator, site=complaint.site, at=at)
    if unit is None and to != Answerer.REGULATOR:
        raise NobodySuch
    former, complaint.unit_id = complaint.unit_id, unit
    complaint.passed_to, complaint.due_on = "", term(complaint.category.reply_days, at)
    changes = {"unit": [former, unit], "passed_to": [row.platform.name, ""]}
    return finish_step(complaint, "take_back", note, by, at, changes)


# --- the queue --------------------------------------------------------------------------------------------------------


@transaction.atomic
def claim(*, at: dt.datetime, limit: int = AT_ONCE) -> list[Forwarding]:
    """Take up to `limit` that are due and nobody else holds, each counted as one more attempt."""
    due = Forwarding.objects.due(at).order_by("attempt_after", "pk").select_for_update(skip_locked=True, of=("self",))
    ids = list(due.values_list("pk", flat=True)[:limit])
    Forwarding.objects.filter(pk__in=ids).update(
        attempt_after=at + LEASE, attempts=F("attempts") + 1, fence=F("fence") + 1, tried_at=at
    )
    related = ("platform", "complaint__category", "complaint__elevator", "complaint__site")
    return list(Forwarding.objects.select_related(*related).filter(pk__in=ids).order_by("pk"))


def forward_due(*, at: dt.datetime, limit: int = AT_ONCE) -> int:
    """Claim a set, send what waits and ask about what was sent; each is noted at once. Returns how many were tried."""
    began, tried = time.monotonic(), 0
    for row in claim(at=at, limit=limit):
        now = at + dt.timedelta(seconds=time.monotonic() - began)
        if now > at + LEASE - dt.timedelta(seconds=3 * WHOLE_SECONDS):
            break  # somebody else may take the rest in a moment
        _one(row, now)
        tried += 1
    return tried


def forward_all_due(*, at: dt.datetime, seconds: float = 50) -> int:
    """Set after set until nothing is due, or the time is over and the next sweep goes on; returns how many."""
    end, total = time.monotonic() + seconds, 0
    while time.monotonic() < end and (tried := forward_due(at=at)):
        total += tried
    return total


def _one(row: Forwarding, at: dt.datetime) -> None:
    """Whatever goes wrong costs this one an attempt."""
    try:
        if row.platform.disabled_at is not None:
            raise SendFailed(Reason.DISABLED, for_good=True)
        _send(row, at) if row.state == ForwardingState.QUEUED else _ask(row, at)
    except SendFailed as failed:
        _note_failure(row, failed, at)
    except Exception as error:
        # by its type: the message may quote what the complaint says
        log.error("forwarding broke", forwarding=str(row.public_id), error=type(error).__name__)
        _note_failure(row, SendFailed(Reason.BROKEN), at)


def _send(row: Forwarding, at: dt.datetime) -> None:
    taken = geo_report.send(_platform(row.platform), fields_of(row), key=str(row.public_id))
    known = {"outside_id": taken.outside_id, "token": taken.token, "sent_at": at, "state": ForwardingState.SENT}
    _note(row, at, attempt_after=at + ASKED_EACH, attempts=0, reason="", status_code=None, **known)


def _ask(row: Forwarding, at: dt.datetime) -> None:
    platform, outside_id = _platform(row.platform), row.outside_id
    if not outside_id:
        outside_id = geo_report.id_of(platform, row.token)
    told = geo_report.ask(platform, outside_id) if outside_id else geo_report.Told("", "")
    values = {"outside_id": outside_id, "outside_status": told.status, "outside_notes": told.notes}
    values |= {"attempts": 0, "reason": "", "status_code": None, "attempt_after": at + ASKED_EACH}
    if told.status == "closed" or at > row.sent_at + ASKED_FOR:
        values |= {"state": ForwardingState.CLOSED, "ended_at": at}
    _note(row, at, **values)


def _platform(row: OutsidePlatform) -> geo_report.Platform:
    try:
        # the one place where the key meets what is sent
        key = row.api_key.reveal() if row.api_key is not None else ""
    except CannotBeRead:
        raise SendFailed(Reason.BROKEN) from None
    return geo_report.Platform(row.endpoint, row.jurisdiction, key)


def fields_of(row: Forwarding) -> dict[str, str]:
    """What a platform outside is told: what is wrong, where, in the words of who complained. Nothing of any person."""
    complaint, elevator = row.complaint, row.complaint.elevator
    place = elevator.address if complaint.site is None else complaint.site.name
    fields = {
        "service_code": row.platform.service_of(complaint.category.code),
        "description": complaint.text,
        "address_string": " ".join(filter(None, (place, elevator.building if elevator else ""))),
    }
    if elevator is not None:
        fields["address_id"] = elevator.rescue_code or ""
        if elevator.latitude is not None:
            fields |= {"lat": f"{elevator.latitude:f}", "long": f"{elevator.longitude:f}"}
    return fields


def _note_failure(row: Forwarding, failed: SendFailed, at: dt.datetime) -> None:
    outcome = {"reason": failed.reason, "status_code": failed.status_code}
    if failed.for_good or row.attempts >= settings.MESSAGE_MOST_ATTEMPTS:
        log.warning("forwarding given up", forwarding=str(row.public_id), reason=str(failed.reason))
        _note(row, at, state=ForwardingState.GIVEN_UP, ended_at=at, **outcome)
        return
    # jitter spreads out what failed together; nothing to do with secrets
    wait = wait_after(row.attempts, emergency=False, jitter=random.random())
    _note(row, at, attempt_after=at + wait, **outcome)


@transaction.atomic
def _note(row: Forwarding, at: dt.datetime, **values) -> None:
    """Write the outcome, unless somebody else has taken it since (our lease was over); who has its tracking number reads the
    number that it has there."""
    held = Forwarding.objects.filter(pk=row.pk, fence=row.fence, state=row.state).update(**values)
    if held and values.get("outside_id") and values["outside_id"] != row.outside_id:
        Complaint.objects.filter(pk=row.complaint_id).update(
            outside_number=values["outside_id"], changed_at=at, version=F("version") + 1
        )
