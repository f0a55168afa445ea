"""What applications keep of people for a time only (registered at common.hooks.RETENTION_KINDS)."""

import datetime as dt

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from common.retention import RetentionKind
from inspection.choices import ApplicationState
from inspection.models import Application

ENDED = (ApplicationState.DONE, ApplicationState.DECLINED, ApplicationState.WITHDRAWN, ApplicationState.GONE)


def _due(cutoff: dt.datetime) -> QuerySet[Application]:
    """Phones with applications that ended before `cutoff`."""
    return Application.objects.filter(state__in=ENDED, contact__isnull=False, decided_at__lt=cutoff)


def phones_of_applications() -> RetentionKind:
    return RetentionKind(
        _("phones of who opens the door to an inspection, after the end"),
        _due,
        lambda keys: Application.objects.filter(pk__in=keys).update(contact=None),
    )
