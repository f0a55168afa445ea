"""Data quality: what is to be corrected, what is right as it stands, how good a district's or unit's data is."""

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common.hooks import NavItem, Panel, Tile
from common.pagination import capped_count
from common.scoping import may
from common.views import ScopedFormPage, ScopedListPage, ScopedPage
from registry.actions import quality as actions
from registry.choices import IssueKind
from registry.forms.quality import AcceptIssueForm, DataIssueFilter, FoldForm
from registry.models import DataIssue, Elevator, QualityDue
from registry.queries import name_neighbours
from registry.queries.elevators import LIST_FIELDS
from registry.queries.quality import (
    area_scores,
    issue_counts,
    sentence_of,
    spellings_seen,
    title_of,
    unit_scores,
)

STATES = {"MISSING": "attention", "MALFORMED": "warning", "DOUBTFUL": "warning"}


def dressed(issues: list[DataIssue], actor) -> list[DataIssue]:
    """Issues with their elevator and neighbours, in words, and whether `actor` may correct them. Five statements."""
    ids = {issue.elevator_id for issue in issues}
    elevators = {e.pk: e for e in name_neighbours(list(Elevator.objects.filter(pk__in=ids).only(*LIST_FIELDS)))}
    mine = set()
    if ids and may(actor, Permission.CHANGE_ELEVATOR):
        seen = Elevator.objects.visible_to(actor, Permission.CHANGE_ELEVATOR)
        mine = set(seen.filter(pk__in=ids).values_list("pk", flat=True))
    for issue in issues:
        issue.elevator = elevators[issue.elevator_id]
        issue.title = title_of(issue.check_code, issue.params.get("header", ""))
        issue.sentence = sentence_of(issue)
        issue.badge = STATES[issue.kind]
        issue.may_correct = issue.elevator_id in mine
    return issues


class DataIssueListPage(ScopedListPage):
    """The worklist: what is wrong with the elevators that one sees, newest first."""

    permission = Permission.VIEW_ELEVATOR
    template_name = "registry/quality_list.html"
    title = _("Data quality")
    queryset = DataIssue.objects.open()
    filter_class = DataIssueFilter
    row_template = "registry/_data_issue_row.html"
    caption = _("What is to be corrected")
    empty_text = _("Nothing to correct: every elevator that you see is complete.")
    columns = (
        {"label": _("Elevator")},
        {"label": _("Place")},
        {"label": _("What is wrong")},
        {"label": _("Area"), "wide": True},
        {"label": _("Using unit"), "wide": True},
        {"label": _("To do")},
    )

    def dress(self, rows):
        query = self.request.GET.urlencode()
        for issue in dressed(rows, self.actor):
            issue.back_query = f"?{query}" if query else ""

    def get_context(self, **extra):
        counts = issue_counts(self.actor)
        bars = [
            {
                "title": row.title,
                "kind": IssueKind(row.kind).label,
                "badge": STATES[row.kind],
                "count": row.count,
                "largest": counts[0].count,
                "url": f"?{row.query}",
            }
            for row in counts[:12]
        ]
        unchecked = capped_count(QualityDue.objects.filter(elevator__in=self._elevators()))
        if unchecked.value:
            # "nothing to correct" would not be true of what nobody has looked at yet
            self.empty_text = _("Nothing has been found so far.")
        may_fold = may(self.actor, SpellingsPage.permission)
        return super().get_context(bars=bars, may_fold=may_fold, unchecked=unchecked, **extra)

    def _elevators(self):
        return Elevator.objects.visible_to(self.actor, self.permission).order_by().values("pk")


class AcceptIssuePage(ScopedFormPage):
    """Say that a doubtful value is right as it stands."""

    permission = Permission.CHANGE_ELEVATOR
    view_permission = Permission.VIEW_ELEVATOR
    queryset = DataIssue.objects.all()
    form_class = AcceptIssueForm
    title = _("Right as it stands")
    submit_label = _("It is right")

    def get_context(self, **extra):
        issue = dressed([self.object], self.actor)[0]
        return super().get_context(lead=f"{issue.elevator.main_code}: {issue.title}. {issue.sentence}", **extra)

    def cancel_url(self):
        """The worklist as it was left: whoever goes through one kind of issue stays with it."""
        query = self.request.GET.urlencode()
        return reverse("registry:data_issues") + (f"?{query}" if query else "")

    def save(self, form):
        actions.accept_issue(issue_id=self.object.pk, reason=form.cleaned_data["reason"], by=self.actor, at=self.at)
        messages.success(self.request, _("It stays as it is and is asked again only when the value changes."))
        return HttpResponseRedirect(self.cancel_url())


class QualityScorePage(ScopedPage):
    """How good the data is, by district and unit, and where it is going."""

    permission = Permission.VIEW_ELEVATOR
    template_name = "registry/quality_scores.html"
    title = _("Data quality by district and unit")

    def get(self, request):
        return self.answer(areas=area_scores(self.actor), units=unit_scores(self.actor))


class SpellingsPage(ScopedFormPage):
    """Spellings of manufacturers, with a proposal for each; the elevators keep theirs."""

    permission = Permission.CHANGE_REGISTRATION
    template_name = "registry/spellings.html"
    form_class = FoldForm
    title = _("Spellings of manufacturers")
    submit_label = _("These spellings mean this manufacturer")

    def get_form(self, data=None, files=None):
        """A link of the table fills the form in."""
        wanted = {name: self.request.GET.get(name, "")[:8_000] for name in ("spellings", "name")}
        return FoldForm(data, initial=wanted)

    def get_context(self, **extra):
        return super().get_context(seen=spellings_seen(self.actor), **extra)

    def cancel_url(self):
        return reverse("registry:data_issues")

    def save(self, form):
        data = form.cleaned_data
        actions.fold_spellings(
            spellings=data["spellings"],
            name=data["name"],
            seen=Elevator.objects.visible_to(self.actor, self.permission),
            by=self.actor,
            at=self.at,
        )
        messages.success(self.request, _("The spellings are folded; the elevators keep what was written."))
        return HttpResponseRedirect(reverse("registry:spellings"))


# --- what other pages show (registered in registry.apps) ----------------------------------------------------------------


def navigation(actor) -> list[NavItem]:
    if not may(actor, Permission.CHANGE_ELEVATOR):
        return []
    return [NavItem(_("Data quality"), reverse("registry:data_issues"))]


def tiles(actor, at) -> list[Tile]:
    """How much is to be corrected, for those who may."""
    if not may(actor, Permission.CHANGE_ELEVATOR):
        return []
    count = capped_count(DataIssue.objects.visible_to(actor, Permission.CHANGE_ELEVATOR).open())
    state = "attention" if count.value else ""
    return [Tile(label=_("data to correct"), value=str(count), url=reverse("registry:data_issues"), state=state)]


def efile_panel(actor, elevator, at) -> Panel | None:
    """What is wrong with this elevator's data."""
    issues = list(elevator.data_issues.open().order_by("-pk")[:50])
    if not issues:
        return None
    for issue in issues:
        issue.title = title_of(issue.check_code, issue.params.get("header", ""))
        issue.sentence = sentence_of(issue)
        issue.badge = STATES[issue.kind]
    return Panel("quality", _("Data quality"), "registry/panels/quality.html", {"issues": issues}, aside=True)
