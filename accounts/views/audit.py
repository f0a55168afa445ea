"""The audit log: who did what when, whether it is still what was sealed; for the audit administrator."""

import datetime as dt
import re

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.actions.audit import ACTION, JOB_KIND, request_verification
from accounts.forms import ConfirmForm
from accounts.forms.audit import KIND, AuditFilter
from accounts.models import Unit
from accounts.queries import machines_called_by_id, people_called_by_id
from accounts.roles import Permission
from common.action_labels import action_label
from common.actor import ActorKind
from common.choice_words import in_words
from common.clock import SHANGHAI
from common.models import AuditRecord, Job
from common.models.jobs import OPEN_STATES
from common.scoping import may
from common.views import ScopedFormPage, ScopedListPage

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?\+\d\d:\d\d")  # as common.audit keeps it


class AuditPage(ScopedListPage):
    """Every change, newest first; personal values are masks in the rows themselves."""

    permission = Permission.VIEW_AUDIT
    template_name = "accounts/audit.html"
    title = _("Audit log")
    queryset = AuditRecord.objects.all()
    filter_class = AuditFilter
    export_kind = KIND
    row_template = "accounts/_audit_row.html"
    caption = _("Changes on record")
    columns = (
        {"label": _("When")},
        {"label": _("Action")},
        {"label": _("Who")},
        {"label": _("Record")},
        {"label": _("Changes"), "wide": True},
    )

    def dress(self, rows):
        called = people_called_by_id({row.actor_id for row in rows if row.actor_kind == ActorKind.PERSON})
        if machines := {row.actor_id for row in rows if row.actor_kind == ActorKind.API_CLIENT}:
            called |= machines_called_by_id(machines)
        units = Unit.objects.in_bulk({row.acting_unit_id for row in rows if row.acting_unit_id})
        for row in rows:
            row.who = called.get(row.actor_id) or row.actor_id
            row.unit = units.get(row.acting_unit_id)
            row.what = action_label(row.action)
            row.said = [
                (
                    in_words(row.subject_type, "role", name) or name,
                    *(_shown(value, row.subject_type, name) for value in pair),
                )
                for name, pair in sorted(row.changes.items())
            ]

    def get_context(self, **extra):
        verified = AuditRecord.objects.filter(action=ACTION).order_by("-id").first()
        found = [(name, pair[1]) for name, pair in sorted(verified.changes.items())] if verified else []
        return super().get_context(
            verified=verified,
            ledgers=[
                {
                    "name": action_label(name) or name,
                    "until": dt.datetime.fromisoformat(until) if until else None,
                    "faults": faults,
                    "seal": seal,
                    "first": first,
                }
                for name, (until, seal, faults, first) in found
            ],
            running=Job.objects.filter(kind=JOB_KIND, state__in=OPEN_STATES).first(),
            may_verify=may(self.actor, Permission.VERIFY_AUDIT),
            **extra,
        )


def _shown(value, subject_type: str, name: str):
    """Lists as words with commas, codes of known choices in words, moments as on every page, nothing as None."""
    if isinstance(value, list):
        return "、".join(str(_shown(each, subject_type, name)) for each in value)
    if words := in_words(subject_type, name, value):
        return words
    if isinstance(value, str) and _MOMENT.fullmatch(value):
        return f"{dt.datetime.fromisoformat(value).astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
    return None if value == "" else value


class VerifyPage(ScopedFormPage):
    """Have every seal of every ledger recomputed by a job."""

    permission = Permission.VERIFY_AUDIT
    form_class = ConfirmForm
    title = _("Verify the ledgers")
    submit_label = _("Verify them")
    consequence = _(
        "Every sealed row is read again. On a large platform this takes a while; the result stays on the audit log."
    )

    def cancel_url(self):
        return reverse("accounts:audit")

    def save(self, form):
        request_verification(by=self.actor, at=self.at)
        messages.success(self.request, _("The ledgers are being verified."))
        return HttpResponseRedirect(reverse("accounts:audit"))
