"""People, units and areas over REST."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Area, Unit
from common import clock
from tests.factories.make import GULOU, JIANGBEI, NANJING, credit_code, hold, make_unit, make_user

BASE = "/api/v1/accounts/"
UNKNOWN = "01900000-0000-7000-8000-000000000000"


def get(player, path, **headers):
    return player.client().get(BASE + path, headers=headers)


def send(player, path, data, *, method="post", **headers):
    if method == "post":
        headers.setdefault("Idempotency-Key", str(uuid.uuid4()))
    call = getattr(player.client(), method)
    return call(BASE + path, data, content_type="application/json", headers=headers)


def results(answer) -> list:
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


# --- areas and oneself --------------------------------------------------------------------------------------------------


def test_areas_are_for_everybody_who_has_signed_in(cast, client_for):
    rows = results(get(cast.nobody, f"areas/?city={NANJING}&limit=500"))
    assert len(rows) == Area.objects.filter(city__code=NANJING).count()
    managed = results(get(cast.nobody, f"areas/?managing_district={JIANGBEI}&kind=SUBDISTRICT"))
    assert {row["managed_by"] for row in managed} == {JIANGBEI}
    assert not {row["statistical_parent"] for row in managed} & {JIANGBEI}
    answer = client_for(None).get(BASE + "areas/")
    assert (answer.status_code, answer.json()["code"]) == (401, "not-signed-in")


def test_me_says_what_i_hold_and_what_it_permits(cast):
    answer = get(cast.strong_weak, "me/").json()
    assert answer["username"] == "strong_weak"
    held = {(row["role"], row["unit"]["name"]) for row in answer["memberships"]}
    assert held == {("USING_UNIT_MANAGER", "Using unit B"), ("UNIT_VIEWER", "Using unit A")}
    assert answer["area_grants"] == []
    assert answer["permissions"] == [
        "accounts.manage_client",
        "accounts.record_certificate",
        "accounts.revoke_client",
        "accounts.view_certificate",
        "accounts.view_client",
        "accounts.view_unit",
        "accounts.withdraw_certificate",
        "common.import_files",
        "compliance.acknowledge_alert",
        "compliance.answer_complaint",
        "compliance.enter_complaint",
        "compliance.file_duty",
        "compliance.keep_duty",
        "compliance.mend_hazard",
        "compliance.report_hazard",
        "compliance.view_complaint",
        "compliance.view_duty",
        "compliance.view_obligation",
        "inspection.apply_inspection",
        "inspection.file_report",
        "inspection.view_report",
        "registry.apply_registration",
        "registry.change_elevator",
        "registry.create_elevator",
        "registry.disclose_income",
        "registry.file_document",
        "registry.hang_plate",
        "registry.keep_keys",
        "registry.propose_change",
        "registry.record_climate",
        "registry.record_signal",
        "registry.view_application",
        "registry.view_change",
        "registry.view_contract",
        "registry.view_document",
        "registry.view_elevator",
        "registry.view_keys",
    ]
    sector = get(cast.industry_officer, "me/").json()["area_grants"]
    assert [(row["role"], row["area"]["code"], row["place_types"]) for row in sector] == [
        ("INDUSTRY_OFFICER", NANJING, ["HOSPITAL"])
    ]
    assert get(cast.auditor, "me/").json()["area_grants"][0]["area"] is None


# --- people -------------------------------------------------------------------------------------------------------------


def test_users_are_scoped_and_so_is_what_they_hold(cast):
    hold(cast.strong_weak.user, "DISTRICT_REGULATOR", area_code=GULOU)
    rows = {row["username"]: row for row in results(get(cast.unit_admin, "users/"))}
    assert set(rows) == {"own_manager", "unit_admin", "colleague", "strong_weak"}
    assert [row["unit"]["name"] for row in rows["strong_weak"]["memberships"]] == ["Using unit A"]
    assert rows["strong_weak"]["area_grants"] == []
    assert results(get(cast.unit_admin, "users/?role=DISTRICT_REGULATOR")) == []


@pytest.mark.parametrize(
    ("who", "whom", "status"),
    [
        ("unit_admin", "colleague", 200),
        ("unit_admin", "stranger", 404),
        ("auditor", "stranger", 200),
        ("own_manager", "own_manager", 403),
        ("nobody", "nobody", 403),
    ],
)
def test_user_detail(cast, who, whom, status):
    answer = get(getattr(cast, who), f"users/{getattr(cast, whom).user.public_id}/")
    assert answer.status_code == status
    if status == 200:
        body = answer.json()
        assert body["username"] == whom
        assert not {"password", "last_login", "session_epoch", "must_change_password"} & set(body)


def test_users_are_read_only(cast):
    person = cast.colleague.user.public_id
    for method in ("post", "put", "patch", "delete"):
        path = "users/" if method == "post" else f"users/{person}/"
        assert send(cast.system_admin, path, {"is_active": False}, method=method).status_code == 405


@pytest.mark.parametrize("path", ["users/", "units/"])
def test_unknown_and_malformed_ids_are_the_same(cast, path):
    for text in (UNKNOWN, "1", str(cast.colleague.user.pk)):
        assert get(cast.auditor, f"{path}{text}/").status_code == 404
    assert get(cast.auditor, f"{path}%00/").status_code == 400  # no NUL reaches the database


# --- units --------------------------------------------------------------------------------------------------------------


def given(**more):
    return {"name": "测试物业", "kind": "PROPERTY_MANAGER", "credit_code": None, "area": GULOU, **more}


def test_units_are_scoped(cast):
    assert [row["name"] for row in results(get(cast.own_manager, "units/"))] == ["Using unit A"]
    assert get(cast.own_manager, f"units/{cast.unit_b.public_id}/").status_code == 404
    assert get(cast.stranger, f"units/{cast.unit_b.public_id}/").json()["credit_code"] == cast.unit_b.credit_code
    assert get(cast.colleague, "units/").status_code == 403


def test_unit_is_created_once_however_often_it_is_sent(cast):
    code, key = credit_code(), "one-key-for-this"
    answers = [
        send(cast.city_regulator, "units/", given(credit_code=code), **{"Idempotency-Key": key}) for _n in range(2)
    ]
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json() == answers[1].json()
    assert answers[1]["Idempotency-Replayed"] == "true"
    assert answers[0]["Location"].endswith(f"{BASE}units/{answers[0].json()['id']}/")
    assert Unit.objects.filter(credit_code=code).count() == 1


def test_kept_answer_is_not_given_to_somebody_who_lost_the_role_since(cast):
    again = {"Idempotency-Key": "one-key-for-this"}
    assert send(cast.city_regulator, "units/", given(), **again).status_code == 201
    cast.city_regulator.user.area_grants.update(ended_at=clock.now())
    answer = send(cast.city_regulator, "units/", given(), **again)
    assert (answer.status_code, answer.json()["code"]) == (403, "not-permitted")


@pytest.mark.parametrize(
    ("data", "status", "pointer", "code"),
    [
        ({"credit_code": "12"}, 422, "/credit_code", "credit-code-length"),
        ({"credit_code": "O" * 18}, 422, "/credit_code", "credit-code-character"),
        ({"credit_code": "1" * 18}, 422, "/credit_code", "credit-code-check"),
        ({"area": "nowhere"}, 400, "/area", "does_not_exist"),
        ({"kind": "CIRCUS"}, 400, "/kind", "invalid_choice"),
        ({"name": ""}, 400, "/name", "blank"),
    ],
)
def test_unit_that_is_not_right_is_named_field_by_field(cast, data, status, pointer, code):
    answer = send(cast.city_regulator, "units/", given(**data))
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    assert [(error["pointer"], error["code"]) for error in answer.json()["errors"]] == [(pointer, code)]


def test_unit_with_a_taken_code_conflicts(cast):
    answer = send(cast.city_regulator, "units/", given(credit_code=cast.unit_b.credit_code))
    assert (answer.status_code, answer.json()["code"]) == (409, "credit-code-taken")


def test_unit_is_created_only_by_those_who_may(cast):
    statuses = {name: send(player, "units/", given()).status_code for name, player in cast.players.items()}
    assert {name for name, status in statuses.items() if status == 201} == {"city_regulator", "system_admin"}
    assert {status for name, status in statuses.items() if status != 201} == {403}


def test_unit_change_takes_the_version_that_was_read(cast):
    path = f"units/{cast.unit_a.public_id}/"
    etag = get(cast.city_regulator, path)["ETag"]
    assert get(cast.city_regulator, path, **{"If-None-Match": etag}).status_code == 304

    def change(player, name, **headers):
        return send(player, path, {"name": name}, method="patch", **headers)

    assert change(cast.city_regulator, "新名").json()["code"] == "precondition-required"
    answer = change(cast.city_regulator, "新名", **{"If-Match": etag})
    assert (answer.status_code, answer.json()["name"]) == (200, "新名")
    assert change(cast.city_regulator, "又名", **{"If-Match": etag}).status_code == 412
    statuses = {n: change(getattr(cast, n), "x", **{"If-Match": "*"}).status_code for n in ("own_manager", "stranger")}
    assert statuses == {"own_manager": 403, "stranger": 404}


def test_unit_change_ignores_what_may_not_be_set(cast):
    unit = cast.unit_a
    more = {"id": UNKNOWN, "closed_on": "2026-01-01", "synthetic": False, "version": 9, "source": "x", "name": "新名"}
    send(cast.city_regulator, f"units/{unit.public_id}/", more, method="patch", **{"If-Match": "*"})
    unit.refresh_from_db()
    assert (unit.name, unit.closed_on, unit.synthetic, unit.version, unit.source) == ("新名", None, True, 2, "")


# --- cost ---------------------------------------------------------------------------------------------------------------


def queries(client, path) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert client.get(BASE + path).status_code == 200
    return len(caught)


def test_lists_ask_the_same_with_1_and_3_rows(cast):
    client, counts = cast.security_admin.client(), []
    for number in range(3):
        hold(make_user(f"row-{number}"), "UNIT_VIEWER", unit=make_unit(f"Row {number}"))
        if number in (0, 2):
            counts.append(
                (queries(client, "users/?q=Row"), queries(client, "units/?q=Row"), queries(client, "areas/?limit=3"))
            )
    assert counts == [(5, 3, 3), (5, 3, 3)]
