"""One elevator over REST, by its code, signed in, scoped and logged, against DRF alone."""

import statistics
import time
from urllib.parse import quote

from accounts.models import User
from bench import people
from bench.calls import Caller
from bench.plans import recorded
from bench.report import Report, Row
from registry.models import Elevator

CODES = ("equipment_code", "rescue_code", "registration_code", "certificate_number")
LEAST, ROUNDS, REQUESTS = 0.60, 25, 20
USERS = ("using_unit_manager", "district_regulator", "city_regulator")


def rest(report: Report) -> None:
    """Requests per second of both in turn; the median of the rounds."""
    full, bare = Caller(), Caller(bare=True)
    for username in USERS:
        user = User.objects.get(username=username)
        elevator = _with_every_code(user)
        cookie = people.cookie_of(user)
        for code in CODES if username == USERS[0] else CODES[:1]:
            address = f"/api/v1/registry/elevators/by-code/{quote(getattr(elevator, code))}/"

            def ours(address=address, cookie=cookie):
                return full.get(address, cookie)

            def floor(pk=elevator.pk):
                return bare.get(f"/bare/{pk}/")

            if ours() != floor():
                raise RuntimeError("the two answers differ: the floor is not of the same thing")
            rates = [(_rate(ours), _rate(floor)) for _ in range(ROUNDS)]
            mine, least = (statistics.median(column) for column in zip(*rates, strict=True))
            what = f"REST detail by {code.replace('_', ' ')}, {username.replace('_', ' ')}"
            with recorded() as statements:
                ours()
            what += f" ({len(statements)} statements, {statements.buffers()} buffers)"
            report.add(Row(what, mine, "/s", f"≥ {LEAST:.0%} of bare DRF", mine >= LEAST * least, least))


def _with_every_code(user: User) -> Elevator:
    """An elevator of this user's that has all four codes."""
    from accounts.queries import actor_for
    from accounts.roles import Permission
    from common import clock

    seen = Elevator.objects.visible_to(actor_for(user, clock.now()), Permission.VIEW_ELEVATOR)
    return seen.filter(**{f"{code}__isnull": False for code in CODES}).order_by("pk")[0]


def _rate(request) -> float:
    began = time.perf_counter()
    for _ in range(REQUESTS):
        request()
    return REQUESTS / (time.perf_counter() - began)
