"""What accounts keep of people for a time only (registered at common.hooks.RETENTION_KINDS)."""

import datetime as dt

from axes.models import AccessAttempt, AccessFailureLog, AccessLog
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import AreaGrant, FactorResetProposal, Invitation, Membership, PasswordProposal, PersonalDetails
from common.retention import RetentionKind


def _former(cutoff: dt.datetime) -> QuerySet[PersonalDetails]:
    """Numbers of people who are deactivated, and whose last role ended and whose numbers were written before `cutoff`."""
    rows = PersonalDetails.objects.filter(user__is_active=False, changed_at__lt=cutoff)
    for holdings in (Membership, AreaGrant):
        rows = rows.exclude(user__in=holdings.objects.unfinished(cutoff).values("user_id"))
    return rows


def former_people() -> RetentionKind:
    def remove(keys):
        PersonalDetails.objects.filter(pk__in=keys).delete()

    return RetentionKind(_("phones and identity numbers of people who left"), _former, remove)


def expired_invitations() -> RetentionKind:
    def due(cutoff):
        return Invitation.objects.filter(expires_at__lt=cutoff, phone__isnull=False)

    def remove(keys):
        Invitation.objects.filter(pk__in=keys).update(phone=None, phone_index=None)

    return RetentionKind(_("phones of invitations that nobody accepted"), due, remove)


def lapsed_proposals(model, label) -> RetentionKind:
    def due(cutoff):
        return model.objects.filter(expires_at__lt=cutoff)

    def remove(keys):
        model.objects.filter(pk__in=keys).delete()

    return RetentionKind(label, due, remove)


def lapsed_passwords() -> RetentionKind:
    return lapsed_proposals(PasswordProposal, _("temporary passwords whose approval never came"))


def lapsed_resets() -> RetentionKind:
    return lapsed_proposals(FactorResetProposal, _("resets of second factors whose approval never came"))


def _attempts(model, label) -> RetentionKind:
    def due(cutoff):
        return model.objects.filter(attempt_time__lt=cutoff)

    def remove(keys):
        model.objects.filter(pk__in=keys).delete()

    return RetentionKind(label, due, remove)


def refused_sign_ins() -> RetentionKind:
    return _attempts(AccessAttempt, _("refused attempts to sign in"))


def failures() -> RetentionKind:
    return _attempts(AccessFailureLog, _("failed sign-ins, with their addresses"))


def sign_ins() -> RetentionKind:
    return _attempts(AccessLog, _("sign-ins, with their addresses"))


KINDS = {
    "accounts.former_people": former_people,
    "accounts.invitations": expired_invitations,
    "accounts.lapsed_passwords": lapsed_passwords,
    "accounts.lapsed_resets": lapsed_resets,
    "accounts.attempts": refused_sign_ins,
    "accounts.failures": failures,
    "accounts.sign_ins": sign_ins,
}
