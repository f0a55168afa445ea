"""The two-person rule: whoever sets an official's password could act as them, so another administrator has to agree."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts import rules
from accounts.actions import refusals
from accounts.actions.passwords import remember_former, set_checked_password
from accounts.actions.people import lock_user, require_another, save_changed
from accounts.actions.sessions import forget_sessions
from accounts.models import AreaGrant, PasswordProposal, User
from accounts.queries import actor_again
from accounts.roles import Permission
from common.actor import Actor, ActorKind
from common.audit import record_change
from common.errors import Changed, Refusal

KEPT = dt.timedelta(hours=24)


class NothingProposed(Refusal):
    code = "nothing-proposed"
    status = 409
    message = _(
        "No password waits for approval. One that was proposed more than 24 hours ago has to be proposed again."
    )


class SamePerson(Refusal):
    code = "same-person"
    status = 403
    message = _("Whoever proposed the password does not approve it as well. Ask another administrator.")


@transaction.atomic
def propose_temporary_password(
    *, user_id: int, temporary_password: str, by: Actor, at: dt.datetime
) -> PasswordProposal:
    """Keep a temporary password for an official until another administrator approves it; a former proposal goes.

    Nothing changes for the person yet. Raises Oneself, Takeover, Inactive, PasswordWeak.
    """
    user = lock_user(user_id)
    require_another(by, user)
    if not user.is_active:
        raise refusals.Inactive
    _require_no_takeover(by, user, at)
    proposer = User.objects.get(public_id=by.id)
    set_checked_password(user, temporary_password, at=at)
    proposal, _made = PasswordProposal.objects.update_or_create(
        user_id=user.pk,
        defaults={
            "password": user.password,
            "proposed_by": proposer,
            "proposed_at": at,
            "expires_at": at + KEPT,
        },
    )
    record_change(action="accounts.propose_password", subject=user, by=by)
    return proposal


@transaction.atomic
def approve_password(*, user_id: int, by: Actor, at: dt.datetime, proposed_at: str = "") -> User:
    """Let a proposed password count: the person's sessions end, the next sign-in leads to a password of their own.

    `proposed_at` (ISO) is that of the proposal as it was read: another one since was not. The proposer must still be one
    who may set it. Raises Oneself, SamePerson, NothingProposed, Changed, Takeover, Inactive.
    """
    user = lock_user(user_id)
    require_another(by, user)
    proposal = PasswordProposal.objects.select_for_update(of=("self",)).filter(user=user, expires_at__gt=at).first()
    if proposal is None:
        raise NothingProposed
    require_as_read(proposal, proposed_at)
    proposer = actor_again(ActorKind.PERSON, str(proposal.proposed_by.public_id), None, at)
    if by.id == str(proposal.proposed_by.public_id):
        raise SamePerson
    if not user.is_active:
        raise refusals.Inactive
    if proposer is None or not any(Permission.SET_PASSWORD in held.permissions for held in proposer.holdings):
        raise NothingProposed
    _require_no_takeover(proposer, user, at)
    former, user.password, user.password_set_at = user.password, proposal.password, at
    user.must_change_password = True
    save_changed(user, "password", "password_set_at", "must_change_password")
    remember_former(user, former, at=at)
    forget_sessions(user)
    proposal.delete()
    record_change(
        action="accounts.approve_password", subject=user, by=by, changes={"must_change_password": [None, True]}
    )
    return user


def require_as_read(proposal, proposed_at: str) -> None:
    """Nobody approves a proposal of somebody who proposed after the page was read. Raises Changed."""
    if proposed_at and proposed_at != proposal.proposed_at.isoformat():
        raise Changed


def _require_no_takeover(proposer: Actor, user: User, at: dt.datetime) -> None:
    held = AreaGrant.objects.unfinished(at).filter(user=user).values_list("role", flat=True)
    try:
        rules.require_no_takeover([holding.role for holding in proposer.holdings], held)
    except rules.Unfit as unfit:
        raise refusals.Takeover from unfit
