"""The register's rules, without a database: codes as people type them, states, coordinates."""

import math
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry import rules
from registry.choices import FlagKind, RegistrationState
from registry.rules.coordinates import wgs84_to_gcj02
from registry.rules.states import FLAGS_BY_WEIGHT, TRANSITIONS

CERTIFICATE = "梯11苏A12345(19)"
NORMALISERS = {
    "equipment_code": rules.normalise_equipment_code,
    "registration_code": rules.normalise_registration_code,
    "certificate_number": rules.normalise_certificate_number,
    "rescue_code": rules.normalise_rescue_code,
}
GOOD = {
    "equipment_code": ["311012345201900001", "311012ABC2019A0001"],
    "registration_code": ["31103201062019030001", "33203201001999120001"],
    "certificate_number": ["梯11苏A12345(19)", "梯11苏A1234(19)", "梯13沪B123456(26)"],
    "rescue_code": ["012345", "000000", "999999"],
}
TYPED = {
    "full width": lambda code: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in code),
    "spaces": lambda code: "  " + " ".join(code) + "\t\n",
    "hyphens": lambda code: f"{code[:4]}-{code[4:]}",
    "full-width hyphens": lambda code: f"{code[:4]}－{code[4:]}",
    "ideographic spaces": lambda code: f"\u3000{code[:3]}\u3000{code[3:]}",
    "lower case": str.lower,
}
BAD = {
    "empty": "",
    "blank": "   ",
    "letters": "abcdef",
    "SQL": "1' OR '1'='1' --",
    "emoji": "🛗🛗🛗🛗🛗🛗",
    "NUL": "\0" * 6,
    "Arabic digits": "٠١٢٣٤٥",
    "newline inside": "0123\n45x",
    "HTML": "<script>alert(1)</script>",
    "surrogate": "\ud800" * 6,
    "too long by one": "0123456",
    "a million digits": "1" * 10**6,
    "a million blanks": " " * 10**6,
    "a million brackets": "（" * 10**6,
    "expanding": "ﷺ" * 10**5,
}


@pytest.mark.parametrize(("name", "code"), [(name, code) for name, codes in GOOD.items() for code in codes])
def test_codes_in_their_form_stay_as_they_are(name, code):
    assert NORMALISERS[name](code) == code


@pytest.mark.parametrize("way", TYPED.values(), ids=TYPED)
@pytest.mark.parametrize("name", GOOD)
def test_codes_are_folded_however_they_are_typed(name, way):
    for code in GOOD[name]:
        assert NORMALISERS[name](way(code)) == code


@pytest.mark.parametrize("text", BAD.values(), ids=BAD)
@pytest.mark.parametrize("name", NORMALISERS)
def test_codes_refuse_garbage_quickly(name, text):
    started = time.perf_counter()
    with pytest.raises(rules.CodeError) as error:
        NORMALISERS[name](text)
    assert error.value.field == name
    assert error.value.reason in ("length", "form")
    assert time.perf_counter() - started < 5


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("equipment_code", "31101234520190000", "length"),
        ("equipment_code", "X11012345201900001", "form"),
        ("registration_code", "3110320106201913000", "length"),
        ("registration_code", "31103201062019130001", "form"),  # month 13
        ("registration_code", "31103201062019000001", "form"),
        ("registration_code", "41103201062019030001", "form"),  # 4: no elevator
        ("registration_code", "31103201061819030001", "form"),
        ("certificate_number", "梯11苏A123(19)", "length"),
        ("certificate_number", "锅11苏A12345(19)", "form"),
        ("certificate_number", "梯11苏A12345(1X)", "form"),
        ("rescue_code", "12345", "length"),
        ("rescue_code", "12345X", "form"),
    ],
)
def test_codes_say_whether_length_or_form_is_wrong(name, text, reason):
    with pytest.raises(rules.CodeError) as error:
        NORMALISERS[name](text)
    assert error.value.reason == reason


@given(st.text(max_size=40))
@settings(max_examples=300, deadline=None)
def test_codes_are_either_canonical_or_refused(text):
    for name, normalise in NORMALISERS.items():
        try:
            code = normalise(text)
        except rules.CodeError:
            continue
        assert normalise(code) == code
        assert (name, code) in rules.classify_code(text)


def test_classify_finds_what_a_text_can_be():
    assert rules.classify_code("０12345") == [("rescue_code", "012345")]
    assert rules.classify_code("311012345201900001") == [("equipment_code", "311012345201900001")]
    assert rules.classify_code("31103201062019030001") == [("registration_code", "31103201062019030001")]
    assert rules.classify_code("梯11苏a12345（19）") == [("certificate_number", CERTIFICATE)]
    assert rules.classify_code("anything else") == []
    assert rules.MATCHING_ORDER == ("equipment_code", "registration_code", "certificate_number", "source_key")


# --- states -----------------------------------------------------------------------------------------------------------


def test_states_table_is_complete():
    assert set(TRANSITIONS) == set(RegistrationState.values)
    assert {state for following in TRANSITIONS.values() for state in following} <= set(RegistrationState.values)
    assert set(FLAGS_BY_WEIGHT) == set(FlagKind.values)


ALLOWED = {
    ("UNREGISTERED", "IN_USE"),
    ("UNREGISTERED", "DEREGISTERED"),
    ("IN_USE", "OUT_OF_USE"),
    ("IN_USE", "SCRAPPED"),
    ("IN_USE", "DEREGISTERED"),
    ("OUT_OF_USE", "IN_USE"),
    ("OUT_OF_USE", "SCRAPPED"),
    ("OUT_OF_USE", "DEREGISTERED"),
    ("SCRAPPED", "DEREGISTERED"),
}


@pytest.mark.parametrize("present", RegistrationState.values)
@pytest.mark.parametrize("wanted", [*RegistrationState.values, "NONSENSE"])
def test_states_follow_each_other_as_the_table_says(present, wanted):
    if (present, wanted) in ALLOWED:
        rules.require_transition(present, wanted)
    else:
        with pytest.raises(rules.InvalidTransition):
            rules.require_transition(present, wanted)


def test_public_status_is_the_gravest_flag_else_the_state():
    assert rules.public_status("IN_USE", set()) == "IN_USE"
    assert rules.public_status("IN_USE", {"CHANGING"}) == "CHANGING"
    assert rules.public_status("IN_USE", {"CHANGING", "SEALED", "RELOCATING"}) == "SEALED"
    assert rules.public_status("SCRAPPED", {"DISMANTLED"}) == "DISMANTLED"


# --- coordinates ------------------------------------------------------------------------------------------------------


def metres(one, other):
    """Distance over the ground, good enough near Nanjing."""
    north = (one[0] - other[0]) * 111_000
    east = (one[1] - other[1]) * 111_000 * math.cos(math.radians(32))
    return math.hypot(north, east)


WGS84, GCJ02, BD09 = (32.04, 118.78), (32.037951, 118.785206), (32.044205, 118.791636)  # domain notes §10


def test_positions_meet_the_check_values():
    assert tuple(round(v, 6) for v in wgs84_to_gcj02(*WGS84)) == GCJ02
    assert metres(rules.to_wgs84(*GCJ02, "GCJ02"), WGS84) < 0.1
    assert metres(rules.to_wgs84(*BD09, "BD09"), WGS84) < 2  # BD-09's own inverse is an approximation
    for datum in ("WGS84", "CGCS2000", ""):
        assert rules.to_wgs84(*WGS84, datum) == WGS84
    assert 535 < metres(WGS84, GCJ02) < 550


NANJING = {"latitude": st.floats(31.2, 32.7), "longitude": st.floats(118.2, 119.3)}


@given(**NANJING)
@settings(max_examples=300, deadline=None)
def test_positions_come_back_to_the_centimetre_over_nanjing(latitude, longitude):
    there = wgs84_to_gcj02(latitude, longitude)
    assert metres(rules.to_wgs84(*there, "GCJ02"), (latitude, longitude)) < 0.01


@given(latitude=st.floats(), longitude=st.floats(), datum=st.sampled_from(["WGS84", "GCJ02", "BD09"]))
@settings(max_examples=500, deadline=None)
def test_positions_are_on_the_globe_or_refused(latitude, longitude, datum):
    try:
        north, east = rules.to_wgs84(latitude, longitude, datum)
    except rules.PositionError:
        return
    assert -90 <= north <= 90
    assert -180 <= east <= 180


@pytest.mark.parametrize(
    ("latitude", "longitude", "datum"),
    [
        (118.78, 32.04, "WGS84"),  # swapped
        (90.01, 0, "WGS84"),
        (0, -180.01, "WGS84"),
        (math.nan, 118.78, "WGS84"),
        (32.04, math.inf, "GCJ02"),
        (40.7, -74.0, "GCJ02"),  # New York has no GCJ-02
        (90, 0, "BD09"),
    ],
)
def test_positions_that_cannot_be_are_refused(latitude, longitude, datum):
    with pytest.raises(rules.PositionError):
        rules.to_wgs84(latitude, longitude, datum)
