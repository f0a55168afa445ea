"""Applications about use registrations: the list, the regulator's queue, one application, and the using unit's steps."""

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common.attachments.fields import MOST_FILES
from common.attachments.store import store_attachment
from common.clock import local_date
from common.errors import Refusal
from common.scoping import may
from common.views import ScopedDetailPage, ScopedFormPage, ScopedListPage
from registry.actions import registrations as actions
from registry.actions.documents import file_document
from registry.choices import OPEN_STATES, ApplicationState
from registry.forms.registrations import (
    LABELS,
    ApplicationFilter,
    ApplicationForm,
    BeginForm,
    ConfirmForm,
    QueueFilter,
    reply_key,
)
from registry.models import Document, Elevator, RegistrationApplication
from registry.queries.documents import documents_of
from registry.queries.registrations import (
    attached,
    attached_document,
    kinds_possible,
    last_remarks,
    needs_on,
    open_application_of,
    read_application,
    unanswered_remarks,
)
from registry.rules.documents import state_of
from registry.rules.registration import EDITABLE, STEPS
from registry.views.changes import efile_url, named
from registry.views.registration_lines import answer_lines, paper_lines

BADGES = {
    "DRAFT": "neutral",
    "SUBMITTED": "attention",
    "RETURNED": "warning",
    "UNDER_REVIEW": "attention",
    "APPROVED": "ok",
    "REFUSED": "danger",
    "WITHDRAWN": "neutral",
}


def application_url(row) -> str:
    return reverse("registry:application", args=[row.public_id])


class ApplicationListPage(ScopedListPage):
    """The applications that one sees, newest first: a unit's own, a regulator's area."""

    permission = Permission.VIEW_APPLICATION
    template_name = "registry/application_list.html"
    title = _("Use registration: applications")
    queryset = RegistrationApplication.objects.all()
    filter_class = ApplicationFilter
    row_template = "registry/_application_row.html"
    caption = _("Applications")
    empty_text = _("No application yet. One begins in the e-file of its elevator.")
    columns = (
        {"label": _("Application")},
        {"label": _("Elevator")},
        {"label": _("Using unit")},
        {"label": _("State")},
        {"label": _("Submitted")},
        {"label": _("Answer due")},
    )

    def decorate(self, queryset):
        return queryset.select_related("elevator", "unit")

    def dress(self, rows):
        for row in rows:
            row.badge, row.url = BADGES[row.state], application_url(row)
            row.late = _late(row)

    def get_context(self, **extra):
        queue = reverse("registry:application_queue") if may(self.actor, Permission.CHANGE_REGISTRATION) else ""
        return super().get_context(queue_url=queue, **extra)


class ApplicationQueuePage(ApplicationListPage):
    """What waits for the regulator, the longest overdue first."""

    permission = Permission.CHANGE_REGISTRATION
    title = _("Use registration: to be answered")
    queryset = RegistrationApplication.objects.waiting()
    filter_class = QueueFilter
    order = ("due_on", "id")
    empty_text = _("Nothing waits for an answer.")

    def get_context(self, **extra):
        return super().get_context(all_url=reverse("registry:applications"), **extra)


def _late(row) -> bool:
    """Did the using unit apply after its term?"""
    return bool(row.submitted_at and row.apply_due_on and local_date(row.submitted_at) > row.apply_due_on)


class ApplicationPage(ScopedDetailPage):
    """One application: where it stands, what is to be mended, what it says and brings."""

    permission = Permission.VIEW_APPLICATION
    template_name = "registry/application.html"
    queryset = RegistrationApplication.objects.select_related("elevator", "unit", "new_unit", "apply_rule", "due_rule")

    def get_context(self, **extra):
        row, today = self.object, local_date(self.at)
        reading, remarks = read_application(row, today=today), {}
        if row.state in OPEN_STATES:
            remarks = last_remarks(row)
        sees = Elevator.objects.visible_to(self.actor, Permission.VIEW_ELEVATOR).filter(pk=row.elevator_id).exists()
        own = _theirs(self.actor, Permission.APPLY_REGISTRATION, row)
        decides = _theirs(self.actor, Permission.CHANGE_REGISTRATION, row)
        edits = own and row.state in EDITABLE
        return super().get_context(
            application=row,
            badge=BADGES[row.state],
            late=_late(row),
            elevator=row.elevator if sees else None,
            elevator_name=named(row.elevator),
            answers=answer_lines(row, reading, remarks),
            papers=paper_lines(row, reading, remarks, actor=self.actor, today=today, edits=edits),
            remarked=bool(remarks) and row.state == ApplicationState.RETURNED,
            may_begin_anew=own and sees and self._may_begin_anew(),
            may_edit=edits,
            may_withdraw=own and (row.state, "withdraw") in STEPS,
            may_review=decides and any((row.state, step) in STEPS for step in ("accept", "approve", "refuse")),
            **extra,
        )

    def _may_begin_anew(self) -> bool:
        """After a refusal: does the same kind fit, with nothing under way?"""
        row = self.object
        if row.state != ApplicationState.REFUSED or open_application_of(row.elevator, actor=self.actor) is not None:
            return False
        return row.kind in kinds_possible(row.elevator, actor=self.actor, at=self.at)


def _theirs(actor, permission, row) -> bool:
    rows = RegistrationApplication.objects.visible_to(actor, permission)
    return may(actor, permission) and rows.filter(pk=row.pk).exists()


class BeginApplicationPage(ScopedFormPage):
    """Choose what to apply for; then comes the form of that kind."""

    permission = Permission.APPLY_REGISTRATION
    view_permission = Permission.VIEW_ELEVATOR
    queryset = Elevator.objects.all()
    form_class = BeginForm
    title = _("Use registration: new application")
    submit_label = _("Go on")

    def get_form_kwargs(self):
        kinds = kinds_possible(self.object, actor=self.actor, at=self.at)
        return {"kinds": kinds, "initial": {"kind": self.request.GET.get("kind") or (kinds[0] if kinds else "")}}

    def get_context(self, **extra):
        return super().get_context(lead=named(self.object), **extra)

    def cancel_url(self):
        return efile_url(self.object)

    def save(self, form):
        row = actions.open_application(elevator=self.object, kind=form.cleaned_data["kind"], by=self.actor, at=self.at)
        return HttpResponseRedirect(reverse("registry:edit_application", args=[row.public_id]))


class OfApplication(ScopedFormPage):
    """A step of the using unit about one of its applications."""

    permission = Permission.APPLY_REGISTRATION
    view_permission = Permission.VIEW_APPLICATION
    queryset = RegistrationApplication.objects.select_related("elevator", "unit")

    def get_context(self, **extra):
        return super().get_context(lead=f"{self.object} · {named(self.object.elevator)}", **extra)

    def cancel_url(self):
        return application_url(self.object)


class EditApplicationPage(OfApplication):
    """The form of an application. Whatever is sent is kept; what is wrong is said when it is submitted."""

    template_name = "registry/application_form.html"
    form_class = ApplicationForm
    title = _("Use registration: application")

    def get(self, request, **kwargs):
        if self.object.state not in EDITABLE:
            return HttpResponseRedirect(application_url(self.object))
        return super().get(request, **kwargs)

    def get_form_kwargs(self):
        row, today = self.object, local_date(self.at)
        there: dict[str, list] = {}
        for each in attached(row):
            if state_of(each, today) == "IN_FORCE":
                there.setdefault(each.kind, []).append(each)
        return {
            "needs": needs_on(row.kind, row.elevator, today),
            "remarks": last_remarks(row) if row.state == ApplicationState.RETURNED else {},
            "there": there,
            "standing": documents_of(row.elevator, actor=self.actor).standing(),
            "initial": {**row.answers, "version": row.version},
        }

    def get_form(self, data=None, files=None):
        asked = self.request.GET.get("check")
        if data is not None or not (asked or self.request.GET.get("refused")):
            return super().get_form(data, files)
        form = super().get_form({**self.object.answers, **self._replies(), "version": self.object.version})
        refused = self.request.session.pop(self._refused_key, {})
        for field in refused.keys() & form.fields.keys():
            for sentence in refused[field]:
                form.add_error(field, sentence)
        if not asked:
            return form
        reading = read_application(self.object, today=local_date(self.at))
        form.show_faults(reading.faults, [kind for kind in reading.missing if f"file_{kind.lower()}" not in refused])
        form.show_unanswered(unanswered_remarks(self.object, reading))
        for check in (actions.receiving_unit, actions.place_of):
            try:
                check(self.object, reading.values)
            except Refusal as refusal:
                if refusal.field not in form.errors:
                    form.add_error(refusal.field, refusal.message)
        return form

    def _replies(self) -> dict[str, str]:
        return {reply_key(remark): remark.reply for remark in last_remarks(self.object).values()}

    def get_context(self, **extra):
        checked = any(self.request.GET.get(name) for name in ("check", "refused"))
        return super().get_context(checked=checked, **extra)

    @property
    def _refused_key(self) -> str:
        """Where the session keeps why files were refused, for the page that follows: the draft itself is saved."""
        return f"refused-files-{self.object.public_id}"

    def post(self, request, **kwargs):
        """Files are taken in before anything is locked: reading one takes seconds, in which others must not wait for the
        elevator."""
        self.received, self.refused = {}, {}
        names = [f"file_{need.name.lower()}" for need in self.get_form_kwargs()["needs"] if need.target == "DOCUMENT"]
        for name in names if self.object.state in EDITABLE else ():
            for file in request.FILES.getlist(name)[:MOST_FILES]:
                self._receive(name, file)
        return super().post(request, **kwargs)

    def _receive(self, name: str, file) -> None:
        try:
            self.received[file] = store_attachment(file, by=self.actor, at=self.at)
        except Refusal as refusal:
            self.refused.setdefault(name, []).append(f"{file.name}: {refusal.message}")
        file.seek(0)

    def save(self, form):
        row = actions.save_answers(
            application=self.object,
            answers=form.answers(),
            version=form.cleaned_data.get("version"),
            by=self.actor,
            at=self.at,
        )
        row = actions.save_replies(application=row, replies=form.replies(), by=self.actor, at=self.at)
        submits = self.request.POST.get("intent") == "submit"
        self._keep_papers(row, form)
        if self.refused:
            self.request.session[self._refused_key] = self.refused
            return HttpResponseRedirect(f"{self.request.path}?{'check' if submits else 'refused'}=1")
        if submits:
            return HttpResponseRedirect(self._submit(row))
        messages.success(self.request, _("The draft is saved."))
        return HttpResponseRedirect(application_url(row))

    def _keep_papers(self, row, form) -> None:
        """File what was received and attach it."""
        for kind, files, chosen in form.papers():
            if kept := [self.received[file] for file in files if file in self.received]:
                chosen.append(
                    file_document(
                        elevator=row.elevator,
                        kind=kind,
                        attachments=kept,
                        supersedes=self._mended(row, kind),
                        by=self.actor,
                        at=self.at,
                    )
                )
            for document in chosen:
                actions.attach_document(application=row, document=document, by=self.actor, at=self.at)

    def _mended(self, row, kind) -> Document | None:
        """The document that was returned to be mended, if it is the actor's to replace: the new one takes its place."""
        if row.state != ApplicationState.RETURNED or ("DOCUMENT", kind) not in last_remarks(row):
            return None
        theirs = Document.objects.visible_to(self.actor, Permission.FILE_DOCUMENT).standing()
        return theirs.filter(pk__in=attached(row).values("pk"), kind=kind).order_by("-pk").first()

    def _submit(self, row) -> str:
        """Where to go after trying: what is wrong is shown by the form, from what was kept."""
        try:
            actions.submit_application(application=row, by=self.actor, at=self.at)
        except Refusal as refusal:
            if refusal.status in (403, 404):
                raise
            at_fields = isinstance(refusal, (actions.ApplicationIncomplete, actions.RemarksUnanswered))
            if not at_fields and refusal.field not in LABELS:
                messages.error(self.request, refusal.message)
            return f"{self.request.path}?check=1"
        messages.success(self.request, _("The application is submitted. The regulator answers on this page."))
        return application_url(row)


class DetachDocumentPage(OfApplication):
    """Take a document off an application that can still be changed; the e-file keeps it."""

    form_class = ConfirmForm
    title = _("Take the document off the application")
    submit_label = _("Take off")
    consequence = _(
        "The application no longer brings this document. It stays in the e-file of the elevator unless it is withdrawn there."
    )

    @cached_property
    def document(self) -> Document:
        """Asked for only when there is something to do: a second click is answered as the first, not with 404."""
        return attached_document(self.object, self.kwargs["document_id"])

    def get(self, request, **kwargs):
        if self.document and self.object.state not in EDITABLE:
            return HttpResponseRedirect(application_url(self.object))
        return super().get(request, **kwargs)

    def get_context(self, **extra):
        return {
            **super().get_context(**extra),
            "lead": f"{self.document} · {self.object} · {named(self.object.elevator)}",
        }

    def save(self, form):
        actions.detach_document(application=self.object, document=self.document, by=self.actor, at=self.at)
        messages.success(self.request, _("Taken off the application. The document stays in the e-file."))
        return HttpResponseRedirect(application_url(self.object))


class WithdrawApplicationPage(OfApplication):
    """Take an application back."""

    form_class = ConfirmForm
    title = _("Take the application back")
    submit_label = _("Take back")
    danger = True
    consequence = _("Nobody decides on it any more. Its documents stay in the e-file.")

    def save(self, form):
        actions.withdraw_application(application=self.object, by=self.actor, at=self.at)
        return HttpResponseRedirect(application_url(self.object))
