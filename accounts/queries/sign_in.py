"""Questions about signing in: who takes two, second factors, sessions, invitations, locks."""

import datetime as dt
from dataclasses import dataclass

from axes.helpers import get_cool_off
from axes.models import AccessAttempt, AccessLog
from django.conf import settings
from django.db.models import Max, Q, QuerySet, Sum
from django.db.models.functions import Lower

from accounts import rules
from accounts.models import (
    AreaGrant,
    FactorResetProposal,
    Invitation,
    Membership,
    OpenSession,
    PasswordProposal,
    RecoveryCode,
    SecondFactor,
    Unit,
    User,
)
from accounts.rules.second_factor import needs_second_factor as needs_factor
from common.actor import Actor


def takes_two(user: User, at: dt.datetime) -> bool:
    """Does setting this person's password take a second administrator?"""
    return rules.takes_two(AreaGrant.objects.unfinished(at).filter(user=user).values_list("role", flat=True))


def proposal_for(user: User, at: dt.datetime) -> PasswordProposal | None:
    """The temporary password that waits for approval, with its proposer."""
    rows = PasswordProposal.objects.filter(user=user, expires_at__gt=at)
    return rows.select_related("proposed_by").defer("password").first()


def awaiting_approval(users: QuerySet[User], at: dt.datetime) -> QuerySet[User]:
    """Those of `users` for whom a temporary password or the reset of a second factor waits for a second administrator."""
    return users.filter(
        Q(pk__in=PasswordProposal.objects.filter(expires_at__gt=at).values("user_id"))
        | Q(pk__in=FactorResetProposal.objects.filter(expires_at__gt=at).values("user_id"))
    )


def needs_second_factor(actor: Actor) -> bool:
    """Does a role that this actor holds now take a second factor (SECOND_FACTOR_ROLES)?"""
    return needs_factor((holding.role for holding in actor.holdings), settings.SECOND_FACTOR_ROLES)


def factor_of(user: User) -> SecondFactor | None:
    """A person's second factor, confirmed or not."""
    return SecondFactor.objects.filter(user=user).first()


def code_lock_of(user: User, at: dt.datetime) -> dt.datetime | None:
    """Until when no code of this person is accepted, after wrong ones."""
    factor = factor_of(user)
    return factor.locked_until if factor is not None and factor.locked(at) else None


def recovery_codes_left(user: User) -> int:
    return RecoveryCode.objects.filter(user=user, used_at=None).count()


def reset_proposed(user: User, at: dt.datetime) -> FactorResetProposal | None:
    """What waits for a second administrator: taking the person's second factor away."""
    return FactorResetProposal.objects.filter(user=user, expires_at__gt=at).select_related("proposed_by").first()


def people_of(users: QuerySet[User], unit: Unit, at: dt.datetime) -> QuerySet[User]:
    """Those of `users` who hold or will hold a role in a unit."""
    return users.filter(pk__in=Membership.objects.unfinished(at).filter(unit=unit).values("user_id"))


def invitation_of(digest: str, at: dt.datetime) -> Invitation | None:
    """The invitation that a link opens, by its token's digest; None for whatever does not count."""
    rows = Invitation.objects.open(at).filter(digest=digest, unit__closed_on__isnull=True)
    return rows.select_related("unit").first()


def open_invitations(unit: Unit, at: dt.datetime) -> QuerySet[Invitation]:
    """Those of a unit that wait, the newest first."""
    return Invitation.objects.open(at).filter(unit=unit).select_related("invited_by").order_by("-pk")


def sessions_of(user: User, at: dt.datetime) -> QuerySet[OpenSession]:
    """Where a person is signed in, the last seen first."""
    return OpenSession.objects.filter(user=user).live(at, settings.PASSWORD_PROFILE).order_by("-seen_at")


# --- locked sign-ins --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Lock:
    """Wrong passwords from one address that keep a name from signing in there until a moment."""

    address: str
    failures: int
    until: dt.datetime


# Wrong passwords for one name within the time of a lock, from wherever: more are nobody who mistypes.
MOST_EVERYWHERE = 50


def is_besieged(username: str, at: dt.datetime, *, address: str) -> bool:
    """Is this name tried from so many places that new ones are not let in for now? Whoever signed in from this address
    before still may: nobody is locked out of their own office by strangers."""
    rows = AccessAttempt.objects.alias(name_key=Lower("username")).filter(name_key=username.lower())
    tried = rows.filter(attempt_time__gt=at - get_cool_off()).aggregate(sum=Sum("failures_since_start"))["sum"] or 0
    if tried < MOST_EVERYWHERE:
        return False
    return not AccessLog.objects.filter(username__iexact=username, ip_address=address).exists()


def spraying_until(address: str, at: dt.datetime) -> dt.datetime | None:
    """Until when nobody signs in from a place that sent too many wrong passwords, over all names; None while it may.

    One wrong password for each of many names locks no name. The limit leaves room for an office behind one address.
    """
    span = dt.timedelta(minutes=settings.SIGN_IN_FAILURES_MINUTES)
    rows = AccessAttempt.objects.filter(ip_address=address, attempt_time__gt=at - span)
    told = rows.aggregate(sum=Sum("failures_since_start"), last=Max("attempt_time"))
    return told["last"] + span if (told["sum"] or 0) >= settings.SIGN_IN_FAILURES_PER_ADDRESS else None


def locks_of(username: str, at: dt.datetime, *, address: str | None = None) -> list[Lock]:
    """The locks in force on a sign-in name (from one address, when given), longest first."""
    rows = AccessAttempt.objects.alias(name_key=Lower("username")).filter(name_key=username.lower())
    if address is not None:
        rows = rows.filter(ip_address=address)
    cool_off = get_cool_off()
    counted = (
        rows.filter(attempt_time__gt=at - cool_off)
        .order_by()
        .values("ip_address")
        .annotate(failures=Sum("failures_since_start"), last=Max("attempt_time"))
        .filter(failures__gte=settings.AXES_FAILURE_LIMIT)
        .order_by("-last")
    )
    return [Lock(row["ip_address"] or "", row["failures"], row["last"] + cool_off) for row in counted]
