"""How the cells of each column of elevators are read: limits, units and words, target by target as a spec says."""

import datetime as dt
from decimal import Decimal as D
from functools import partial

from common.intake.cells import plain_number
from common.intake.mapping import TargetUse
from registry.actions import import_words
from registry.actions.import_asked import Asked, listed
from registry.mappings.base import AreaRule, Column
from registry.rules import cells, codes, written

LOAD = cells.Bounds(D(5), D(30_000), doubt_above=D("22680"))
HIGHEST_SPEED = {
    "ft/min": D("10.2"),
    "m/s": D(21),
    "m/min": D(21),
}  # American towers run at 2,000 ft/min, Shanghai's at 20.5 m/s
HIGHEST_TRAVEL = {"ft": D("541.4"), "ft-in": D("541.4"), "m": D(650), "mm": D(650)}
TEXTS = {"internal_number": 40, "building": 80, "model": 80, "factory_number": 60}
TECHNICAL_CODES = ("car_buffer_type", "governor_type", "machine_type", "safety_type", "mode_of_operation")
TECHNICAL_TEXTS = ("last_inspection_type", "ownership")
WHOLE_TEXTS = ("using_unit", "maintenance_unit", "site_key", "site_name")
_KG, _T, _LB = "kg|公斤|千克", "t|吨", "lbs?|磅"
LOADS = {"kg": (D(1), _KG), "t": (D(1000), _T), "lb": (cells.KG_PER_POUND, _LB)}
SPEEDS = {
    "m/s": (D(1), "m/s|米/秒"),
    "m/min": (1 / D(60), "m/min|米/分"),
    "ft/min": (cells.MPS_PER_FPM, "fpm|ft/min"),
}


class Readers:
    """A column of the reader for each column of the file."""

    def __init__(self, asked: Asked, area: AreaRule, today: dt.date, decimal_comma: bool):
        self.asked, self.area, self.today, self.comma = asked, area, today, decimal_comma

    def column(self, name: str, header: str, use: TargetUse) -> Column:
        if name in TEXTS:
            return Column(header, cells.text(TEXTS[name]), to=name)
        if name in WHOLE_TEXTS:
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
            return written.day(self.asked.choice(name, "order", written.DATE_ORDERS), latest)
        if name in TECHNICAL_CODES or name == "last_inspection_disposition":
            return cells.code(r"[A-Z0-9]{1,2}") if self.asked.option(name, "form", "text") == "code" else cells.text(60)
        return OTHERS[name](self, use)

    def _load(self, name: str) -> cells.Reader:
        factor, unit = LOADS[self.asked.choice(name, "unit", LOADS)]
        return cells.quantity(factor, cells.WHOLE, LOAD, unit=unit)

    def _speed(self, name: str) -> cells.Reader:
        chosen = self.asked.choice(name, "unit", SPEEDS)
        factor, unit = SPEEDS[chosen]
        return cells.quantity(factor, cells.THOUSANDTH, cells.Bounds(D("0.02"), HIGHEST_SPEED[chosen]), unit=unit)

    def _travel(self, name: str) -> cells.Reader:
        chosen = self.asked.choice(name, "unit", ("m", "mm", "ft", "ft-in"))
        bounds = cells.Bounds(D("0.001"), self.asked.number(name, "highest", HIGHEST_TRAVEL[chosen]))
        if chosen.startswith("ft"):
            return cells.length(bounds, plain="feet" if chosen == "ft" else "")
        factor, unit = (D(1), "m|米") if chosen == "m" else (D("0.001"), "mm|毫米")
        return cells.quantity(factor, cells.THOUSANDTH, bounds, unit=unit)

    def _maker(self, _use: TargetUse) -> cells.Reader:
        never = frozenset(listed(self.asked.option("manufacturer_name", "not_makers", "")))
        return cells.manufacturer(120, never)

    def _state_words(self, _use: TargetUse) -> cells.Reader:
        return written.word(import_words.states(self.asked.option("state", "words", {})), unknown="state-unknown")

    def _class_words(self, _use: TargetUse) -> cells.Reader:
        return written.word(import_words.classes(self.asked.option("class_code", "words", {})), unknown="class-unknown")

    def _place_words(self, _use: TargetUse) -> cells.Reader:
        return written.word(import_words.places(self.asked.option("place_type", "words", {})), unknown="place-unknown")

    def _area(self, _use: TargetUse) -> cells.Reader:
        return import_words.area_reader(self.area)

    def _postal(self, _use: TargetUse) -> cells.Reader:
        return cells.postal_code if self.asked.option("postal_code", "form", "cn") == "us" else _postal_code


CODES = {
    "equipment_code": codes.normalise_equipment_code,
    "registration_code": codes.normalise_registration_code,
    "certificate_number": codes.normalise_certificate_number,
    "rescue_code": codes.normalise_rescue_code,
}
MEASURES = {
    "rated_load_kg": Readers._load,
    "rated_speed_mps": Readers._speed,
    "travel_m": Readers._travel,
    "floors": lambda readers, name: written.whole(1, 300),
    "landings": lambda readers, name: written.whole(1, 300),
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
    "source_key": lambda readers, use: cells.text(80),
    "area": Readers._area,
    "subdistrict": lambda readers, use: cells.text(80),
    "place_type": Readers._place_words,
    "class_code": Readers._class_words,
    "manufacturer_name": Readers._maker,
    "state": Readers._state_words,
    "latitude": lambda readers, use: cells.text(40),
    "longitude": lambda readers, use: cells.text(40),
    "floor_from": lambda readers, use: cells.undated_text(20),
    "floor_to": lambda readers, use: cells.undated_text(20),
    "retrofitted": lambda readers, use: written.yes_or_no,
    "postal_code": Readers._postal,
    **dict.fromkeys(TECHNICAL_TEXTS, lambda readers, use: cells.text(60)),
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
