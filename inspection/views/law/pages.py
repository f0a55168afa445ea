"""The law as dated rows: read by whoever reads reports, set by two officers of the city."""

from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common.citations import certainty_in_words
from common.clock import local_date
from common.hooks import NavItem, Tile
from common.scoping import may
from common.views import ScopedDetailPage, ScopedFormPage, ScopedListPage
from inspection.actions import law_changes as actions
from inspection.forms import law as forms
from inspection.models import LawProposal, LawRow
from inspection.queries.law_changes import consequences, series_of
from inspection.queries.law_words import counted_words, dressed, lines_of, settable, waiting_for


def navigation(actor) -> list[NavItem]:
    return [NavItem(_("Rows of law"), reverse("law:rows"))] if may(actor, Permission.SET_LAW) else []


def tiles(actor, at) -> list[Tile]:
    """Proposals of others that one has to read. One statement, none for who may not set the law."""
    if not may(actor, Permission.SET_LAW):
        return []
    rows = LawProposal.objects.visible_to(actor, Permission.SET_LAW).waiting().filter(valid_from__gte=local_date(at))
    count = rows.exclude(proposed_by__public_id=actor.id).count()
    label = _("rows of law that wait for a second officer")
    return [Tile(label, count, reverse("law:rows"), "", "attention")] if count else []


def row_url(row) -> str:
    return reverse("law:row", args=[row.public_id])


def proposal_url(proposal) -> str:
    return reverse("law:proposal", args=[proposal.public_id])


class LawPage(ScopedListPage):
    """Every row, by what it is about, the newest first; above them what waits for a second person."""

    permission = Permission.VIEW_REPORT
    title = _("Rows of law")
    template_name = "inspection/law/list.html"
    queryset = LawRow.objects.all()
    order = ("section", "-valid_from", "-id")
    filter_class = forms.LawFilter
    row_template = "inspection/law/_row.html"
    caption = _("Rows of law by what they are about, the newest first")
    columns = (
        {"label": _("Row")},
        {"label": _("About")},
        {"label": _("Whose")},
        {"label": _("Valid from")},
        {"label": _("State")},
        {"label": _("Source"), "wide": True},
    )

    def dress(self, rows):
        dressed(rows, local_date(self.at))

    def get_context(self, **extra):
        able = may(self.actor, Permission.SET_LAW)
        own = LawProposal.objects.visible_to(self.actor, Permission.SET_LAW)
        return super().get_context(proposals=waiting_for(own) if able else [], **extra)


class LawRowPage(ScopedDetailPage):
    """One row: its numbers, source and certainty, and what came before and after it."""

    permission = Permission.VIEW_REPORT
    template_name = "inspection/law/row.html"
    queryset = LawRow.objects.all()
    access_logged = False

    def get_context(self, **extra):
        today = local_date(self.at)
        [row] = dressed([self.object], today)
        able = may(self.actor, Permission.SET_LAW) and settable(row)
        able = able and LawRow.objects.visible_to(self.actor, Permission.SET_LAW).filter(pk=row.pk).exists()
        others = dressed([each for each in series_of(row) if each.pk != row.pk], today) if settable(row) else []
        return super().get_context(
            row=row,
            lines=lines_of(row.columns),
            others=others,
            follow_url=reverse("law:follow", args=[row.public_id]) if able else "",
            by_release=not settable(row),
            **extra,
        )


class FollowPage(ScopedFormPage):
    """Propose the row that follows: nothing is law before a second person approves."""

    permission = Permission.SET_LAW
    view_permission = Permission.VIEW_REPORT
    queryset = LawRow.objects.all()
    form_class = forms.FollowForm
    title = _("Propose a row that follows")
    submit_label = _("Reckon what follows")
    consequence = _("Nothing is law yet: the next page says whose dates would change, and another officer approves it.")

    def get_context(self, **extra):
        [row] = dressed([self.object], local_date(self.at))
        return super().get_context(lead=f"{row.section_label} · {row.version} · {row.place}", **extra)

    def get_form_kwargs(self):
        return {"row": self.object}

    def cancel_url(self):
        return row_url(self.object)

    def save(self, form):
        made = actions.propose_law_row(follows=self.object, by=self.actor, at=self.at, **form.given())
        return HttpResponseRedirect(proposal_url(made))


class ProposalPage(ScopedDetailPage):
    """What is proposed, by whom, and what would follow."""

    permission = Permission.SET_LAW
    template_name = "inspection/law/proposal.html"
    queryset = LawProposal.objects.select_related("follows", "proposed_by", "decided_by", "row")

    def get_context(self, **extra):
        proposal = self.object
        [former] = dressed([proposal.follows], local_date(self.at))
        own = str(proposal.proposed_by.public_id) == self.actor.id
        waits = proposal.decided_at is None
        return super().get_context(
            proposal=proposal,
            former=former,
            sure=certainty_in_words(proposal.certainty),
            lines=lines_of(proposal.columns, former.columns),
            follows=counted_words(proposal.counted),
            own=own,
            approve_url=reverse("law:approve", args=[proposal.public_id]) if waits and not own else "",
            refuse_url=reverse("law:refuse", args=[proposal.public_id]) if waits else "",
            **extra,
        )


class _DecidePage(ScopedFormPage):
    permission = Permission.SET_LAW
    queryset = LawProposal.objects.select_related("follows")

    def get_context(self, **extra):
        [former] = dressed([self.object.follows], local_date(self.at))
        lead = f"{former.section_label} · {former.version} → {self.object.version}"
        return super().get_context(lead=lead, **extra)

    def cancel_url(self):
        return proposal_url(self.object)


class ApprovePage(_DecidePage):
    """Make it law, having read what follows, which is reckoned anew for this page."""

    form_class = forms.ApproveForm
    title = _("Approve the row of law")
    submit_label = _("Make it law")
    danger = True

    @property
    def consequence(self) -> str:
        counted = consequences(actions.row_of(self.object), local_date(self.at))
        words = [str(each) for each in counted_words(counted)]
        return " ".join(
            [*words, str(_("The dates are brought in line within minutes; the former row stays as it is."))]
        )

    def save(self, form):
        actions.approve_law_row(proposal=self.object, by=self.actor, at=self.at)
        return HttpResponseRedirect(proposal_url(self.object))


class RefusePage(_DecidePage):
    """End it without making it law."""

    form_class = forms.RefuseForm
    title = _("End the proposal")
    submit_label = _("End it")
    consequence = _("Nothing changes: the rows of law stay as they are.")

    def save(self, form):
        actions.refuse_law_row(proposal=self.object, by=self.actor, at=self.at, note=form.cleaned_data["note"])
        return HttpResponseRedirect(proposal_url(self.object))
