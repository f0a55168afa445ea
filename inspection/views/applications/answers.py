"""The inspection body: a day for one application or for several of one site, a refusal with its reason, the phone."""

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.roles import Permission
from common.clock import local_date
from common.errors import NotPermitted
from common.scoping import require
from common.views import ScopedBulkPage, ScopedFormPage
from compliance.queries.standing import with_elevators
from inspection.actions.applications import (
    MOST,
    Answer,
    appoint_inspection,
    appoint_inspections,
    decline_application,
    reveal_contact,
)
from inspection.forms.applications import AppointForm, PurposeForm, ReasonForm
from inspection.models import Application
from inspection.queries.applications import own_body
from inspection.views.applications.asking import say_refused
from inspection.views.applications.lists import application_url, dressed


class _AnswerPage(ScopedFormPage):
    permission = Permission.ANSWER_INSPECTION
    view_permission = Permission.VIEW_REPORT
    queryset = Application.objects.select_related("elevator__site", "body", "unit")

    def dispatch(self, request, *args, **kwargs):
        """A body that sees the elevator, but was not asked, is told before it has filled in anything."""
        self._require_own(request)
        return super().dispatch(request, *args, **kwargs)

    def _require_own(self, request):
        row = self.queryset.filter(public_id=self.kwargs["public_id"]).first()
        seen = Application.objects.visible_to(request.actor, self.view_permission)
        if row is not None and seen.filter(pk=row.pk).exists() and not own_body(request.actor, row):
            raise NotPermitted(permission=self.permission)

    def get_context(self, **extra):
        row = self.object
        place = row.elevator.site or row.elevator.address
        return super().get_context(lead=f"{row.elevator.main_code} · {place} · {row.unit}", row=row, **extra)

    def cancel_url(self):
        return application_url(self.object)


class AppointPage(_AnswerPage):
    """Say on which day one comes, or another one. A day after the last good one is warned about and taken."""

    title = _("Appoint a day")
    submit_label = _("Appoint it")
    template_name = "inspection/applications/appoint.html"

    def get_form(self, data=None, files=None):
        row = self.object
        initial = {
            "version": row.version,
            "day": row.appointed_on or max(row.wanted_from, local_date(self.at)),
            "inspector": row.inspector and row.inspector.public_id,
        }
        return AppointForm(data, rows=[row], initial=initial)

    def save(self, form):
        given = form.cleaned_data
        appoint_inspection(
            application=self.object,
            day=given["day"],
            inspector=given["inspector"],
            expected=given["version"],
            by=self.actor,
            at=self.at,
        )
        return HttpResponseRedirect(application_url(self.object))


class DeclinePage(_AnswerPage):
    """Say that one does not come, and why."""

    title = _("Decline the application")
    submit_label = _("Decline it")
    consequence = _("The unit is told at once and has to apply to another body.")
    danger = True

    def get_form(self, data=None, files=None):
        return ReasonForm(data, initial={"version": self.object.version})

    def save(self, form):
        given = form.cleaned_data
        decline_application(
            application=self.object, reason=given["reason"], expected=given["version"], by=self.actor, at=self.at
        )
        return HttpResponseRedirect(application_url(self.object))


class ContactPage(_AnswerPage):
    """Look at the phone of who opens the door. Each look is noted."""

    form_class = PurposeForm
    title = _("Look at the phone")
    submit_label = _("Show the phone")
    consequence = _("That you looked, and what for, stays in the audit log.")

    def post(self, request, **_kwargs):
        """Not once per form: each look is one and on record."""
        return self._work("")

    def save(self, form):
        phone = reveal_contact(application=self.object, purpose=form.cleaned_data["purpose"], by=self.actor)
        context = {"title": self.title, "phone": phone, "application": self.object}
        answer = render(self.request, "inspection/applications/contact.html", context)
        answer["Cache-Control"] = "no-store"
        return answer


class AppointManyPage(ScopedBulkPage):
    """One day and one inspector for several applications, each judged by itself."""

    permission = Permission.ANSWER_INSPECTION
    view_permission = Permission.VIEW_REPORT
    template_name = "inspection/applications/appoint_many.html"
    title = _("Appoint a day for several")
    submit_label = _("Appoint them")
    rows_queryset = Application.objects.select_related("body", "unit").order_by("due_on", "pk")
    largest = MOST

    def dispatch(self, request, *args, **kwargs):
        if request.method in ("GET", "HEAD") and not request.GET.getlist("ids"):
            require(request.actor, self.permission)
            messages.info(request, _("Choose some applications first: tick them in the list."))
            return HttpResponseRedirect(self.cancel_url())
        return super().dispatch(request, *args, **kwargs)

    def get_rows(self, request):
        """Those asked of one body of the actor: an inspector goes for one body."""
        rows = with_elevators(super().get_rows(request))
        if len({row.body_id for row in rows}) > 1 or not own_body(request.actor, rows[0]):
            raise NotPermitted(permission=self.permission)
        return dressed(rows, local_date(self.at))

    def get_form(self, data=None, files=None):
        return AppointForm(data, rows=self.rows)

    def cancel_url(self):
        return reverse("applications:list") + "?turn=open"

    def save(self, form):
        day, inspector = form.cleaned_data["day"], form.cleaned_data["inspector"]
        answers = [Answer(row, day, inspector, self._read(row)) for row in self.rows]
        outcomes = appoint_inspections(answers=answers, by=self.actor, at=self.at)
        made = [one for one in outcomes if isinstance(one, Application)]
        if not made:
            raise outcomes[0]
        codes = [row.elevator.main_code for row in self.rows]
        say_refused(self.request, zip(codes, outcomes, strict=True))
        words = ngettext("%(n)s inspection is appointed.", "%(n)s inspections are appointed.", len(made))
        messages.success(self.request, words % {"n": len(made)})
        return HttpResponseRedirect(f"{reverse('applications:days')}?from={day}")

    def _read(self, row) -> int | None:
        """The version of a row that the form showed."""
        given = self.request.POST.get(f"version_{row.public_id}", "")
        return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else None
