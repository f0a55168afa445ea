"""The list of elevators, and pick lists."""

from urllib.parse import urlencode

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common.filtering import AskedBy
from common.lists.orders import Order
from common.scoping import may
from common.views import ScopedListPage, ScopedPicker
from registry.forms.exports import spoken_filters
from registry.forms.filters import ElevatorPageFilter, spoken_section
from registry.models import Elevator, Site
from registry.queries import LIST_FIELDS, SITE_SEPARATOR, name_neighbours
from registry.signals import marks_for

# What the columns need that are shown to those who ask for them.
EXTRA_FIELDS = ("commissioned_on", "manufacturer_name", "rated_load_kg", "floors", "updated_at")


def elevator_list():
    """The list of elevators (registered at common.lists)."""
    return ElevatorListPage


class ElevatorListPage(ScopedListPage):
    """The elevators that one sees, newest entry first."""

    permission = Permission.VIEW_ELEVATOR
    template_name = "registry/elevator_list.html"
    title = _("Elevators")
    queryset = Elevator.objects.all()
    filter_class = ElevatorPageFilter
    keys_first_filters = ("min_age", "bbox", "located")
    export_kind = "registry.elevators"
    row_template = "registry/_elevator_row.html"
    caption = _("Elevators that you see")
    list_key = "registry.elevators"
    orders = {
        "newest": Order(_("Newest entry first"), ("-id",)),
        "first": Order(_("First entry first"), ("id",)),
        # the index of commissioning dates holds what people filter by, but not what the rows show
        "oldest": Order(
            _("Oldest elevator first"),
            ("commissioned_on", "-id"),
            nulls_last=True,
            keys_first=True,
            column="commissioned",
        ),
        "youngest": Order(
            _("Youngest elevator first"),
            ("-commissioned_on", "id"),
            nulls_last=True,
            keys_first=True,
            column="commissioned",
        ),
    }
    columns = (
        {"label": _("Code")},
        {"label": _("Place"), "name": "place"},
        {"label": _("Area"), "name": "area"},
        {"label": _("Class"), "name": "class", "wide": True},
        {"label": _("State"), "name": "state"},
        {"label": _("Using unit"), "name": "using_unit", "wide": True},
        {"label": _("Maintenance unit"), "name": "maintenance_unit", "wide": True},
        {"label": _("Commissioned on"), "name": "commissioned", "extra": True},
        {"label": _("Manufacturer"), "name": "manufacturer", "extra": True, "wide": True},
        {"label": _("Rated load (kg)"), "name": "load", "extra": True, "num": True},
        {"label": _("Floors"), "name": "floors", "extra": True, "num": True},
        {"label": _("Certificate number"), "name": "certificate", "extra": True, "wide": True},
        {"label": _("Last changed"), "name": "updated", "extra": True, "wide": True},
    )

    @classmethod
    def own_address(cls):
        return reverse("registry:elevators")

    @classmethod
    def words_for(cls, parameters, actor):
        query = QueryDict(mutable=True)
        for name, value in parameters:
            query.appendlist(name, value)
        filterset = ElevatorPageFilter(query, queryset=Elevator.objects.none(), request=AskedBy(actor))
        return spoken_filters(filterset, actor)

    def decorate(self, queryset):
        return queryset.only(*LIST_FIELDS, *EXTRA_FIELDS)

    @classmethod
    def columns_for(cls, actor):
        brought = tuple({"label": mark.label, "name": mark.name, "extra": mark.extra} for mark in marks_for(actor))
        # behind what names the elevator, before what people choose in addition
        return cls.columns[:5] + brought + cls.columns[5:]

    def dress(self, rows):
        name_neighbours(rows)
        shown = {column.get("name") for column in self.shown_columns()}
        marks = [mark for mark in marks_for(self.actor) if mark.name in shown] if rows else []
        said = [(mark.label, mark.badges([row.pk for row in rows], self.actor)) for mark in marks]
        for row in rows:
            row.marks = [(label, *words.get(row.pk, ("", ""))) for label, words in said]

    def spoken(self, name, field, given, rows):
        if name in ("using_unit", "maintenance_unit", "site"):
            if rows:  # all of them have this unit, and it is here already
                return getattr(rows[0], name).name
            named = self.scoped_rows.filter(**{f"{name}__public_id": given}).order_by()
            return next(iter(named.values_list(f"{name}__name", flat=True)[:1]), given)
        if name == "bbox":
            return spoken_section(given)
        return super().spoken(name, field, given, rows)

    def get_context(self, **extra):
        may_bulk, may_propose = (
            may(self.actor, permission) for permission in (Permission.CHANGE_REGISTRATION, Permission.PROPOSE_CHANGE)
        )
        selectable = may_bulk or may_propose
        if selectable:
            extra["columns"] = [{"label": _("Choose"), "hidden": True}, *extra["columns"]]
        query = urlencode([("all", "1"), *self._parameters(without="order")])
        return super().get_context(
            may_create=may(self.actor, Permission.CREATE_ELEVATOR),
            map_url=f"{reverse('registry:map')}?{urlencode(self._parameters(without='order'), safe=',')}".rstrip("?"),
            selectable=selectable,
            may_bulk=may_bulk,
            may_propose=may_propose,
            may_order_plates=may(self.actor, Permission.ORDER_PLATES),
            bulk_all_url=f"{reverse('registry:bulk_change')}?{query}",
            **extra,
        )


class SitePicker(ScopedPicker):
    """Sites among those that one sees, by the beginning of a name."""

    permission = Permission.VIEW_ELEVATOR
    queryset = Site.objects.select_related("area")

    parameter = "site"

    def describe(self, row):
        return {"id": str(row.public_id), "label": row.name, "hint": f"{row.area} {row.address}".strip()}

    def suggest(self, row):
        named = SITE_SEPARATOR.join(part for part in (row.name, row.address) if part)
        return {"value": named, "label": str(row.area)}
