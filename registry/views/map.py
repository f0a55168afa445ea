"""The map: districts in classes of colour, clusters by zoom, one place with its list. Works without script.

The page, the clusters that a moved map asks for, and the list of one place take the list's own filters (and ?bbox=,
which the list understands as well), so that a link carries everything from one to the other.
"""

from collections import Counter
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.roles import Permission
from common.api.throttles import MapThrottle
from common.filtering import given_filters
from common.pagination import capped_count
from common.templatetags.ui import SHAPES
from common.views import ScopedPage
from registry.forms.exports import spoken_filters
from registry.forms.filters import ElevatorPageFilter
from registry.models import Elevator
from registry.queries import LIST_FIELDS, name_neighbours
from registry.queries.map import MapFigures, clusters, map_figures, within
from registry.rules.clusters import WORST_FIRST, Cluster
from registry.rules.grid import MAX_ZOOM, Section, SectionError, parse_section, zoom_showing
from registry.signals import ElevatorMark, tallied_for
from registry.templatetags.registry import COLOURS, LABELS
from registry.views import picture
from registry.views.map_measures import ELEVATORS, Measure

PLACE_ROWS = 50
COLOUR = "colour"  # in the address: the mark that clusters are coloured by, in place of their state
UNKNOWN = pgettext_lazy("colour of the map", "not known to you")


@dataclass(frozen=True, slots=True)
class Mark:
    """A cluster as it is drawn."""

    cluster: Cluster
    x: float
    y: float
    subject: str  # what the colour says, "" for the status
    label: str  # the gravest status in words
    state: str  # its colour and shape
    worst_count: int
    section: Section
    href: str  # without script: the list of a spot, a nearer map otherwise

    @property
    def text(self) -> str:
        return f"{self.cluster.count:,}" if self.cluster.count > 1 else ""

    @property
    def shape(self) -> str:
        """The path of its state's shape: inside a single one, beside a number where something is the matter."""
        return SHAPES[self.state] if self.state != "ok" or not self.text else ""

    @property
    def alarm(self) -> str:
        """How many of several have the gravest state, where that asks for something."""
        return f"{self.worst_count:,}" if self.text and self.state not in ("ok", "neutral") else ""


class MapBase(ScopedPage):
    """What the three share: the scope, the filters, the section and zoom of the address."""

    permission = Permission.VIEW_ELEVATOR

    @cached_property
    def scoped_rows(self):
        return Elevator.objects.visible_to(self.actor, self.permission)

    @cached_property
    def filterset(self) -> ElevatorPageFilter:
        """The list's filters; the section is not one of them here, it is where one looks."""
        given = self.request.GET.copy()
        given.pop("bbox", None)
        return ElevatorPageFilter(given, queryset=self.scoped_rows, request=self.request)

    @cached_property
    def rows(self):
        return self.filterset.qs if self.filterset.is_valid() else self.scoped_rows.none()

    @cached_property
    def asked_section(self) -> Section | None:
        """The section of the address, None without a readable one."""
        try:
            return parse_section(self.request.GET.get("bbox", ""))
        except SectionError:
            return None

    def zoom_of(self, section: Section) -> float:
        """The zoom of the address, held within what its section allows."""
        fitting = zoom_showing(section, *picture.NOMINAL)
        try:
            asked = float(self.request.GET.get("zoom", ""))
        except ValueError:
            return fitting
        # NaN compares false; a wall screen shows the same section two zooms nearer, a phone one zoom farther
        return asked if max(0, fitting - 2) <= asked <= min(MAX_ZOOM, fitting + 2) else fitting

    @cached_property
    def parameters(self) -> list[tuple[str, str]]:
        """The filters of this address, without the view."""
        names = set(self.filterset.filters) - {"bbox"}
        return [(k, v) for k, values in self.request.GET.lists() if k in names for v in values if v]

    @cached_property
    def measure(self) -> Measure:
        return Measure.named(self.request.GET.get("measure", ""))

    @cached_property
    def colour(self) -> ElevatorMark | None:
        """What another app says that clusters are coloured by; None: their state, and whatever this actor may not see."""
        asked = self.request.GET.get(COLOUR, "")
        return next((mark for mark in tallied_for(self.actor) if mark.name == asked), None)

    @cached_property
    def colour_words(self) -> dict:
        return dict(self.colour.choices())

    def address(self, name: str, *more: tuple[str, str], without: tuple[str, ...] = ()) -> str:
        """Of the list, or of a part of the map, which keeps its colours."""
        named = {key for key, _value in more} | set(without)
        query = [(k, v) for k, v in self.parameters if k not in named]
        if self.colour and name != "elevators":
            query.append((COLOUR, self.colour.name))
        return f"{reverse(f'registry:{name}')}?{urlencode([*query, *more], safe=',')}".rstrip("?")

    def map_address(self, section: Section, *more) -> str:
        kept = [("measure", self.measure.name)] if self.measure.name != ELEVATORS else []
        zoom = zoom_showing(section, *picture.NOMINAL)
        return self.address("map", *more, *kept, ("bbox", str(section)), ("zoom", f"{zoom:.1f}"))

    def marks(self, section: Section, zoom: float) -> list[Mark]:
        """Clusters of a section as they are drawn, the gravest on top of the others."""
        tally = partial(self.colour.tally, actor=self.actor) if self.colour else None
        try:
            # the zoom below: drawn larger than reckoned, circles do not overlap
            found = clusters(self.rows, section, int(zoom), tally=tally)
        except SectionError:  # a wall of screens; the section alone decides then
            found = clusters(self.rows, section, int(zoom_showing(section, *picture.NOMINAL)), tally=tally)
        return [self._mark(cluster) for cluster in sorted(found, key=self._order)]

    def _order(self, cluster: Cluster) -> int:
        if self.colour is None:
            return -WORST_FIRST.index(cluster.worst)
        gravest_first = [*self.colour.states, None]
        return -gravest_first.index(cluster.gravest(self.colour.states))

    def _said(self, cluster: Cluster) -> tuple:
        """What its colour says: (of what, the gravest in words, its state, how many have it)."""
        if self.colour is None:
            return "", LABELS[cluster.worst], COLOURS[cluster.worst], cluster.statuses[cluster.worst]
        value = cluster.gravest(self.colour.states)
        if value is None:
            return self.colour.label, UNKNOWN, "neutral", cluster.count
        return self.colour.label, self.colour_words[value], self.colour.states[value], cluster.tally[value]

    def _mark(self, cluster: Cluster) -> Mark:
        section = cluster.section
        listed = self._listed(section)
        href = listed if cluster.is_spot else self.map_address(picture.roomy(section))
        x, y = picture.place(cluster.x, cluster.y)
        return Mark(cluster, x, y, *self._said(cluster), section, href)

    def layer(self, section: Section, zoom: float) -> dict:
        """What the moving part of the picture shows."""
        near = picture.shows_clusters(section, zoom)
        marks = self.marks(section, zoom) if near else []
        return {
            "near": near,
            "marks": marks,
            "in_view": sum(mark.cluster.count for mark in marks),
            "colour": self.colour,
            "tallies": self._tallies(section, marks) if self.colour else [],
            "scale": round((section.right - section.left) / picture.NOMINAL[0], 3) or 1,
            "view_list_url": self._listed(section),
        }

    def _tallies(self, section: Section, marks: list[Mark]) -> list[tuple]:
        """(word, state, how many in the section, the list of them), the gravest first, of those that are there."""
        total = Counter()
        for mark in marks:
            total.update(mark.cluster.tally)
        return [
            (self.colour_words[value], state, total[value], self._listed(section, (self.colour.name, value)))
            for value, state in self.colour.states.items()
            if total[value]
        ]

    def _listed(self, section: Section, *more) -> str:
        return self.address("elevators", *more, ("bbox", str(section)))


class MapPage(MapBase):
    """The picture, the figures of every managing district as a table, and where the elevators are that have no place."""

    title = _("Map")
    template_name = "registry/map.html"
    # class of colour, distance and size of its dots in pixels: the darker, the denser
    patterns = ((2, 12, 1), (3, 9, 1.1), (4, 7, 1.2), (5, 5, 1.3))

    @property
    def cluster_legend(self) -> list[dict]:
        """What colour and shape of a cluster mean, in words."""
        if self.colour is None:
            shown = ("SEALED", "OUT_OF_USE", "UNREGISTERED", "IN_USE", "SCRAPPED")
            return [{"label": LABELS[status], "state": COLOURS[status]} for status in shown]
        said = [{"label": self.colour_words[value], "state": state} for value, state in self.colour.states.items()]
        return [*said, {"label": UNKNOWN, "state": "neutral"}]

    @property
    def colours(self) -> list[tuple]:
        """What clusters may be coloured by; none for whom there is nothing but the state."""
        marks = tallied_for(self.actor)
        return [("", _("State")), *((mark.name, mark.label) for mark in marks)] if marks else []

    def get(self, request):
        figures = map_figures(self.rows, actor=self.actor)
        home = self._home(figures)
        section = self.asked_section or home
        zoom = self.zoom_of(section)
        lines = self.measure.lines(figures.districts, self.address)
        by_code = {line.area.code: line for line in lines}
        return self.answer(
            filter_form=self.filterset.form,
            chips=self._chips(),
            clear_url=self.address("map", without=tuple(self.filterset.filters)),
            figures=figures,
            lines=lines,
            legend=self.measure.legend(lines),
            districts=[
                (outline, by_code.get(outline.code), self.map_address(outline.section))
                for outline in picture.outlines()
            ],
            jiangbei=by_code.get(picture.JIANGBEI),
            jiangbei_label=picture.jiangbei_label(),
            measures=Measure.choices(),
            measure=self.measure.name,
            colours=self.colours,
            carried=self._carried(),
            view_box=picture.view_box(section),
            origin=picture.city(),
            section=section,
            home=home,
            zoom=zoom,
            steps=self._steps(section, home),
            kept=[*self.parameters, ("bbox", str(section)), ("zoom", f"{zoom:.1f}")]
            if self.asked_section
            else self.parameters,
            list_url=self.address("elevators"),
            unlocated_url=self.address("elevators", ("located", "false")),
            layer_url=self.address("map_clusters"),
            place_url=self.address("map_place"),
            **self.layer(section, zoom),
        )

    def _home(self, figures: MapFigures) -> Section:
        """What the map opens with: the whole city for whoever sees several of its districts, else where the elevators are."""
        located = [line for line in figures.districts if line.located]
        extent = figures.extent
        several = len(located) > 3 and extent is not None and picture.overlaps(extent, picture.city())
        return picture.city() if several or extent is None else picture.roomy(extent)

    def _carried(self) -> list[tuple[str, str]]:
        """What filtering anew does not change: the colours."""
        colour = [(COLOUR, self.colour.name)] if self.colour else []
        return [("measure", self.measure.name), *colour] if self.measure.name != ELEVATORS else colour

    def _chips(self) -> list[dict]:
        names = [name for name, _field, _given in given_filters(self.filterset)]
        words = spoken_filters(self.filterset, self.actor)
        return [
            {"label": label, "value": value, "remove_url": self.address("map", without=(name,))}
            for name, (label, value) in zip(names, words, strict=True)
        ]

    def _steps(self, section: Section, home: Section) -> list[tuple[str, str, str, str]]:
        """(name, sign, words, address) of the buttons; each is a link that works without script."""
        moves = (
            ("in", "+", _("Nearer"), picture.moved(section, factor=0.5)),
            ("out", "−", _("Farther"), picture.moved(section, factor=2)),
            ("home", "⌂", _("All of it"), home),
            ("west", "←", _("West"), picture.moved(section, across=-0.4)),
            ("north", "↑", _("North"), picture.moved(section, down=-0.4)),
            ("south", "↓", _("South"), picture.moved(section, down=0.4)),
            ("east", "→", _("East"), picture.moved(section, across=0.4)),
        )
        return [(name, sign, words, self.map_address(there)) for name, sign, words, there in moves]


class MapFragment(MapBase):
    """What a moved map asks for again and again: as often as REST allows the same person."""

    def get(self, request):
        limit = MapThrottle()
        if not limit.allow_request(request, self):
            wait = str(int(limit.wait() or 0) + 1)
            return HttpResponse(status=429, headers={"Retry-After": wait})
        if self.asked_section is None:
            return HttpResponse(_("Name the section of the map: bbox=west,south,east,north."), status=400)
        return self.fragment(request)

    def fragment(self, request) -> HttpResponse:
        raise NotImplementedError


class MapClusters(MapFragment):
    """The moving part of the picture alone, for a map that was moved or zoomed: ?bbox=&zoom= and the list's filters."""

    def fragment(self, request):
        return render(
            request, "registry/_map_layer.html", self.layer(self.asked_section, self.zoom_of(self.asked_section))
        )


class MapPlace(MapFragment):
    """The elevators of one place on the map, at most 50, with the way to all of them in the list."""

    def fragment(self, request):
        here = within(self.rows, self.asked_section)
        rows = list(here.only(*LIST_FIELDS).order_by("building", "internal_number", "pk")[:PLACE_ROWS])
        name_neighbours(rows)
        said = self.colour.badges([row.pk for row in rows], self.actor) if self.colour and rows else {}
        for row in rows:
            row.said = said.get(row.pk)
        sites = {row.site_id: row.site for row in rows if row.site is not None}
        context = {
            "rows": rows,
            "site": next(iter(sites.values())) if len(sites) == 1 else None,
            "sites": len(sites),
            "count": capped_count(here),
            "all_url": self._listed(self.asked_section),
        }
        return render(request, "registry/_map_place.html", context)
