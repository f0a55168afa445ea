"""One elevator after the other: its identifiers, technical facts, state. No database."""

import datetime as dt
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from math import gcd

from registry.choices import RegistrationState as State
from registry.seeding.shape import LAST_DAY, classes
from registry.seeding.sites import PlannedSite
from registry.seeding.words import chinese_number

ESCALATORS = ("3310", "3320")
GOODS = ("3120", "3130", "3220")
SOURCE = "synthetic"
_CITY_LETTER = "A"  # 苏A
_LOADS = {
    "estate": (800, 1000, 1000, 1050),
    "retrofit": (450, 630),
    "hospital": (1000, 1600, 1600),
    "mall": (1000, 1350, 1600),
}


@dataclass(slots=True)
class Elevator:
    """What is known of one elevator before its row is written; names as on registry.Elevator."""

    number: int
    site: PlannedSite
    class_code: str
    state: str
    commissioned_on: dt.date | None
    manufactured_on: dt.date
    maker: int
    equipment_code: str | None
    registration_code: str | None
    certificate_number: str | None
    rescue_code: str | None
    internal_number: str
    building: str
    latitude: Decimal
    longitude: Decimal
    load_kg: int | None
    speed_mps: Decimal
    travel_m: Decimal
    floors: int
    last_renewed_on: dt.date | None
    orphan: str  # "", "using", "maintenance" or "both"
    chance: float  # one more draw, for what hangs on the elevator


class Register:
    """Numbers the elevators of a city; every identifier is given once."""

    def __init__(self, seed: int, count: int):
        self._chance = random.Random(f"elevators {seed} {count}")
        self._serials: Counter = Counter()
        self._step = next(
            step for step in iter(lambda: self._chance.randrange(10**5, 10**6), 0) if gcd(step, 10**6) == 1
        )
        self._start = self._chance.randrange(10**6)

    def elevators(self, sites: list[PlannedSite], makers: int) -> Iterator[Elevator]:
        """All elevators, site by site."""
        number = 0
        for site in sites:
            for place in _places(site, self._chance):
                yield self._elevator(number, site, place, makers)
                number += 1

    def _elevator(self, number: int, site: PlannedSite, place: "_Place", makers: int) -> Elevator:
        chance = self._chance
        code = classes(site.profile)(chance)
        opened_on = min(LAST_DAY, site.opened_on + dt.timedelta(days=chance.randrange(40)))
        state = self._state(site)
        maker = chance.randrange(makers)
        manufactured_on = opened_on - dt.timedelta(days=chance.randrange(60, 240))
        new = state == State.UNREGISTERED
        equipment, registration, certificate = self._identifiers(site, code, state, maker, manufactured_on, opened_on)
        load, speed, travel, floors = _technical(site, code, place, chance)
        renewed_on = None
        if opened_on.year <= 2010 and chance.random() < 0.12:
            renewed_on = min(LAST_DAY, opened_on + dt.timedelta(days=chance.randrange(4400, 5600)))
        return Elevator(
            number=number,
            site=site,
            class_code=code,
            state=state,
            commissioned_on=None if new else opened_on,
            manufactured_on=manufactured_on,
            maker=maker,
            equipment_code=equipment,
            registration_code=registration,
            certificate_number=certificate,
            rescue_code=self._rescue_code(number, code, new),
            internal_number=place.internal_number,
            building=place.building,
            latitude=_degrees(site.latitude + place.north * site.spread),
            longitude=_degrees(site.longitude + place.east * site.spread),
            load_kg=load,
            speed_mps=speed,
            travel_m=travel,
            floors=floors,
            last_renewed_on=renewed_on,
            orphan=self._orphan(site, state),
            chance=chance.random(),
        )

    def _state(self, site: PlannedSite) -> str:
        """About 94 % in use: newest sites wait for registration, old ones have gone, a few stand still."""
        luck = self._chance.random()
        if site.cast is not None:
            return State.IN_USE
        if site.opened_on.year >= 2025 and luck < 0.23:
            return State.UNREGISTERED
        if site.opened_on.year <= 2008 and luck < 0.13:
            return State.SCRAPPED if luck < 0.05 else State.DEREGISTERED
        return State.OUT_OF_USE if luck > 0.974 else State.IN_USE

    def _orphan(self, site: PlannedSite, state: str) -> str:
        luck = self._chance.random()
        if site.cast is not None or site.profile.code not in ("estate", "retrofit") or state in _GONE:
            return ""
        # 1 % of all elevators are 1.45 % of those in dwellings that are still there
        return "using" if luck < 0.006 else "maintenance" if luck < 0.0108 else "both" if luck < 0.0145 else ""

    def _serial(self, *key) -> int:
        self._serials[key] += 1
        return self._serials[key]

    def _identifiers(self, site, code, state, maker, manufactured_on, opened_on):
        """(equipment code, registration code, certificate number), each None where such an elevator has none."""
        chance = self._chance
        equipment = registration = certificate = None
        if chance.random() < (0.985 if manufactured_on.year >= 2004 else 0.3):
            serial = self._serial("equipment", code, maker, manufactured_on.year)
            # "10" is the national licensing authority; no licence has a serial with a letter: nobody's elevators
            equipment = f"{code}10X{maker + 1:02d}{manufactured_on.year}{_five(serial)}"
        if state == State.UNREGISTERED:
            return equipment, None, None
        if opened_on.year < 2016 and chance.random() < 0.97:
            region = site.area.statistical_parent.code
            month = f"{opened_on:%Y%m}"
            if (serial := self._serial("registration", code, region, month)) <= 9999:
                registration = f"{code}{region}{month}{serial:04d}"
        if chance.random() < 0.985:
            serial = self._serial("certificate", code[1:3], opened_on.year)
            certificate = f"梯{code[1:3]}苏{_CITY_LETTER}{serial:05d}({opened_on:%y})"
        return equipment, registration, certificate

    def _rescue_code(self, number: int, code: str, new: bool) -> str | None:
        """Scattered over the six digits, never twice; escalators and new elevators often lack the plate."""
        if self._chance.random() < (0.5 if new else 0.25 if code in ESCALATORS else 0.01):
            return None
        return f"{(self._start + number * self._step) % 10**6:06d}"


_GONE = (State.SCRAPPED, State.DEREGISTERED)


def _five(serial: int) -> str:
    """Five characters; beyond 99999 a letter stands in for the first digit (TSG annex)."""
    return f"{serial:05d}" if serial < 10**5 else f"{chr(65 + serial // 10**4 - 10)}{serial % 10**4:04d}"


def _degrees(value: float) -> Decimal:
    return Decimal(f"{value:.6f}")


@dataclass(slots=True)
class _Place:
    building: str
    internal_number: str
    floors: int
    north: float
    east: float


def _places(site: PlannedSite, chance: random.Random) -> Iterator[_Place]:
    """Where in a site its elevators are: dwellings by building and staircase, other places by part."""
    left, building = site.size, 0
    dwelling = site.profile.code in ("estate", "retrofit")
    floors = round(chance.triangular(*_low_high_mode(site.profile.floors)))
    while left:
        building += 1
        here = min(left, chance.randrange(1, 5) if dwelling else chance.randrange(2, 13))
        if chance.random() < 0.4:
            floors = round(chance.triangular(*_low_high_mode(site.profile.floors)))
        north, east = chance.uniform(-1, 1), chance.uniform(-1, 1)
        for place in range(1, here + 1):
            if dwelling and site.profile.retrofitted:
                name = f"{building}幢{place}单元"
            elif dwelling:
                name = f"{building}幢{(place + 1) // 2}单元"
            else:
                name = f"{chinese_number(building)}区"
            yield _Place(name, f"{building}-{place}#", floors, north, east)
        left -= here


def _low_high_mode(spread: tuple[int, int, int]) -> tuple[int, int, int]:
    low, usual, high = spread
    return low, high, usual


def _technical(site, code, place, chance) -> tuple[int | None, Decimal, Decimal, int]:
    """(rated load in kg, rated speed in m/s, travel in m, floors served), plausible for class and place."""
    floors = place.floors
    if code in ESCALATORS:
        rise = Decimal(chance.randrange(35, 75 if site.profile.code != "metro" else 160)) / 10
        return None, Decimal("0.65") if site.profile.code == "metro" else Decimal("0.5"), rise, 2
    if code == "3430":
        floors = min(floors, 6)
        return chance.choice((100, 200, 300)), Decimal("0.4"), Decimal(floors - 1) * Decimal("3.6"), floors
    if code in GOODS:
        floors = min(floors, 9)
        load = chance.choice((1000, 2000, 2000, 3000, 5000))
        return load, Decimal("0.25") if code == "3220" else Decimal("0.5"), (floors - 1) * Decimal("4.5"), floors
    if code == "3210":
        floors = min(floors, 5)
        return 630, Decimal("0.63"), Decimal(floors - 1) * Decimal("3.2"), floors
    storey = Decimal("2.9") if site.profile.code in ("estate", "retrofit") else Decimal("3.9")
    speeds = ((7, "1.0"), (12, "1.5"), (18, "1.75"), (26, "2.0"), (33, "2.5"), (99, "4.0"))
    speed = next(Decimal(value) for limit, value in speeds if floors <= limit)
    return chance.choice(_LOADS.get(site.profile.code, (800, 1000, 1150))), speed, (floors - 1) * storey, floors
