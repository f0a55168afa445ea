"""Complaints as staff see them: the list by deadline, one with its steps, the entry of a call, a form for each verb."""

from collections.abc import Callable
from urllib.parse import parse_qsl, urlencode

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.queries import reach_of
from accounts.roles import Permission
from common.clock import local_date
from common.hooks import NavItem, Tile
from common.lists.orders import Order
from common.scoping import may
from common.views import ScopedDetailPage, ScopedFormPage, ScopedListPage
from compliance import actions
from compliance.actions.forwarding import forward_complaint
from compliance.choices import ComplaintSource
from compliance.forms import complaints as forms
from compliance.models import Complaint
from compliance.queries.complaints import (
    answerers_of,
    could_stand_for,
    figures,
    joined_to,
    nearby,
    platforms_for,
    with_told,
)
from compliance.queries.standing import with_elevators
from compliance.queries.steps import steps_in_words
from compliance.rules import complaints as rules
from compliance.views import forwardings

COLOURS = {
    "RECEIVED": "attention", "ASSIGNED": "attention", "RETURNED": "warning", "ANSWERED": "info", "REVIEWED": "ok",
    "CLOSED": "neutral", "DUPLICATE": "neutral", "TRANSFERRED": "neutral",
}  # fmt: skip

BACK = ("turn", "category", "state", "source", "order", "cursor")  # of the list's address, what its rows remember


def complaint_url(complaint) -> str:
    return reverse("compliance:complaint", args=[complaint.public_id])


def navigation(actor) -> list[NavItem]:
    if may(actor, Permission.VIEW_COMPLAINT):
        return [NavItem(_("Complaints"), reverse("compliance:complaints"))]
    if only_enters(actor):
        return [NavItem(_("Enter a complaint"), reverse("compliance:enter_complaint"))]
    return []


def only_enters(actor) -> bool:
    """A hotline: it passes on what callers say and sees none of it afterwards."""
    return may(actor, Permission.ENTER_COMPLAINT) and not may(actor, Permission.VIEW_COMPLAINT)


def tiles(actor, at) -> list[Tile]:
    """What waits for an answer of one's own, for a review, and what is late. One statement."""
    if not may(actor, Permission.VIEW_COMPLAINT):
        return []
    found, address = figures(actor, local_date(at)), reverse("compliance:complaints")
    shown = []
    if found["late"]:
        shown.append(Tile(_("complaints late"), found["late"], f"{address}?turn=late", _("late"), "danger"))
    if found["answer"] and may(actor, Permission.ANSWER_COMPLAINT):
        shown.append(Tile(_("complaints to answer"), found["answer"], f"{address}?turn=mine", "", "attention"))
    if found["review"] and may(actor, Permission.REVIEW_COMPLAINT):
        shown.append(Tile(_("answers to review"), found["review"], f"{address}?turn=review", "", "attention"))
    return shown


def dressed(rows: list, today) -> list:
    """Colours, how late, and their elevators."""
    for row in with_elevators(rows):
        row.colour = COLOURS[row.state]
        row.days_late = max(0, (today - row.due_on).days) if row.due_on else 0
    return rows


class ComplaintListPage(ScopedListPage):
    """Complaints about what one sees: what is due first stands first, then what is settled."""

    permission = Permission.VIEW_COMPLAINT
    title = _("Complaints")
    template_name = "compliance/complaints/list.html"
    queryset = Complaint.objects.all()
    orders = {
        "due": Order(_("by deadline"), ("due_on", "id"), nulls_last=True, column="due"),
        "new": Order(_("newest first"), ("-id",), column="received"),
    }
    filter_class = forms.ComplaintFilter
    row_template = "compliance/complaints/_row.html"
    caption = _("Complaints, what is due first")
    empty_text = _("Nobody has complained about what you see.")
    columns = (
        {"label": _("Category")},
        {"label": _("Elevator")},
        {"label": _("Place")},
        {"label": _("State")},
        {"label": _("Last day"), "name": "due"},
        {"label": _("Received"), "name": "received"},
        {"label": _("Who answers"), "wide": True},
    )

    def decorate(self, queryset):
        return queryset.select_related("category", "unit", "site")

    def dress(self, rows):
        dressed(rows, local_date(self.at))

    @cached_property
    def back(self) -> str:
        """What a row's address carries, so that its page leads back to this list as it is filtered; '' for the whole list."""
        kept = [(name, value) for name, value in self.request.GET.items() if name in BACK and value]
        return f"?{urlencode({'back': urlencode(kept)})}" if kept else ""

    def get_context(self, **extra):
        may_enter, may_judge = (may(self.actor, p) for p in (Permission.ENTER_COMPLAINT, Permission.REVIEW_COMPLAINT))
        return super().get_context(may_enter=may_enter, may_judge=may_judge, **extra)


def list_url(request) -> str:
    """The list as it was filtered when somebody came from it."""
    kept = _came_from(request)
    return reverse("compliance:complaints") + (f"?{urlencode(kept)}" if kept else "")


def with_way_back(address: str, request) -> str:
    """An address of the complaint that remembers the filtered list, too: steps lead on and back without losing it."""
    kept = _came_from(request)
    return f"{address}?{urlencode({'back': urlencode(kept)})}" if kept else address


def _came_from(request) -> list[tuple[str, str]]:
    """Of what the address says only the list's own filters count."""
    try:
        given = parse_qsl(request.GET.get("back", "")[:400], max_num_fields=len(BACK))
    except ValueError:
        given = []
    return [(name, value) for name, value in given if name in BACK]


class ComplaintPage(ScopedDetailPage):
    """One complaint: what was told, whose turn it is, every step, what others told."""

    permission = Permission.VIEW_COMPLAINT
    template_name = "compliance/complaints/complaint.html"
    queryset = with_told(
        Complaint.objects.select_related("category", "unit", "site", "managing_district", "duplicate_of")
    )

    def get_context(self, **extra):
        [complaint] = dressed([self.object], local_date(self.at))
        officer = _covers(self.actor, complaint, Permission.REVIEW_COMPLAINT)
        able = {"answer": _covers(self.actor, complaint, Permission.ANSWER_COMPLAINT)}
        steps = [step for step in rules.steps_from(complaint.state) if able.get(step, officer)]
        return super().get_context(
            complaint=complaint,
            steps=[
                (STEPS[step].title, with_way_back(_step_url(complaint, step), self.request), STEPS[step].danger)
                for step in steps
            ],
            contact_url=with_way_back(
                reverse("compliance:complaint_contact", args=[complaint.public_id]), self.request
            ),
            record=steps_in_words(complaint.steps),
            joined=list(joined_to(complaint)[:20]) if officer else [],
            others=[
                row
                for row in nearby(
                    elevator=complaint.elevator, site=complaint.site, code=complaint.category.code, at=self.at
                )
                if row.pk != complaint.pk
            ],
            forwardings=forwardings.dressed(list(complaint.forwardings.select_related("platform").order_by("pk"))),
            contact=(complaint.contact.masked if officer and complaint.contact else ""),
            officer=officer,
            list_url=list_url(self.request),
            **extra,
        )


def _covers(actor, complaint, permission) -> bool:
    return may(actor, permission) and Complaint.objects.visible_to(actor, permission).filter(pk=complaint.pk).exists()


class EnterComplaintPage(ScopedFormPage):
    """Take down what somebody says on the phone, or what a unit heard."""

    permission = Permission.ENTER_COMPLAINT
    template_name = "compliance/complaints/entry.html"
    title = _("Enter a complaint")
    submit_label = _("Enter the complaint")
    others: tuple | list = ()  # what others told of the same, to be shown before this one is sent

    def get_form(self, data=None, files=None):
        initial = {"elevator": self.request.GET.get("elevator", "")[:40]}
        of_city = settings.PLATE_CITY if only_enters(self.actor) else ""
        return forms.EntryForm(data, actor=self.actor, of_city=of_city, initial=initial)

    def cancel_url(self):
        return reverse("portal:home" if only_enters(self.actor) else "compliance:complaints")

    def save(self, form):
        data = dict(form.cleaned_data)
        elevator, choice = data.pop("elevator"), self.request.POST.get("join", "")
        unseen = only_enters(self.actor)  # what others told is not theirs to read, nor is what becomes of this
        others = [] if unseen else nearby(elevator=elevator, site=elevator.site, code=data["category"], at=self.at)
        if others and not choice:
            self.others = others
            return self._show(form, key=self.request.POST["idempotency_key"], status=422)
        join = next((row for row in others if str(row.public_id) == choice), None)
        own = reach_of(self.actor, self.permission).unit_ids  # who is of several units acts for none of them
        filed = actions.file_complaint(
            elevator=elevator,
            source=ComplaintSource.UNIT if own and not unseen else ComplaintSource.HOTLINE,
            key=self.request.POST["idempotency_key"],
            join=join,
            by=self.actor,
            at=self.at,
            **data,
        )
        if unseen:
            return self._passed_on(filed.complaint)
        return HttpResponseRedirect(complaint_url(filed.complaint))

    def _passed_on(self, complaint):
        """The next call, and what to tell this caller."""
        said = _("The complaint is passed on.")
        if complaint.due_on is not None:  # a second click may come when all is settled
            said = _("The complaint is passed on; an answer is due by %(day)s.") % {"day": complaint.due_on.isoformat()}
        messages.success(self.request, said)
        return HttpResponseRedirect(reverse("compliance:enter_complaint"))

    def get_context(self, **extra):
        return super().get_context(others=self.others, **extra)


class _StepPage(ScopedFormPage):
    permission = Permission.REVIEW_COMPLAINT
    view_permission = Permission.VIEW_COMPLAINT
    queryset = Complaint.objects.select_related("category", "elevator", "site")
    form_class = forms.NoteForm
    step: Callable[..., object]  # the action of the verb

    def get_context(self, **extra):
        return super().get_context(lead=f"{self.object.category} · {self.object.text[:80]}", **extra)

    def cancel_url(self):
        return with_way_back(complaint_url(self.object), self.request)

    def save(self, form):
        self.step(complaint_id=self.object.pk, by=self.actor, at=self.at, **self.given(form.cleaned_data))
        return HttpResponseRedirect(self.cancel_url())

    def given(self, data) -> dict:
        return data


class AnswerPage(_StepPage):
    """Answer a complaint that one's unit answers."""

    permission = Permission.ANSWER_COMPLAINT
    form_class = forms.AnswerForm
    title = _("Answer the complaint")
    submit_label = _("Send the answer")
    step = staticmethod(actions.answer_complaint)


class AssignPage(_StepPage):
    """Say who answers."""

    form_class = forms.AssignForm
    title = _("Say who answers")
    submit_label = _("Assign it")
    step = staticmethod(actions.assign_complaint)

    def get_form_kwargs(self):
        return {"units": answerers_of(self.object, self.at)}


class ReturnPage(_StepPage):
    """Send the answer back."""

    form_class = forms.ReturnForm
    title = _("Send the answer back")
    submit_label = _("Send it back")
    step = staticmethod(actions.return_complaint)


class ReviewPage(_StepPage):
    """Judge the answer."""

    form_class = forms.ReviewForm
    title = _("Judge the complaint")
    submit_label = _("Keep the judgement")
    step = staticmethod(actions.review_complaint)

    def get_form_kwargs(self):
        return {"elevator": self.object.elevator_id is not None}


class ClosePage(_StepPage):
    """End it before its time."""

    title = _("Close the complaint")
    submit_label = _("Close it")
    step = staticmethod(actions.close_complaint)


class JoinPage(_StepPage):
    """Say that it is the same as another."""

    form_class = forms.JoinForm
    title = _("Join it to another")
    submit_label = _("Join them")
    step = staticmethod(actions.join_complaint)

    def get_form_kwargs(self):
        return {"others": could_stand_for(self.object, self.actor)}


class TransferPage(_StepPage):
    """Pass it on to somebody outside."""

    form_class = forms.TransferForm
    title = _("Pass it on")
    submit_label = _("Pass it on")
    danger = True
    consequence = _("Nobody on this platform follows it any more; who complained is told to whom it went.")

    def get_form_kwargs(self):
        return {"platforms": platforms_for(self.object)}

    def save(self, form):
        given = dict(form.cleaned_data)
        if platform := given.pop("platform", None):
            given = {"platform": platform, "note": given["note"]}
        verb = forward_complaint if platform else actions.transfer_complaint
        verb(complaint_id=self.object.pk, by=self.actor, at=self.at, **given)
        return HttpResponseRedirect(self.cancel_url())


STEPS = {
    "answer": AnswerPage,
    "assign": AssignPage,
    "return": ReturnPage,
    "review": ReviewPage,
    "close": ClosePage,
    "duplicate": JoinPage,
    "transfer": TransferPage,
}
_AS_VIEWS = {name: page.as_view() for name, page in STEPS.items() if name != "answer"}


def _step_url(complaint, step: str) -> str:
    if step == "answer":
        return reverse("compliance:answer_complaint", args=[complaint.public_id])
    return reverse("compliance:complaint_step", args=[complaint.public_id, step])


def step_page(request, public_id, step: str):
    """What officials do about a complaint: one address for each verb."""
    if step not in _AS_VIEWS:
        raise Http404
    return _AS_VIEWS[step](request, public_id=public_id)


class ContactPage(ScopedFormPage):
    """The phone of who complained, once, for a purpose that stays on record."""

    permission = Permission.REVIEW_COMPLAINT
    view_permission = Permission.VIEW_COMPLAINT
    queryset = Complaint.objects.select_related("category")
    form_class = forms.ContactForm
    title = _("Look at the phone of who complained")
    submit_label = _("Show the phone")
    consequence = _("That you looked, and what for, stays in the audit log.")

    def cancel_url(self):
        return with_way_back(complaint_url(self.object), self.request)

    def post(self, request, **_kwargs):
        """Not once per form: each look is one and on record."""
        return self._work("")

    def save(self, form):
        phone = actions.reveal_contact(complaint_id=self.object.pk, purpose=form.cleaned_data["purpose"], by=self.actor)
        context = {"title": self.title, "phone": phone, "back_url": self.cancel_url()}
        answer = render(self.request, "compliance/complaints/contact.html", context)
        answer["Cache-Control"] = "no-store"
        return answer
