"""What is missing or doubtful about one elevator. Plain functions: values in, findings out; no Django, no clock.

Which facts an e-file needs: domain notes "Registry" §2–4 (TSG 08, special equipment law art. 33 and 35) and §10 (positions).
Limits are not the law's: they are this platform's own, dated rows with source and certainty (registry.models.QualityLimit).
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import NamedTuple

from registry.rules.borders import district_at, km_outside, lies_in_stated, looks_swapped
from registry.rules.coordinates import PositionError, to_wgs84

MISSING, MALFORMED, DOUBTFUL = "MISSING", "MALFORMED", "DOUBTFUL"

# Whoever is gone for good is not asked for anything more.
GONE = frozenset({"SCRAPPED", "DEREGISTERED", "WITHDRAWN"})
ESCALATORS = frozenset({"3300", "3310", "3320"})


class Finding(NamedTuple):
    """One thing to look at. `field` is the column to correct; `params` are plain values for the sentence."""

    check: str
    field: str
    kind: str
    params: dict


@dataclass(frozen=True, slots=True)
class Limit:
    """What a quantity of a class (by the beginning of its code; '' for all) can be."""

    column: str
    class_prefix: str
    low: Decimal
    high: Decimal


@dataclass(frozen=True, slots=True)
class Facts:
    """One elevator as the checks see it: `values` by column of Elevator; `area`, the official code of the area it is said to
    lie in ('' where only the city is known); `malformed`, {column: (code, params)} of cells that could not be read."""

    values: Mapping[str, object]
    area: str = ""
    malformed: Mapping[str, tuple] = field(default_factory=dict)


def judge(facts: Facts, *, limits: Iterable[Limit], today: dt.date) -> list[Finding]:
    """Every finding about one elevator, each (check, field) at most once."""
    if facts.values["registration_state"] in GONE:
        return []
    found = [
        *_missing(facts),
        *_malformed(facts),
        *_quantities(facts, limits),
        *_dates(facts, today),
        *_position(facts),
    ]
    unique: dict[tuple[str, str], Finding] = {}
    for finding in found:
        unique.setdefault((finding.check, finding.field), finding)
    return list(unique.values())


# --- missing -----------------------------------------------------------------------------------------------------------

_ALWAYS = (
    ("class-missing", "class_code_id"),
    ("maker-missing", "manufacturer_name"),
    ("commissioned-missing", "commissioned_on"),
    ("load-missing", "rated_load_kg"),
    ("speed-missing", "rated_speed_mps"),
)


def _missing(facts: Facts) -> Iterable[Finding]:
    values = facts.values
    in_use = values["registration_state"] == "IN_USE"
    for check, column in _ALWAYS:
        if column == "commissioned_on" and values["registration_state"] == "UNREGISTERED":
            continue  # it has not begun to run
        if column == "rated_load_kg" and values["class_code_id"] in ESCALATORS:
            continue  # escalators and walks have none
        if values[column] in (None, ""):
            yield Finding(check, column, MISSING, {})
    if not any(values[name] for name in ("equipment_code", "registration_code", "certificate_number")):
        yield Finding("code-missing", "equipment_code", MISSING, {})
    if in_use and not values["rescue_code"]:
        yield Finding("rescue-code-missing", "rescue_code", MISSING, {})
    if in_use and values["using_unit_id"] is None:
        yield Finding("using-unit-missing", "using_unit_id", MISSING, {})
    if in_use and values["maintenance_unit_id"] is None:
        yield Finding("maintenance-unit-missing", "maintenance_unit_id", MISSING, {})
    if not values["address"] and values["site_id"] is None:
        yield Finding("address-missing", "address", MISSING, {})
    if not facts.area:
        yield Finding("district-missing", "area_id", MISSING, {})
    if values["latitude"] is None and "latitude" not in facts.malformed:
        yield Finding("position-missing", "latitude", MISSING, {})


def _malformed(facts: Facts) -> Iterable[Finding]:
    """Cells of the register that could not be read, as long as nobody has entered the value since."""
    for column, (code, params) in facts.malformed.items():
        if facts.values.get(column) in (None, ""):
            yield Finding(code, column, MALFORMED, dict(params))


# --- doubtful ----------------------------------------------------------------------------------------------------------


def _quantities(facts: Facts, limits: Iterable[Limit]) -> Iterable[Finding]:
    code = facts.values["class_code_id"] or ""
    for limit in limits:
        value = facts.values.get(limit.column)
        if value is not None and code.startswith(limit.class_prefix) and not limit.low <= value <= limit.high:
            params = {"value": str(value), "low": str(limit.low), "high": str(limit.high)}
            yield Finding("quantity-impossible", limit.column, DOUBTFUL, params)
    floors, landings = facts.values["floors"], facts.values["landings"]
    if floors is not None and landings is not None and landings > 2 * floors:
        # two doors on each floor at most
        yield Finding("landings-above-floors", "landings", DOUBTFUL, {"value": landings, "floors": floors})


FIRST_YEAR = 1857  # the first passenger elevator, New York


def _dates(facts: Facts, today: dt.date) -> Iterable[Finding]:
    made, begun = facts.values["manufactured_on"], facts.values["commissioned_on"]
    renewed = facts.values["last_renewed_on"]
    for column, day in (("manufactured_on", made), ("commissioned_on", begun), ("last_renewed_on", renewed)):
        if (day is not None and not day.year >= FIRST_YEAR) or (day is not None and day > today):
            yield Finding("year-impossible", column, DOUBTFUL, {"value": day.isoformat()})
    if made and begun and begun < made:
        params = {"value": begun.isoformat(), "made": made.isoformat()}
        yield Finding("commissioned-before-made", "commissioned_on", DOUBTFUL, params)
    if begun and renewed and renewed < begun:
        params = {"value": renewed.isoformat(), "commissioned": begun.isoformat()}
        yield Finding("renewed-before-commissioned", "last_renewed_on", DOUBTFUL, params)


NEAR_KM = 0.5  # the borders are coarse: just beyond one is not yet elsewhere


def _position(facts: Facts) -> Iterable[Finding]:
    """Where the position lies against where the elevator is said to stand (domain notes §10)."""
    latitude, longitude = facts.values["latitude"], facts.values["longitude"]
    if latitude is None:
        return
    shown = {"latitude": str(latitude), "longitude": str(longitude)}
    if facts.area and looks_swapped(latitude, longitude, facts.area):
        yield Finding("position-swapped", "latitude", DOUBTFUL, shown)
        return
    away = km_outside(latitude, longitude, facts.area)
    if away is None or away <= NEAR_KM:
        return
    if proposal := _other_datum(float(latitude), float(longitude), facts.area):
        yield Finding("position-datum", "latitude", DOUBTFUL, shown | proposal)
    else:
        there = district_at(latitude, longitude)
        yield Finding("position-outside", "latitude", DOUBTFUL, shown | {"district": there, "km": f"{away:.1f}"})


def _other_datum(latitude: float, longitude: float, area: str) -> dict:
    """The datum in which the point would lie where it is said to, with the point converted; {} for none."""
    for datum in ("GCJ02", "BD09"):
        try:
            converted = to_wgs84(latitude, longitude, datum)
        except PositionError:
            return {}
        if lies_in_stated(*converted, area):
            return {"datum": datum, "to": [f"{degrees:.6f}" for degrees in converted]}
    return {}
