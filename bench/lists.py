"""The list of elevators: buffers and time of pages, filtered in pairs, and of pages far down."""

import itertools
import time
from unittest.mock import patch
from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import render
from django.test import RequestFactory

from accounts.models import User
from accounts.queries import actor_for, user_with_holdings
from accounts.roles import Permission
from bench import people
from bench.calls import Caller, paired_ms
from bench.plans import recorded
from bench.report import Report, Row
from common import clock
from common.pagination import page_of
from registry.forms import ElevatorFilter
from registry.models import Elevator
from registry.views.lists import ElevatorListPage

PATH, SIZE = "/elevators/", 50
MOST_BUFFERS, MOST_TIMES_TEMPLATE, MOST_TIMES_FIRST = 400, 3.0, 1.3


def filter_values() -> dict[str, tuple[str, ...]]:
    """For each filter of the page a common and a rare value, as they stand in the city."""
    subdistrict = User.objects.get(username="subdistrict_officer").area_grants.get().area.code
    unit, _size = people.unit_of_about(3000)
    maintainer = User.objects.get(username="maintenance_office").memberships.get().unit
    return {
        "area": ("320100", "320115", "320118", "320100JB", subdistrict),
        "class_code": ("3110", "3300", "3410"),
        "registration_state": ("IN_USE", "OUT_OF_USE", "SCRAPPED"),
        "place_type": ("RESIDENTIAL", "CARE_HOME"),
        "min_age": ("5", "15", "30"),
        "flag": ("SEALED", "RELOCATING"),
        "retrofitted": ("true", "false"),
        "using_unit": (str(unit.public_id),),
        "maintenance_unit": (str(maintainer.public_id),),
    }


def filter_pairs() -> list[dict[str, str]]:
    """Every pair of two different filters, with every value."""
    values = filter_values()
    return [
        {first: a, second: b}
        for first, second in itertools.combinations(values, 2)
        for a in values[first]
        for b in values[second]
    ]


def cost_of(get, address: str) -> int:
    """Buffers of all statements of one page. `get(address)` makes the request on this thread's connection."""
    with recorded() as statements:
        get(address)
    return statements.buffers()


def address_of(given: dict[str, str], cursor: str = "") -> str:
    query = urlencode({**given, **({"cursor": cursor} if cursor else {})})
    return f"{PATH}?{query}" if query else PATH


def spoken(given: dict[str, str]) -> str:
    return " + ".join(f"{name}={value[:18]}" for name, value in given.items()) or "unfiltered"


# --- the same template, fed from a constant list ------------------------------------------------------------------------


class _ConstantList(ElevatorListPage):
    """Keeps what it would show instead of showing it."""

    def answer(self, **context):
        self.kept = self.get_context(**context)
        for field in self.kept["filter_form"].fields.values():
            if hasattr(field, "choices"):
                field.choices = list(field.choices)


def floor_of(user: User, address: str):
    """A function that renders the page of `address` from rows, count and choices already in memory."""
    person = user_with_holdings(user.pk, clock.now())
    request = RequestFactory(SERVER_NAME="testserver").get(address)
    request.user, request.actor, request.htmx, request.request_id = person, actor_for(person, clock.now()), None, "-"
    view = _ConstantList()
    view.setup(request)
    view.get(request)
    return lambda: render(request, view.template_name, view.kept).content


def _rendered_in_a_request(get, address: str, render) -> float:
    """Milliseconds that the template takes where the page renders it: in a request, behind its statements.

    Measured here: the same rendering takes 6 ms in a loop of its own and 12 ms right after the process has waited for a
    socket, as it has in every page.
    """
    took = []

    def answer(_page, **_context):
        began = time.perf_counter()
        body = render()
        took.append((time.perf_counter() - began) * 1000)
        return HttpResponse(body)

    with patch.object(ElevatorListPage, "answer", answer):
        get(address)
    return took[0]


# --- measures -----------------------------------------------------------------------------------------------------------


def lists(report: Report) -> None:
    """Each pair of filters for the four users of the issue: the dearest in buffers, the slowest against its template."""
    for name, user in people.measured().items():
        get, dearest = _dearest(report, name, user, judged=True)
        report.add(_time_of_worst(name, user, get, dearest[:3]))


def scopes(report: Report) -> None:
    """The same buffers for scopes that the issue does not name; told, not judged."""
    for name, user in people.others().items():
        _dearest(report, name, user, judged=False)


def _dearest(report, name, user, *, judged: bool):
    """Adds the row of the dearest pair; returns how this user gets a page, and the pairs from the dearest on."""
    caller, cookie, pairs = Caller(), people.cookie_of(user), filter_pairs()
    report.say(f"  {name}: {len(pairs)} pairs of filters")

    def get(address):
        return caller.get(address, cookie)

    costs = sorted(((cost_of(get, address_of(pair)), i) for i, pair in enumerate(pairs)), reverse=True)
    worst, missed = costs[0][0], sum(cost > MOST_BUFFERS for cost, _i in costs)
    dearest = [pairs[i] for _cost, i in costs]
    what = f"list, {name}: dearest of {len(pairs)} filter pairs ({spoken(dearest[0])}); {missed} over {MOST_BUFFERS}"
    target = f"≤ {MOST_BUFFERS}" if judged else ""
    report.add(Row(what, worst, "buffers", target, worst <= MOST_BUFFERS or not judged))
    if report.plans:
        _show_plans(report, get, dearest[:5])
    return get, dearest


def _time_of_worst(name, user, get, pairs) -> Row:
    """The slowest of the dearest pages against its own template, with a common pair beside them."""
    common = {"registration_state": "IN_USE", "class_code": "3110"}
    found = []
    for pair in [*pairs, common]:
        address = address_of(pair)
        render = floor_of(user, address)
        ours, floor = paired_ms(
            lambda address=address: get(address),
            rendering=lambda r=render, a=address: _rendered_in_a_request(get, a, r),
        )
        found.append((ours / floor, ours, floor, pair))
    ratio, ours, floor, pair = max(found, key=lambda entry: entry[0])
    target = f"≤ {MOST_TIMES_TEMPLATE:g} × template"
    return Row(f"list, {name}: slowest page ({spoken(pair)})", ours, "ms", target, ratio <= MOST_TIMES_TEMPLATE, floor)


def _show_plans(report, get, pairs) -> None:
    for pair in pairs:
        with recorded() as statements:
            get(address_of(pair))
        for cost, sql, plan in statements.explained():
            if cost > 50:
                report.say(f"--- {spoken(pair)}: {cost} buffers\n{sql}\n{plan}")


def pages(report: Report) -> None:
    """The page of the 200,000th row and the last page of a filtered list against page 1."""
    caller = Caller()
    user = people.measured()["city regulator"]
    cookie = people.cookie_of(user)

    def get(address):
        return caller.get(address, cookie)

    pair = {"registration_state": "IN_USE", "class_code": "3110"}
    total = Elevator.objects.count()
    cases = {f"unfiltered, page {-(-total // SIZE):,}": {}, f"filtered ({spoken(pair)}), last page": pair}
    for name, given in cases.items():
        last, first = address_of(given, cursor_of_last(user, given)), address_of(given)
        buffers = [cost_of(get, address) for address in (last, first)]
        times = paired_ms(lambda last=last: get(last), lambda first=first: get(first), times=25)
        target = f"≤ {MOST_TIMES_FIRST:g} × page 1"
        for (ours, floor), unit in ((buffers, "buffers"), (times, "ms")):
            report.add(Row(f"list, {name}", ours, unit, target, ours <= MOST_TIMES_FIRST * floor, floor))


def cursor_of_last(user: User, given: dict[str, str]) -> str:
    """The cursor that opens the last page (its rows may be fewer than a page's)."""
    actor = actor_for(user, clock.now())
    rows = Elevator.objects.visible_to(actor, Permission.VIEW_ELEVATOR)
    rows = ElevatorFilter(given, queryset=rows).qs
    whole = (rows.count() - 1) // SIZE * SIZE
    # the page before the last one, from its first row on: what it calls `next` is the last page
    first_of_it = rows.order_by("-id").values_list("pk", flat=True)[whole - SIZE]
    return page_of(rows.filter(pk__lte=first_of_it), order=("-id",), size=SIZE).next
