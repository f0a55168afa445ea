"""R14: how many self-tests one tester may do in a month, and in how many cities. Over the limit is an alert, not a refusal."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from inspection.rules.law import TesterLimit

TOO_MANY_ELEVATORS, TOO_MANY_CITIES = "TOO_MANY_ELEVATORS", "TOO_MANY_CITIES"


@dataclass(frozen=True, slots=True)
class Scan:
    """One self-test as scanned: any keys that tell testers, elevators and prefecture cities apart."""

    tester: str
    elevator: str
    city: str
    tested_on: dt.date


@dataclass(frozen=True, slots=True)
class Excess:
    """`count` in the calendar month `month` ("2026-03") where `limit` is allowed."""

    code: str
    count: int
    limit: int


def over_limit(*, elevators: int, cities: int, limit: TesterLimit) -> tuple[Excess, ...]:
    """What is over the limit; exactly the limit is not."""
    counted = (
        (TOO_MANY_ELEVATORS, elevators, limit.elevators_per_month),
        (TOO_MANY_CITIES, cities, limit.cities_per_month),
    )
    return tuple(Excess(code, count, allowed) for code, count, allowed in counted if count > allowed)


def tester_excesses(scans: Iterable[Scan], limit: TesterLimit) -> dict[tuple[str, str], tuple[Excess, ...]]:
    """{(tester, month): excesses}, only where there are any. An elevator scanned twice in a month counts once."""
    elevators, cities = defaultdict(set), defaultdict(set)
    for scan in scans:
        key = (scan.tester, f"{scan.tested_on:%Y-%m}")
        elevators[key].add(scan.elevator)
        cities[key].add(scan.city)
    counted = {
        key: over_limit(elevators=len(elevators[key]), cities=len(cities[key]), limit=limit) for key in elevators
    }
    return {key: excesses for key, excesses in sorted(counted.items()) if excesses}
