"""Who read what, and who tried to sign in: for the audit administrator and the auditor. Reading either is itself noted."""

from axes.models import AccessFailureLog, AccessLog
from django.utils.translation import gettext_lazy as _

from accounts.choices import VIA
from accounts.forms.access import AccessFilter, SignInFilter
from accounts.models import Unit, User
from accounts.queries import machines_called_by_id, people_called_by_id
from accounts.roles import Permission
from accounts.rules.sessions import device_of, mask_address
from common.action_labels import action_label
from common.actor import ActorKind
from common.audit import record_access
from common.models import AccessRecord, AuditRecord
from common.views import ScopedListPage


class _NotedList(ScopedListPage):
    """A list of what people did: whoever reads it does something, too. The count of the same look is no second one."""

    permission = Permission.VIEW_AUDIT
    noted_as = ""

    def get(self, request, **kwargs):
        answer = super().get(request, **kwargs)
        if not request.GET.get("count"):
            record_access(subject_type=self.noted_as, subject_id="list", via="page", by=self.actor)
        return answer


class AccessPage(_NotedList):
    """What was read and downloaded, newest first."""

    template_name = "components/list_page.html"
    title = _("Access log")
    noted_as = "common.access"
    queryset = AccessRecord.objects.all()
    order = ("-recorded_at", "-id")
    filter_class = AccessFilter
    row_template = "accounts/_access_row.html"
    caption = _("What was read")
    columns = (
        {"label": _("When")},
        {"label": _("Who")},
        {"label": _("How")},
        {"label": _("What")},
    )

    def dress(self, rows):
        called = people_called_by_id({row.actor_id for row in rows if row.actor_kind == ActorKind.PERSON})
        if machines := {row.actor_id for row in rows if row.actor_kind == ActorKind.API_CLIENT}:
            called |= machines_called_by_id(machines)
        units = Unit.objects.in_bulk({row.acting_unit_id for row in rows if row.acting_unit_id})
        for row in rows:
            row.who = called.get(row.actor_id) or row.actor_id
            row.unit = units.get(row.acting_unit_id)
            row.how = VIA.get(row.via, row.via)
            row.what = action_label(row.subject_type) or row.subject_type


class SignInsPage(_NotedList):
    """Refused sign-ins, or (?outcome=in) those that were let in, newest first. A name that nobody has is not shown: people
    type their password there."""

    template_name = "components/list_page.html"
    title = _("Sign-ins")
    noted_as = "accounts.sign_ins"
    order = ("-id",)
    filter_class = SignInFilter
    row_template = "accounts/_sign_in_row.html"
    caption = _("Sign-ins")
    columns = (
        {"label": _("When")},
        {"label": _("Who")},
        {"label": _("Outcome")},
        {"label": _("Address")},
        {"label": _("Device")},
    )

    @property
    def refused(self) -> bool:
        return self.request.GET.get("outcome") != "in"

    def get_queryset(self):
        rows = AccessFailureLog.objects.all() if self.refused else AccessLog.objects.all()
        return rows if AuditRecord.objects.reads_all(self.actor, self.permission) else rows.none()

    def dress(self, rows):
        names = {row.username.lower() for row in rows if row.username}
        known = {user.username.lower(): user for user in User.objects.with_names(names)} if names else {}
        for row in rows:
            row.person = known.get((row.username or "").lower())
            row.refused = self.refused
            row.half_address = mask_address(row.ip_address or "")
            row.device = device_of(row.user_agent or "")
