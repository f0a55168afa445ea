"""Rules of who is who, without a database."""

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from accounts import rules
from accounts.choices import AreaKind, PlaceType, RoleScope, UnitKind
from accounts.roles import APART, PERMISSION_LABELS, ROLES, Permission
from accounts.rules import USCC_ALPHABET, CreditCodeError, Holding, Unfit

# --- GB 32100-2015: synthetic codes, worked by hand from the standard's table -------------------------------------------

# Body, and 31 minus (Σ value·weight mod 31) as a character; 31 counts as 0.
WORKED = [
    ("91000100000000000", "Q"),  # 9·1 + 1·3 + 1·26 = 38, rest 7, 24
    ("Y1000000000000000", "X"),  # 30·1 + 1·3 = 33, rest 2, 29
    ("00000000000000001", "3"),  # 1·28, rest 28, 3
    ("10000000000000010", "0"),  # 1·1 + 1·30 = 31, rest 0
    ("00000000000000000", "0"),
]


@pytest.mark.parametrize(("body", "last"), WORKED)
def test_credit_code_check_digit_of_worked_examples(body, last):
    assert rules.credit_code_check_digit(body) == last
    assert rules.check_credit_code(body + last) == body + last


bodies = st.text(USCC_ALPHABET, min_size=17, max_size=17)


@given(bodies)
def test_credit_code_accepts_what_its_check_digit_makes_whole(body):
    code = body + rules.credit_code_check_digit(body)
    assert rules.check_credit_code(f" {code[:8].lower()} {code[8:]}\n") == code


@given(bodies, st.integers(0, 17), st.sampled_from(USCC_ALPHABET))
def test_credit_code_one_wrong_character_never_passes(body, position, other):
    """31 is prime and no weight is a multiple of it, so every single error shows."""
    code = body + rules.credit_code_check_digit(body)
    broken = code[:position] + other + code[position + 1 :]
    if broken == code:
        return
    with pytest.raises(CreditCodeError) as caught:
        rules.check_credit_code(broken)
    assert caught.value.reason == "check"


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("", "length"),
        ("Y1000000000000000", "length"),
        ("Y1000000000000000XX", "length"),
        *((f"Y1000000000000{letter}00X", "character") for letter in "IOSVZ-中"),
    ],
)
def test_credit_code_says_why_not(code, reason):
    with pytest.raises(CreditCodeError) as caught:
        rules.check_credit_code(code)
    assert caught.value.reason == reason


# --- sign-in names ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "stored"),
    [("Wang.Xiaomei", "wang.xiaomei"), (" ａｄｍｉｎ１ ", "admin1"), ("王小梅", "王小梅"), ("a@b-c_d.e", "a@b-c_d.e")],
)
def test_canonical_username_folds(typed, stored):
    assert rules.canonical_username(typed) == stored


@pytest.mark.parametrize("typed", ["", "a", "a b", ".ab", "аdmin", "a" * 65, "a\u200bb", "a/b", "<b>"])
def test_canonical_username_refuses(typed):
    """ "аdmin" begins with a Cyrillic letter."""
    with pytest.raises(Unfit) as caught:
        rules.canonical_username(typed)
    assert caught.value.reason == "username"


# --- which role fits where ----------------------------------------------------------------------------------------------


def unfit(call, *args) -> str:
    """The reason of a refusal, "" when there is none."""
    try:
        call(*args)
    except Unfit as error:
        return error.reason
    return ""


def test_unit_role_fits_only_its_kinds():
    for role in ROLES.values():
        for kind in UnitKind.values:
            expected = "role" if role.scope != RoleScope.UNIT else "" if kind in role.unit_kinds else "unit_kind"
            assert unfit(rules.require_unit_role, role.code, kind) == expected, (role.code, kind)
    assert unfit(rules.require_unit_role, "NO_SUCH_ROLE", UnitKind.INSURER) == "role"


@pytest.mark.parametrize(
    ("role", "area_kind", "place_types", "reason"),
    [
        ("CITY_REGULATOR", AreaKind.CITY, [], ""),
        ("CITY_REGULATOR", AreaKind.DISTRICT, [], "area_kind"),
        ("CITY_REGULATOR", None, [], "area"),
        ("DISTRICT_REGULATOR", AreaKind.MANAGEMENT, [], ""),
        ("DISTRICT_REGULATOR", AreaKind.SUBDISTRICT, [], "area_kind"),
        ("SUBDISTRICT_OFFICER", AreaKind.SUBDISTRICT, [], ""),
        ("INDUSTRY_OFFICER", AreaKind.CITY, [PlaceType.HOSPITAL], ""),
        ("INDUSTRY_OFFICER", AreaKind.CITY, [], "place_types"),
        ("DISPATCHER", AreaKind.CITY, [PlaceType.HOSPITAL], "no_place_types"),
        ("AUDITOR", None, [], ""),
        ("AUDITOR", AreaKind.CITY, [], "no_area"),
        ("UNIT_ADMIN", AreaKind.CITY, [], "role"),
        ("NO_SUCH_ROLE", None, [], "role"),
    ],
)
def test_area_role_fits_only_its_kinds(role, area_kind, place_types, reason):
    assert unfit(rules.require_area_role, role, area_kind, place_types) == reason


def test_administrators_are_apart():
    for held in ROLES:
        for wanted in ROLES:
            clash = held in APART and wanted in APART and held != wanted
            reason = "apart" if clash else ""
            if {held, wanted} == {"SECURITY_ADMIN", "UNIT_ADMIN"}:
                reason = "enters"
            assert unfit(rules.require_apart, [held], wanted) == reason, (held, wanted)


def test_nobody_acts_on_themselves():
    assert unfit(rules.require_somebody_else, "a", "a") == "oneself"
    assert unfit(rules.require_somebody_else, "a", "b") == ""


@pytest.mark.parametrize(
    ("own", "theirs", "reason"),
    [
        (["SYSTEM_ADMIN"], ["SECURITY_ADMIN"], "takeover"),
        (["SYSTEM_ADMIN"], ["AUDIT_ADMIN", "AUDITOR"], "takeover"),
        (["SYSTEM_ADMIN"], ["AUDITOR"], "takeover"),
        (["SECURITY_ADMIN"], ["SYSTEM_ADMIN"], "takeover"),
        (["SYSTEM_ADMIN"], ["SYSTEM_ADMIN"], ""),
        (["SYSTEM_ADMIN"], ["CITY_REGULATOR"], ""),
    ],
)
def test_password_of_an_administrator_takes_the_same_role(own, theirs, reason):
    assert unfit(rules.require_no_takeover, own, theirs) == reason


# --- how far ------------------------------------------------------------------------------------------------------------


def held(role, **where):
    return Holding(role=role, permissions=ROLES[role].permissions, **where)


def test_unit_administrator_gives_in_own_units_only():
    holdings = [held("UNIT_ADMIN", unit_id=1), held("USING_UNIT_MANAGER", unit_id=2)]
    assert [rules.may_give_in_unit(holdings, unit) for unit in (1, 2, 3)] == [True, False, False]
    assert not rules.may_give_anywhere(holdings)


def test_system_administrator_gives_nothing():
    holdings = [held("SYSTEM_ADMIN")]
    assert not rules.may_give_in_unit(holdings, 1)
    assert not rules.may_give_anywhere(holdings)


def test_security_administrator_gives_everything_and_creates_nothing():
    holdings = [held("SECURITY_ADMIN")]
    assert rules.may_give_in_unit(holdings, 1)
    assert rules.may_give_anywhere(holdings)
    assert not rules.reach(holdings, Permission.CREATE_USER)


def test_city_regulator_places_units_in_the_own_city():
    holdings = [held("CITY_REGULATOR", area_id=7, area_kind="CITY", city_id=7)]
    assert rules.may_place_unit(holdings, 7)
    assert not rules.may_place_unit(holdings, 8)


def test_every_permission_is_named_and_every_role_explained():
    assert set(PERMISSION_LABELS) == set(Permission)
    with translation.override("en"):  # a page that another test asked for in Chinese leaves its language in the thread
        assert all(str(role.holders).endswith((".", ").")) for role in ROLES.values())
    assert {role.code for role in ROLES.values() if role.privileged} == APART | {"AUDITOR"}
