"""Clusters of the map over REST, at every zoom, for the sections that a desk's screen shows; the page itself beside them."""

from urllib.parse import urlencode

from django.db import connection

from accounts.queries import actor_for
from bench import people
from bench.calls import Caller, paired_ms
from bench.lists import spoken
from bench.plans import recorded
from bench.report import Report, Row
from common import clock
from registry.rules.grid import MAX_ZOOM, Section, points_per_pixel, x_of, y_of
from registry.signals import tallied_for

PATH, PAGE = "/api/v1/registry/elevators/clusters/", "/elevators/map/"
MOST_MS = 100
SCREEN = (1440, 900)
TIMES = 7
MIDDLES = ((32.042, 118.784), (31.95, 118.84))  # the old town; between it and the largest district
FILTERS = (
    {},
    {"registration_state": "IN_USE", "class_code": "3110"},
    {"min_age": "5"},
    {"place_type": "RESIDENTIAL", "retrofitted": "false"},
    {"area": "320115"},
)


def section_at(zoom: int, middle: tuple[float, float]) -> Section:
    """What a screen shows around a place; the whole world where it is smaller than the screen."""
    latitude, longitude = middle
    half_x, half_y = (side / 2 * points_per_pixel(zoom) for side in SCREEN)
    x, y, last = x_of(longitude), y_of(latitude), x_of(180)
    return Section.of_points(max(0, x - half_x), max(0, y - half_y), min(last, x + half_x), min(last, y + half_y))


def addresses(given: dict[str, str]) -> list[str]:
    """One per zoom and middle."""
    return [
        f"{PATH}?{urlencode({'zoom': zoom, 'bbox': str(section_at(zoom, middle)), **given})}"
        for zoom in range(MAX_ZOOM + 1)
        for middle in MIDDLES
    ]


def clusters(report: Report) -> None:
    """The slowest zoom of each scope, with and without filters and with what else may be counted, beside its own statements
    sent bare."""
    scopes = {name: (user, True) for name, user in people.measured().items()}
    scopes |= {name: (user, False) for name, user in people.others().items()}
    for name, (user, judged) in scopes.items():
        caller, cookie = Caller(), people.cookie_of(user)
        for given in [*(FILTERS if judged else FILTERS[:1]), *tallies_of(user)]:
            report.add(_slowest(name, caller, cookie, given, judged=judged))
            report.say(f"  {name}, {spoken(given)}")
    caller, cookie = Caller(), people.cookie_of(people.measured()["city regulator"])
    ours, floor = paired_ms(lambda: caller.get(PAGE, cookie), lambda: caller.get("/elevators/", cookie), times=TIMES)
    report.add(Row("map page, city regulator, beside the list's page", ours, "ms", "", True, floor))


def tallies_of(user) -> list[dict[str, str]]:
    """What else the clusters may count for somebody; REST refuses risk bands to who sees nothing of what is due."""
    return [{"tally": mark.name} for mark in tallied_for(actor_for(user, clock.now()))]


def _slowest(name, caller, cookie, given, *, judged: bool) -> Row:
    # one look at each finds the slowest three; only these are measured with care
    looked = sorted(((_once(caller, cookie, address), address) for address in addresses(given)), reverse=True)
    measured = []
    for _took, address in looked[:3]:
        with recorded() as statements:
            caller.get(address, cookie)
        bare = [statement for statement in statements if "map_x" in statement[0]]
        ours, floor = paired_ms(
            lambda address=address: caller.get(address, cookie),
            lambda bare=bare: _bare(bare),
            times=TIMES,
        )
        measured.append((ours, floor, address))
    ours, floor, address = max(measured)
    zoom = address.partition("zoom=")[2].partition("&")[0]
    target = f"≤ {MOST_MS} ms" if judged else ""
    what = f"clusters, {name} ({spoken(given)}): slowest of {MAX_ZOOM + 1} zooms is {zoom}"
    return Row(what, ours, "ms", target, ours <= MOST_MS or not judged, floor)


def _once(caller, cookie, address: str) -> float:
    return paired_ms(lambda: caller.get(address, cookie), lambda: None, times=1)[0]


def _bare(statements) -> None:
    with connection.cursor() as cursor:
        for sql, params in statements:
            cursor.execute(sql, params)
            cursor.fetchall()
