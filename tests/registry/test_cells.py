"""Reading cells: what is read, what is named instead of guessed. No database."""

import datetime as dt
from decimal import Decimal

import pytest

from registry.rules import cells
from registry.rules.cells import Bounds, Box, Reading

WIDE = Bounds(Decimal("0.001"), Decimal(100_000))
SPEED = cells.quantity(cells.MPS_PER_FPM, cells.THOUSANDTH, Bounds(Decimal("0.02"), Decimal("10.2")))
LOAD = cells.quantity(
    cells.KG_PER_POUND,
    cells.WHOLE,
    Bounds(Decimal(5), Decimal(30_000), doubt_above=Decimal(22_680)),
    unit="lbs?",
    whole=True,
)
TRAVEL = cells.length(Bounds(Decimal("0.001"), Decimal("541.4")), plain="feet")
UNITLESS = cells.length(WIDE, plain="")
DAY = cells.day("YYYYMMDD", dt.date(2015, 10, 17))
BOX = Box(Decimal("40.4"), Decimal(41), Decimal("-74.35"), Decimal("-73.6"))


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("350", Reading(Decimal("1.778"), "number")),
        ("12.5", Reading(Decimal("0.064"), "number")),  # 0.0635 m/s, half up
        ("2000", Reading(Decimal("10.160"), "number")),
        ("0", Reading(None, "number", "implausible")),
        ("7000", Reading(None, "number", "implausible")),
        *(
            (text, Reading(None, "unreadable", "not-a-number"))
            for text in ("95UP", "40'", "`", "5M", "----", "1OO", "2,25", ":200", "=A¢", "3 50", "-350", "1e3", "٣")
        ),
    ],
)
def test_speed_reads_plain_numbers_only(text, reading):
    assert SPEED(text) == reading


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("2000", Reading(Decimal(907), "number")),
        ("3500 lbs", Reading(Decimal(1588), "number-with-unit", "unit-in-cell")),
        ("750LB", Reading(Decimal(340), "number-with-unit", "unit-in-cell")),
        ("5376.8", Reading(Decimal(2439), "fraction", "not-whole")),
        ("60000", Reading(Decimal(27216), "number", "doubtful")),
        ("99929", Reading(None, "number", "implausible")),
        ("0", Reading(None, "number", "implausible")),
        ("4.863", Reading(None, "fraction", "implausible")),
        ("3500 kg", Reading(None, "unreadable", "not-a-number")),
    ],
)
def test_load_keeps_the_unusual_and_leaves_out_the_impossible(text, reading):
    assert LOAD(text) == reading


@pytest.mark.parametrize(
    ("text", "metres", "form"),
    [
        ("100", "30.480", "number"),
        ("16'4\"", "4.978", "feet-and-inches"),
        ("16' 4\"", "4.978", "feet-and-inches"),
        ("16'-4\"", "4.978", "feet-and-inches"),
        ("16'4", "4.978", "feet-and-inches"),
        ("60'", "18.288", "feet"),
        ("22FT", "6.706", "feet"),
        ("24.5'", "7.468", "feet"),
        ("22 feet 3 inches", "6.782", "feet-and-inches"),
        ("31 feet 1 inch", "9.474", "feet-and-inches"),
        ("1 foot 2 inches", "0.356", "feet-and-inches"),
        ("12ft .5in", "3.670", "feet-and-inches"),
        ("184 inches", "4.674", "inches"),
    ],
)
def test_length_reads_feet_and_inches(text, metres, form):
    assert TRAVEL(text) == Reading(Decimal(metres), form)


@pytest.mark.parametrize(
    ("text", "form", "problem"),
    [
        ("24-6", "unreadable", "not-a-length"),
        ('56"1"', "unreadable", "not-a-length"),
        ('120"', "unreadable", "not-a-length"),
        ("9'2'", "unreadable", "not-a-length"),
        ("38'.6", "unreadable", "not-a-length"),
        ("12.5'3\"", "unreadable", "not-a-length"),
        ("EXIST", "unreadable", "not-a-length"),
        ("-----", "unreadable", "not-a-length"),
        ("50'75", "inches-over-11", "inches-over-11"),
        ("10'12\"", "inches-over-11", "inches-over-11"),
        ("2015-02-04", "spreadsheet-date", "spreadsheet-date"),
        ("16750", "number", "implausible"),
        ("0", "number", "implausible"),
    ],
)
def test_length_names_what_leaves_a_doubt(text, form, problem):
    assert TRAVEL(text) == Reading(None, form, problem)


def test_length_without_a_unit_is_not_taken_where_the_register_does_not_say():
    assert UNITLESS("303.5") == Reading(None, "number-without-unit", "unit-missing")


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("19980202", Reading(dt.date(1998, 2, 2), "YYYYMMDD")),
        *(
            (text, Reading(None, "malformed", "date-malformed"))
            for text in ("********", "9O0719", "21021", "2010116", "19980230", "1998-02-02", "20151317")
        ),
        ("20151018", Reading(None, "implausible", "date-implausible")),
        ("00010101", Reading(None, "implausible", "date-implausible")),
    ],
)
def test_day_takes_days_that_exist_and_can_be(text, reading):
    assert DAY(text) == reading


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("10001", Reading("10001", "5-digits")),
        ("100210000", Reading("100210000", "9-digits")),
        ("21401-2701", Reading("21401-2701", "5-4-digits")),
        ("0", Reading(None, "zero", "zip-zero")),
        ("99999", Reading(None, "all-nines", "zip-nines")),
        ("999990000", Reading(None, "all-nines", "zip-nines")),
        ("1000", Reading(None, "other", "zip-malformed")),
    ],
)
def test_postal_code_shapes(text, reading):
    assert cells.postal_code(text) == reading


@pytest.mark.parametrize("text", ["B,1", "..B", "PH", "LOB", "9.9"])
def test_floors_stay_text(text):
    assert cells.undated_text(20)(text) == Reading(text, "text")


def test_text_keeps_double_spaces_and_names_them():
    assert cells.text(120)("EAST   68 STREET") == Reading("EAST   68 STREET", "text", "double-space")
    assert cells.text(5)("EAST 68") == Reading(None, "too-long", "too-long")


def test_house_number_that_became_a_date_is_left_out():
    assert cells.undated_text(40)("2015-02-04") == Reading(None, "spreadsheet-date", "spreadsheet-date")
    assert cells.undated_text(40)("40-12") == Reading("40-12", "text")


@pytest.mark.parametrize("text", ["**", "--------------------", "729", "#1152", "{", "PRIVATE RESIDENCE"])
def test_manufacturer_field_misused(text):
    read = cells.manufacturer(120, frozenset({"PRIVATE RESIDENCE"}))
    assert read(text) == Reading(None, "not-a-manufacturer", "not-a-manufacturer")


@pytest.mark.parametrize("text", ["OTIS", "OTIS ELGV CO", "G.A.L", "K&J", "OITS"])
def test_manufacturer_keeps_its_own_spelling(text):
    assert cells.manufacturer(120, frozenset({"PRIVATE RESIDENCE"}))(text) == Reading(text, "text")


@pytest.mark.parametrize(
    ("latitude", "longitude", "reading"),
    [
        ("40.731723635135005", "-73.9778", Reading((Decimal("40.731724"), Decimal("-73.977800")), "degrees")),
        ("", "", Reading(None, "missing", "position-missing")),
        ("40.7", "", Reading(None, "malformed", "position-malformed")),
        ("north", "-73.9", Reading(None, "malformed", "position-malformed")),
        ("40.112386", "-77.519584", Reading(None, "outside", "position-outside")),
        ("-73.9", "40.7", Reading(None, "outside", "position-outside")),
        ("40.7127837", "-74.0059413", Reading(None, "stand-in", "position-stand-in")),
    ],
)
def test_position_is_whole_and_inside_the_city_or_none(latitude, longitude, reading):
    stand_ins = frozenset({(Decimal("40.712784"), Decimal("-74.005941"))})
    assert cells.position(latitude, longitude, BOX, stand_ins) == reading


def test_choice_tells_no_counterpart_from_unknown():
    read = cells.choice({"Freight (F)": "3120", "Manlift (M)": None}, unknown="class-unknown")
    assert read("Freight (F)") == Reading("3120", "Freight (F)")
    assert read("Manlift (M)") == Reading(None, "Manlift (M)")
    assert read("Rocket") == Reading(None, "unknown", "class-unknown")
