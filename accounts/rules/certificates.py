"""Who may do the work: certificates of people, how long they hold, when they have to be renewed.

How long and how early comes as a dated row (`CertificateRule`): TSG Z6001 gives workers and safety managers four years and
asks for the renewal (复审) a month before the end.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Protocol

from accounts.choices import CertificateState
from accounts.rules import Unfit

SOON = 60  # days before the last one from which a certificate counts as expiring


class Dated(Protocol):
    """What this file asks of a certificate; both days belong to it."""

    kind: str
    valid_from: dt.date
    valid_until: dt.date
    withdrawn_at: dt.datetime | None


def holds_valid(certificates: Iterable[Dated], kind: str, on_day: dt.date) -> bool:
    """Do these certificates of one person entitle them to work of this kind on that day? The last day still counts.

    One that was withdrawn never counted: it should not have been recorded.
    """
    return any(
        each.kind == kind and each.withdrawn_at is None and each.valid_from <= on_day <= each.valid_until
        for each in certificates
    )


def state_of(certificate: Dated, today: dt.date) -> CertificateState:
    """How a certificate stands today."""
    if certificate.withdrawn_at is not None:
        return CertificateState.WITHDRAWN
    if certificate.valid_from > today:
        return CertificateState.UPCOMING
    if certificate.valid_until < today:
        return CertificateState.EXPIRED
    soon = certificate.valid_until <= today + dt.timedelta(days=SOON)
    return CertificateState.EXPIRING if soon else CertificateState.VALID


def days_left(certificate: Dated, today: dt.date) -> int:
    """Days that follow today until its last one: 0 on the last day itself, negative afterwards."""
    return (certificate.valid_until - today).days


def last_day(valid_from: dt.date, years: int) -> dt.date:
    """The last day of a certificate that holds for so many years: the day before its anniversary."""
    return _anniversary(valid_from, years) - dt.timedelta(days=1)


def require_period(valid_from: dt.date, valid_until: dt.date, years: int | None) -> None:
    """The days follow each other and lie no further apart than the rule allows (None: it says nothing).

    Offices print the anniversary itself or the day before it; both pass. Raises Unfit("backwards"), Unfit("long").
    """
    if valid_until < valid_from:
        raise Unfit("backwards")
    if years is not None and valid_until > _anniversary(valid_from, years):
        raise Unfit("long")


def _anniversary(day: dt.date, years: int) -> dt.date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February of a leap year
        return dt.date(day.year + years, 3, 1)
