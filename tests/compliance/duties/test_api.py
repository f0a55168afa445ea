"""Safety duties over REST: a program of the unit files a daily check once."""

import uuid

import pytest

from compliance.models import DutyRecord, Hazard
from tests.compliance.duties.conftest import day

API = "/api/v1/compliance/duties/"


def body(stage, **more) -> dict:
    return {
        "client_id": str(uuid.uuid4()),
        "unit": str(stage.unit.public_id),
        "officer": str(stage.officer.user.public_id),
        "site": str(stage.site.public_id),
        "day": day().isoformat(),
        "elevators": [str(stage.elevator.public_id)],
    } | more


def post(client, values):
    headers = {"Idempotency-Key": str(uuid.uuid4())}
    return client.post(f"{API}daily-checks/", values, content_type="application/json", headers=headers)


def finding(stage, **more) -> dict:
    values = {"elevator": str(stage.elevator.public_id), "item": str(stage.item().public_id), "remark": "光幕不动作"}
    return values | more


def test_a_check_with_a_finding_is_filed_and_read_back(stage):
    client = stage.officer.client()
    items = client.get(f"{API}risk-items/").json()["results"]
    assert len(items) == 14
    answer = post(client, body(stage, findings=[finding(stage, stopped=True)]))
    assert answer.status_code == 201, answer.content
    hazard = Hazard.objects.get()
    assert answer.json()["findings"] == [
        finding(stage, stopped=True, mender="", mend_by=None, hazard=str(hazard.public_id))
    ]
    read = client.get(f"{API}records/{answer.json()['id']}/").json()
    assert (read["kind"], read["elevators"], read["days_late"], read["due_on"]) == ("DAILY_CHECK", 1, 0, str(day()))


def test_the_same_number_again_is_the_same_record_whatever_the_key(stage):
    client, values = stage.officer.client(), body(stage)
    first, second = post(client, values), post(client, values)
    assert (first.status_code, second.status_code, first.json()) == (201, 201, second.json())
    answer = post(client, values | {"findings": [finding(stage)]})
    assert (answer.status_code, answer.json()["code"]) == (409, "duty-filed-already")
    assert DutyRecord.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"day": str(day(-9))}, 422, "duty-too-late"),
        ({"day": str(day(1))}, 422, "duty-not-yet"),
        ({"elevators": [str(uuid.UUID(int=7))]}, 422, "duty-unknown-elevator"),
        ({"unit": str(uuid.UUID(int=7))}, 404, "not-found"),
        ({"site": None}, 409, "not-appointed"),
        ({"elevators": []}, 400, None),
        ({"officer": str(uuid.UUID(int=7))}, 400, None),
        ({"surprise": 1}, 400, None),
    ],
)
def test_what_cannot_be_filed_is_refused_by_its_code(stage, change, status, code):
    answer = post(stage.officer.client(), body(stage, **change))
    assert answer.status_code == status, answer.content
    assert code in (None, answer.json()["code"])
    assert DutyRecord.objects.count() == 0


def test_a_finding_about_what_is_not_the_officers_or_not_in_the_list_is_refused(stage):
    client = stage.officer.client()
    foreign = finding(stage, elevator=str(stage.cast.elevator_foreign.public_id))
    for bad, code in (
        (foreign, "duty-unknown-elevator"),
        (finding(stage, item=str(uuid.UUID(int=7))), "duty-unknown-item"),
        (finding(stage, hazard="x"), "invalid"),
    ):
        assert post(client, body(stage, findings=[bad])).json()["code"] == code
    assert Hazard.objects.count() == 0


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_cost_the_same_for_one_and_three(stage, django_assert_num_queries, rows):
    from compliance.actions.duties import Finding

    for offset in range(rows):
        stage.check(-offset, findings=[Finding(stage.elevator.pk, stage.item().pk, "x")])
    client = stage.head.client()
    client.get(f"{API}records/")
    with django_assert_num_queries(7):  # session, person, records, findings, their elevators, items, hazards
        assert len(client.get(f"{API}records/").json()["results"]) == rows
    with django_assert_num_queries(3):
        assert len(client.get(f"{API}appointments/").json()["results"]) == 3
