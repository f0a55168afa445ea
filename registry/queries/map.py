"""Where elevators are: clusters of a section of the map, figures by managing district, for any scoped and filtered rows."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from django.db.models import Count, F, Max, Min, QuerySet, Sum

from accounts.choices import AreaKind
from accounts.models import Area
from accounts.queries import areas_by_id, reach_of
from accounts.roles import Permission
from common.actor import Actor
from registry.models import Elevator
from registry.rules import flags_in, public_status
from registry.rules.clusters import Cluster, clusters_of
from registry.rules.grid import Section, cell_shift, require_countable

# Edges of clusters, which tell one building from several, are asked for near by, and of few from everywhere.
EDGES_FROM_ZOOM, EDGES_UP_TO = 13, 5_000


def within(elevators: QuerySet[Elevator], section: Section) -> QuerySet[Elevator]:
    """Those of `elevators` whose position lies in the section: a range of the map's index."""
    return elevators.filter(
        map_y__range=(section.top, section.bottom),
        map_x__range=(section.left, section.right),
    )


def located_near(latitude: float, longitude: float, degrees: float) -> QuerySet[Elevator]:
    """Elevators whose position lies so few degrees away, in every city that we know: a few ranges of the map's index."""
    section = Section(longitude - degrees, latitude - degrees, longitude + degrees, latitude + degrees)
    cities = [area.pk for area in areas_by_id().values() if area.kind == AreaKind.CITY]
    return within(Elevator.objects.filter(city__in=cities), section).filter(
        latitude__range=(section.south, section.north), longitude__range=(section.west, section.east)
    )


def clusters(
    elevators: QuerySet[Elevator], section: Section, zoom: int, *, tally: Callable | None = None
) -> list[Cluster]:
    """The located ones of `elevators` in a section, counted in cells of 64 pixels at `zoom`, largest first.

    One statement; from afar two for few elevators, because the edges of a cluster cost a third of the time: of many
    elevators seen from afar they are those of its cells. `tally(elevators, by)` counts something else by cell (ElevatorMark),
    in one statement more. Raises SectionError('large') for more than 4,096 cells.
    """
    require_countable(section, zoom)
    shift = cell_shift(zoom)

    def cell(path: str = "") -> tuple:
        return F(f"{path}map_y").bitrightshift(shift), F(f"{path}map_x").bitrightshift(shift)

    here = within(elevators, section).order_by()
    counted = tally(here, cell) if tally else ()
    rows = (
        here.values_list(*cell(), "registration_state", "flag_bits")
        # Count("*"), not of a column: fewer things to look at for each of 200,000
        .annotate(n=Count("*"), x=Sum("map_x"), y=Sum("map_y"))
    )
    if zoom < EDGES_FROM_ZOOM:
        found = list(rows)
        if sum(row[4] for row in found) > EDGES_UP_TO:
            return clusters_of(found, zoom, counted)
    edged = rows.annotate(left=Min("map_x"), right=Max("map_x"), top=Min("map_y"), bottom=Max("map_y"))
    return clusters_of(edged, zoom, counted)


@dataclass(slots=True)
class DistrictFigure:
    """What one managing district holds of the rows asked about; `area` is the city itself for those without a district."""

    area: Area
    total: int = 0
    located: int = 0
    statuses: dict[str, int] = field(default_factory=dict)  # public status → elevators


@dataclass(frozen=True, slots=True)
class MapFigures:
    """The numbers of the whole map, those outside the picture included, and how far their positions reach."""

    districts: list[DistrictFigure]
    total: int
    located: int
    extent: Section | None  # None when no elevator has a position

    @property
    def unlocated(self) -> int:
        return self.total - self.located


def map_figures(elevators: QuerySet[Elevator], *, actor: Actor) -> MapFigures:
    """Figures by managing district (江北新区 counted as one, by who manages), in the order of their codes. One statement.

    Whoever sees a whole city gets a line for each of its districts, also for those that hold nothing.
    """
    rows = (
        elevators.order_by()
        .values_list("city_id", "managing_district_id", "registration_state", "flag_bits")
        .annotate(n=Count("*"), located=Count("map_y"))
        .annotate(left=Min("map_x"), right=Max("map_x"), top=Min("map_y"), bottom=Max("map_y"))
    )
    areas = areas_by_id()
    figures = {area.pk: DistrictFigure(area) for area in _districts_of(actor, areas.values())}
    edges = []
    for city, district, state, bits, count, located, *edge in rows:
        key = district or city
        figure = figures.setdefault(key, DistrictFigure(areas[key]))
        status = public_status(state, flags_in(bits))
        figure.total += count
        figure.located += located
        figure.statuses[status] = figure.statuses.get(status, 0) + count
        if located:
            edges.append(edge)
    lines = sorted(figures.values(), key=lambda figure: figure.area.code)
    return MapFigures(lines, sum(line.total for line in lines), sum(line.located for line in lines), _extent(edges))


def _districts_of(actor: Actor, areas: Iterable[Area]) -> list[Area]:
    """Districts and management areas of the cities that the actor sees whole."""
    cities = {grant.area_id for grant in reach_of(actor, Permission.VIEW_ELEVATOR).areas if grant.kind == AreaKind.CITY}
    return [area for area in areas if area.city_id in cities and area.kind in (AreaKind.DISTRICT, AreaKind.MANAGEMENT)]


def _extent(edges: list) -> Section | None:
    if not edges:
        return None
    lefts, rights, tops, bottoms = zip(*edges, strict=True)
    return Section.of_points(min(lefts), min(tops), max(rights), max(bottoms))
