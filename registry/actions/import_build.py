"""The parts of a reader for elevators, put together target by target as a spec says."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal as D
from decimal import InvalidOperation
from functools import partial
from zoneinfo import ZoneInfo

from django.utils.translation import gettext_lazy as _

from accounts.queries import reach_of
from accounts.roles import Permission
from common.actor import Actor
from common.clock import SHANGHAI, local_date
from common.intake.cells import plain_number
from common.intake.kinds import MappingRefused
from common.intake.mapping import MappingSpec, TargetUse
from registry.actions import import_words
from registry.mappings.base import Column, PositionRule, RegisterMapping, SiteRule, StateRule
from registry.mappings.nyc import NYC
from registry.rules import cells, codes, written

LOAD = cells.Bounds(D(5), D(30_000), doubt_above=D("22680"))
HIGHEST_SPEED = {
    "ft/min": D("10.2"),
    "m/s": D(21),
    "m/min": D(21),
}  # American towers run at 2,000 ft/min, Shanghai's at 20.5 m/s
HIGHEST_TRAVEL = {"ft": D("541.4"), "ft-in": D("541.4"), "m": D(650), "mm": D(650)}
ANYWHERE = cells.Box(south=D(-90), north=D(90), west=D(-180), east=D(180))
# What lies within these degrees, with a margin of about a tenth, and whose midnight a date means.
PLACES = {
    "320100": (cells.Box(south=D("31.1"), north=D("32.75"), west=D("118.25"), east=D("119.35")), SHANGHAI),
    "US3651000": (NYC.position.box, NYC.state.zone),
    "US24": (ANYWHERE, ZoneInfo("America/New_York")),
}
TEXTS = {"internal_number": 40, "building": 80, "model": 80, "factory_number": 60}
TECHNICAL_CODES = ("car_buffer_type", "governor_type", "machine_type", "safety_type", "mode_of_operation")
TECHNICAL_TEXTS = ("last_inspection_type", "ownership")
UNIT_TARGETS = {"using_unit": "USING_UNIT", "maintenance_unit": "MAINTENANCE_UNIT"}
_KG, _T, _LB = "kg|公斤|千克", "t|吨", "lbs?|磅"
LOADS = {"kg": (D(1), _KG), "t": (D(1000), _T), "lb": (cells.KG_PER_POUND, _LB)}
SPEEDS = {
    "m/s": (D(1), "m/s|米/秒"),
    "m/min": (1 / D(60), "m/min|米/分"),
    "ft/min": (cells.MPS_PER_FPM, "fpm|ft/min"),
}


def keeps_registers(actor: Actor) -> bool:
    """Does somebody enter elevators of others, and so name the registers they come from?"""
    reach = reach_of(actor, Permission.CREATE_ELEVATOR)
    return reach.everything or bool(reach.areas)


def default_source(actor: Actor) -> str:
    """Whose keys a file's own keys are, when nobody names the register: nobody else's."""
    reach = reach_of(actor, Permission.CREATE_ELEVATOR)
    if reach.areas:
        return f"area-{reach.areas[0].area_id}"
    if len(reach.unit_ids) == 1:
        return f"unit-{next(iter(reach.unit_ids))}"
    return f"own-{actor.id}"[:40]


class Build:
    """The parts of a reader, put together target by target."""

    def __init__(self, spec: MappingSpec, actor: Actor, at: dt.datetime):
        self.spec, self.actor = spec, actor
        self.today = local_date(at)
        self.city = str(spec.options.get("city") or import_words.city_of(actor))
        self.box, self.zone = PLACES.get(self.city, (ANYWHERE, SHANGHAI))
        self.comma = bool(spec.options.get("decimal_comma"))
        self.columns: dict[str, Column] = {}

    def mapping(self) -> RegisterMapping:
        spec = self.spec
        area = import_words.area_rule(
            self.city, self._column("area"), self._column("subdistrict"), self._option("area", "words", {})
        )
        if area is None:
            raise MappingRefused(problems={"city": _("There is no such city on the platform.")})
        self.area = area
        for name, use in spec.targets.items():
            self._add(name, use)
        return RegisterMapping(
            name="",
            version=1,
            title="",
            credit="",
            source=self._source(),
            key=self._column("source_key"),
            area=area,
            columns=tuple(self.columns.values()),
            state=self._state(),
            address=spec.targets["address"].columns if "address" in spec.targets else (),
            site=self._site(),
            position=self._position(),
            test_words=frozenset(_listed(self._option("address", "test_words", ""))),
            units={role: self._column(name) for name, role in UNIT_TARGETS.items() if self._column(name)},
            unit_words={role: self._option(name, "words", {}) for name, role in UNIT_TARGETS.items()},
        )

    def _column(self, target: str) -> str:
        use = self.spec.targets.get(target)
        return use.columns[0] if use else ""

    def _option(self, target: str, name: str, default):
        use = self.spec.targets.get(target)
        value = use.options.get(name) if use else None
        if value in (None, ""):
            return default
        if isinstance(default, dict) and not isinstance(value, dict):
            raise MappingRefused(problems={target: _("This is not a table of words.")})
        return value

    def _source(self) -> str:
        given = str(self.spec.options.get("source") or "").strip()[:40]
        return given if given and keeps_registers(self.actor) else default_source(self.actor)

    # --- columns ---

    def _add(self, name: str, use: TargetUse) -> None:
        for header in use.columns:
            column = self._made(name, header, use)
            there = self.columns.get(header)
            if there is not None and there.to and column.to and there.to != column.to:
                raise MappingRefused(
                    problems={name: _("The column “%(column)s” is two things at once.") % {"column": header}}
                )
            if there is None or (column.to and not there.to):
                self.columns[header] = column

    def _made(self, name: str, header: str, use: TargetUse) -> Column:
        if name in TEXTS:
            return Column(header, cells.text(TEXTS[name]), to=name)
        if name in UNIT_TARGETS or name in ("site_key", "site_name"):
            return Column(header, cells.text(160))
        if name == "address":
            return Column(header, cells.undated_text(240 // len(use.columns) - 1))
        return Column(header, self._reader(name, use), **TO.get(name, {"to": name}))

    def _reader(self, name: str, use: TargetUse) -> cells.Reader:
        if name in CODES:
            return written.code(CODES[name])
        if name in MEASURES:
            reader = MEASURES[name](self, name)
            return written.comma_first(partial(plain_number, decimal_comma=True), reader) if self.comma else reader
        if name in DAYS:
            latest = self.today + dt.timedelta(days=DAYS[name])
            return written.day(self._choice(name, "order", written.DATE_ORDERS), latest)
        if name in TECHNICAL_CODES or name == "last_inspection_disposition":
            return cells.code(r"[A-Z0-9]{1,2}") if self._option(name, "form", "text") == "code" else cells.text(60)
        return OTHERS[name](self, use)

    def _choice(self, target: str, option: str, known: Iterable[str]) -> str:
        value = self._option(target, option, next(iter(known)))
        if value not in known:
            raise MappingRefused(problems={target: _("“%(value)s” is not known here.") % {"value": value}})
        return value

    def _load(self, name: str) -> cells.Reader:
        factor, unit = LOADS[self._choice(name, "unit", LOADS)]
        return cells.quantity(factor, cells.WHOLE, LOAD, unit=unit)

    def _speed(self, name: str) -> cells.Reader:
        chosen = self._choice(name, "unit", SPEEDS)
        factor, unit = SPEEDS[chosen]
        return cells.quantity(factor, cells.THOUSANDTH, cells.Bounds(D("0.02"), HIGHEST_SPEED[chosen]), unit=unit)

    def _travel(self, name: str) -> cells.Reader:
        chosen = self._choice(name, "unit", ("m", "mm", "ft", "ft-in"))
        bounds = cells.Bounds(D("0.001"), self._number(name, "highest", HIGHEST_TRAVEL[chosen]))
        if chosen.startswith("ft"):
            return cells.length(bounds, plain="feet" if chosen == "ft" else "")
        factor, unit = (D(1), "m|米") if chosen == "m" else (D("0.001"), "mm|毫米")
        return cells.quantity(factor, cells.THOUSANDTH, bounds, unit=unit)

    def _number(self, target: str, option: str, default: D) -> D:
        try:
            value = D(str(self._option(target, option, default)))
        except InvalidOperation:
            value = D("NaN")
        if not value.is_finite() or not 0 < value < 1000:
            raise MappingRefused(problems={target: _("This is not a number between 0 and 1,000.")})
        return value

    def _maker(self, _use: TargetUse) -> cells.Reader:
        never = frozenset(_listed(self._option("manufacturer_name", "not_makers", "")))
        return cells.manufacturer(120, never)

    def _state_words(self, _use: TargetUse) -> cells.Reader:
        return written.word(import_words.states(self._option("state", "words", {})), unknown="state-unknown")

    def _class_words(self, _use: TargetUse) -> cells.Reader:
        return written.word(import_words.classes(self._option("class_code", "words", {})), unknown="class-unknown")

    def _place_words(self, _use: TargetUse) -> cells.Reader:
        return written.word(import_words.places(self._option("place_type", "words", {})), unknown="place-unknown")

    def _area(self, _use: TargetUse) -> cells.Reader:
        return import_words.area_reader(self.area)

    def _postal(self, _use: TargetUse) -> cells.Reader:
        return cells.postal_code if self._option("postal_code", "form", "cn") == "us" else _postal_code

    # --- parts that are made of several columns ---

    def _state(self) -> StateRule | None:
        if not (column := self._column("state")):
            return None
        return StateRule(column, {}, since=self._column("state_since"), zone=self.zone)

    def _site(self) -> SiteRule | None:
        name, keys = self._column("site_name"), self.spec.targets.get("site_key")
        if keys:
            return SiteRule(keys.columns, name)
        return SiteRule(tuple(filter(None, (self._column("area"), name))), name) if name else None

    def _position(self) -> PositionRule | None:
        if "latitude" not in self.spec.targets:
            return None
        return PositionRule(
            self._column("latitude"),
            self._column("longitude"),
            self.box,
            stand_ins=_points(self._option("latitude", "stand_ins", "")),
            datum=self._choice("latitude", "datum", ("WGS84", "GCJ02", "BD09")),
            decimal_comma=self.comma,
        )


CODES = {
    "equipment_code": codes.normalise_equipment_code,
    "registration_code": codes.normalise_registration_code,
    "certificate_number": codes.normalise_certificate_number,
    "rescue_code": codes.normalise_rescue_code,
}
MEASURES = {
    "rated_load_kg": Build._load,
    "rated_speed_mps": Build._speed,
    "travel_m": Build._travel,
    "floors": lambda build, name: written.whole(1, 300),
    "landings": lambda build, name: written.whole(1, 300),
}
# days that may lie ahead
DAYS = {
    "manufactured_on": 0,
    "commissioned_on": 0,
    "last_renewed_on": 0,
    "state_since": 0,
    "last_inspected_on": 0,
    "certificate_expires_on": 20 * 366,
}
OTHERS = {
    "source_key": lambda build, use: cells.text(80),
    "area": Build._area,
    "subdistrict": lambda build, use: cells.text(80),
    "place_type": Build._place_words,
    "class_code": Build._class_words,
    "manufacturer_name": Build._maker,
    "state": Build._state_words,
    "latitude": lambda build, use: cells.text(40),
    "longitude": lambda build, use: cells.text(40),
    "floor_from": lambda build, use: cells.undated_text(20),
    "floor_to": lambda build, use: cells.undated_text(20),
    "retrofitted": lambda build, use: written.yes_or_no,
    "postal_code": Build._postal,
    **dict.fromkeys(TECHNICAL_TEXTS, lambda build, use: cells.text(60)),
}
TO = {
    **{name: {"to": ""} for name in ("area", "subdistrict", "state", "state_since", "latitude", "longitude")},
    "class_code": {"to": "class_code_id", "raw_to": "source_type"},
    "manufacturer_name": {"to": "manufacturer_name", "distinct": True},
    **{
        name: {"to": f"technical:{name}"}
        for name in (
            "postal_code",
            "last_inspected_on",
            "certificate_expires_on",
            "last_inspection_disposition",
            *TECHNICAL_CODES,
            *TECHNICAL_TEXTS,
        )
    },
}


def _postal_code(cell: str) -> cells.Reading:
    if len(cell) == 6 and cell.isascii() and cell.isdecimal():
        return cells.Reading(cell, "6-digits")
    return cells.Reading(form="other", problem="zip-malformed")


def _listed(text) -> list[str]:
    """Words one to a line (or already a list)."""
    if isinstance(text, list | tuple):
        return [str(word) for word in text]
    return [word for line in str(text).splitlines() if (word := line.strip())]


def _points(text) -> frozenset:
    """`40.712784, -74.005941`, one to a line."""
    points = set()
    for line in _listed(text):
        try:
            latitude, longitude = (D(part.strip()).quantize(cells.MICRODEGREE) for part in line.split(","))
        except (ValueError, InvalidOperation):
            raise MappingRefused(problems={"latitude": _("A point is written as latitude, longitude.")}) from None
        points.add((latitude, longitude))
    return frozenset(points)
