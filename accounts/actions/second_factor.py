"""The second factor: setting it up, passing it, recovery codes, taking it away."""

import datetime as dt
import secrets
from base64 import b32encode
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.actions import refusals
from accounts.actions.people import lock_user
from accounts.actions.sessions import forget_sessions
from accounts.models import FactorResetProposal, RecoveryCode, SecondFactor, User
from accounts.rules import second_factor as rules
from accounts.rules.passwords import needs_another_without_factor
from common.actor import Actor
from common.audit import record_change
from common.errors import Refusal

# How long somebody may take from seeing the secret to typing the first code.
SET_UP_WITHIN = dt.timedelta(minutes=15)


class FactorThere(Refusal):
    code = "second-factor-there"
    status = 409
    message = _("An authenticator app is set up already. Remove it first to set up another.")


class FactorMissing(Refusal):
    code = "second-factor-missing"
    status = 409
    message = _("No authenticator app is being set up, or it took more than 15 minutes. Begin anew.")


class CodeWrong(Refusal):
    code = "code-wrong"
    field = "code"
    message = _("This code is wrong, too old or has been used. Wait for the next one; the phone's clock must be right.")


@dataclass(frozen=True, slots=True)
class Passed:
    """What became of a code: accepted or not, by which way, and until when nothing is accepted any more."""

    accepted: bool
    recovery: bool = False
    locked_until: dt.datetime | None = None


@transaction.atomic
def begin_second_factor(*, user_id: int, password: str, by: Actor, at: dt.datetime) -> SecondFactor:
    """A fresh secret that counts for nothing yet; a former unconfirmed one goes. Raises PasswordWrong, FactorThere."""
    user = lock_user(user_id)
    if not user.check_password(password):
        raise refusals.PasswordWrong(field="password")
    present = SecondFactor.objects.select_for_update().filter(user=user).first()
    if present is not None and present.confirmed_at is not None:
        raise FactorThere
    factor = present or SecondFactor(user=user)
    factor.secret = b32encode(secrets.token_bytes(rules.SECRET_BYTES)).decode()
    factor.made_at = at
    factor.save()
    return factor


@transaction.atomic
def confirm_second_factor(*, user_id: int, code: str, by: Actor, at: dt.datetime) -> tuple[Passed, list[str]]:
    """The first code of the app; with it the factor counts. Returns the recovery codes, which nobody can show again.

    Other sessions of the person end: the caller's own must be given the new hash. Raises FactorMissing, FactorThere.
    """
    user = lock_user(user_id)
    factor = SecondFactor.objects.select_for_update().filter(user=user).first()
    if factor is not None and factor.confirmed_at is not None:
        raise FactorThere
    if factor is None or factor.made_at + SET_UP_WITHIN <= at:
        raise FactorMissing
    passed = _try(factor, code, by, at)
    if not passed.accepted:
        return passed, []
    factor.confirmed_at = at
    factor.save(update_fields=["confirmed_at"])
    forget_sessions(user)
    record_change(action="accounts.confirm_second_factor", subject=user, by=by)
    return passed, _new_recovery_codes(user)


@transaction.atomic
def pass_second_factor(*, user_id: int, code: str, by: Actor, at: dt.datetime) -> Passed:
    """Is this a code that counts? One of the app, later than the last; or a recovery code not yet used.

    Wrong ones are counted, and after five nothing is accepted for a while. It answers rather than raises, so that the
    count stays. Raises FactorMissing.
    """
    factor = SecondFactor.objects.select_for_update().filter(user_id=user_id, confirmed_at__isnull=False).first()
    if factor is None:
        raise FactorMissing
    return _try(factor, code, by, at)


@transaction.atomic
def renew_recovery_codes(*, user_id: int, code: str, by: Actor, at: dt.datetime) -> tuple[Passed, list[str]]:
    """Ten new recovery codes for one that counts; the former ones count no more. Raises FactorMissing."""
    user = lock_user(user_id)
    passed = pass_second_factor(user_id=user_id, code=code, by=by, at=at)
    if not passed.accepted:
        return passed, []
    RecoveryCode.objects.filter(user=user).delete()
    record_change(action="accounts.renew_recovery_codes", subject=user, by=by)
    return passed, _new_recovery_codes(user)


@transaction.atomic
def remove_second_factor(*, user_id: int, code: str, by: Actor, at: dt.datetime) -> Passed:
    """One's own way, with a code that counts: for another phone, or for good where no role needs it. Raises FactorMissing."""
    user = lock_user(user_id)
    passed = pass_second_factor(user_id=user_id, code=code, by=by, at=at)
    if passed.accepted:
        forget_factor(user)
        record_change(action="accounts.remove_second_factor", subject=user, by=by)
    return passed


def forget_factor(user: User) -> None:
    """Nothing of a (locked) person's second factor stays, and no session that was opened with it."""
    RecoveryCode.objects.filter(user=user).delete()
    SecondFactor.objects.filter(user=user).delete()
    FactorResetProposal.objects.filter(user=user).delete()
    if needs_another_without_factor(settings.PASSWORD_PROFILE):
        user.must_change_password = True
        user.save(update_fields=["must_change_password"])
    forget_sessions(user)


def _try(factor: SecondFactor, text: str, by: Actor, at: dt.datetime) -> Passed:
    """Judge a code against a locked factor and keep what follows from it."""
    if factor.locked(at):
        return Passed(False, locked_until=factor.locked_until)
    code = rules.canonical_code(text)
    step = rules.matching_step(factor.secret.reveal(), code, at, after=factor.last_step)
    recovery = step is None and _use_recovery_code(factor.user, code, by, at)
    if step is not None or recovery:
        factor.last_step = step or factor.last_step
        factor.failures, factor.locked_until = 0, None
        factor.save(update_fields=["last_step", "failures", "locked_until"])
        return Passed(True, recovery=recovery)
    factor.failures += 1
    if wait := rules.lock_after(factor.failures):
        factor.locked_until = at + wait
        changes = {"failures": [None, factor.failures]}
        record_change(action="accounts.lock_second_factor", subject=factor.user, by=by, changes=changes)
    factor.save(update_fields=["failures", "locked_until"])
    return Passed(False, locked_until=factor.locked_until if factor.locked(at) else None)


def _use_recovery_code(user: User, code: str, by: Actor, at: dt.datetime) -> bool:
    if not rules.is_recovery_code(code):
        return False
    digest = rules.recovery_digest(str(user.public_id), code)
    used = RecoveryCode.objects.filter(user=user, digest=digest, used_at=None).update(used_at=at)
    if used:
        record_change(action="accounts.use_recovery_code", subject=user, by=by)
    return bool(used)


def _new_recovery_codes(user: User) -> list[str]:
    codes = [
        "".join(secrets.choice(rules.RECOVERY_ALPHABET) for _place in range(rules.RECOVERY_LENGTH))
        for _code in range(rules.RECOVERY_CODES)
    ]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user=user, digest=rules.recovery_digest(str(user.public_id), code)) for code in codes
    )
    return [rules.spoken(code) for code in codes]
