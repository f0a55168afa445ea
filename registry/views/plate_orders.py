"""Orders of plates: stock, the next plate of chosen elevators, their sheets, who holds them."""

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common.files import answer_file
from common.jobs import cancel_job
from common.scoping import get_visible
from common.views import ScopedBulkPage, ScopedDetailPage, ScopedFormPage, ScopedListPage, ScopedPage
from registry.actions.plate_sheets import sheets_of
from registry.actions.plate_stock import hand_out_plates
from registry.actions.plates import BadOrder, order_plates
from registry.choices import PlateState
from registry.forms.plates import HandOutForm, OrderForm, ReissueForm
from registry.models import Elevator, PlateBatch
from registry.plates.layouts import all_layouts


def order_url(batch) -> str:
    return reverse("registry:plate_order", args=[batch.public_id])


def layout_title(batch) -> str:
    """What the layout is called; its bare name when it is no longer offered."""
    layout = all_layouts().get(batch.layout)
    return layout.title_in(get_language()) if layout else batch.layout


class OrderListPage(ScopedListPage):
    """Orders of plates, the newest first."""

    permission = Permission.ORDER_PLATES
    template_name = "registry/plates/orders.html"
    title = _("Orders of nameplates")
    queryset = PlateBatch.objects.select_related("job", "unit", "city")
    row_template = "registry/plates/_order_row.html"
    caption = _("Orders of nameplates")
    empty_text = _("No nameplate has been ordered yet.")
    columns = (
        {"label": _("Ordered")},
        {"label": _("Plates"), "num": True},
        {"label": _("For")},
        {"label": _("Held by")},
        {"label": _("Print layout"), "wide": True},
        {"label": _("State")},
    )

    def dress(self, rows):
        for row in rows:
            row.layout_title = layout_title(row)


class NewOrderPage(ScopedFormPage):
    """Order plates of stock: printed now, bound to an elevator at the first scan in its car."""

    permission = Permission.ORDER_PLATES
    form_class = OrderForm
    title = _("Order nameplates")
    submit_label = _("Give numbers and draw the sheets")

    def get_form_kwargs(self):
        return {"actor": self.actor}

    def cancel_url(self):
        return reverse("registry:plate_orders")

    def save(self, form):
        return HttpResponseRedirect(order_url(order_plates(by=self.actor, at=self.at, **form.cleaned_data)))


class ReissuePage(ScopedBulkPage):
    """Order the next plate of each chosen elevator, under its own number."""

    permission = Permission.ORDER_PLATES
    view_permission = Permission.VIEW_ELEVATOR
    template_name = "registry/plates/reissue.html"
    form_class = ReissueForm
    title = _("Order nameplates for these elevators")
    submit_label = _("Give numbers and draw the sheets")
    rows_queryset = Elevator.objects.select_related("area").order_by("-pk")

    def dispatch(self, request, *args, **kwargs):
        if request.method in ("GET", "HEAD") and not request.GET.getlist("ids"):
            messages.info(request, _("Choose some elevators first: tick them in the list."))
            return HttpResponseRedirect(reverse("registry:elevators"))
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self):
        return {"actor": self.actor}

    def cancel_url(self):
        return reverse("registry:elevators")

    def save(self, form):
        cities = {row.city_id: row.city for row in self.rows}
        if len(cities) != 1:
            raise BadOrder(_("All elevators of an order are of one city."), field="elevators")
        batch = order_plates(
            city=next(iter(cities.values())), elevators=self.rows, by=self.actor, at=self.at, **form.cleaned_data
        )
        return HttpResponseRedirect(order_url(batch))


class OrderPage(ScopedDetailPage):
    """One order: how far the sheets are, then the file; what became of its plates."""

    permission = Permission.ORDER_PLATES
    template_name = "registry/plates/order.html"
    queryset = PlateBatch.objects.select_related("job", "unit", "city")
    access_logged = False

    def get_context(self, **extra):
        batch = self.object
        counted = dict(batch.plates.order_by().values_list("state").annotate(n=Count("pk")))
        states = [{"state": state, "label": state.label, "count": counted.get(state, 0)} for state in PlateState]
        return super().get_context(
            batch=batch,
            layout_title=layout_title(batch),
            states=states,
            left=counted.get(PlateState.PRINTED, 0),
            **extra,
        )

    @property
    def title(self):
        count = self.object.count
        return ngettext("%(n)s nameplate", "%(n)s nameplates", count) % {"n": f"{count:,}"}


class SheetsPage(ScopedPage):
    """The sheets as PDF. Whoever has them can hang plates: each download is noted."""

    permission = Permission.ORDER_PLATES

    def get(self, request, public_id):
        batch = get_visible(PlateBatch.objects.all(), public_id, actor=self.actor, view=self.permission)
        path = sheets_of(batch, by=self.actor, via="page")
        return answer_file(path, name=batch.sheets_name, media_type="application/pdf")


class StopOrderPage(ScopedPage):
    """Stop drawing; the numbers stay given. Harmless when it has ended."""

    permission = Permission.ORDER_PLATES
    http_method_names = ["post"]

    def post(self, request, public_id):
        batches = PlateBatch.objects.select_related("job")
        batch = get_visible(batches, public_id, actor=self.actor, view=self.permission)
        cancel_job(batch.job, at=self.at)
        return HttpResponseRedirect(order_url(batch))


class HandOutPage(ScopedFormPage):
    """Note who holds what is left of an order."""

    permission = Permission.ORDER_PLATES
    queryset = PlateBatch.objects.select_related("unit")
    form_class = HandOutForm
    title = _("Hand out nameplates")
    submit_label = _("Note the new holder")

    def get_form_kwargs(self):
        unit = self.object.unit
        return {"actor": self.actor, "initial": {"unit": (unit.credit_code or unit.public_id) if unit else ""}}

    def cancel_url(self):
        return order_url(self.object)

    def save(self, form):
        moved = hand_out_plates(batch=self.object, unit=form.cleaned_data["unit"], by=self.actor, at=self.at)
        words = ngettext("%(n)s nameplate changed hands.", "%(n)s nameplates changed hands.", moved)
        messages.success(self.request, words % {"n": f"{moved:,}"})
        return HttpResponseRedirect(order_url(self.object))
