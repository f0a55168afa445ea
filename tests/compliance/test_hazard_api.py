"""Hazards over REST: reported, several at one visit, and taken through their steps by other people's programs."""

import datetime as dt
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from common import clock
from common.actor import system
from common.attachments.store import store_attachment
from common.models import Attachment
from compliance.actions.hazards import report_hazard
from compliance.models import Hazard
from tests.common.attachment_files import jpeg
from tests.factories.make import JIANGNING, hold

pytestmark = pytest.mark.django_db
API = "/api/v1/compliance/hazards/"
SEEN = {"item": "DOOR", "details": "x"}


def send(person, address: str, body, *, key="", tag=""):
    headers = {"Idempotency-Key": key or str(uuid.uuid4()), **({"If-Match": tag} if tag else {})}
    return person.client().post(address, body, content_type="application/json", headers=headers)


def visit(elevator, *items, **values) -> dict:
    named = [{"item": item, "details": f"{item} is wrong"} for item in items]
    return {"elevator": str(elevator.public_id), "found_on": str(clock.today()), "items": named} | values


def found(elevator, item="DOOR") -> Hazard:
    return report_hazard(
        elevator=elevator,
        item=item,
        details="rattles",
        found_on=clock.today(),
        source="USING_UNIT",
        by=system("tests"),
        at=clock.now(),
    )


def step(person, hazard, verb, *, tag=None, **body):
    hazard.refresh_from_db()
    tag = f'"{hazard.version}"' if tag is None else tag
    return send(person, f"{API}{hazard.public_id}/{verb}/", {"note": "looked at it", **body}, tag=tag)


def test_one_visit_reports_several_and_the_same_key_reports_them_once(cast):
    body, key = visit(cast.elevator_own, "DOOR", "CAR"), str(uuid.uuid4())
    answers = [send(cast.own_manager, API, body, key=key) for _ in range(2)]
    rows = answers[0].json()
    assert [(row["item"], row["state"], row["source"]) for row in rows] == [
        ("DOOR", "FOUND", "USING_UNIT"),
        ("CAR", "FOUND", "USING_UNIT"),
    ]
    assert [(a.status_code, a.json()) for a in answers] == [(201, rows)] * 2
    assert Hazard.objects.count() == 2


def test_who_belongs_to_several_units_is_no_official_by_it(cast):
    """They act for no one unit, and their word waits for confirmation as any unit's."""
    assert cast.strong_weak.actor().acting_unit is None
    [row] = send(cast.strong_weak, API, visit(cast.elevator_foreign, "DOOR")).json()
    assert (row["state"], row["source"]) == ("FOUND", "USING_UNIT")


def test_an_official_who_also_belongs_to_a_unit_is_one_where_the_unit_does_not_answer(cast):
    hold(cast.own_manager.user, "DISTRICT_REGULATOR", area_code=JIANGNING)
    found = [
        send(cast.own_manager, API, visit(row, "DOOR")).json()[0] for row in (cast.elevator_own, cast.elevator_foreign)
    ]
    assert [(row["state"], row["source"]) for row in found] == [("FOUND", "USING_UNIT"), ("CONFIRMED", "SPOT_CHECK")]


def test_what_an_official_program_reports_is_confirmed_at_once(cast):
    [row] = send(cast.district_regulator, API, visit(cast.elevator_own, "DOOR")).json()
    assert (row["state"], row["source"]) == ("CONFIRMED", "SPOT_CHECK")


@pytest.mark.parametrize(
    ("change", "status", "code", "pointer"),
    [
        ({"items": [SEEN, {"item": "N", "details": "x"}]}, 422, "hazard-item-unknown", "/items/1/item"),
        ({"found_on": "2024-11-30"}, 422, "hazard-item-not-yet", "/found_on"),
        ({"found_on": "2999-01-01"}, 422, "hazard-found-in-future", "/found_on"),
        ({"items": [SEEN] * 2}, 400, "invalid", "/items"),
        ({"items": []}, 400, "invalid", "/items"),
        ({"items": [{"item": "DOOR", "details": "call 13912345678"}]}, 400, "invalid", "/items/0/details"),
        ({"items": [{"item": "DOOR", "details": "x", "grade": "MAJOR"}]}, 400, "invalid", "/items/0/grade"),
        ({"state": "CLOSED"}, 400, "invalid", "/state"),
    ],
)  # fmt: skip
def test_a_bad_report_is_refused_whole_with_its_place(cast, change, status, code, pointer):
    answer = send(cast.own_manager, API, visit(cast.elevator_own, "DOOR") | change)
    problem = answer.json()
    assert answer["Content-Type"] == "application/problem+json"
    assert (answer.status_code, problem["code"], problem["errors"][0]["pointer"]) == (status, code, pointer)
    assert not Hazard.objects.exists()


def test_the_elevator_of_others_is_not_there(cast):
    answer = send(cast.own_manager, API, visit(cast.elevator_foreign, "DOOR"))
    assert (answer.status_code, Hazard.objects.exists()) == (404, False)


def test_it_goes_through_its_steps_with_the_version_that_was_read(cast):
    hazard = found(cast.elevator_own)
    for person, verb, state in (
        (cast.district_regulator, "confirm", "CONFIRMED"),
        (cast.own_manager, "claim", "CLAIMED_FIXED"),
        (cast.district_regulator, "send_back", "CONFIRMED"),
        (cast.own_manager, "claim", "CLAIMED_FIXED"),
        (cast.city_regulator, "verify", "CLOSED"),
    ):
        answer = step(person, hazard, verb)
        assert (answer.status_code, answer.json()["state"]) == (200, state), verb
        hazard.refresh_from_db()
        assert answer["ETag"] == f'"{hazard.version}"'
    assert cast.own_manager.client().get(f"{API}{hazard.public_id}/")["ETag"] == f'"{hazard.version}"'


def test_a_version_that_is_over_or_missing_changes_nothing(cast):
    hazard = found(cast.elevator_own)
    asked = {tag: step(cast.district_regulator, hazard, "confirm", tag=tag).status_code for tag in ("", '"9"', "x")}
    assert asked == {"": 428, '"9"': 412, "x": 412}
    hazard.refresh_from_db()
    assert hazard.state == "FOUND"


def test_grade_and_more_time(cast):
    hazard = found(cast.elevator_own)
    assert step(cast.city_regulator, hazard, "grade", grade="LARGER").json()["grade"] == "LARGER"
    hazard.refresh_from_db()
    late = step(cast.district_regulator, hazard, "extend", due_on=str(hazard.due_on + dt.timedelta(days=30)))
    assert (late.status_code, late.json()["code"]) == (409, "hazard-too-long")
    later = str(hazard.due_on + dt.timedelta(days=1))
    assert step(cast.city_regulator, hazard, "extend", due_on=later).status_code == 403
    assert step(cast.district_regulator, hazard, "extend", due_on=later).json()["due_on"] == later


def test_who_says_that_it_is_mended_sends_the_photograph_of_it(cast, settings, tmp_path):
    settings.SEALED_DIR = tmp_path
    hazard = found(cast.elevator_own)
    step(cast.district_regulator, hazard, "confirm")
    theirs = store_attachment(SimpleUploadedFile("a.jpg", jpeg()), by=system("somebody else"), at=clock.now())
    refused = step(cast.own_manager, hazard, "claim", attachments=[str(theirs.public_id)])
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, "/attachments")
    client = cast.own_manager.client()
    sent = client.post(
        "/api/v1/attachments/",
        {"file": SimpleUploadedFile("b.jpg", jpeg(comment=b"b"))},
        headers={"Idempotency-Key": "b" * 9},
    )
    assert sent.status_code == 201
    assert step(cast.own_manager, hazard, "claim", attachments=[sent.json()["id"]]).status_code == 200
    kept = Attachment.objects.kept_for(hazard.steps.latest("pk"))
    assert [str(file.public_id) for file in kept] == [sent.json()["id"]]


def test_photographs_of_what_stands_already_are_kept_over_rest_too(cast, settings, tmp_path):
    settings.SEALED_DIR = tmp_path
    hazard, client = found(cast.elevator_own), cast.own_manager.client()
    sent = client.post(
        "/api/v1/attachments/",
        {"file": SimpleUploadedFile("b.jpg", jpeg(comment=b"b"))},
        headers={"Idempotency-Key": "c" * 9},
    ).json()["id"]
    item = {"item": "DOOR", "details": "it got worse", "attachments": [sent]}
    body = {"elevator": str(cast.elevator_own.public_id), "found_on": str(clock.today()), "items": [item]}

    for _again in range(2):
        answer = send(cast.own_manager, API, body, key="d" * 9)
        assert (answer.status_code, [row["id"] for row in answer.json()]) == (201, [str(hazard.public_id)])
    assert send(cast.own_manager, API, body).status_code == 400  # it is kept: no file that waits
    assert list(hazard.steps.order_by("pk").values_list("kind", flat=True)) == ["find", "again"]
    kept = Attachment.objects.kept_for(hazard.steps.latest("pk"))
    assert [str(file.public_id) for file in kept] == [sent]


def test_the_list_gives_what_has_changed_since_and_of_one_district(cast):
    old, new, foreign = found(cast.elevator_own), found(cast.elevator_own, "CAR"), found(cast.elevator_foreign)
    Hazard.objects.update(changed_at=clock.now() - dt.timedelta(days=2))
    since = (clock.now() - dt.timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    step(cast.district_regulator, new, "confirm")

    def ids(query: str) -> set[str]:
        return {row["id"] for row in cast.city_regulator.client().get(f"{API}?{query}").json()["results"]}

    assert ids(f"updated_since={since}") == {str(new.public_id)}
    district = cast.elevator_own.managing_district.code
    assert ids(f"district={district}") == {str(old.public_id), str(new.public_id)}
    assert ids("district=nowhere") == set()
    assert str(foreign.public_id) in ids("")


def test_the_catalogue_is_that_of_the_day(cast):
    client = cast.own_manager.client()
    rows = {row["code"]: row["grade"] for row in client.get("/api/v1/compliance/hazard-items/").json()}
    assert (rows["DOOR"], rows["GB45067-5.6.4"], len(rows)) == ("GENERAL", "MAJOR", 18)
    before = client.get("/api/v1/compliance/hazard-items/?on=2024-11-30").json()
    assert [row["code"] for row in before] == ["ASSESSMENT-I"]
    assert client.get("/api/v1/compliance/hazard-items/?on=x").status_code == 400
