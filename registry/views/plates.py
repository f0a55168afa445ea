"""Nameplates: the list, one plate, its photograph, taking it out of use, the panel of the e-file."""

from urllib.parse import urlencode

from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common.attachments.answers import answer_attachment
from common.errors import NotVisible
from common.hooks import NavItem, Panel
from common.scoped_page import ScopedPage
from common.scoping import get_visible, may
from common.views import ScopedDetailPage, ScopedFormPage, ScopedListPage
from registry.actions.plates import void_plate
from registry.choices import PlateState
from registry.forms.plates import PlateFilter, VoidForm
from registry.models import Elevator, Nameplate
from registry.queries.plates import photo_of
from registry.rules.distance import is_far, metres_between
from registry.views.changes import efile_url, named

BADGES = {PlateState.PRINTED: "neutral", PlateState.BOUND: "ok", PlateState.VOID: "danger"}


def plate_url(plate) -> str:
    return reverse("registry:plate", args=[plate.public_id])


def navigation(actor) -> list[NavItem]:
    return [NavItem(_("Nameplates"), reverse("registry:plates"))] if may(actor, Permission.HANG_PLATE) else []


def may_hang(actor, elevator) -> bool:
    return may(actor, Permission.HANG_PLATE) and (
        Elevator.objects.visible_to(actor, Permission.HANG_PLATE).filter(pk=elevator.pk).exists()
    )


def where_it_hangs(plate, elevator) -> dict:
    """How far the phone was from where the register has the elevator, when it was hung: {metres, far}, empty unknown."""
    if plate.latitude is None or elevator is None or elevator.latitude is None:
        return {}
    apart = metres_between((plate.latitude, plate.longitude), (elevator.latitude, elevator.longitude))
    return {"metres": round(apart), "far": is_far(apart, plate.accuracy_m)}


def plate_panel(actor, elevator, at) -> Panel | None:
    """The plate that hangs in the car and those before it; without any, for those who may hang one."""
    plates, able = list(elevator.nameplates.order_by("-issue", "-pk")[:10]), may_hang(actor, elevator)
    if not plates and not able:
        return None
    hanging = next((plate for plate in plates if plate.state == PlateState.BOUND), None)
    context = {
        "elevator": elevator,
        "plate": hanging,
        "place": where_it_hangs(hanging, elevator) if hanging else {},
        "others": [plate for plate in plates if plate is not hanging],
        "may_hang": able,
    }
    return Panel("plate", _("Nameplate"), "registry/panels/plate.html", context, aside=True)


class PlateListPage(ScopedListPage):
    """The plates on the elevators that one sees, and one's own stock."""

    permission = Permission.HANG_PLATE
    template_name = "registry/plates/list.html"
    title = _("Nameplates")
    queryset = Nameplate.objects.all()
    filter_class = PlateFilter
    row_template = "registry/plates/_row.html"
    caption = _("Nameplates that you see")
    empty_text = _("No nameplate is printed for you or hangs in your elevators yet.")
    columns = (
        {"label": _("Number")},
        {"label": _("State")},
        {"label": _("Elevator")},
        {"label": _("Held by"), "wide": True},
        {"label": _("Hung")},
    )

    def decorate(self, queryset):
        return queryset.select_related("elevator", "unit")

    def dress(self, rows):
        for row in rows:
            row.badge = BADGES[row.state]

    def get_context(self, **extra):
        return super().get_context(
            may_order=may(self.actor, Permission.ORDER_PLATES),
            may_see_scans=may(self.actor, Permission.VIEW_PLATE_SCANS),
            **extra,
        )


class PlatePage(ScopedDetailPage):
    """One plate: where it hangs, since when, how it looked, why it is void."""

    permission = Permission.VIEW_ELEVATOR
    template_name = "registry/plates/plate.html"
    queryset = Nameplate.objects.select_related("elevator", "unit", "batch", "city")

    def get_context(self, **extra):
        plate, elevator = self.object, self.object.elevator
        sees = elevator and Elevator.objects.visible_to(self.actor, Permission.VIEW_ELEVATOR).filter(pk=elevator.pk)
        may_order = may(self.actor, Permission.ORDER_PLATES)
        mine = may_order and Nameplate.objects.visible_to(self.actor, Permission.ORDER_PLATES).filter(pk=plate.pk)
        shown = elevator if sees and sees.exists() else None
        return super().get_context(
            plate=plate,
            badge=BADGES[plate.state],
            elevator=shown,
            elevator_name=named(shown) if shown else "",
            place=where_it_hangs(plate, shown),
            photo=photo_of(plate),
            may_void=bool(mine) and plate.state != PlateState.VOID and mine.exists(),
            may_order=may_order,
            **extra,
        )


class PlatePhotoPage(ScopedPage):
    """How the plate looked when it was hung, for whoever sees the plate."""

    permission = Permission.VIEW_ELEVATOR

    def get(self, request, public_id):
        plate = get_visible(Nameplate.objects.all(), public_id, actor=self.actor, view=self.permission)
        photo = photo_of(plate)
        if photo is None:
            raise NotVisible
        return answer_attachment(photo, by=self.actor, via="page")


class VoidPlatePage(ScopedFormPage):
    """Take a plate out of use."""

    permission = Permission.ORDER_PLATES
    view_permission = Permission.VIEW_ELEVATOR
    queryset = Nameplate.objects.select_related("elevator")
    form_class = VoidForm
    title = _("Take a nameplate out of use")
    submit_label = _("Take it out of use")
    danger = True

    @property
    def consequence(self):
        if self.object.state == PlateState.BOUND:
            return _(
                "This leaves the elevator without a plate: hang the next one today. "
                "Whoever scans this one is told that it is void, and the regulator sees the scan. It cannot hang again."
            )
        return _("Whoever scans it is told that it is void, and the regulator sees the scan. It cannot hang again.")

    def get_context(self, **extra):
        elevator = self.object.elevator
        lead = " · ".join([str(self.object), *([named(elevator)] if elevator else [])])
        return super().get_context(lead=lead, **extra)

    def cancel_url(self):
        return plate_url(self.object)

    def save(self, form):
        void_plate(plate=self.object, reason=form.cleaned_data["reason"], by=self.actor, at=self.at)
        return HttpResponseRedirect(plate_url(self.object))


def screen_of_plate(actor, plate, text, at) -> str:
    """The e-file of a plate that hangs, the form for one that does not yet, else what is known of it (registered at
    PLATE_SCREENS)."""
    elevator = plate.elevator
    if plate.state == PlateState.BOUND:
        seen = Elevator.objects.visible_to(actor, Permission.VIEW_ELEVATOR).filter(pk=elevator.pk)
        return efile_url(elevator) if seen.exists() else ""
    if plate.state == PlateState.PRINTED and may(actor, Permission.HANG_PLATE):
        given = urlencode({"text": text})
        if elevator is None:
            return f"{reverse('registry:hang_found')}?{given}"
        if may_hang(actor, elevator):
            return f"{reverse('registry:hang_plate', args=[elevator.public_id])}?{given}"
    if Nameplate.objects.visible_to(actor, Permission.VIEW_ELEVATOR).filter(pk=plate.pk).exists():
        return plate_url(plate)
    return ""
