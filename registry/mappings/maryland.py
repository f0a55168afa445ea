"""State of Maryland, public list of elevator units to 2022-07-07.

Declared conversions: pounds to kilograms and feet per minute to metres per second, rounded half up (1 kg, 0.001 m/s);
travel in feet and inches to metres (1 mm). All else is kept as it stands or named.

* States: the list holds active units only. `Active / Sealed` and `Active_Sealed` are one status in two spellings: in
  use, with the flag "sealed". Since when is not said: the flag begins with the import, and says so.
* Travel: the list writes `22 feet 3 inches`, `31 feet 1 inch`, `23ft 4in`, `12' 6"`. A bare number (`303.5`) has no
  unit, and the values fit inches better than feet: not taken, named. Up to 165 m: the state's tallest building has
  161 m, and 1,007 feet 3 inches stands 408 times.
* Speeds from 0.02 to 10.2 m/s (2,000 ft/min); loads from 5 to 30,000 kg, above 22,680 kg kept and named.
* The list counts whole pounds and feet per minute: a fraction or a unit in the cell is read and named.
* Types name the drive and not the use: traction and drum are group 3100 (traction and positive drive), hydraulic is
  group 3200; the rest has no counterpart and keeps its type in `technical`.
* Sites: units with one name and one address stand together. The list has no positions.
* County names are those of the list; `Chester` is none and hangs under the state.
* Certificate expiry and last inspection are kept in `technical` and in the raw row.
"""

import datetime as dt
from decimal import Decimal as D

from registry.mappings.base import AreaRule, Column, RegisterMapping, SiteRule, StateRule
from registry.rules import cells

DRAWN_UP_ON = dt.date(2022, 7, 7)
LAST_EXPIRY = dt.date(2032, 7, 7)  # certificates run for at most a few years ahead
LOAD = cells.Bounds(D(5), D(30_000), doubt_above=D("22680"))
SPEED = cells.Bounds(D("0.02"), D("10.2"))
TRAVEL = cells.Bounds(D("0.001"), D(165))

COUNTIES = {
    "Allegany": "US24001",
    "Anne Arundel": "US24003",
    "Baltimore City": "US24510",
    "Baltimore County": "US24005",
    "Calvert": "US24009",
    "Caroline": "US24011",
    "Carroll": "US24013",
    "Cecil": "US24015",
    "Charles": "US24017",
    "Dorchester": "US24019",
    "Frederick": "US24021",
    "Garrett": "US24023",
    "Harford": "US24025",
    "Howard": "US24027",
    "Kent": "US24029",
    "Montgomery": "US24031",
    "Prince Georges": "US24033",
    "Queen Anne's": "US24035",
    "Queen Annes": "US24035",
    "Saint Marys": "US24037",
    "Somerset": "US24039",
    "Talbot": "US24041",
    "Washington": "US24043",
    "Wicomico": "US24045",
    "Worcester": "US24047",
}
AREAS = AreaRule(city_code="US24", column="county", codes=COUNTIES, data_file="accounts/data/areas_maryland.csv")
STATES = {
    "Active": ("IN_USE", None),
    "Active / Sealed": ("IN_USE", "SEALED"),
    "Active_Sealed": ("IN_USE", "SEALED"),
}
CLASSES = {
    "Traction Overhead (TO)": "3100",
    "Traction Basement (TB)": "3100",
    "Drum Overhead (DO)": "3100",
    "Drum Basement (DB)": "3100",
    "Hydraulic Basement (HB)": "3200",
    "Hydraulic Overhead (HO)": "3200",
    "Roped Hydraulic (RH)": "3200",
    "Screw (S)": None,
    "Chain (C)": None,
    "Rack & Pinion (R&P)": None,
    "Electric (E)": None,
    "Machine Room-less (MRL)": None,
    "Vertical Lift (VL)": None,
    "Hand (H)": None,
    "Incline Lift (IL)": None,
    "Stairway Chair Lift (SCL)": None,
    "Belt (B)": None,
    "Other (O)": None,
}

MARYLAND = RegisterMapping(
    name="maryland",
    version=1,
    title="Maryland, elevator units 2022",
    credit="State of Maryland, Department of Labor (public list), R package elevators, MIT",
    source="MD-DLLR",
    key="registration_number",
    area=AREAS,
    address=("location_address",),
    state=StateRule(column="status", words=STATES),
    site=SiteRule(key=("location_name", "location_address"), name="location_name"),
    columns=(
        Column("registration_number", cells.text(80), to="source_key"),
        Column("location_name", cells.text(160)),
        Column("location_type", cells.text(20), to="technical:ownership"),
        Column("county", cells.choice(COUNTIES, unknown="area-unknown")),
        Column("location_address", cells.text(240)),
        Column("status", cells.choice(STATES, unknown="state-unknown")),
        Column(
            "certificate_expiration_date",
            cells.day("YYYY-MM-DD", LAST_EXPIRY),
            to="technical:certificate_expires_on",
        ),
        Column(
            "equipment_type", cells.choice(CLASSES, unknown="class-unknown"), to="class_code_id", raw_to="source_type"
        ),
        Column(
            "equipment_capacity",
            cells.quantity(cells.KG_PER_POUND, cells.WHOLE, LOAD, unit="lbs?", whole=True),
            to="rated_load_kg",
        ),
        Column(
            "equipment_speed",
            cells.quantity(cells.MPS_PER_FPM, cells.THOUSANDTH, SPEED, unit="fpm", whole=True),
            to="rated_speed_mps",
        ),
        Column("equipment_travel", cells.length(TRAVEL, plain=""), to="travel_m"),
        Column("inspection_type", cells.text(60), to="technical:last_inspection_type"),
        Column("last_inspection_date", cells.day("YYYY-MM-DD", DRAWN_UP_ON), to="technical:last_inspected_on"),
    ),
)
