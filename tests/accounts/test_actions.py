"""Actions of people, roles and units on the real database."""

import datetime as dt

import pytest
from axes.models import AccessAttempt

from accounts import actions
from accounts.choices import PlaceType, UnitKind
from accounts.models import AreaGrant, Membership, User
from accounts.queries import actor_for
from accounts.rules import USCC_ALPHABET
from common.actor import system
from common.clock import now
from common.errors import Changed
from common.models import AuditRecord
from tests.factories.make import (
    GULOU,
    NANJING,
    area,
    credit_code,
    give_second_factor,
    hold,
    make_unit,
    make_user,
    pass_second_step,
)

TEMPORARY = "abcd-efgh-jkmn-pqr2"
SYSTEM = system("tests")


def records(subject) -> list[str]:
    """The audited actions about a subject, oldest first."""
    rows = AuditRecord.objects.filter(subject_id=str(subject.public_id)).order_by("pk")
    return [row.action.removeprefix("accounts.") for row in rows]


def refusal(code: str):
    """The refusal with this code; compares the stable code, not the class."""
    return pytest.raises(Exception, check=lambda error: getattr(error, "code", None) == code)


def entered(**values):
    options = {"username": "wang", "display_name": "王小梅", "temporary_password": TEMPORARY, "by": SYSTEM, "at": now()}
    return actions.create_user(**options | values)


# --- people -------------------------------------------------------------------------------------------------------------


def test_create_user_enters_with_a_temporary_password(db):
    user = User.objects.get(pk=entered(username="  Wang ").pk)
    assert (user.username, user.display_name, user.is_active, user.must_change_password) == (
        "wang",
        "王小梅",
        True,
        True,
    )
    assert user.check_password(TEMPORARY)


def test_create_user_keeps_names_out_of_the_audit_log(db):
    record = AuditRecord.objects.get(subject_id=str(entered().public_id))
    assert record.changes == {"username": ["***", "***"], "display_name": ["***", "***"]}


def test_create_user_refuses_a_name_in_another_case(db):
    make_user("Wang")
    with refusal("name-taken"):
        entered(username="wANG")


def test_create_user_refuses_a_weak_password_and_keeps_nothing(db):
    with refusal("password-weak"):
        entered(temporary_password="short")
    assert not User.objects.filter(username="wang").exists()


def test_change_user_notices_somebody_else(cast):
    person, by = cast.colleague.user, cast.system_admin.actor()
    changed = actions.change_user(user_id=person.pk, display_name="李四", version=1, by=by, at=now())
    assert (changed.display_name, changed.version) == ("李四", 2)
    actions.change_user(user_id=person.pk, display_name="李四", version=2, by=by, at=now())
    with pytest.raises(Changed):
        actions.change_user(user_id=person.pk, display_name="王五", version=1, by=by, at=now())
    assert records(person) == ["change_user"]


def test_deactivate_user_ends_everything_once(cast):
    person, at = cast.strong_weak.user, now()
    hold(person, "DISPATCHER", area_code=NANJING)
    hold(person, "SAFETY_OFFICER", unit=cast.unit_a, started_at=at + dt.timedelta(days=3))
    for _twice in range(2):
        actions.deactivate_user(user_id=person.pk, by=cast.system_admin.actor(), at=at)
    person.refresh_from_db()
    assert (person.is_active, person.session_epoch) == (False, 1)
    assert not Membership.objects.unfinished(at + dt.timedelta(days=9)).filter(user=person).exists()
    assert not AreaGrant.objects.unfinished(at).filter(user=person).exists()
    assert records(person) == ["deactivate_user"]


def test_reactivate_user_brings_no_role_back(cast):
    person, by = cast.own_manager.user, cast.security_admin.actor()
    actions.deactivate_user(user_id=person.pk, by=by, at=now())
    actions.reactivate_user(user_id=person.pk, by=by, at=now())
    assert actor_for(User.objects.get(pk=person.pk), now()).holdings == ()
    assert records(person) == ["deactivate_user", "reactivate_user"]


@pytest.mark.parametrize("verb", ["deactivate_user", "reactivate_user", "unlock"])
def test_nobody_acts_on_themselves(cast, verb):
    with refusal("oneself"):
        getattr(actions, verb)(user_id=cast.system_admin.user.pk, by=cast.system_admin.actor(), at=now())


def test_deactivate_user_keeps_the_last_who_gives_roles(cast):
    with refusal("last-administrator"):
        actions.deactivate_user(user_id=cast.security_admin.user.pk, by=cast.system_admin.actor(), at=now())
    hold(make_user(), "SECURITY_ADMIN")
    actions.deactivate_user(user_id=cast.security_admin.user.pk, by=cast.system_admin.actor(), at=now())


def test_deactivated_administrator_does_not_count_as_left(cast):
    other = make_user(is_active=False)
    hold(other, "SECURITY_ADMIN")
    with refusal("last-administrator"):
        actions.deactivate_user(user_id=cast.security_admin.user.pk, by=cast.system_admin.actor(), at=now())


def set_temporary(cast, person, by):
    return actions.set_temporary_password(user_id=person.pk, temporary_password=TEMPORARY, by=by.actor(), at=now())


def test_set_temporary_password_must_be_changed(cast):
    person = cast.colleague.user
    for _twice in range(2):
        set_temporary(cast, person, cast.system_admin)
    person.refresh_from_db()
    assert person.check_password(TEMPORARY)
    assert person.must_change_password
    assert records(person) == ["set_temporary_password"]


@pytest.mark.parametrize(
    ("by", "whose"),
    [("system_admin", "security_admin"), ("security_admin", "system_admin"), ("system_admin", "audit_admin")],
)
def test_set_temporary_password_is_no_way_to_become_another_administrator(cast, by, whose):
    with refusal("takeover"):
        set_temporary(cast, getattr(cast, whose).user, getattr(cast, by))


def test_set_temporary_password_refuses_a_deactivated_person(cast):
    with refusal("person-inactive"):
        set_temporary(cast, make_user(is_active=False), cast.system_admin)


def test_change_own_password_needs_the_old_one(db):
    user = make_user("wang", password=TEMPORARY, must_change_password=True)

    def change(old, new):
        actions.change_own_password(
            user_id=user.pk, old_password=old, password=new, by=actor_for(user, now()), at=now()
        )

    with refusal("password-wrong"):
        change("wrong", "lantern-bridge-river-4")
    with refusal("password-same"):
        change(TEMPORARY, TEMPORARY)
    with refusal("password-weak"):
        change(TEMPORARY, "wang")
    change(TEMPORARY, "lantern-bridge-river-4")
    user.refresh_from_db()
    assert (user.must_change_password, user.check_password("lantern-bridge-river-4")) == (False, True)
    assert records(user) == ["change_own_password"]


def test_unlock_forgets_wrong_passwords_of_one_name(cast):
    person = cast.colleague.user
    for name in (person.username.upper(), person.username, "somebody-else"):
        AccessAttempt.objects.create(username=name, ip_address="192.0.2.1", failures_since_start=5)
    gone = [actions.unlock(user_id=person.pk, by=cast.security_admin.actor(), at=now()) for _twice in range(2)]
    assert gone == [2, 0]
    assert [row.username for row in AccessAttempt.objects.all()] == ["somebody-else"]
    assert records(person) == ["unlock"]


# --- roles in units -----------------------------------------------------------------------------------------------------


def add(cast, by, *, person=None, unit=None, role="SAFETY_OFFICER", **values):
    person = person or cast.colleague.user
    options = {"user_id": person.pk, "unit": unit or cast.unit_a, "role": role, "by": by.actor(), "at": now()}
    return actions.add_membership(**options | values)


def test_add_membership_twice_is_one_row(cast):
    first, second = (add(cast, cast.unit_admin) for _twice in range(2))
    assert first == second
    assert records(cast.colleague.user) == ["add_membership"]


def test_add_membership_again_after_its_end(cast):
    first = add(cast, cast.unit_admin)
    actions.end_membership(membership_id=first.pk, by=cast.unit_admin.actor(), at=now())
    assert add(cast, cast.unit_admin) != first


@pytest.mark.parametrize(
    ("by", "unit", "role", "code"),
    [
        ("unit_admin", "unit_b", "SAFETY_OFFICER", "not-yours-to-give"),
        ("unit_admin", "maintenance_unit", "MAINTENANCE_OFFICE", "not-yours-to-give"),
        ("unit_admin", "unit_a", "MAINTENANCE_OFFICE", "role-unfit-unit-kind"),
        ("unit_admin", "unit_a", "CITY_REGULATOR", "role-unfit-role"),
        ("unit_admin", "unit_a", "SECURITY_ADMIN", "role-unfit-role"),
        ("security_admin", "unit_b", "INSPECTOR", "role-unfit-unit-kind"),
        ("system_admin", "unit_a", "SAFETY_OFFICER", "not-yours-to-give"),
        ("own_manager", "unit_a", "SAFETY_OFFICER", "not-yours-to-give"),
        ("city_regulator", "unit_a", "SAFETY_OFFICER", "not-yours-to-give"),
    ],
)
def test_add_membership_refuses(cast, by, unit, role, code):
    before = Membership.objects.count()
    with refusal(code):
        add(cast, getattr(cast, by), unit=getattr(cast, unit), role=role)
    assert Membership.objects.count() == before


def test_add_membership_refuses_oneself_a_closed_unit_and_the_deactivated(cast):
    with refusal("oneself"):
        add(cast, cast.unit_admin, person=cast.unit_admin.user)
    with refusal("person-inactive"):
        add(cast, cast.unit_admin, person=make_user(is_active=False))
    cast.unit_a.closed_on = now().date()
    cast.unit_a.save()
    with refusal("unit-closed"):
        add(cast, cast.unit_admin)


def test_add_membership_with_a_last_day(cast):
    at = now()
    with refusal("period-backwards"):
        add(cast, cast.unit_admin, ended_at=at - dt.timedelta(days=1))
    row = add(cast, cast.unit_admin, ended_at=at + dt.timedelta(days=1))
    assert row.ended_at == at + dt.timedelta(days=1)
    with refusal("held-already"):
        add(cast, cast.unit_admin, ended_at=at + dt.timedelta(days=2))


def test_end_membership_once(cast):
    row, at = cast.colleague.user.memberships.get(), now()
    for later in range(2):
        moment = at + dt.timedelta(hours=later)
        actions.end_membership(membership_id=row.pk, by=cast.unit_admin.actor(), at=moment)
    row.refresh_from_db()
    assert row.ended_at == at
    assert records(cast.colleague.user) == ["end_membership"]


def test_end_membership_that_has_not_begun_never_begins(cast):
    at = now()
    row = hold(cast.colleague.user, "SAFETY_OFFICER", unit=cast.unit_a, started_at=at + dt.timedelta(days=2))
    actions.end_membership(membership_id=row.pk, by=cast.unit_admin.actor(), at=at)
    row.refresh_from_db()
    assert row.ended_at == row.started_at


@pytest.mark.parametrize(
    ("by", "whose", "code"),
    [
        ("unit_admin", "unit_admin", "oneself"),
        ("unit_admin", "stranger", "not-yours-to-give"),
        ("system_admin", "colleague", "not-yours-to-give"),
    ],
)
def test_end_membership_refuses(cast, by, whose, code):
    row = getattr(cast, whose).user.memberships.get()
    with refusal(code):
        actions.end_membership(membership_id=row.pk, by=getattr(cast, by).actor(), at=now())
    row.refresh_from_db()
    assert row.ended_at is None


def test_end_membership_of_the_last_unit_administrator_takes_the_security_administrator(cast):
    """Two administrators who end each other at the same moment: the second still holds the right in its actor only."""
    other = make_user()
    hold(other, "UNIT_ADMIN", unit=cast.unit_a)
    first, second = cast.unit_admin.actor(), actor_for(other, now())
    own = cast.unit_admin.user.memberships.get()
    actions.end_membership(membership_id=other.memberships.get().pk, by=first, at=now())
    with refusal("last-administrator"):
        actions.end_membership(membership_id=own.pk, by=second, at=now())
    actions.end_membership(membership_id=own.pk, by=cast.security_admin.actor(), at=now())


# --- roles over areas and the platform ----------------------------------------------------------------------------------


def grant(cast, by, role, where=None, person=None, **values):
    person = person or cast.nobody.user
    place = area(where) if where else None
    return actions.grant_area(
        user_id=person.pk, role=role, area=place, by=by.actor(), at=now(), **{"reference": "No. 12", **values}
    )


def test_grant_area_twice_is_one_row(cast):
    first, second = (grant(cast, cast.security_admin, "DISTRICT_REGULATOR", GULOU) for _twice in range(2))
    assert first == second
    assert records(cast.nobody.user) == ["grant_area"]


def test_grant_area_of_a_sector(cast):
    row = grant(
        cast,
        cast.security_admin,
        "INDUSTRY_OFFICER",
        NANJING,
        place_types=(PlaceType.SCHOOL, PlaceType.HOSPITAL, PlaceType.SCHOOL),
    )
    assert row.place_types == ["HOSPITAL", "SCHOOL"]


@pytest.mark.parametrize(
    ("by", "role", "where", "code"),
    [
        ("system_admin", "DISTRICT_REGULATOR", GULOU, "not-yours-to-give"),
        ("unit_admin", "DISTRICT_REGULATOR", GULOU, "not-yours-to-give"),
        ("audit_admin", "AUDITOR", None, "not-yours-to-give"),
        ("security_admin", "CITY_REGULATOR", GULOU, "role-unfit-area-kind"),
        ("security_admin", "CITY_REGULATOR", None, "role-unfit-area"),
        ("security_admin", "AUDITOR", NANJING, "role-unfit-no-area"),
        ("security_admin", "INDUSTRY_OFFICER", NANJING, "role-unfit-place-types"),
        ("security_admin", "UNIT_ADMIN", NANJING, "role-unfit-role"),
    ],
)
def test_grant_area_refuses(cast, by, role, where, code):
    before = AreaGrant.objects.count()
    with refusal(code):
        grant(cast, getattr(cast, by), role, where)
    assert AreaGrant.objects.count() == before


def test_grant_area_keeps_the_administrators_apart(cast):
    with refusal("role-unfit-apart"):
        grant(cast, cast.security_admin, "AUDIT_ADMIN", person=cast.system_admin.user)
    with refusal("oneself"):
        grant(cast, cast.security_admin, "AUDIT_ADMIN", person=cast.security_admin.user)


def test_grant_area_of_a_privileged_role_begins_with_a_fresh_sign_in(cast, client_for):
    client = client_for(cast.nobody.user)
    give_second_factor(cast.nobody.user)
    pass_second_step(client)
    grant(cast, cast.security_admin, "DISTRICT_REGULATOR", GULOU)
    assert client.get("/accounts/me/").status_code == 200
    grant(cast, cast.security_admin, "AUDITOR")
    assert client.get("/accounts/me/").status_code == 302


def test_end_grant_once_and_never_the_last_who_gives_roles(cast):
    row = cast.dispatcher.user.area_grants.get()
    for _twice in range(2):
        actions.end_grant(grant_id=row.pk, by=cast.security_admin.actor(), at=now())
    assert records(cast.dispatcher.user) == ["end_grant"]
    with refusal("not-yours-to-give"):
        actions.end_grant(grant_id=cast.auditor.user.area_grants.get().pk, by=cast.system_admin.actor(), at=now())
    other = make_user()
    hold(other, "SECURITY_ADMIN")
    own, stale = cast.security_admin.user.area_grants.get(), cast.security_admin.actor()
    actions.end_grant(grant_id=own.pk, by=actor_for(other, now()), at=now())
    with refusal("last-administrator"):
        actions.end_grant(grant_id=other.area_grants.get().pk, by=stale, at=now())


# --- units --------------------------------------------------------------------------------------------------------------


def values(**more):
    return {"name": " 测试  物业 ", "kind": UnitKind.PROPERTY_MANAGER, "credit_code": "", "area": area(GULOU), **more}


def test_create_unit_by_a_city_regulator(cast):
    code = credit_code()
    unit = actions.create_unit(
        values=values(credit_code=f"{code[:8]} {code[8:].lower()}"), by=cast.city_regulator.actor(), at=now()
    )
    unit.refresh_from_db()
    assert (unit.name, unit.credit_code, unit.area.code, unit.synthetic) == ("测试 物业", code, GULOU, False)
    assert records(unit) == ["create_unit"]


def test_create_unit_without_a_code_and_twice_with_one(cast):
    by, code = cast.system_admin.actor(), credit_code()
    assert actions.create_unit(values=values(), by=by, at=now()).credit_code is None
    actions.create_unit(values=values(credit_code=code), by=by, at=now())
    with refusal("credit-code-taken"):
        actions.create_unit(values=values(credit_code=code), by=by, at=now())


def test_create_unit_says_what_is_wrong_with_the_code(cast):
    code = credit_code()
    wrong = code[:-1] + USCC_ALPHABET[(USCC_ALPHABET.index(code[-1]) + 1) % 31]
    for text, reason in ((code[:-1], "length"), (f"I{code[1:]}", "character"), (wrong, "check")):
        with refusal(f"credit-code-{reason}"):
            actions.create_unit(values=values(credit_code=text), by=cast.system_admin.actor(), at=now())


def test_units_of_another_city_are_out_of_reach(cast):
    elsewhere = area(NANJING).__class__.objects.create(code="999900", name="外市", kind="CITY", source="test")
    with refusal("area-out-of-reach"):
        actions.create_unit(values=values(area=elsewhere), by=cast.city_regulator.actor(), at=now())
    with refusal("area-out-of-reach"):
        actions.change_unit(
            unit_id=cast.unit_a.pk, values={"area": elsewhere}, version=None, by=cast.city_regulator.actor(), at=now()
        )


def test_change_unit_notices_somebody_else_and_repeats_quietly(cast):
    unit, by = cast.unit_a, cast.city_regulator.actor()
    for version in (1, 2):
        unit = actions.change_unit(unit_id=unit.pk, values={"name": "新名"}, version=version, by=by, at=now())
    assert (unit.name, unit.version, records(unit)) == ("新名", 2, ["change_unit"])
    with pytest.raises(Changed):
        actions.change_unit(unit_id=unit.pk, values={"name": "又名"}, version=1, by=by, at=now())
    with pytest.raises(TypeError):
        actions.change_unit(unit_id=unit.pk, values={"closed_on": None}, version=None, by=by, at=now())


def test_change_unit_keeps_a_kind_that_its_people_need(cast):
    by = cast.city_regulator.actor()
    with refusal("kind-in-use"):
        actions.change_unit(unit_id=cast.unit_a.pk, values={"kind": "INSURER"}, version=None, by=by, at=now())
    kind = UnitKind.OTHER_USING_UNIT
    assert (
        actions.change_unit(unit_id=cast.unit_a.pk, values={"kind": kind}, version=None, by=by, at=now()).kind == kind
    )


def test_close_unit_ends_its_roles_and_no_others(cast, monkeypatch):
    monkeypatch.setattr("accounts.actions.units.UNIT_BLOCKERS", [])
    by, at = cast.city_regulator.actor(), now()
    for _twice in range(2):
        actions.close_unit(unit_id=cast.unit_b.pk, by=by, at=at)
    assert records(cast.unit_b) == ["close_unit"]
    assert records(cast.strong_weak.user) == ["end_membership"]
    left = Membership.objects.current(at).filter(user=cast.strong_weak.user)
    assert [row.unit for row in left] == [cast.unit_a]
    with refusal("unit-closed"):
        actions.change_unit(unit_id=cast.unit_b.pk, values={"name": "x"}, version=None, by=by, at=at)


def test_close_unit_asks_who_still_needs_it(cast, monkeypatch):
    class Needed:
        answer = staticmethod(lambda unit, at: ["It answers for 3 elevators."])

    monkeypatch.setattr("accounts.actions.units.UNIT_BLOCKERS", [Needed])
    with refusal("unit-needed"):
        actions.close_unit(unit_id=cast.unit_a.pk, by=cast.city_regulator.actor(), at=now())
    cast.unit_a.refresh_from_db()
    assert cast.unit_a.closed_on is None
    assert make_unit().closed_on is None
