"""Certificates of people: recorded by their unit, withdrawn when wrong, their number shown for a purpose."""

import datetime as dt
from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.actions import refusals
from accounts.actions.people import lock_user
from accounts.actions.personal import Unreadable
from accounts.choices import CertificateKind, RevealPurpose
from accounts.models import Certificate, CertificateRule, Membership, Unit
from accounts.rules import Unfit
from accounts.rules.certificates import last_day, require_period
from common.actor import Actor
from common.attachments.claims import claim_attachments
from common.audit import record_change
from common.errors import Refusal
from common.models import Attachment
from common.personal import CannotBeRead, Malformed


class CertificateNumberUnfit(Refusal):
    code = "certificate-number-unfit"
    field = "number"
    message = _("4 to 40 letters, digits or Chinese characters; ( ) . / - may stand between them.")


class CertificateNumberTaken(Refusal):
    code = "certificate-number-taken"
    status = 409
    field = "number"
    message = _("A certificate with this number is recorded for somebody else. Ask the regulator.")


class CertificateDiffers(Refusal):
    code = "certificate-differs"
    status = 409
    field = "valid_from"
    message = _("Another certificate of this kind and day is recorded for this person. If it is wrong, withdraw it.")


class NotOfUnit(Refusal):
    code = "not-of-unit"
    status = 409
    field = "person"
    message = _("This person has no role in the unit. Give one first.")


class LastDayNeeded(Refusal):
    code = "last-day-needed"
    field = "valid_until"
    message = _("Enter the last day: no rule says how long a certificate of this kind holds.")


class PeriodUnfit(Refusal):
    code = "period-unfit"
    field = "valid_until"

    REASONS = {
        "backwards": _("The last day lies before the first."),
        "long": _("A certificate of this kind holds for %(years)s years at most (%(source)s)."),
    }


@transaction.atomic
def record_certificate(
    *,
    unit: Unit,
    user_id: int,
    kind: str,
    number: str,
    issuer: str,
    valid_from: dt.date,
    by: Actor,
    at: dt.datetime,
    valid_until: dt.date | None = None,
    attachments: Sequence[Attachment] = (),
) -> Certificate:
    """Record a certificate of one of the unit's people; without `valid_until` the rule of the first day says the last.

    The same again is the same certificate. Raises UnitClosed, Inactive, NotOfUnit, CertificateNumberUnfit,
    CertificateNumberTaken, CertificateDiffers, LastDayNeeded, PeriodUnfit, AttachmentTaken.
    """
    kind = CertificateKind(kind).value
    user = lock_user(user_id)
    if unit.closed_on is not None:
        raise refusals.UnitClosed
    if not user.is_active:
        raise refusals.Inactive
    if not Membership.objects.unfinished(at).filter(user=user, unit=unit).exists():
        raise NotOfUnit
    rule = _rule_of(kind, valid_from)
    valid_until = _checked_end(valid_from, valid_until, rule)
    made = Certificate(
        unit=unit,
        user=user,
        kind=kind,
        issuer=" ".join(issuer.split()),
        valid_from=valid_from,
        valid_until=valid_until,
        rule=rule,
        recorded_at=at,
        recorded_by_kind=by.kind,
        recorded_by_id=by.id,
    )
    try:
        made.number = number
    except Malformed:
        raise CertificateNumberUnfit from None  # the text that was typed stays out of tracebacks
    there = Certificate.objects.standing().filter(user=user, unit=unit, kind=kind, valid_from=valid_from).first()
    if there is not None:
        if _same(there, made):
            return there
        raise CertificateDiffers
    try:
        with transaction.atomic():
            made.save(force_insert=True)
    except IntegrityError as error:
        raise CertificateNumberTaken from error
    claim_attachments(attachments, subject=made, by=by, at=at)
    _record("accounts.record_certificate", made, by, valid_from=valid_from, valid_until=valid_until)
    return made


@transaction.atomic
def withdraw_certificate(*, certificate: Certificate, reason: str, by: Actor, at: dt.datetime) -> Certificate:
    """Take back a certificate that should not have been recorded; it stays readable and counts no more. Again changes nothing."""
    row = Certificate.objects.select_for_update(of=("self",)).get(pk=certificate.pk)
    if row.withdrawn_at is None:
        row.withdrawn_at, row.withdrawn_reason = at, " ".join(reason.split())
        row.save(update_fields=["withdrawn_at", "withdrawn_reason"])
        _record("accounts.withdraw_certificate", row, by, reason=row.withdrawn_reason)
    return row


@transaction.atomic
def reveal_certificate_number(*, certificate: Certificate, purpose: str, by: Actor) -> str:
    """The number in the clear, with an audit row that says who looked and what for.

    Each call is a look and writes a row. Raises ValueError for an unknown purpose, Unreadable.
    """
    _record("accounts.reveal_certificate_number", certificate, by, purpose=RevealPurpose(purpose).value)
    try:
        return certificate.number.reveal()
    except CannotBeRead:
        raise Unreadable from None


def _record(action: str, certificate: Certificate, by: Actor, **said) -> None:
    """An audit row about the person, so that their history tells it."""
    said = {"certificate": str(certificate.public_id), "certificate_kind": certificate.kind, **said}
    record_change(action=action, subject=certificate.user, by=by, changes={k: [None, v] for k, v in said.items()})


def _rule_of(kind: str, day: dt.date) -> CertificateRule | None:
    rows = CertificateRule.objects.filter(Q(valid_until__isnull=True) | Q(valid_until__gt=day), kind=kind)
    return rows.filter(valid_from__lte=day).order_by("-valid_from").first()


def _checked_end(valid_from: dt.date, valid_until: dt.date | None, rule: CertificateRule | None) -> dt.date:
    years = rule.years if rule is not None else None
    if valid_until is None:
        if years is None:
            raise LastDayNeeded
        return last_day(valid_from, years)
    try:
        require_period(valid_from, valid_until, years)
    except Unfit as unfit:
        parts = {"years": years, "source": rule.source} if unfit.reason == "long" else {}
        raise PeriodUnfit(PeriodUnfit.REASONS[unfit.reason], **parts) from unfit
    return valid_until


def _same(there: Certificate, wanted: Certificate) -> bool:
    try:
        same_number = there.number.reveal() == wanted.number.reveal()
    except CannotBeRead:
        return False
    return same_number and (there.issuer, there.valid_until) == (wanted.issuer, wanted.valid_until)
