"""Income and costs: the panel, what was published, publishing, correcting."""

from django.contrib import messages
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.roles import Permission
from common.hooks import Panel
from common.scoping import get_visible, may
from common.views import ScopedFormPage, ScopedListPage
from registry.actions.disclosures import ElevatorsChanged, Publication, plan_income, publish_income
from registry.forms.disclosures import DisclosureForm, initial_of
from registry.models import Disclosure, Elevator
from registry.models.disclosures import MONEY
from registry.queries.disclosures import published_for
from registry.rules.disclosures import yuan
from registry.views.changes import efile_url, named

SHOWN = 20  # elevators by name in the look before publishing; the rest are counted


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
    """Publish a period, or one in the place of a wrong one (?corrects=its id).

    Sent once it answers with what would be published for which elevators; sent again with `seen`, the fingerprint of
    those, it publishes. When they changed meanwhile it shows them anew. `edit` brings the form back.
    """

    permission = Permission.DISCLOSE_INCOME
    view_permission = Permission.VIEW_ELEVATOR
    queryset = Elevator.objects.select_related("site")
    form_class = DisclosureForm
    template_name = "registry/publish_income.html"
    title = _("Publish income and costs")
    submit_label = _("Look at what will be published")
    consequence = _("Nothing is published before you have seen for which elevators it will be.")

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
        if "edit" in self.request.POST:
            return self._show(form, key=self.request.POST["idempotency_key"])
        sent = self.request.POST.get("seen", "")
        given = {"elevator": self.object, "corrects": self.corrected, "by": self.actor, "at": self.at, **form.values()}
        plan = plan_income(**given)
        if sent != plan.fingerprint:
            return self._preview(form, plan, moved=bool(sent))
        try:
            publish_income(**given, seen=sent)
        except ElevatorsChanged:
            return self._preview(form, plan_income(**given), moved=True)
        messages.success(self.request, _for_elevators(len(plan.elevators), done=True))
        return HttpResponseRedirect(reverse("registry:income", args=[self.object.public_id]))

    def _preview(self, form, plan: Publication, *, moved: bool):
        """What will be published, and the elevators that it is for: the first of them by name, all of them counted."""
        shown = Elevator.objects.select_related("area").in_bulk(plan.elevators[:SHOWN])
        return self.answer(
            status=422 if moved else 200,
            object=self.object,
            form=form,
            idempotency_key=self.request.POST["idempotency_key"],
            seen=plan.fingerprint,
            moved=ElevatorsChanged.message if moved else "",
            row=dressed([Disclosure(**plan.said)])[0],
            elevators=[shown[key] for key in plan.elevators[:SHOWN] if key in shown],
            covers=len(plan.elevators),
            more=len(plan.elevators) - len(shown),
            confirm_label=_for_elevators(len(plan.elevators)),
            cancel_url=self.cancel_url(),
        )


def _for_elevators(n: int, *, done: bool = False) -> str:
    if done:
        return ngettext("Published for %(n)s elevator.", "Published for %(n)s elevators.", n) % {"n": n}
    return ngettext("Publish it for %(n)s elevator", "Publish it for %(n)s elevators", n) % {"n": n}
