"""A lost second factor: one administrator proposes to take it away, another approves. The operator may at the server."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actions import refusals
from accounts.actions.people import lock_user, require_another
from accounts.actions.second_factor import forget_factor
from accounts.actions.second_person import KEPT, SamePerson, require_as_read
from accounts.models import FactorResetProposal, SecondFactor, User
from accounts.queries import actor_again
from accounts.roles import Permission
from common.actor import Actor, ActorKind
from common.audit import record_change
from common.errors import Refusal


class NoFactor(Refusal):
    code = "no-second-factor"
    status = 409
    message = _("This person has no second factor.")


class NoResetProposed(Refusal):
    code = "no-reset-proposed"
    status = 409
    message = _("No reset waits for approval. One that was proposed more than 24 hours ago has to be proposed again.")


@transaction.atomic
def propose_factor_reset(*, user_id: int, by: Actor, at: dt.datetime) -> FactorResetProposal:
    """Say that somebody's app and recovery codes are lost. Nothing changes yet. Raises Oneself, Inactive, NoFactor."""
    user = lock_user(user_id)
    require_another(by, user)
    if not user.is_active:
        raise refusals.Inactive
    if not SecondFactor.objects.filter(user=user, confirmed_at__isnull=False).exists():
        raise NoFactor
    present = FactorResetProposal.objects.filter(user=user, expires_at__gt=at, proposed_by__public_id=by.id).first()
    if present is not None:
        return present
    proposal, _made = FactorResetProposal.objects.update_or_create(
        user_id=user.pk,
        defaults={
            "proposed_by": User.objects.get(public_id=by.id),
            "proposed_at": at,
            "expires_at": at + KEPT,
        },
    )
    record_change(action="accounts.propose_factor_reset", subject=user, by=by)
    return proposal


@transaction.atomic
def approve_factor_reset(*, user_id: int, by: Actor, at: dt.datetime, proposed_at: str = "") -> User:
    """Take the factor away; sessions end. Whoever needs one sets up another at the next sign-in.

    `proposed_at` (ISO) is that of the proposal as it was read. The proposer must still be one who may propose.
    Raises Oneself, SamePerson, NoResetProposed, Changed, Inactive.
    """
    user = lock_user(user_id)
    require_another(by, user)
    rows = FactorResetProposal.objects.select_for_update(of=("self",)).select_related("proposed_by")
    proposal = rows.filter(user=user, expires_at__gt=at).first()
    if proposal is None:
        raise NoResetProposed
    require_as_read(proposal, proposed_at)
    if by.id == str(proposal.proposed_by.public_id):
        raise SamePerson
    if not user.is_active:
        raise refusals.Inactive
    proposer = actor_again(ActorKind.PERSON, str(proposal.proposed_by.public_id), None, at)
    if proposer is None or not any(Permission.SET_PASSWORD in held.permissions for held in proposer.holdings):
        raise NoResetProposed
    return _reset(user, by)


@transaction.atomic
def reset_factor_at_server(*, user_id: int, by: Actor, at: dt.datetime) -> User:
    """The operator's way, for the last security administrator. Raises NoFactor, NotYours for anybody but the platform."""
    if by.kind != ActorKind.SYSTEM:
        raise refusals.NotYours
    user = lock_user(user_id)
    if not SecondFactor.objects.filter(user=user).exists():
        raise NoFactor
    return _reset(user, by)


def _reset(user: User, by: Actor) -> User:
    forget_factor(user)
    record_change(action="accounts.approve_factor_reset", subject=user, by=by)
    return user
