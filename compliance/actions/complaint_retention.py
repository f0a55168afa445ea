"""What complaints keep of people for a time only (registered at common.hooks.RETENTION_KINDS)."""

import datetime as dt

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from common.retention import RetentionKind
from compliance.models import Complaint
from compliance.rules.complaints import OPEN

SETTLED = ("CLOSED", "TRANSFERRED")


def _due(cutoff: dt.datetime) -> QuerySet[Complaint]:
    """Phones with complaints that ended before `cutoff`; a joined one ends with the one that stands for it."""
    joined = Q(state="DUPLICATE") & ~Q(duplicate_of__state__in=[*sorted(OPEN), "REVIEWED"])
    ended = Q(duplicate_of=None) | Q(duplicate_of__changed_at__lt=cutoff)
    return Complaint.objects.filter(Q(state__in=SETTLED) | joined & ended, contact__isnull=False, changed_at__lt=cutoff)


def phones_of_complaints() -> RetentionKind:
    def remove(keys):
        # the digest of the form covers the phone: few enough numbers there are to try them all
        Complaint.objects.filter(pk__in=keys).update(contact=None, form_digest=b"")

    return RetentionKind(_("phones of people who complained, after the end"), _due, remove)
