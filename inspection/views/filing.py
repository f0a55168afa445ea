"""Writing a report on a tablet: the elevator, the kind, the items, and a draft that nothing loses."""

import datetime as dt
import uuid

from csp.constants import WASM_UNSAFE_EVAL
from csp.decorators import csp_update
from django.contrib import messages
from django.http import HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.queries import reach_of
from accounts.roles import Permission
from common.clock import local_date
from common.errors import NotPermitted, Refusal
from common.hooks import Tile
from common.scoped_page import ScopedPage
from common.scoping import get_visible, may
from common.views import ScopedFormPage, ScopedListPage
from compliance.queries.standing import in_words, with_elevators
from inspection import actions
from inspection.actions.drafts import WarningsUnseen
from inspection.actions.report_refusals import ElevatorUnknown, ReportNotTaken
from inspection.choices import ReportKind
from inspection.forms.filing import BeginForm, NothingForm, ReportForm, answers_said, day_said, items_said, window_said
from inspection.models import Report, ReportDraft
from inspection.queries import PLANNED_KINDS, LawBook
from inspection.queries.filing import (
    certified_people,
    elevators_meant,
    filer_rule,
    filing_person,
    filing_units,
    in_sections,
    items_asked,
    kinds_filed,
    verdict_words,
)
from inspection.queries.items import answers_for, basis_of
from inspection.queries.report_pages import warning_words
from inspection.queries.reports import Dossier, catalogue_of
from inspection.queries.standing import standing_of
from inspection.rules import Inspection
from inspection.views.reports import report_url
from registry.models import Elevator

CYCLIC = ("PERIODIC", "SELF_TEST", "RESTART_INSPECTION")
USUAL = ("PERIODIC", "SELF_TEST", "BRAKE_TEST", "GOVERNOR_CHECK")


def draft_url(draft) -> str:
    return reverse("inspection:draft", args=[draft.public_id])


def tiles(actor, at) -> list[Tile]:
    """One's own drafts, where there are any. One statement."""
    if not may(actor, Permission.FILE_REPORT):
        return []
    waiting = ReportDraft.objects.visible_to(actor, Permission.FILE_REPORT).unfiled().count()
    if not waiting:
        return []
    return [Tile(_("drafts of reports"), waiting, reverse("inspection:drafts"), _("not filed yet"), "attention")]


@method_decorator(csp_update({"script-src": [WASM_UNSAFE_EVAL]}), name="dispatch")
class FindPage(ScopedPage):
    """Which elevator: scan its plate, or type a code or where it stands. One that is meant alone opens at once."""

    permission = Permission.FILE_REPORT
    template_name = "inspection/find.html"
    title = _("File a report")

    def get(self, request):
        text = request.GET.get("text", "").replace("\0", "").strip()[:400]
        found = elevators_meant(text, self.actor) if text else []
        if len(found) == 1:
            return HttpResponseRedirect(reverse("inspection:begin", args=[found[0].public_id]))
        drafts = ReportDraft.objects.visible_to(self.actor, self.permission).unfiled().count()
        return self.answer(text=text, found=found, drafts=drafts)


class BeginPage(ScopedFormPage):
    """The elevator, what is due, and which kind of report; goes on with a draft that is there."""

    permission = Permission.FILE_REPORT
    view_permission = Permission.VIEW_REPORT
    template_name = "inspection/begin.html"
    queryset = Elevator.objects.select_related("site", "class_code", "using_unit", "area", "managing_district")
    title = _("File a report")
    submit_label = _("Begin the report")

    @cached_property
    def units(self):
        return filing_units(self.actor)

    @cached_property
    def kinds(self):
        book, day = LawBook(), local_date(self.at)
        may_kinds = {kind for unit in self.units for kind in kinds_filed(unit, book, day)}
        order = [*self.due, *USUAL, *ReportKind.values]  # what is due first
        return sorted(may_kinds, key=order.index)

    @cached_property
    def due(self):
        """{kind of report: its obligation in words}, the earliest first."""
        found = standing_of(self.object)
        kind_of = {planned: kind for kind, planned in PLANNED_KINDS.items()}
        return {kind_of[row.kind]: row for row in in_words(found.due, local_date(self.at))}

    def get_form(self, data=None, files=None):
        first = self.kinds[0].value if self.kinds else ""
        wanted = self.request.GET.get("kind", "")
        initial = {"kind": wanted if wanted in self.kinds else first}
        return BeginForm(data, kinds=self.kinds, units=self.units, due=self.due, initial=initial)

    def get_context(self, **extra):
        drafts = ReportDraft.objects.visible_to(self.actor, self.permission).unfiled().filter(elevator=self.object)
        return super().get_context(
            elevator=self.object, due=list(self.due.values()), drafts=list(drafts.order_by("-changed_at")[:10]), **extra
        )

    def cancel_url(self):
        return reverse("inspection:find")

    def save(self, form):
        owner = filing_person(self.actor)
        if owner is None:
            raise NotPermitted(permission=self.permission)
        draft = actions.begin_draft(
            elevator=self.object,
            unit=form.unit_chosen,
            kind=form.cleaned_data["kind"],
            owner=owner,
            by=self.actor,
            at=self.at,
        )
        return HttpResponseRedirect(draft_url(draft))


class DraftListPage(ScopedListPage):
    """One's own drafts, the last begun first."""

    permission = Permission.FILE_REPORT
    template_name = "inspection/draft_list.html"
    title = _("My drafts")
    queryset = ReportDraft.objects.unfiled()
    row_template = "inspection/_draft_row.html"
    caption = _("Drafts of reports, the last begun first")
    empty_text = _("You have no draft. What you begin stands here until you file it or throw it away.")
    columns = (
        {"label": _("Kind of report")},
        {"label": _("Elevator")},
        {"label": _("Place")},
        {"label": _("Items"), "num": True},
        {"label": _("Changed")},
        {"label": _("In the name of"), "wide": True},
    )

    def decorate(self, queryset):
        return queryset.select_related("unit")

    def dress(self, rows):
        for row in with_elevators(rows):
            row.answered = sum(bool(said[0]) for said in row.items.values())


class DraftPage(ScopedFormPage):
    """The report being written: items by section, then the conclusion. Every sending is kept before it is judged."""

    permission = Permission.FILE_REPORT
    queryset = ReportDraft.objects.select_related("unit", "elevator__class_code", "corrects", "report")
    template_name = "inspection/draft.html"
    submit_label = _("File the report")
    unseen: WarningsUnseen | None = None

    def dispatch(self, request, *args, **kwargs):
        draft = get_visible(self.queryset.all(), kwargs["public_id"], actor=request.actor, view=self.permission)
        if draft.report_id is not None:  # filed: the second click, the other window
            return HttpResponseRedirect(report_url(draft.report))
        return super().dispatch(request, *args, **kwargs)

    # --- what the page is made of ---------------------------------------------------------------------------------------

    @cached_property
    def elevator(self) -> Elevator | None:
        """The elevator, while the unit may file about it."""
        seen = Elevator.objects.visible_to(self.actor, self.permission).filter(pk=self.object.elevator_id)
        return seen.select_related("site", "class_code", "using_unit", "area").first()

    @property
    def day(self) -> dt.date:
        return day_said(self.object.answers, local_date(self.at))

    @cached_property
    def dossier(self) -> Dossier:
        draft = self.object
        return Dossier(body=draft.unit, elevator_ids=[draft.elevator_id], usernames=(), numbers=())

    def get_form(self, data=None, files=None):
        draft, book = self.object, self.dossier.book
        rule = filer_rule(book, draft.kind, self.day)
        items = items_asked(draft.elevator, catalogue_of(draft.kind, self.day))
        chosen = data.getlist("people") if data is not None else draft.answers.get("people", [])
        return ReportForm(
            data,
            draft=draft,
            items=items,
            answers=self.answers(items),
            people=certified_people(draft.unit, rule.certificates if rule else (), self.at, _uuids(chosen)),
            verdicts=verdict_words(book, draft.kind),
        )

    def answers(self, items) -> dict:
        """What the register and the reports on record say of items with a condition: proposals, no result of anybody."""
        draft, dossier = self.object, self.dossier
        known = dossier.known.get(draft.elevator_id)
        if known is None or not items:
            return {}
        reports = dossier.reports.get(known.pk, ())
        basis = basis_of(draft.elevator, dossier.facts_of(known), reports, dossier.law_of(known), self.day)
        return answers_for(items, basis, dossier.book, draft.kind, self.day)

    def get_context(self, form=None, **extra):
        due = []
        if self.elevator is not None:
            due = in_words(standing_of(self.elevator).due, local_date(self.at))
        unseen = self.unseen
        return super().get_context(
            form=form,
            draft=self.object,
            elevator=self.elevator,
            due=due,
            sections=in_sections(form.lines),
            left=sum(not line.sign for line in form.lines),
            proposed=sum(bool(line.proposed) for line in form.lines),
            next_by_law=self.next_by_law(),
            warnings=[warning_words(each) for each in unseen.warnings] if unseen else [],
            seen=unseen.digest if unseen else "",
            **extra,
        )

    def next_by_law(self) -> dt.date | None:
        """The next month if this passes on its day; None where the kind has none."""
        draft, known = self.object, self.dossier.known.get(self.object.elevator_id)
        if draft.kind not in CYCLIC or known is None:
            return None
        return self.dossier.next_by_law(known, Inspection(draft.kind, self.day, "PASSED", None, "T7001_2023"))

    def cancel_url(self):
        return reverse("inspection:drafts")

    # --- sending --------------------------------------------------------------------------------------------------------

    def post(self, request, **kwargs):
        try:
            self.object = keep_sent(self.object, request.POST, self.at)
        except actions.DraftMoved as moved:
            form = self.get_form(request.POST)
            form.add_error(None, moved.message)
            return self._show(form, key=request.POST.get("idempotency_key", ""), status=409)
        return super().post(request, **kwargs)

    def _work(self, key):
        form = self.get_form(self.request.POST)
        if form.is_valid():
            try:
                return self.save(form)
            except WarningsUnseen as unseen:
                self.unseen = unseen
            except (
                ReportNotTaken
            ) as refusal:  # whatever its status: the draft stays, and the reason stands at its field
                form.add_error(refusal.field if refusal.field in form.fields else None, refusal.message)
        return self._show(form, key=key, status=422)

    def save(self, form):
        if self.elevator is None:
            raise ElevatorUnknown
        filed = actions.file_draft(
            draft_id=self.object.pk,
            filing=form.filing(),
            seen=self.request.POST.get("seen", ""),
            by=self.actor,
            at=self.at,
        )
        messages.success(self.request, _("Filed: report %(number)s.") % {"number": filed.report.number})
        return HttpResponseRedirect(report_url(filed.report))


def _uuids(texts) -> list[str]:
    found = []
    for text in texts:
        try:
            found.append(str(uuid.UUID(text)))
        except ValueError:
            continue
    return found


def keep_sent(draft: ReportDraft, data, at: dt.datetime) -> ReportDraft:
    """Keep what a page sent, over the version that it says it shows."""
    version = data.get("version", "")
    kept = actions.keep_draft(
        draft_id=draft.pk,
        version=int(version) if version.isdecimal() and len(version) < 9 else 0,
        window=window_said(data),
        answers=answers_said(data),
        items=items_said(data),
        at=at,
    )
    kept.unit, kept.elevator, kept.corrects = draft.unit, draft.elevator, draft.corrects
    return kept


class SaveDraftPage(ScopedPage):
    """What the page sends while somebody writes. JSON: {"version"}, or {"code", "message",
    "version"} with the refusal's status and the version that is there."""

    permission = Permission.FILE_REPORT
    http_method_names = ("post", "options")

    def post(self, request, public_id):
        rows = ReportDraft.objects.select_related("unit", "elevator", "corrects")
        draft = get_visible(rows, public_id, actor=self.actor, view=self.permission)
        try:
            kept = keep_sent(draft, request.POST, self.at)
        except Refusal as refusal:
            said = {"code": refusal.code, "message": str(refusal.message)}
            said["version"] = ReportDraft.objects.filter(pk=draft.pk).values_list("version", flat=True).first()
            return JsonResponse(said, status=refusal.status)
        return JsonResponse({"version": kept.version})


class DiscardDraftPage(ScopedFormPage):
    """Throw a draft away."""

    permission = Permission.FILE_REPORT
    queryset = ReportDraft.objects.unfiled().select_related("elevator")
    form_class = NothingForm
    title = _("Throw the draft away")
    submit_label = _("Throw it away")
    consequence = _("What you entered is gone; nobody else has seen it.")
    danger = True

    def get_context(self, **extra):
        lead = f"{self.object.get_kind_display()} · {self.object.elevator.main_code}"
        return super().get_context(lead=lead, **extra)

    def cancel_url(self):
        return draft_url(self.object)

    def save(self, form):
        actions.discard_draft(draft_id=self.object.pk)
        messages.success(self.request, _("The draft is gone."))
        return HttpResponseRedirect(reverse("inspection:drafts"))


class CorrectPage(ScopedFormPage):
    """Begin a report that takes the place of one of the unit's own."""

    permission = Permission.FILE_REPORT
    view_permission = Permission.VIEW_REPORT
    queryset = Report.objects.select_related("body", "elevator", "superseded_by")
    form_class = NothingForm
    title = _("Correct the report")
    submit_label = _("Begin the correction")
    consequence = _(
        "A report is never changed: you file another one that takes its place and says why. It begins with what this one says."
    )

    def dispatch(self, request, *args, **kwargs):
        """Seen by whoever answers for the elevator, corrected by whose report it is."""
        report = get_visible(self.queryset.all(), kwargs["public_id"], actor=request.actor, view=self.view_permission)
        if report.body_id not in reach_of(request.actor, self.permission).unit_ids:
            raise NotPermitted(permission=self.permission)
        return super().dispatch(request, *args, **kwargs)

    def get_context(self, **extra):
        return super().get_context(lead=f"{self.object.number} · {self.object.get_kind_display()}", **extra)

    def cancel_url(self):
        return report_url(self.object)

    def save(self, form):
        unit = next((unit for unit in filing_units(self.actor) if unit.pk == self.object.body_id), None)
        owner = filing_person(self.actor)
        if unit is None or owner is None:
            raise NotPermitted(permission=self.permission)
        draft = actions.begin_draft(
            elevator=self.object.elevator,
            unit=unit,
            kind=self.object.kind,
            owner=owner,
            corrects=self.object,
            by=self.actor,
            at=self.at,
        )
        return HttpResponseRedirect(draft_url(draft))
