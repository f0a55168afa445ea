"""A list: scope, filters as removable chips, keyset pages in a chosen order, saved filters, chosen columns, honest count."""

from urllib.parse import urlencode

from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from common.filtering import given_filters, spoken_value
from common.lists.orders import Order
from common.models import ListView
from common.pagination import Count, capped_count, page_of
from common.scoped_page import ScopedPage

# what stands in a list's address beside its filters
OWN_PARAMETERS = frozenset({"cursor", "count", "order", "view"})
SHOW_ALL = "all"  # ?view=all: the list itself, although a saved filter opens first


class ScopedListPage(ScopedPage):
    """A list: scope, declared filters as removable chips, keyset pages, a capped count.

    `queryset`, `order` (see common.pagination), `columns` and `row_template` (components/table.html), `filter_class`
    (a django-filter FilterSet, or None). With `list_key` (registered at common.lists) people save filters and choose
    among the columns that have a `name`; those with `extra` are shown to nobody who did not ask for them.
    """

    queryset = None
    order: tuple[str, ...] = ("-id",)
    orders: dict[str, Order] = {}  # ?order=name; the first is the usual one
    page_size = 50
    columns: tuple[dict, ...] = ()
    row_template = ""
    filter_class = None
    # filters on columns of an index that is not in the list's order (see common.pagination)
    keys_first_filters: tuple[str, ...] = ()
    caption = ""
    empty_text = _("Nothing here yet.")
    export_kind = ""  # the common.exports.kinds.ExportKind that takes this list out
    list_key = ""

    @classmethod
    def own_address(cls) -> str:
        """Where this list is; a list that is registered at common.lists says it."""
        raise NotImplementedError(f"{cls.__name__} must say where it is")

    @classmethod
    def words_for(cls, parameters, actor) -> list[tuple[str, str]]:
        """Filters of this list in words, without any row at hand."""
        return []

    @classmethod
    def columns_for(cls, actor) -> tuple[dict, ...]:
        """The columns that this actor may choose among."""
        return cls.columns

    def get_queryset(self):
        return self.queryset.all().visible_to(self.actor, self.permission)

    @cached_property
    def scoped_rows(self):
        """The rows of this request's actor; working out the scope may ask the database, so it is done once."""
        return self.get_queryset()

    def decorate(self, queryset):
        """Add what rows show (select_related, prefetch_related); the count does without."""
        return queryset

    def dress(self, rows: list) -> None:
        """Give the rows of this page what their template names and one statement can bring for all."""

    def get(self, request, **_kwargs):
        if first := self._opens_first():
            return HttpResponseRedirect(first)
        rows, filterset = self.scoped_rows, None
        if self.filter_class is not None:
            filterset = self.filter_class(request.GET, queryset=rows, request=request)
            rows = filterset.qs if filterset.is_valid() else rows.none()
        if request.GET.get("count") and request.headers.get("HX-Request"):
            return render(request, "components/count.html", {"count": capped_count(rows)})
        order = self.chosen_order
        page = page_of(
            rows,
            order=order.fields,
            size=self.page_size,
            cursor=request.GET.get("cursor", ""),
            decorate=self.decorate,
            keys_first=order.keys_first or any(request.GET.get(name) for name in self.keys_first_filters),
            nulls_last=order.nulls_last,
        )
        self.dress(page.rows)
        return self.answer(
            filterset=filterset,
            filter_form=filterset.form if filterset else None,
            chips=self._chips(filterset, page.rows) if filterset else [],
            clear_url=self.address_of([]),
            page=page,
            count=self._count(page, rows),
            count_url=f"?{urlencode([*self._parameters(), ('count', '1')])}",
            export_url=self._export_url(),
            previous_url=self._page_url(page.previous),
            next_url=self._page_url(page.next),
            **self._tools(),
        )

    def _count(self, page, rows) -> Count | None:
        """A first page that is also the last one counts itself; else the number follows when the page stands, or when
        somebody without script asks for it."""
        if not page.next and not page.previous:
            return Count(len(page), False)
        return capped_count(rows) if self.request.GET.get("count") else None

    # --- addresses ----------------------------------------------------------------------------------------------------

    def _parameters(self, without: str = "") -> list[tuple[str, str]]:
        """Filters and order of this address, without the page, and without one filter."""
        dropped = {"cursor", "count", "view", without}
        return [(k, v) for k, values in self.request.GET.lists() if k not in dropped for v in values if v]

    def address_of(self, parameters) -> str:
        """This list with these parameters; with none it is shown as it is, whatever opens first."""
        if not parameters and self._first_view is not None:
            parameters = [("view", SHOW_ALL)]
        return f"{self.request.path}?{urlencode(parameters)}" if parameters else self.request.path

    def _page_url(self, cursor: str) -> str:
        return f"?{urlencode([*self._parameters(), ('cursor', cursor)])}" if cursor else ""

    def _export_url(self) -> str:
        """Where this list, as it is filtered, is taken out as a file; '' when it is not."""
        if not self.export_kind:
            return ""
        query = urlencode(self._parameters(without="order"))
        return reverse("exports:new", args=[self.export_kind]) + (f"?{query}" if query else "")

    # --- filters ------------------------------------------------------------------------------------------------------

    def _chips(self, filterset, rows) -> list[dict]:
        return [
            {
                "label": field.label,
                "value": self.spoken(name, field, given, rows),
                "remove_url": self.address_of(self._parameters(without=name)),
            }
            for name, field, given in given_filters(filterset)
        ]

    def spoken(self, name: str, field, given, rows: list):
        """A filter's value as the page says it; `rows` are those of this page, dressed."""
        return spoken_value(field, given)

    # --- order, columns, saved filters --------------------------------------------------------------------------------

    @cached_property
    def chosen_order(self) -> Order:
        """The order of this address; an unknown one is the usual one."""
        if not self.orders:
            return Order("", self.order)
        return self.orders.get(self.request.GET.get("order", "")) or next(iter(self.orders.values()))

    @cached_property
    def _kept(self) -> list[ListView]:
        """What this person keeps of this list: saved filters, and the nameless row of columns. One statement."""
        if not self.list_key:
            return []
        return list(ListView.objects.visible_to(self.actor).filter(list_key=self.list_key).order_by("name", "pk"))

    def _mine(self, view: ListView) -> bool:
        return (view.owner_kind, view.owner_id) == (self.actor.kind, self.actor.id)

    @cached_property
    def _first_view(self) -> ListView | None:
        return next((view for view in self._kept if view.opens_first and self._mine(view)), None)

    def _opens_first(self) -> str:
        """The address of the filter that opens first, for somebody who came without any."""
        if self.request.GET or self._first_view is None or not self._first_view.parameters:
            return ""
        return f"{self.request.path}?{urlencode(self._first_view.pairs)}"

    def shown_columns(self) -> tuple[dict, ...]:
        """The columns that this person wants to see, in the list's order."""
        kept = next((view.columns for view in self._kept if not view.name and self._mine(view)), None)
        sorted_by = self.chosen_order.column

        def wanted(column) -> bool:
            name = column.get("name")
            if name is None or name == sorted_by:
                return True
            return not column.get("extra") if kept is None else name in kept

        return tuple(column for column in self.columns_for(self.actor) if wanted(column))

    def _headings(self) -> list[dict]:
        """Columns with the links that sort by them."""
        orders = [(name, order) for name, order in self.orders.items() if order.column]
        usual = next(iter(self.orders), "")
        rest = self._parameters(without="order")
        headings = []
        for column in self.shown_columns():
            ways = [(name, order) for name, order in orders if order.column == column.get("name")]
            if not ways:
                headings.append(column)
                continue
            present = [order for _name, order in ways if order is self.chosen_order]
            name = next((name for name, order in ways if order is not self.chosen_order), ways[0][0])
            address = self.address_of([*rest, *([("order", name)] if name != usual else [])])
            headings.append({**column, "sort_url": address, "sorted": present[0].direction if present else ""})
        return headings

    def _tools(self) -> dict:
        """What stands above the table: orders, saved filters, columns."""
        rest, usual = self._parameters(without="order"), next(iter(self.orders), "")
        here = sorted(self._parameters())
        return {
            "columns": self._headings(),
            "shown": {column["name"]: True for column in self.shown_columns() if "name" in column},
            "orders": [
                {
                    "label": order.label,
                    "url": self.address_of([*rest, *([("order", name)] if name != usual else [])]),
                    "active": order is self.chosen_order,
                }
                for name, order in self.orders.items()
            ],
            "saved": [
                {
                    "view": view,
                    "url": self.address_of(view.pairs),
                    "active": here == sorted(view.pairs),
                    "mine": self._mine(view),
                }
                for view in self._kept
                if view.name
            ],
            "save_url": self._own_url("lists:save", self._parameters()) if self.list_key else "",
            "columns_url": self._own_url("lists:columns", self._parameters()) if self.list_key else "",
        }

    def _own_url(self, name: str, parameters) -> str:
        return reverse(name, args=[self.list_key]) + (f"?{urlencode(parameters)}" if parameters else "")
