"""Which sites stand where: planned in memory, then written with `bulk_create`."""

import datetime as dt
import math
import random
from dataclasses import dataclass, field

from accounts.models import Area
from registry.models import Site
from registry.seeding.shape import LAST_DAY, PROFILES, Draw, Profile, apportion, figures, years
from registry.seeding.words import Names

KM_PER_DEGREE = 111.32
# The fixed cast has the first three estates of the largest district: unit with exactly three elevators, the unit that
# answers, the stranger.
CAST_SIZES = (3, 14, 9)


@dataclass(slots=True, eq=False)
class PlannedSite:
    """A site before it has a row. `using`, `maintaining` … are filled by units.assign()."""

    profile: Profile
    area: Area
    name: str
    road: str
    size: int
    opened_on: dt.date
    latitude: float
    longitude: float
    spread: float  # degrees by which buildings may lie around
    row: Site | None = None
    cast: int | None = None
    using: object = None
    using_before: object = None
    using_changed_on: dt.date | None = None
    maintaining: object = None
    maintaining_before: object = None
    maintaining_changed_on: dt.date | None = None
    maintaining_next: object = None
    maintaining_ends_in: int | None = None  # days from the moment of seeding
    using_ends_in: int | None = None
    others: dict = field(default_factory=dict)  # role → unit


def plan(count: int, seed: int, subdistricts: list[Area]) -> list[PlannedSite]:
    """Sites for `count` elevators, district by district, then shuffled: a register grows everywhere at once."""
    chance = random.Random(f"sites {seed} {count}")
    names = Names(chance)
    by_district: dict[str, list[Area]] = {}
    for area in subdistricts:
        by_district.setdefault(area.managing_district.code, []).append(area)
    shares = {code: number for code, number in figures()["districts"]["elevators"].items() if by_district.get(code)}
    quotas = dict(zip(shares, apportion(count, list(shares.values())), strict=True))
    balance = _Balance()
    sites: list[PlannedSite] = []
    for code in sorted(quotas, key=lambda code: (-quotas[code], code)):
        sites += _in_district(by_district[code], quotas[code], balance, names, chance, cast=not sites)
    chance.shuffle(sites)
    return sites


class _Balance:
    """Chooses the kind of site that is furthest behind its share, so that small cities have all kinds too."""

    def __init__(self):
        self._placed = dict.fromkeys(PROFILES, 0)
        self._all = 0

    def next(self) -> Profile:
        return max(PROFILES, key=lambda p: p.share / 100 * (self._all + p.sizes[1]) - self._placed[p])

    def placed(self, profile: Profile, size: int) -> None:
        self._placed[profile] += size
        self._all += size


def _in_district(areas, quota, balance, names, chance, *, cast) -> list[PlannedSite]:
    weight = {area: chance.lognormvariate(0, 0.6) for area in areas}
    centres = {area: _centre(area, chance) for area in areas}
    draw_area = Draw(weight)
    made, left = [], quota
    if cast:
        home = max(areas, key=lambda area: weight[area])
        for number, wanted in enumerate(CAST_SIZES):
            size = wanted if quota >= 2 * sum(CAST_SIZES) or number == 0 else max(1, (quota - 3) // 3)
            site = _site(PROFILES[0], home, size, centres[home], names, chance)
            # old enough to have had other units before
            site.cast, site.opened_on = number, dt.date(2012 + number, 5, 18)
            balance.placed(site.profile, size)
            made.append(site)
            left -= size
    while left > 0:
        profile = balance.next()
        low, usual, high = profile.sizes
        size = min(left, round(chance.triangular(low, high, usual)))
        area = draw_area(chance)
        made.append(_site(profile, area, size, centres[area], names, chance))
        balance.placed(profile, size)
        left -= size
    return made


def _site(profile, area, size, centre, names, chance) -> PlannedSite:
    year = years(profile.first_year)(chance)
    opened_on = min(LAST_DAY, dt.date(year, 1, 1) + dt.timedelta(days=chance.randrange(365)))
    if year == LAST_DAY.year:
        opened_on = LAST_DAY - dt.timedelta(days=chance.randrange(LAST_DAY.timetuple().tm_yday))
    latitude, longitude, radius = centre
    latitude, longitude = _around(latitude, longitude, radius * 0.35, chance)
    return PlannedSite(
        profile=profile,
        area=area,
        name=names.site(profile.suffixes),
        road=f"{names.pair()}{chance.choice('路街巷')}{chance.randrange(1, 400)}号",
        size=size,
        opened_on=opened_on,
        latitude=latitude,
        longitude=longitude,
        spread=min(0.0006, radius * 0.02 / KM_PER_DEGREE),
    )


def _centre(area: Area, chance) -> tuple[float, float, float]:
    """(latitude, longitude, radius in km) of a circle that has the subdistrict's middle; inside the district's border."""
    circles = figures()["positions"]["circles"]
    managing, statistical = area.managing_district.code, area.statistical_parent.code
    choices = circles.get(f"{managing}/{statistical}") or circles[statistical]
    latitude, longitude, radius = choices[chance.randrange(len(choices))]
    return *_around(latitude, longitude, radius * 0.55, chance), radius


def _around(latitude, longitude, radius_km, chance) -> tuple[float, float]:
    distance, angle = radius_km * math.sqrt(chance.random()), chance.random() * 2 * math.pi
    return (
        latitude + distance * math.sin(angle) / KM_PER_DEGREE,
        longitude + distance * math.cos(angle) / (KM_PER_DEGREE * math.cos(math.radians(latitude))),
    )


def write(sites: list[PlannedSite], *, at: dt.datetime) -> None:
    """Give every planned site its row."""
    for site in sites:
        site.row = Site(
            name=site.name,
            address=f"{site.area.managing_district.name}{site.area.name}{site.road}",
            area=site.area,
            city_id=site.area.city_id,
            managing_district_id=site.area.managing_district_id,
            place_type=site.profile.place_type,
            synthetic=True,
            created_at=at,
        )
    Site.objects.bulk_create([site.row for site in sites], batch_size=2000)
