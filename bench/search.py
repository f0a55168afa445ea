"""The search box at city scale: the page's 95th percentile, and against what its own statements take without Django."""

import statistics
import time
from urllib.parse import quote

from django.db import connection

from bench import people
from bench.calls import Caller
from bench.plans import recorded
from bench.report import Report, Row
from registry.models import Elevator, Site

MOST_MS, MOST_TIMES_SQL, ROUNDS = 60.0, 25.0, 5
PATHS = {"page": "/elevators/search/?q=", "list under the box": "/elevators/search/suggestions/?q="}


def typed() -> dict[str, tuple[str, ...]]:
    """What people type, by kind: codes, one and two characters, common and rare words, pinyin, slips, nothing."""
    site = Site.objects.exclude(name__endswith="期").order_by("pk")[2]
    name = site.name
    elevator = Elevator.objects.filter(rescue_code__isnull=False).order_by("pk")[1]
    return {
        "code": (elevator.rescue_code, elevator.equipment_code or elevator.rescue_code, "999999x"),
        "one character": ("松", "园", "区", "市"),
        "two characters": ("松风", "花园", "江宁", "路1"),
        "words": (name, name[:3], site.address[-7:], f"江宁 {name[:2]}", "示例物业", "电梯维保（二）", "花园 3幢"),
        "pinyin": ("songfeng", "sfhy", "hy", "jiangning", "guangchang"),
        "slips": (name[0] + "丰" + name[2:], "songfenghuayaun", "花圆里", "zzzzqqqq", "🛗"),
    }


def search(report: Report) -> None:
    """For the four users of the issue: every text, page and suggestions; the slowest text is named."""
    texts = [text for of_kind in typed().values() for text in of_kind]
    caller = Caller()
    for name, user in people.measured().items():
        cookie = people.cookie_of(user)
        for what, path in PATHS.items():
            report.say(f"  {name}: {what}, {len(texts)} texts")
            addresses = {text: path + quote(text) for text in texts}
            ours, floor, slowest = _measure(caller, cookie, addresses)
            label = f"search, {name}: {what}, p95 of {len(texts)} texts (slowest: {slowest})"
            report.add(Row(label, ours, "ms", f"≤ {MOST_MS:g} ms", ours <= MOST_MS))
            target = f"≤ {MOST_TIMES_SQL:g} × its SQL"
            report.add(Row(f"search, {name}: {what}", ours, "ms", target, ours <= MOST_TIMES_SQL * floor, floor))


def _measure(caller: Caller, cookie: str, addresses: dict[str, str]) -> tuple[float, float, str]:
    """(95th percentile of the requests, of their statements alone, the text with the slowest median), in ms."""
    took: dict[str, list[float]] = {text: [] for text in addresses}
    alone: list[float] = []
    for round_ in range(ROUNDS + 1):
        for text, address in addresses.items():
            with recorded() as statements:
                began = time.perf_counter()
                caller.answer(address, cookie)
                spent = (time.perf_counter() - began) * 1000
            if round_:  # the first warms up
                took[text].append(spent)
                alone.append(_replayed(statements))
    everything = [one for times in took.values() for one in times]
    slowest = max(took, key=lambda text: statistics.median(took[text]))
    return _p95(everything), _p95(alone), f"{slowest} {statistics.median(took[slowest]):.0f} ms"


def _replayed(statements) -> float:
    """Milliseconds of a request's reading statements, sent once more and fetched, without anything around them."""
    reading = [(sql, params) for sql, params in statements if sql.lstrip().upper().startswith(("SELECT", "WITH"))]
    connection.ensure_connection()
    with connection.connection.cursor() as cursor:
        began = time.perf_counter()
        for sql, params in reading:
            cursor.execute(sql, params)
            cursor.fetchall()
        return (time.perf_counter() - began) * 1000


def _p95(values: list[float]) -> float:
    return sorted(values)[int(0.95 * (len(values) - 1))]
