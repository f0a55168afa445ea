"""New York City, Department of Buildings: every registered elevator device to 2015-10-17.

Declared conversions: pounds to kilograms and feet per minute to metres per second, rounded half up (1 kg, 0.001 m/s);
travel in feet, or feet and inches, to metres (1 mm); positions to six decimals. All else is kept as it stands or named.

* States: ACTIVE and NYCHA (devices of the housing authority, which are in service) are in use; WK IN PROG is an
  installation that nobody registered yet; NO JURIST (outside the department's jurisdiction) and DISMANTLED are
  deregistered, the latter with a flag. `source_status` keeps the register's word; its day is the state's moment.
* Classes: only where the catalogue has an honest counterpart. The register's types do not name the drive: 3110 and 3120
  stand for "passenger" and "freight" and not for a proof of traction. Sidewalk, private, handicap, manlift and public
  devices have none and keep their type in `technical`.
* Speeds are plain feet per minute. 0.02 to 10.2 m/s: the fastest of the Western Hemisphere run at 2,000 ft/min.
* Loads: 5 to 30,000 kg; above 22,680 kg (50,000 lb) kept and named: vehicle lifts of 60,000 lb do exist, 99,929 lb not.
* Travel: up to 541.4 m, the height of the city's tallest building. Cells like `24-6` or `120"` are not certain.
* A house number, floor, travel or maker that is a date was one to a spreadsheet only: left out and named.
* Sites: devices with one BIN (building identification number) stand together.
* 40.712784, -74.005941 is the point that a geocoder gives for "New York": no position.
* DV_LASTPER_INSP_DATE is kept in `technical` (`last_inspected_on`) and in the raw row.
"""

import datetime as dt
from decimal import Decimal as D
from zoneinfo import ZoneInfo

from registry.mappings.base import AreaRule, Column, PositionRule, RegisterMapping, SiteRule, StateRule
from registry.rules import cells

DRAWN_UP_ON = dt.date(2015, 10, 17)
LOAD = cells.Bounds(D(5), D(30_000), doubt_above=D("22680"))
SPEED = cells.Bounds(D("0.02"), D("10.2"))
TRAVEL = cells.Bounds(D("0.001"), D("541.4"))

AREAS = AreaRule(
    city_code="US3651000",
    column="Borough",
    codes={
        "Bronx": "US36005",
        "Brooklyn": "US36047",
        "Manhattan": "US36061",
        "Queens": "US36081",
        "Staten Island": "US36085",
    },
    data_file="accounts/data/areas_nyc.csv",
)
STATES = {
    "ACTIVE": ("IN_USE", None),
    "NYCHA": ("IN_USE", None),
    "WK IN PROG": ("UNREGISTERED", None),
    "NO JURIST": ("DEREGISTERED", None),
    "DISMANTLED": ("DEREGISTERED", "DISMANTLED"),
}
CLASSES = {
    "Passenger Elevator (P)": "3110",
    "Freight (F)": "3120",
    "Escalator (E)": "3310",
    "Dumbwaiter (D)": "3430",
    "Sidewalk (S)": None,
    "Private Elevator (T)": None,
    "Handicap Lift (H)": None,
    "Manlift (M)": None,
    "Public Elevator (L)": None,
}
# What people wrote into DV_MANUFACTURER that is no maker: owners, kinds of building, kinds of device, notes.
NOT_MAKERS = frozenset(
    {
        "HOUSING AUTHORITY",
        "PRIVATE RESIDENCE",
        "PRIVATE/RESIDENTIAL",
        "PVT HOUSE",
        "PVT RESIDENNCE",
        "PT RESIDENT",
        "RESIDENTIAL",
        "RESIDENTIAL BUILDING",
        "OFFICE BUILDING",
        "WAREHOUSE",
        "HOUSING PRESERVATION",
        "DOB SURVEY",
        "SUNY DORMITORY",
        "PARKS & RECREATION",
        "TRANSIT AUTHORITY",
        "NYNJ PORT AUTHORITY",
        "DUMBWAITER",
        "LU/LA",
        "LULA",
        "LU/LA ELEVATOR",
        "UNKNOWN",
        "NOT REMOVED",
        "IT NOT HYDR",
    }
)
_CODE = cells.code(r"[A-Z0-9]{1,2}")

NYC = RegisterMapping(
    name="nyc",
    version=1,
    title="New York City, elevator devices 2015",
    credit="New York City Department of Buildings (freedom-of-information answer, 2015), R package elevators, MIT",
    source="NYC-DOB",
    key="DV_DEVICE_NUMBER",
    area=AREAS,
    address=("HOUSE_NUMBER", "STREET_NAME"),
    state=StateRule(
        column="DV_DEVICE_STATUS_DESCRIPTION",
        words=STATES,
        since="DV_STATUS_DATE",
        zone=ZoneInfo("America/New_York"),
    ),
    position=PositionRule(
        latitude="LATITUDE",
        longitude="LONGITUDE",
        # the five boroughs with a margin of about a tenth of a degree
        box=cells.Box(south=D("40.4"), north=D("41.0"), west=D("-74.35"), east=D("-73.6")),
        stand_ins=frozenset({(D("40.712784"), D("-74.005941"))}),
    ),
    site=SiteRule(key=("BIN",)),
    test_words=frozenset({"TEST", "DUMMY RECORD"}),
    columns=(
        Column("DV_DEVICE_NUMBER", cells.text(80), to="source_key"),
        Column("DV_DEVICE_STATUS_DESCRIPTION", cells.choice(STATES, unknown="state-unknown")),
        Column("BIN", cells.code(r"\d{7}")),
        Column("HOUSE_NUMBER", cells.undated_text(40)),
        Column("STREET_NAME", cells.text(120)),
        Column("ZIP_CODE", cells.postal_code, to="technical:postal_code"),
        Column("Borough", cells.choice(AREAS.codes, unknown="area-unknown")),
        Column("Device Type", cells.choice(CLASSES, unknown="class-unknown"), to="class_code_id", raw_to="source_type"),
        Column("DV_LASTPER_INSP_DATE", cells.day("YYYYMMDD", DRAWN_UP_ON), to="technical:last_inspected_on"),
        Column("DV_LASTPER_INSP_DISP", _CODE, to="technical:last_inspection_disposition"),
        Column("DV_APPROVAL_DATE", cells.day("YYYYMMDD", DRAWN_UP_ON), to="commissioned_on"),
        Column("DV_MANUFACTURER", cells.manufacturer(120, NOT_MAKERS), to="manufacturer_name", distinct=True),
        Column("DV_TRAVEL_DISTANCE", cells.length(TRAVEL, plain="feet"), to="travel_m"),
        Column("DV_SPEED_FPM", cells.quantity(cells.MPS_PER_FPM, cells.THOUSANDTH, SPEED), to="rated_speed_mps"),
        Column("DV_CAPACITY_LBS", cells.quantity(cells.KG_PER_POUND, cells.WHOLE, LOAD), to="rated_load_kg"),
        Column("DV_CAR_BUFFER_TYPE", _CODE, to="technical:car_buffer_type"),
        Column("DV_GOVERNOR_TYPE", _CODE, to="technical:governor_type"),
        Column("DV_MACHINE_TYPE", _CODE, to="technical:machine_type"),
        Column("DV_SAFETY_TYPE", _CODE, to="technical:safety_type"),
        Column("DV_MODE_OPERATION", _CODE, to="technical:mode_of_operation"),
        Column("DV_STATUS_DATE", cells.day("YYYYMMDD", DRAWN_UP_ON)),
        Column("DV_FLOOR_FROM", cells.undated_text(20), to="floor_from"),
        Column("DV_FLOOR_TO", cells.undated_text(20), to="floor_to"),
        Column("LATITUDE", cells.text(40)),
        Column("LONGITUDE", cells.text(40)),
    ),
)
