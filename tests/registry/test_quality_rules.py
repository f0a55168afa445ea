"""What is missing or doubtful about an elevator."""

import datetime as dt
from decimal import Decimal as D

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.rules.quality import Facts, Limit, judge

TODAY = dt.date(2026, 11, 23)
LIMITS = [
    Limit("rated_load_kg", "31", D(100), D(10_000)),
    Limit("rated_load_kg", "343", D(5), D(500)),
    Limit("rated_speed_mps", "33", D("0.1"), D(1)),
    Limit("travel_m", "", D("0.3"), D(700)),
]
COMPLETE = {
    "registration_state": "IN_USE",
    "equipment_code": "31103201020160001",
    "registration_code": None,
    "certificate_number": None,
    "rescue_code": "012345",
    "class_code_id": "3110",
    "manufacturer_name": "Maker 1",
    "manufactured_on": dt.date(2015, 1, 2),
    "commissioned_on": dt.date(2015, 6, 1),
    "last_renewed_on": None,
    "rated_load_kg": 1000,
    "rated_speed_mps": D("1.75"),
    "travel_m": D(60),
    "floors": 20,
    "landings": 20,
    "floor_from": "1",
    "floor_to": "20",
    "using_unit_id": 1,
    "maintenance_unit_id": 2,
    "address": "somewhere",
    "site_id": 3,
    "area_id": 4,
    "managing_district_id": 4,
    "latitude": D("32.060000"),
    "longitude": D("118.770000"),
}
GULOU = "320106"


def found(area=GULOU, malformed=(), **values):
    facts = Facts({**COMPLETE, **values}, area, dict(malformed))
    return [(f.check, f.field) for f in judge(facts, limits=LIMITS, today=TODAY)]


def test_complete_elevator_has_nothing_to_look_at():
    assert found() == []


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"class_code_id": None}, ("class-missing", "class_code_id")),
        ({"manufacturer_name": ""}, ("maker-missing", "manufacturer_name")),
        ({"commissioned_on": None}, ("commissioned-missing", "commissioned_on")),
        ({"rated_load_kg": None}, ("load-missing", "rated_load_kg")),
        ({"rated_speed_mps": None}, ("speed-missing", "rated_speed_mps")),
        ({"equipment_code": None}, ("code-missing", "equipment_code")),
        ({"rescue_code": None}, ("rescue-code-missing", "rescue_code")),
        ({"using_unit_id": None}, ("using-unit-missing", "using_unit_id")),
        ({"maintenance_unit_id": None}, ("maintenance-unit-missing", "maintenance_unit_id")),
        ({"latitude": None, "longitude": None}, ("position-missing", "latitude")),
        ({"address": "", "site_id": None}, ("address-missing", "address")),
    ],
)
def test_what_is_missing(values, expected):
    assert found(**values) == [expected]


def test_only_the_city_is_known():
    assert found(area="") == [("district-missing", "area_id")]


@pytest.mark.parametrize(
    "values",
    [
        {"registration_code": "31103201062016053337", "equipment_code": None},  # one code is enough
        {"address": "", "site_id": 3},
        {"class_code_id": "3310", "rated_load_kg": None, "rated_speed_mps": D("0.5")},  # escalators have no load
        {"registration_state": "UNREGISTERED", "commissioned_on": None, "rescue_code": None},  # not in use yet
        {"registration_state": "OUT_OF_USE", "maintenance_unit_id": None},
        {"registration_state": "SCRAPPED", "rated_load_kg": None, "latitude": None},
        {"registration_state": "DEREGISTERED", "class_code_id": None},
        {"registration_state": "WITHDRAWN", "equipment_code": None},
    ],
)
def test_what_need_not_be_there(values):
    assert found(**values) == []


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"rated_load_kg": 99_929}, [("quantity-impossible", "rated_load_kg")]),
        ({"rated_load_kg": 0}, [("quantity-impossible", "rated_load_kg")]),
        ({"rated_load_kg": 10_000}, []),
        ({"rated_load_kg": 300, "class_code_id": "3430"}, []),
        ({"rated_load_kg": 1000, "class_code_id": "3430"}, [("quantity-impossible", "rated_load_kg")]),
        ({"rated_speed_mps": D("1.75"), "class_code_id": "3310"}, [("quantity-impossible", "rated_speed_mps")]),
        ({"travel_m": D(701)}, [("quantity-impossible", "travel_m")]),
        ({"floors": 10, "landings": 20}, []),
        ({"floors": 10, "landings": 21}, [("landings-above-floors", "landings")]),
        ({"commissioned_on": dt.date(2026, 11, 24)}, [("year-impossible", "commissioned_on")]),
        ({"commissioned_on": TODAY}, []),
        (
            {"manufactured_on": dt.date(1215, 6, 15)},
            [("year-impossible", "manufactured_on")],
        ),
        ({"commissioned_on": dt.date(2015, 1, 1)}, [("commissioned-before-made", "commissioned_on")]),
        ({"last_renewed_on": dt.date(2015, 5, 31)}, [("renewed-before-commissioned", "last_renewed_on")]),
    ],
)
def test_what_cannot_be(values, expected):
    assert found(**values) == expected


# 鼓楼, raw WGS84; the same point as BD-09 and GCJ-02 write it (domain notes §10: about 1.2 and 0.5 km away)
@pytest.mark.parametrize(
    ("latitude", "longitude", "area", "expected"),
    [
        ("32.060000", "118.770000", GULOU, []),
        ("118.770000", "32.060000", GULOU, ["position-swapped"]),
        ("32.060000", "118.770000", "320118", ["position-outside"]),
        ("40.11", "-77.5", GULOU, ["position-outside"]),
        ("32.060000", "118.770000", "US36061", []),  # no border at hand, nothing to say
        ("32.2", "118.7", "320100JB", []),  # 江北新区 lies over two districts
        ("31.3230", "118.8730", "320100JB", ["position-outside"]),
    ],
)
def test_position_against_the_stated_area(latitude, longitude, area, expected):
    assert [c for c, _f in found(area=area, latitude=D(latitude), longitude=D(longitude))] == expected


def test_position_in_another_datum_comes_with_the_converted_point():
    """Far enough from any border that only the datum explains it."""
    values = {**COMPLETE, "latitude": D("32.0075"), "longitude": D("118.7290")}
    hits = {}
    for step in range(400):  # walk east until the raw point leaves 建邺 by more than the tolerance
        values["longitude"] = D("118.7290") + D("0.0005") * step
        for finding in judge(Facts(values, "320105"), limits=[], today=TODAY):
            hits.setdefault(finding.check, finding.params)
    assert {"position-datum", "position-outside"} <= set(hits)
    assert hits["position-datum"]["datum"] in ("GCJ02", "BD09")
    assert len(hits["position-datum"]["to"]) == 2


def test_unreadable_cell_of_the_register_stands_until_somebody_enters_the_value():
    malformed = {"commissioned_on": ("date-malformed", {"value": "9O0719", "header": "DV_APPROVAL_DATE"})}
    assert ("date-malformed", "commissioned_on") in found(malformed=malformed, commissioned_on=None)
    assert found(malformed=malformed) == []


@settings(max_examples=200, deadline=None)
@given(
    st.fixed_dictionaries(
        {
            "rated_load_kg": st.none() | st.integers(0, 2**31),
            "rated_speed_mps": st.none() | st.decimals(0, 999, places=3),
            "travel_m": st.none() | st.decimals(0, 9999, places=3),
            "floors": st.none() | st.integers(0, 32767),
            "landings": st.none() | st.integers(0, 32767),
            "manufactured_on": st.none() | st.dates(),
            "commissioned_on": st.none() | st.dates(),
            "last_renewed_on": st.none() | st.dates(),
            "latitude": st.none() | st.decimals(-90, 90, places=6),
            "longitude": st.decimals(-180, 180, places=6),
            "class_code_id": st.none() | st.sampled_from(["3110", "3310", "3430", "3000"]),
            "registration_state": st.sampled_from(["IN_USE", "OUT_OF_USE", "SCRAPPED", "UNREGISTERED"]),
        }
    ),
    st.sampled_from(["", GULOU, "320106001", "320100JB", "US36061", "x"]),
)
def test_whatever_a_register_says_is_judged_once_each(values, area):
    checks = found(area=area, **values)
    assert len(checks) == len(set(checks))
