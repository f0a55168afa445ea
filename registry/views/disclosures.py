"""Income and costs: the panel, what was published, publishing, correcting."""

from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common.hooks import Panel
from common.scoping import get_visible, may
from common.views import ScopedFormPage, ScopedListPage
from registry.actions.disclosures import publish_income
from registry.forms.disclosures import DisclosureForm, initial_of
from registry.models import Disclosure, Elevator
from registry.models.disclosures import MONEY
from registry.queries.disclosures import published_for
from registry.rules.disclosures import yuan
from registry.views.changes import efile_url, named


def may_publish(actor, elevator) -> bool:
    return may(actor, Permission.DISCLOSE_INCOME) and (
        Elevator.objects.visible_to(actor, Permission.DISCLOSE_INCOME).filter(pk=elevator.pk).exists()
    )


def dressed(rows) -> list[Disclosure]:
    """Publications with their money in yuan."""
    for row in rows:
        row.yuan = {name: f"{yuan(getattr(row, name)):,.2f}" for name in (*MONEY, "costs")}
    return rows


def disclosure_panel(actor, elevator, at) -> Panel | None:
    """The newest publication, for everybody who sees the elevator; without any, for those who may publish."""
    newest, able = dressed(published_for(elevator, longest=1)), may_publish(actor, elevator)
    if not newest and not able:
        return None
    context = {"elevator": elevator, "row": next(iter(newest), None), "may_publish": able}
    return Panel("income", _("Income and costs"), "registry/panels/income.html", context, aside=True)


class DisclosurePage(ScopedListPage):
    """Everything published about one elevator or its site, newest first; corrected ones stay in sight."""

    permission = Permission.VIEW_ELEVATOR
    template_name = "registry/income.html"
    title = _("Income and costs")
    queryset = Disclosure.objects.all()
    row_template = "registry/_income_row.html"
    caption = _("Publications")
    empty_text = _("Nothing has been published yet.")
    columns = (
        {"label": _("Period")},
        {"label": _("What it covers")},
        {"label": _("Income"), "num": True},
        {"label": _("Costs"), "num": True},
        {"label": _("Used for"), "wide": True},
        {"label": _("Published")},
        {"label": _("State")},
    )

    def get_queryset(self):
        wanted = self.kwargs["public_id"]
        self.elevator = get_visible(Elevator.objects.all(), wanted, actor=self.actor, view=self.permission)
        return Disclosure.objects.about(self.elevator)

    def decorate(self, queryset):
        return queryset.select_related("corrected_by")

    def dress(self, rows):
        for row in dressed(rows):
            row.corrected = getattr(row, "corrected_by", None) is not None

    @cached_property
    def able(self) -> bool:
        return may_publish(self.actor, self.elevator)

    def get_context(self, **extra):
        return super().get_context(elevator=self.elevator, lead=named(self.elevator), **extra)


class PublishPage(ScopedFormPage):
    """Publish a period, or one in the place of a wrong one (?corrects=its id)."""

    permission = Permission.DISCLOSE_INCOME
    view_permission = Permission.VIEW_ELEVATOR
    queryset = Elevator.objects.select_related("site")
    form_class = DisclosureForm
    title = _("Publish income and costs")
    submit_label = _("Publish it")
    consequence = _(
        "Everybody who scans the nameplate reads it. A mistake is corrected by another one; nothing is deleted."
    )

    @cached_property
    def corrected(self) -> Disclosure | None:
        """The publication that the address names as wrong."""
        if not (wanted := self.request.GET.get("corrects")):
            return None
        rows = Disclosure.objects.about(self.object)
        return get_visible(rows, wanted, actor=self.actor, view=Permission.VIEW_ELEVATOR)

    def get_form_kwargs(self):
        wrong = self.corrected
        given = {"site": self.object.site_id is not None, "correcting": wrong}
        return given | ({"initial": initial_of(wrong)} if wrong else {})

    def get_context(self, **extra):
        return super().get_context(lead=named(self.object), **extra)

    def cancel_url(self):
        return f"{efile_url(self.object)}#income"

    def save(self, form):
        publish_income(elevator=self.object, corrects=self.corrected, by=self.actor, at=self.at, **form.values())
        return HttpResponseRedirect(reverse("registry:income", args=[self.object.public_id]))
