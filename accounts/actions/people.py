"""People who sign in: entering, naming, stopping them, their passwords and locks."""

import datetime as dt

from axes.models import AccessAttempt
from django.db import IntegrityError, transaction
from django.db.models.functions import Lower

from accounts import rules
from accounts.actions import refusals
from accounts.actions.passwords import remember_former, require_unused, set_checked_password
from accounts.actions.sessions import forget_sessions
from accounts.models import AreaGrant, Membership, PasswordProposal, SecondFactor, User
from common.actor import Actor, ActorKind
from common.audit import difference, record_change
from common.errors import Changed


@transaction.atomic
def create_user(
    *, username: str, display_name: str, temporary_password: str, by: Actor, at: dt.datetime, synthetic: bool = False
) -> User:
    """Enter a person who holds nothing yet and must change the password at the first sign-in.

    A repeated call raises NameTaken. Also raises NameUnfit, PasswordWeak.
    """
    try:
        username = rules.canonical_username(username)
    except rules.Unfit as unfit:
        raise refusals.NameUnfit from unfit
    user = User(
        username=username,
        display_name=display_name.strip(),
        must_change_password=True,
        synthetic=synthetic,
        created_at=at,
    )
    set_checked_password(user, temporary_password, at=at)
    try:
        with transaction.atomic():
            user.save(force_insert=True)
    except IntegrityError as error:
        raise refusals.NameTaken from error
    changes = {"username": [None, username], "display_name": [None, user.display_name]}
    record_change(action="accounts.create_user", subject=user, by=by, changes=changes)
    return user


@transaction.atomic
def change_user(*, user_id: int, display_name: str, by: Actor, at: dt.datetime, version: int | None = None) -> User:
    """Change how a person is called on screen; the same again changes nothing. Raises Changed."""
    user = lock_user(user_id)
    if version is not None and user.version != version:
        raise Changed
    values = {"display_name": display_name.strip()}
    if not (changes := difference(user, values)):
        return user
    user.display_name = values["display_name"]
    save_changed(user, "display_name")
    record_change(action="accounts.change_user", subject=user, by=by, changes=changes)
    return user


@transaction.atomic
def deactivate_user(*, user_id: int, by: Actor, at: dt.datetime) -> User:
    """Stop a person: every role ends, every session ends, signing in ends. Again changes nothing.

    What is to begin later never begins. Raises Oneself, LastAdministrator.
    """
    require_another(by, User.objects.get(pk=user_id))
    keep_one_platform_keeper(without_user_id=user_id, at=at)
    user = lock_user(user_id)
    if not user.is_active:
        return user
    ended = [row for model in (Membership, AreaGrant) for row in _end_all(model.objects.filter(user=user), at)]
    user.is_active = False
    save_changed(user, "is_active")
    forget_sessions(user)
    record_change(
        action="accounts.deactivate_user",
        subject=user,
        by=by,
        changes={"is_active": [True, False], "roles": [sorted(row.role for row in ended), []]},
    )
    return user


@transaction.atomic
def reactivate_user(*, user_id: int, by: Actor, at: dt.datetime) -> User:
    """Let a person sign in again, with the old password and without any role. Again changes nothing. Raises Oneself."""
    user = lock_user(user_id)
    require_another(by, user)
    if user.is_active:
        return user
    user.is_active = True
    save_changed(user, "is_active")
    record_change(action="accounts.reactivate_user", subject=user, by=by, changes={"is_active": [False, True]})
    return user


@transaction.atomic
def set_temporary_password(*, user_id: int, temporary_password: str, by: Actor, at: dt.datetime) -> User:
    """An administrator's way: the person's sessions end, and the next sign-in leads to a password of their own.

    An official's takes two administrators (accounts.actions.second_person). Raises Oneself, Takeover, SecondNeeded,
    Inactive, PasswordWeak.
    """
    user = lock_user(user_id)
    require_another(by, user)
    if not user.is_active:
        raise refusals.Inactive
    held = AreaGrant.objects.unfinished(at).filter(user=user).values_list("role", flat=True)
    own = [holding.role for holding in by.holdings]
    try:
        rules.require_no_takeover(own, held)
    except rules.Unfit as unfit:
        raise refusals.Takeover from unfit
    if by.kind != ActorKind.SYSTEM and rules.takes_two(held):
        raise refusals.SecondNeeded
    if user.must_change_password and user.check_password(temporary_password):
        return user
    former = user.password
    set_checked_password(user, temporary_password, at=at)
    user.must_change_password = True
    save_changed(user, "password", "password_set_at", "must_change_password")
    remember_former(user, former, at=at)
    forget_sessions(user)
    record_change(
        action="accounts.set_temporary_password", subject=user, by=by, changes={"must_change_password": [None, True]}
    )
    return user


@transaction.atomic
def change_own_password(*, user_id: int, old_password: str, password: str, by: Actor, at: dt.datetime) -> User:
    """The person's own way: the old password is needed; all sessions end, the caller's own goes on by the new hash.

    Raises PasswordWrong, PasswordSame, PasswordUsed, PasswordWeak.
    """
    user = lock_user(user_id)
    if not user.check_password(old_password):
        raise refusals.PasswordWrong
    if old_password == password:
        raise refusals.PasswordSame
    require_unused(user, password)
    former = user.password
    set_checked_password(user, password, at=at)
    user.must_change_password = False
    save_changed(user, "password", "password_set_at", "must_change_password")
    remember_former(user, former, at=at)
    PasswordProposal.objects.filter(user=user).delete()
    forget_sessions(user)
    record_change(action="accounts.change_own_password", subject=user, by=by)
    return user


@transaction.atomic
def count_wrong_password(*, user_id: int) -> int:
    """One more wrong present password of somebody who is signed in; how many that makes since the last right one."""
    user = lock_user(user_id)
    user.wrong_passwords += 1
    user.save(update_fields=["wrong_passwords"])
    return user.wrong_passwords


def forget_wrong_passwords(*, user_id: int) -> None:
    """After a right one, or once the session has ended for the wrong ones."""
    User.objects.filter(pk=user_id, wrong_passwords__gt=0).update(wrong_passwords=0)


@transaction.atomic
def unlock(*, user_id: int, by: Actor, at: dt.datetime) -> int:
    """Forget the wrong passwords and codes typed for a person, from whatever address; how many locks and counts went.

    Raises Oneself.
    """
    user = lock_user(user_id)
    require_another(by, user)
    counted = AccessAttempt.objects.alias(name_key=Lower("username")).filter(name_key=user.username.lower())
    gone, _models = counted.delete()
    codes = SecondFactor.objects.filter(user=user).exclude(failures=0)
    gone += codes.update(failures=0, locked_until=None)
    if gone:
        record_change(action="accounts.unlock", subject=user, by=by, changes={"locks": [gone, 0]})
    return gone


# --- for the neighbours in this package -------------------------------------------------------------------------------


def lock_user(user_id: int) -> User:
    """The person's row, locked: everything that happens to one person happens one after the other."""
    return User.objects.select_for_update().get(pk=user_id)


def keep_one_platform_keeper(*, without_user_id: int, at: dt.datetime) -> None:
    """Somebody else still gives roles on the platform once this person does not. Raises LastAdministrator.

    Locks every such grant, so that two administrators cannot end each other at the same moment.
    """
    keepers = AreaGrant.objects.lasting(at).filter(role=rules.PLATFORM_KEEPER, user__is_active=True)
    holders = set(keepers.order_by("pk").select_for_update(of=("self",)).values_list("user_id", flat=True))
    if without_user_id in holders and len(holders) == 1:
        raise refusals.LastAdministrator


def require_another(by: Actor, user: User) -> None:
    try:
        rules.require_somebody_else(by.id, str(user.public_id))
    except rules.Unfit as unfit:
        raise refusals.Oneself from unfit


def _end_all(rows, at) -> list:
    """End unfinished periods; one that has not begun ends where it would begin."""
    rows = list(rows.unfinished(at).order_by("pk"))
    for row in rows:
        row.ended_at = max(at, row.started_at)
    if rows:
        type(rows[0]).objects.bulk_update(rows, ["ended_at"])
    return rows


def save_changed(user: User, *fields: str) -> None:
    user.version += 1
    user.save(update_fields=[*fields, "version"])
