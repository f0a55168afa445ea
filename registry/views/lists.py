"""Finding elevators: the list, exact search, pick lists."""

from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.roles import Permission
from common.hooks import SEARCH_PROVIDERS, SearchHit
from common.scoping import may
from common.views import ScopedListPage, ScopedPage, ScopedPicker
from registry.forms.filters import ElevatorPageFilter
from registry.models import Elevator, Site
from registry.queries import LIST_FIELDS, SITE_SEPARATOR, elevators_with_code, name_neighbours


class ElevatorListPage(ScopedListPage):
    """The elevators that one sees, newest entry first."""

    permission = Permission.VIEW_ELEVATOR
    template_name = "registry/elevator_list.html"
    title = _("Elevators")
    queryset = Elevator.objects.all()
    filter_class = ElevatorPageFilter
    keys_first_filters = ("min_age",)
    export_kind = "registry.elevators"
    row_template = "registry/_elevator_row.html"
    caption = _("Elevators that you see")
    columns = (
        {"label": _("Code")},
        {"label": _("Place")},
        {"label": _("Area")},
        {"label": _("Class"), "wide": True},
        {"label": _("State")},
        {"label": _("Using unit"), "wide": True},
        {"label": _("Maintenance unit"), "wide": True},
    )

    def decorate(self, queryset):
        return queryset.only(*LIST_FIELDS)

    def dress(self, rows):
        name_neighbours(rows)

    def spoken(self, name, field, given, rows):
        if name in ("using_unit", "maintenance_unit"):
            if rows:  # all of them have this unit, and it is here already
                return getattr(rows[0], name).name
            named = self.scoped_rows.filter(**{f"{name}__public_id": given}).order_by()
            return next(iter(named.values_list(f"{name}__name", flat=True)[:1]), given)
        return super().spoken(name, field, given, rows)

    def get_context(self, **extra):
        return super().get_context(may_create=may(self.actor, Permission.CREATE_ELEVATOR), **extra)


class SearchPage(ScopedPage):
    """One box: what every provider finds exactly. One hit opens at once."""

    title = _("Search")
    template_name = "registry/search.html"

    def get(self, request):
        text = request.GET.get("q", "").strip()[:80]
        hits = (
            [hit for registration in SEARCH_PROVIDERS for hit in registration.answer(self.actor, text)] if text else []
        )
        if len(hits) == 1:
            return redirect(hits[0].url)
        return render(request, self.template_name, self.get_context(search_text=text, hits=hits))


def search_elevators(actor, text) -> list[SearchHit]:
    """Exact codes of elevators within the actor's scope, at most 20."""
    if not may(actor, Permission.VIEW_ELEVATOR):
        return []
    found = name_neighbours(list(elevators_with_code(text, actor=actor)[:20]))
    return [
        SearchHit(
            label=elevator.main_code,
            url=reverse("registry:elevator", args=[elevator.public_id]),
            hint=" · ".join(part for part in (elevator.area.name, elevator.address, elevator.building) if part),
        )
        for elevator in found
    ]


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
