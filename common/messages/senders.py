"""One delivery out of the door, by its channel: no database, no transaction. What comes back is a Sent, or SendFailed."""

import json
import smtplib
from dataclasses import dataclass
from urllib.parse import urlencode

import structlog
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.utils.module_loading import import_string

from common.messages import addresses, signatures
from common.messages.choices import Reason
from common.messages.outbound import CallFailed, post

log = structlog.get_logger(__name__)
LONGEST_SMS = 500


@dataclass(frozen=True, slots=True)
class Sent:
    """Taken over, or delivered at once; `reference` is what the provider calls it."""

    delivered: bool = False
    reference: str = ""
    status_code: int | None = None


class SendFailed(Exception):
    """`for_good`: another attempt would end the same way."""

    def __init__(self, reason: str, *, for_good: bool = False, status_code: int | None = None):
        self.reason, self.for_good, self.status_code = reason, for_good, status_code
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class SmsReport:
    """What a provider says later: `delivered` True, False, or None while it does not know."""

    delivered: bool | None


# --- text messages ----------------------------------------------------------------------------------------------------


class ConsoleSms:
    """Writes what it would send to the log, without the number. For development and for offices without a gateway."""

    def send(self, *, to: str, mask: str, text: str, id: str) -> Sent:
        log.info("sms", to=mask, text=text, id=id)
        return Sent(delivered=True)

    def reports(self, references: list[str]) -> dict[str, SmsReport]:
        return {}


class HttpSms:
    """A gateway that takes JSON: POST {id, to, text} → 200 {reference}; GET ?references=… → {reference: "delivered"|"failed"}.

    `id` stays the same when an attempt is repeated, so that the gateway can drop the second. 4xx but 408, 425, 429 is a
    refusal for good.
    """

    def send(self, *, to: str, mask: str, text: str, id: str) -> Sent:
        body = json.dumps({"id": id, "to": to, "text": text}, ensure_ascii=False).encode()
        answer = self._ask("POST", settings.SMS_HTTP_URL, body)
        return Sent(reference=str(answer.get("reference", ""))[:80], status_code=200)

    def reports(self, references: list[str]) -> dict[str, SmsReport]:
        answer = self._ask("GET", f"{settings.SMS_HTTP_URL}?{urlencode({'references': ','.join(references)})}", None)
        known = {"delivered": True, "failed": False}
        return {name: SmsReport(known.get(answer.get(name))) for name in references if name in answer}

    def _ask(self, method: str, url: str, body: bytes | None) -> dict:
        headers = {"Authorization": f"Bearer {settings.SMS_HTTP_TOKEN}", "Content-Type": "application/json"}
        try:
            answer = post(url, body, headers, method=method)
        except CallFailed as failed:
            raise SendFailed(failed.reason) from None
        if answer.status != 200:
            raise _refusal(answer.status, Reason.REFUSED)
        try:
            found = json.loads(answer.body)
        except ValueError:
            found = None
        if not isinstance(found, dict):
            raise SendFailed(Reason.STATUS, status_code=answer.status)
        return found


def sms():
    """The adapter of the settings."""
    return import_string(settings.SMS_BACKEND)()


def send_sms(*, to: str, mask: str, text, id: str) -> Sent:
    whole = "\n".join(part for part in (text.title, text.body) if part)
    return sms().send(to=to, mask=mask, text=whole[:LONGEST_SMS], id=id)


# --- e-mail -----------------------------------------------------------------------------------------------------------


def send_email(*, to: str, text, link: str, id: str) -> Sent:
    """By Django's backend. The server in between repeats by itself; the Message-ID is the same for each attempt."""
    body = "\n\n".join(part for part in (text.body, link) if part)
    headers = {"Message-ID": f"<{id}@{settings.PLATE_HOST}>"}
    try:
        with get_connection(timeout=10) as connection:
            EmailMessage(text.title, body, to=[to], headers=headers, connection=connection).send()
    except smtplib.SMTPRecipientsRefused:
        raise SendFailed(Reason.REFUSED, for_good=True) from None
    except (smtplib.SMTPException, OSError):
        raise SendFailed(Reason.UNREACHABLE) from None
    return Sent()


# --- webhooks ---------------------------------------------------------------------------------------------------------


def send_webhook(*, url: str, secrets: list[tuple[int, str]], body: dict, id: str, timestamp: int) -> Sent:
    """POST the body as JSON, signed. Any 2xx is a receipt; nothing of the answer is kept but its number."""
    try:
        addresses.checked_url(url, https_only=settings.WEBHOOK_HTTPS_ONLY, allowed=settings.WEBHOOK_ALLOWED_NETWORKS)
    except addresses.UnfitAddress:
        raise SendFailed(Reason.FORBIDDEN_ADDRESS, for_good=True) from None
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
    headers = signatures.headers(secrets, id=id, timestamp=timestamp, body=content)
    try:
        answer = post(
            url, content, {"Content-Type": "application/json", **headers}, may_call=_may_call, most_bytes=1024
        )
    except CallFailed as failed:
        raise SendFailed(failed.reason) from None
    if 200 <= answer.status < 300:
        return Sent(delivered=True, status_code=answer.status)
    if 300 <= answer.status < 400:
        raise SendFailed(Reason.REDIRECT, status_code=answer.status)
    raise SendFailed(
        Reason.GONE if answer.status == 410 else Reason.STATUS,
        for_good=answer.status == 410,
        status_code=answer.status,
    )


def _may_call(address: str) -> bool:
    return addresses.may_call(address, settings.WEBHOOK_ALLOWED_NETWORKS)


def _refusal(status: int, reason: str) -> SendFailed:
    for_good = 400 <= status < 500 and status not in (401, 403, 408, 425, 429)
    return SendFailed(reason if for_good else Reason.STATUS, for_good=for_good, status_code=status)
