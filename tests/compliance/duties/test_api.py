"""Safety duties over REST: a program of the unit files a daily check once."""

import uuid

import pytest

from common.clock import now
from common.models import Attachment
from compliance.models import DutyRecord, Hazard
from registry.models import Site
from tests.compliance.duties.conftest import day
from tests.factories.registrations import attachment

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


def another_site(stage):
    values = {field.attname: getattr(stage.site, field.attname) for field in Site._meta.concrete_fields}
    del values["id"], values["public_id"]
    return Site.objects.create(**values | {"name": "Another estate"})


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
        ({"officer": str(uuid.UUID(int=7))}, 409, "not-appointed"),
        ({"site": str(uuid.UUID(int=7))}, 409, "not-appointed"),
        ({"surprise": 1}, 400, None),
    ],
)
def test_what_cannot_be_filed_is_refused_by_its_code(stage, change, status, code):
    answer = post(stage.officer.client(), body(stage, **change))
    assert answer.status_code == status, answer.content
    assert code in (None, answer.json()["code"])
    assert DutyRecord.objects.count() == 0


@pytest.mark.parametrize(
    ("kind", "field", "whose"),
    [
        ("daily-checks", "officer", lambda stage: stage.cast.stranger.user),
        ("daily-checks", "site", another_site),
        ("weekly-reviews", "person", lambda stage: stage.cast.stranger.user),
        ("monthly-meetings", "person", lambda stage: stage.cast.stranger.user),
    ],
)
def test_somebody_elses_id_is_refused_in_the_words_of_an_unknown_one(stage, kind, field, whose):
    texts = {
        "weekly-reviews": ("summary", "analysis", "supervision", "plan"),
        "monthly-meetings": ("attendees", "heard", "decisions", "tasks"),
    }
    values = body(stage)
    if kind in texts:
        values = {name: values[name] for name in ("client_id", "unit", "day")} | dict.fromkeys(texts[kind], "-")
    client, said = stage.officer.client(), []
    for id in (whose(stage).public_id, uuid.uuid4()):
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        answer = client.post(
            f"{API}{kind}/", values | {field: str(id)}, content_type="application/json", headers=headers
        )
        said.append((answer.status_code, {k: v for k, v in answer.json().items() if k != "request_id"}))
    assert said[0] == said[1]
    assert (said[0][0], said[0][1]["code"]) == (409, "not-appointed")


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


def test_what_is_said_of_one_elevator_and_item_is_said_once_and_of_200_at_most(stage):
    """Each finding is a row of the hazard ledger while its elevator is held: ten thousand of them would hold it for minutes."""
    client, one = stage.officer.client(), finding(stage)
    twice = post(client, body(stage, findings=[one, one | {"remark": "again"}]))
    assert (twice.status_code, twice.json()["code"]) == (422, "duty-said-twice")
    assert post(client, body(stage, findings=[one] * 201)).status_code == 400
    assert DutyRecord.objects.count() == 0


@pytest.mark.parametrize("place", ["record", "finding"])
@pytest.mark.parametrize("whose", ["nobody", "another", "another record"])
def test_a_file_that_cannot_be_kept_is_refused_by_its_name(stage, tmp_path, settings, place, whose):
    """It was left out without a word: the sender believed that the photograph is with the record."""
    settings.SEALED_DIR = tmp_path
    file = uuid.UUID(int=7)
    if whose != "nobody":
        file = attachment((stage.head if whose == "another" else stage.officer).actor()).public_id
    if whose == "another record":
        Attachment.objects.filter(public_id=file).update(
            state="KEPT", kept_at=now(), subject_type="registry.document", subject_id=1
        )
    given = {"attachments": [str(file)]}
    values = body(stage, **(given if place == "record" else {"findings": [finding(stage, **given)]}))
    answer = post(stage.officer.client(), values)
    assert (answer.status_code, answer.json()["code"]) == (409, "attachment-taken")
    assert "attachments" in answer.content.decode()
    assert (DutyRecord.objects.count(), Hazard.objects.count()) == (0, 0)


@pytest.mark.parametrize("number", ["same", "another"])
def test_a_replay_names_files_that_are_kept_by_now_and_is_the_same_record(stage, tmp_path, settings, number):
    settings.SEALED_DIR = tmp_path
    file, on_one = (str(attachment(stage.officer.actor()).public_id) for _ in range(2))
    values = body(stage, attachments=[file], findings=[finding(stage, attachments=[on_one])])
    first = post(stage.officer.client(), values)
    assert Attachment.objects.filter(state="KEPT").count() == 2
    if number == "another":
        values["client_id"] = str(uuid.uuid4())
    second = post(stage.officer.client(), values)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json()["id"] == second.json()["id"]


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
