"""Entering people, renaming them, giving roles: only what the form shows, only where one may."""

import uuid

import pytest

from accounts.models import AreaGrant, Membership, Unit, User
from common.clock import now
from tests.accounts.pages import TEMPORARY, UNKNOWN, person_path, post, text_of
from tests.factories.make import GULOU, make_unit

# --- entering people ----------------------------------------------------------------------------------------------------

NEW = {"username": "wang", "display_name": "王小梅", "password": TEMPORARY}


def test_system_administrator_enters_without_a_role(cast):
    client = cast.system_admin.client()
    page = text_of(client.get("/accounts/people/new/"))
    assert 'name="role"' not in page
    answer = post(client, "/accounts/people/new/", **NEW, unit=str(cast.unit_a.public_id), role="UNIT_ADMIN")
    person = User.objects.get(username="wang")
    assert answer["Location"] == person_path(person)
    assert not person.memberships.exists()


def test_unit_administrator_enters_into_the_own_unit(cast):
    client = cast.unit_admin.client()
    post(client, "/accounts/people/new/", **NEW, unit=str(cast.unit_a.public_id), role="SAFETY_OFFICER")
    row = User.objects.get(username="wang").memberships.get()
    assert (row.unit, row.role) == (cast.unit_a, "SAFETY_OFFICER")


@pytest.mark.parametrize(
    ("unit", "role"),
    [
        ("unit_b", "SAFETY_OFFICER"),
        ("unit_a", "MAINTENANCE_WORKER"),
        ("unit_a", "CITY_REGULATOR"),
        ("unit_a", "SECURITY_ADMIN"),
        ("unit_a", ""),
    ],
)
def test_unit_administrator_cannot_reach_further_by_posting_it(cast, unit, role):
    answer = post(
        cast.unit_admin.client(), "/accounts/people/new/", **NEW, unit=str(getattr(cast, unit).public_id), role=role
    )
    assert answer.status_code == 422
    assert not User.objects.filter(username="wang").exists()


def test_entering_a_person_ignores_what_the_form_does_not_show(cast):
    more = {
        "is_active": "",
        "must_change_password": "",
        "session_epoch": "7",
        "public_id": UNKNOWN,
        "id": str(cast.auditor.user.pk),
        "user": str(cast.auditor.user.pk),
        "synthetic": "on",
        "is_superuser": "on",
        "is_staff": "on",
    }
    post(cast.system_admin.client(), "/accounts/people/new/", **NEW, **more)
    person = User.objects.get(username="wang")
    assert (person.is_active, person.must_change_password, person.session_epoch, person.synthetic) == (
        True,
        True,
        0,
        False,
    )
    assert str(person.public_id) != UNKNOWN


def test_renaming_ignores_what_the_form_does_not_show(cast):
    person = cast.colleague.user
    post(
        cast.system_admin.client(),
        person_path(person, "change/"),
        display_name="李四",
        username="auditor2",
        is_active="",
        password="!",
        user_id=str(cast.auditor.user.pk),
        public_id=UNKNOWN,
    )
    person.refresh_from_db()
    assert (person.display_name, person.username, person.is_active) == ("李四", "colleague", True)
    cast.auditor.user.refresh_from_db()
    assert cast.auditor.user.display_name == "Auditor"


def test_giving_a_role_ignores_whose_id_is_posted(cast):
    before = Membership.objects.filter(user=cast.nobody.user).count()
    post(
        cast.unit_admin.client(),
        person_path(cast.colleague.user, "memberships/new/"),
        unit=str(cast.unit_a.public_id),
        role="SAFETY_OFFICER",
        user=str(cast.nobody.user.pk),
        public_id=str(cast.nobody.user.public_id),
        started_at="2000-01-01",
    )
    assert Membership.objects.filter(user=cast.nobody.user).count() == before
    row = Membership.objects.get(user=cast.colleague.user, role="SAFETY_OFFICER")
    assert row.started_at.year == now().year


def test_second_click_enters_once(cast):
    client, key = cast.system_admin.client(), str(uuid.uuid4())
    answers = [post(client, "/accounts/people/new/", key=key, **NEW) for _click in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0]["Location"] == answers[1]["Location"]
    assert User.objects.filter(username="wang").count() == 1
    unit = {"name": "测试物业", "kind": "PROPERTY_MANAGER", "area": GULOU}
    regulator, key = cast.city_regulator.client(), str(uuid.uuid4())
    for _click in range(2):
        post(regulator, "/accounts/units/new/", key=key, **unit)
    assert Unit.objects.filter(name="测试物业").count() == 1


def test_form_without_its_key_does_nothing(cast):
    assert cast.system_admin.client().post("/accounts/people/new/", NEW).status_code == 400
    assert not User.objects.filter(username="wang").exists()


def test_form_errors_stand_at_their_fields_and_keep_what_was_typed(cast):
    answer = post(cast.system_admin.client(), "/accounts/people/new/", **NEW | {"username": "colleague"})
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == ["username"]
    assert 'value="王小梅"' in text_of(answer)


def test_temporary_password_page_proposes_a_readable_one(cast):
    client, path = cast.system_admin.client(), person_path(cast.colleague.user, "password/")
    proposed = {client.get(path).context["form"]["password"].value() for _look in range(3)}
    assert len(proposed) == 3
    assert all(len(text) == 19 and not set(text) & set("01ilo") for text in proposed)
    post(client, path, password=proposed.pop())
    assert proposed.pop() not in text_of(client.get(person_path(cast.colleague.user)))


def test_setting_an_administrators_password_is_refused(cast):
    path = person_path(cast.security_admin.user, "password/")
    assert post(cast.system_admin.client(), path, password=TEMPORARY).status_code == 403
    assert (
        post(
            cast.system_admin.client(), person_path(cast.system_admin.user, "password/"), password=TEMPORARY
        ).status_code
        == 403
    )


def test_deactivation_says_what_ends(cast):
    page = text_of(cast.system_admin.client().get(person_path(cast.strong_weak.user, "deactivate/")))
    assert "2 roles end." in page


# --- giving roles -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("typed", ["credit code", "name", "public id"])
def test_security_administrator_names_a_unit_in_three_ways(cast, typed):
    unit = cast.maintenance_unit
    text = {"credit code": unit.credit_code.lower(), "name": unit.name, "public id": str(unit.public_id)}[typed]
    answer = post(
        cast.security_admin.client(),
        person_path(cast.nobody.user, "memberships/new/"),
        unit=text,
        role="MAINTENANCE_WORKER",
        ends_on="2099-12-31",
    )
    assert answer.status_code == 302
    row = cast.nobody.user.memberships.get()
    assert (row.unit, row.ended_at.isoformat()) == (unit, "2099-12-31T16:00:00+00:00")


def test_unit_name_that_several_have_is_not_guessed(cast):
    make_unit("Twin"), make_unit("Twin")
    data = {"unit": "Twin", "role": "UNIT_VIEWER"}
    answer = post(cast.security_admin.client(), person_path(cast.nobody.user, "memberships/new/"), **data)
    assert "Several have this name." in text_of(answer)


def test_unit_administrator_gives_in_no_foreign_unit(cast):
    data = {"unit": str(cast.unit_b.public_id), "role": "SAFETY_OFFICER"}
    answer = post(cast.unit_admin.client(), person_path(cast.colleague.user, "memberships/new/"), **data)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["unit"])


def test_grant_form_shows_what_does_not_fit(cast):
    path, client = person_path(cast.nobody.user, "grants/new/"), cast.security_admin.client()
    for data, field in [
        ({"role": "CITY_REGULATOR", "area": GULOU}, "area"),
        ({"role": "INDUSTRY_OFFICER", "area": GULOU}, "place_types"),
        ({"role": "DISPATCHER", "area": "320100", "place_types": ["HOSPITAL"]}, "place_types"),
        ({"role": "AUDITOR", "area": "999999"}, "area"),
        ({"role": "", "area": ""}, "role"),
    ]:
        answer = post(client, path, reference="No. 1", **data)
        assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field]), data
    assert not AreaGrant.objects.filter(user=cast.nobody.user).exists()
    data = {"role": "INDUSTRY_OFFICER", "area": GULOU, "place_types": ["HOSPITAL", "SCHOOL"]}
    assert post(client, path, reference="No. 1", **data).status_code == 302
