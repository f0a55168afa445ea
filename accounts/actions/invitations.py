"""Units ask their own people in: a link that counts once, for a role that the unit's kind may give."""

import datetime as dt
import secrets

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import rules
from accounts.actions import refusals
from accounts.actions.holdings import add_membership, require_in_unit
from accounts.actions.people import create_user
from accounts.actions.personal import PhoneUnfit, set_personal_details
from accounts.models import Invitation, Membership, Unit, User
from accounts.queries import actor_again
from accounts.roles import Permission
from common.actor import Actor, ActorKind
from common.audit import record_change
from common.errors import Refusal
from common.personal import PHONE, Malformed

KEPT = dt.timedelta(hours=72)
MOST_OPEN = 100  # of one unit: a hundred strangers with links are no staff
TRIES = 10


class TooManyOpen(Refusal):
    code = "too-many-invitations"
    status = 409
    message = _("A hundred invitations of this unit wait already. Withdraw those that nobody needs.")


class InvitationOver(Refusal):
    """Never there, accepted, withdrawn, expired, tried too often, or of somebody who may no longer invite: all the same."""

    code = "invitation-over"
    status = 404
    message = _("This link does not count, or no longer. Ask the unit for another one.")


class PhoneDiffers(Refusal):
    code = "phone-differs"
    field = "phone"
    message = _("The invitation was made for another phone number. Type the number that the unit knows.")


@transaction.atomic
def invite(
    *, unit: Unit, role: str, display_name: str, phone: str, by: Actor, at: dt.datetime
) -> tuple[Invitation, str]:
    """An invitation and the token of its link, which nobody can show again. A former one for the same phone and role goes.

    Whether somebody on the platform has this phone is neither asked nor said. Raises NotYours, UnitClosed, RoleUnfit,
    PhoneUnfit, TooManyOpen.
    """
    unit = Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)
    _require_inviter(by, unit)
    if unit.closed_on is not None:
        raise refusals.UnitClosed
    try:
        rules.require_unit_role(role, unit.kind)
    except rules.Unfit as unfit:
        raise refusals.RoleUnfit(unfit) from unfit
    try:
        number = PHONE.normalise(phone)
    except Malformed:
        raise PhoneUnfit from None
    _forget_phones_of_expired(unit, at)
    open_ones = list(Invitation.objects.open(at).filter(unit=unit).select_for_update())
    for former in open_ones:
        if former.role == role and former.phone is not None and former.phone.reveal() == number:
            _withdraw(former, by, at)
    if sum(1 for each in open_ones if each.withdrawn_at is None) >= MOST_OPEN:
        raise TooManyOpen
    token = secrets.token_urlsafe(32)
    invitation = Invitation(
        unit=unit,
        role=role,
        display_name=display_name.strip(),
        phone=number,
        digest=rules.invitation_digest(token),
        invited_by=User.objects.get(public_id=by.id),
        made_at=at,
        expires_at=at + KEPT,
    )
    invitation.save()
    record_change(action="accounts.invite", subject=unit, by=by, changes={"role": [None, role]})
    return invitation, token


@transaction.atomic
def withdraw_invitation(*, invitation_id: int, by: Actor, at: dt.datetime) -> Invitation:
    """The link counts no more; one that is over stays as it is. Raises NotYours."""
    invitation = Invitation.objects.select_for_update(of=("self",)).select_related("unit").get(pk=invitation_id)
    _require_inviter(by, invitation.unit)
    if invitation.withdrawn_at is None and invitation.accepted_at is None:
        _withdraw(invitation, by, at)
    return invitation


def join_as_new(*, digest: str, phone: str, username: str, password: str, at: dt.datetime) -> Membership:
    """Accept as somebody new, with a name and a password of their own; signing in comes afterwards.

    `digest` is that of the link's token (accounts.rules).
    Raises InvitationOver, PhoneDiffers, NameTaken, NameUnfit, PasswordWeak, RoleUnfit, UnitClosed.
    """

    def enter(invitation: Invitation, inviter: Actor) -> User:
        user = create_user(
            username=username,
            display_name=invitation.display_name,
            temporary_password=password,
            by=inviter,
            at=at,
            synthetic=invitation.unit.synthetic,
        )
        user.must_change_password = False  # nobody else knows it
        user.save(update_fields=["must_change_password"])
        set_personal_details(user_id=user.pk, values={"phone": phone}, by=inviter, at=at)
        return user

    return _accept(digest, phone, enter, at)


def join_as_known(*, digest: str, phone: str, user_id: int, at: dt.datetime) -> Membership:
    """Accept as a signed-in person, who may hold roles in other units too.

    Raises InvitationOver, PhoneDiffers, Oneself, HeldAlready, RoleUnfit, UnitClosed, Inactive.
    """
    return _accept(digest, phone, lambda _invitation, _inviter: User.objects.get(pk=user_id), at)


def _accept(digest: str, phone: str, person, at: dt.datetime) -> Membership:
    """Everything or nothing under the invitation's lock; what was tried in vain is counted, or a link could be guessed with."""
    with transaction.atomic():
        rows = Invitation.objects.select_for_update(of=("self",)).select_related("unit", "invited_by")
        invitation = rows.open(at).filter(digest=digest).first()
        inviter = _inviter_again(invitation, at) if invitation else None
        if inviter is None or invitation.failures >= TRIES:
            raise InvitationOver
        try:
            with transaction.atomic():
                return _take(invitation, inviter, phone, person, at)
        except Refusal as refusal:
            in_vain = refusal
            Invitation.objects.filter(pk=invitation.pk).update(failures=invitation.failures + 1)
    raise in_vain


def _take(invitation: Invitation, inviter: Actor, phone: str, person, at: dt.datetime) -> Membership:
    try:
        number = PHONE.normalise(phone)
    except Malformed:
        raise PhoneDiffers from None
    if invitation.phone is None or not secrets.compare_digest(invitation.phone.reveal(), number):
        raise PhoneDiffers
    user = person(invitation, inviter)
    # by the authority of whoever invited, as far as they have it now
    membership = add_membership(user_id=user.pk, unit=invitation.unit, role=invitation.role, by=inviter, at=at)
    invitation.accepted_at, invitation.membership, invitation.phone = at, membership, None
    invitation.save()
    record_change(
        action="accounts.accept_invitation",
        subject=user,
        by=Actor(kind=ActorKind.PERSON, id=str(user.public_id), acting_unit=None, label=user.display_name, holdings=()),
        changes={"invited_by": [None, inviter.id]},
    )
    return membership


def _inviter_again(invitation: Invitation, at: dt.datetime) -> Actor | None:
    """Whoever invited, if they may still."""
    inviter = actor_again(ActorKind.PERSON, str(invitation.invited_by.public_id), None, at)
    try:
        if inviter is not None:
            _require_inviter(inviter, invitation.unit)
    except refusals.NotYours:
        return None
    return inviter


def _require_inviter(by: Actor, unit: Unit) -> None:
    """Invites in this very unit, and gives its roles."""
    if unit.pk not in rules.reach(by.holdings, Permission.INVITE).unit_ids:
        raise refusals.NotYours
    require_in_unit(by, unit.pk)


def _withdraw(invitation: Invitation, by: Actor, at: dt.datetime) -> None:
    invitation.withdrawn_at, invitation.phone = at, None
    invitation.save()
    changes = {"role": [invitation.role, None]}
    record_change(action="accounts.withdraw_invitation", subject=invitation.unit, by=by, changes=changes)


def _forget_phones_of_expired(unit: Unit, at: dt.datetime) -> None:
    Invitation.objects.filter(unit=unit, expires_at__lte=at).exclude(phone__isnull=True).update(
        phone=None, phone_index=None
    )
