"""Invented units of every kind, and which of them answers for which site."""

import datetime as dt
import random
from dataclasses import dataclass, field

from accounts.choices import AreaKind, UnitKind
from accounts.models import Area, Unit
from accounts.rules import credit_code_check_digit
from registry.choices import ResponsibilityRole as Role
from registry.seeding.shape import LAST_DAY, Draw, zipf
from registry.seeding.sites import PlannedSite
from registry.seeding.words import chinese_number

_ORGANIZATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
# Units of the fixed cast, by rank among the property managers (the largest is 1).
OF_THREE, ANSWERING, STRANGER = 0, 3, 4


def credit_code(serial: int) -> str:
    """A code whose check digits are right (GB 32100, GB 11714) and that can be nobody's.

    "Y1" is "other authority, other body"; no division of the country has a code that begins with 99.
    """
    body = f"{serial:08d}"
    check = -sum(int(digit) * weight for digit, weight in zip(body, _ORGANIZATION_WEIGHTS, strict=True)) % 11
    first = f"Y1999999{body}{'X' if check == 10 else check}"
    return first + credit_code_check_digit(f"{first}0")


@dataclass
class Units:
    """The city's units by what they are."""

    managers: list[Unit] = field(default_factory=list)
    maintainers: list[Unit] = field(default_factory=list)
    former_maintainer: Unit | None = None
    inspection_bodies: list[Unit] = field(default_factory=list)
    insurers: list[Unit] = field(default_factory=list)
    manufacturers: list[Unit] = field(default_factory=list)
    installer: Unit | None = None
    iot_operator: Unit | None = None
    rescue_stations: list[Unit] = field(default_factory=list)
    regulators: list[Unit] = field(default_factory=list)
    department: Unit | None = None
    of_sites: list[Unit] = field(default_factory=list)

    @property
    def all(self) -> list[Unit]:
        lists = (self.managers, self.maintainers, self.inspection_bodies, self.insurers, self.manufacturers)
        lists += (self.rescue_stations, self.regulators, self.of_sites)
        single = (self.former_maintainer, self.installer, self.iot_operator, self.department)
        return [*(unit for units in lists for unit in units), *single]


def manager_count(elevators: int) -> int:
    """40 property managers for 3,000 elevators; their number grows more slowly than the city."""
    return max(6, round(40 * (elevators / 3000) ** 0.7))


def maintainer_count(elevators: int) -> int:
    """12 for 3,000 elevators, as many as the published 244 for 126,784 (end of 2021)."""
    return max(4, round(12 * (elevators / 3000) ** 0.804))


class _Founder:
    def __init__(self, at: dt.datetime):
        self._at, self._serial = at, 0

    def found(self, kind: UnitKind, name: str, area: Area, *, coded: bool = True) -> Unit:
        self._serial += 1
        code = credit_code(self._serial) if coded else None
        return Unit(kind=kind, name=name, area=area, credit_code=code, synthetic=True, created_at=self._at)

    def several(self, kind: UnitKind, form: str, area: Area, count: int) -> list[Unit]:
        return [self.found(kind, form.format(chinese_number(number)), area) for number in range(1, count + 1)]


def plan(count: int, sites: list[PlannedSite], city: Area, *, at: dt.datetime) -> Units:
    """The units of a city of `count` elevators; none has a row yet."""
    founder = _Founder(at)
    districts = list(Area.objects.filter(city=city, kind__in=[AreaKind.DISTRICT, AreaKind.MANAGEMENT]).order_by("code"))
    found, several, kind = founder.found, founder.several, UnitKind
    units = Units(
        managers=several(kind.PROPERTY_MANAGER, "示例物业管理（{}）有限公司", city, manager_count(count)),
        maintainers=several(kind.MAINTENANCE_UNIT, "示例电梯维保（{}）有限公司", city, maintainer_count(count)),
        former_maintainer=found(kind.MAINTENANCE_UNIT, "示例电梯维保（原）有限公司", city),
        inspection_bodies=several(kind.INSPECTION_BODY, "示例特种设备检验（{}）所", city, 3),
        insurers=several(kind.INSURER, "示例财产保险（{}）公司", city, 4),
        manufacturers=several(kind.MANUFACTURER, "示例电梯制造（{}）有限公司", city, 6),
        installer=found(kind.INSTALLER, "示例电梯安装有限公司", city),
        iot_operator=found(kind.IOT_OPERATOR, "示例电梯物联网运营有限公司", city),
        rescue_stations=[found(kind.RESCUE_STATION, f"示例{area.name}救援站", area) for area in districts],
        regulators=[found(kind.REGULATOR, f"示例{area.name}市场监督管理局", area) for area in (city, *districts)],
        department=found(kind.INDUSTRY_DEPARTMENT, "示例房屋主管部门", city),
    )
    metro = found(kind.OTHER_USING_UNIT, "示例轨道交通运营有限公司", city)
    units.of_sites.append(metro)
    chance = random.Random(f"own units {count} {len(sites)}")
    for site in sites:
        if site.cast is not None:
            continue
        luck = chance.random()
        if site.profile.code == "metro":
            site.using = metro
        elif luck < site.profile.own:
            name = f"{site.name}（示例使用单位）"
            site.using = found(kind.OTHER_USING_UNIT, name, site.area.managing_district)
        elif luck < site.profile.own + site.profile.committee:
            name = f"{site.name}业主委员会（示例）"
            # an owners' committee is entered nowhere and has no code
            site.using = found(kind.OWNERS_COMMITTEE, name, site.area.managing_district, coded=False)
        if site.using not in (None, metro):
            units.of_sites.append(site.using)
    return units


def write(units: Units) -> None:
    Unit.objects.bulk_create(units.all, batch_size=2000)


def assign(sites: list[PlannedSite], units: Units, seed: int) -> None:
    """Who answers for each site: now, before, and next."""
    chance = random.Random(f"assign {seed} {len(sites)}")
    managers, maintainers = units.managers[1:], units.maintainers
    draw_manager = Draw({managers[rank]: weight for rank, weight in zipf(len(managers), 0.75).items()})
    draw_maintainer = Draw({maintainers[rank]: weight for rank, weight in zipf(len(maintainers), 0.8).items()})
    cast = {0: OF_THREE, 1: ANSWERING, 2: STRANGER}
    for number, site in enumerate(sites):
        fixed = site.cast is not None
        site.using = units.managers[cast[site.cast]] if fixed else site.using or draw_manager(chance)
        site.maintaining = draw_maintainer(chance)
        _past(site, units, chance, draw_manager, draw_maintainer)
        if not fixed:
            _future(site, number, chance, draw_maintainer)
        body = int(site.area.managing_district.code[4:6], 36) % len(units.inspection_bodies)
        site.others = {
            Role.INSPECTION_BODY: units.inspection_bodies[body],
            Role.INSURER: chance.choice(units.insurers) if fixed or chance.random() < 0.66 else None,
            Role.IOT_OPERATOR: units.iot_operator if fixed or chance.random() < 0.09 else None,
            Role.INSTALLER: units.installer if site.opened_on.year >= 2025 else None,
        }


def _past(site, units, chance, draw_manager, draw_maintainer) -> None:
    """About a sixth of the sites have changed their maintenance unit, a tenth their using unit."""
    since = (LAST_DAY - site.opened_on).days
    if site.cast is not None:
        site.maintaining_before, site.maintaining_changed_on = units.former_maintainer, dt.date(2025, 3, 3)
        return
    if since < 800:
        return
    if chance.random() < 0.2 and (before := draw_maintainer(chance)) is not site.maintaining:
        site.maintaining_before = before
        site.maintaining_changed_on = LAST_DAY - dt.timedelta(days=chance.randrange(30, 750))
    if chance.random() < 0.12 and (before := draw_manager(chance)) is not site.using:
        site.using_before = before
        site.using_changed_on = LAST_DAY - dt.timedelta(days=chance.randrange(30, 750))


def _future(site, number, chance, draw_maintainer) -> None:
    """Each fiftieth site's maintenance contract has a known end, half of them with a successor; fewer using units."""
    if number % 50 == 7:
        site.maintaining_ends_in = chance.randrange(20, 300)
        following = draw_maintainer(chance)
        site.maintaining_next = following if number % 100 == 7 and following is not site.maintaining else None
    if number % 200 == 11:
        site.using_ends_in = chance.randrange(20, 300)
