"""Reports over REST: what a body's machine sends, what it gets back, who reads them."""

import datetime as dt
import json
import uuid

import pytest

from common.clock import SHANGHAI
from inspection.models import Report
from tests.factories.make import GULOU, NANJING, client_for, hold, make_unit, make_user
from tests.factories.reports import make_body, make_inspected, make_inspector

pytestmark = pytest.mark.django_db
REPORTS, CATALOGUE = "/api/v1/inspection/reports/", "/api/v1/inspection/catalogue/"


@pytest.fixture
def body(db):
    return make_body()


@pytest.fixture
def office(body):
    user = make_user()
    hold(user, "INSPECTION_OFFICE", unit=body)
    return client_for(user)


@pytest.fixture
def inspector(body):
    return make_inspector(body)


def sent(elevator, inspector, /, **values) -> dict:
    return {
        "elevator": str(elevator.public_id),
        "kind": "PERIODIC",
        "number": f"N-{uuid.uuid4().hex[:8]}",
        "concluded_on": "2025-05-12",
        "verdict": "合格",
        "people": [inspector.username],
        "generation": "T7001_2023",
        **values,
    }


def post(client, *reports, key=None, **top):
    return client.post(
        REPORTS,
        data=json.dumps({"reports": list(reports), **top}),
        content_type="application/json",
        headers={"Idempotency-Key": key or str(uuid.uuid4())},
    )


def test_a_bulk_answers_for_each_and_keeps_the_good_ones(body, office, inspector):
    elevator = make_inspected(body)
    foreign = make_inspected(make_body("Another body"))
    good = sent(
        elevator, inspector, next_month="2026-05", items=[{"code": "A1.3.13", "sign": "√", "measured": "1.0 m/s"}]
    )
    rows = [
        good,
        sent(elevator, inspector, concluded_on="2199-01-01"),
        sent(foreign, inspector),
        sent(elevator, inspector, elevator=str(uuid.UUID(int=7))),
        {"kind": "NONSENSE", "number": "N9", "verdicts": 1},
        good,
    ]
    answer = post(office, *rows).json()
    assert (answer["filed"], answer["replayed"], answer["refused"]) == (1, 1, 4)
    results = answer["results"]
    assert [each["index"] for each in results] == list(range(6))
    assert [each["code"] for each in results] == [
        "",
        "report-in-future",
        "elevator-unknown",
        "elevator-unknown",
        "invalid",
        "",
    ]
    assert results[2]["errors"] == results[3]["errors"]  # a foreign one and none at all look alike
    assert [(e["pointer"], e["code"]) for e in results[4]["errors"]] == [("/verdicts", "unknown-field")]
    assert results[0]["report"] == results[5]["report"] == str(Report.objects.get().public_id)
    assert [warning["code"] for warning in results[0]["warnings"]] == ["ITEMS_MISSING"]

    shown = office.get(f"{REPORTS}{results[0]['report']}/").json()
    assert shown["verdict_text"] == "合格" and shown["next_month"] == shown["next_computed"] == "2026-05"
    assert [(line["code"], line["sign"], line["measured"]) for line in shown["items"]] == [
        ("A1.3.13", "MEETS", "1.0 m/s")
    ]


def test_an_elevator_is_named_by_id_or_code(body, office, inspector):
    elevator = make_inspected(body)
    answer = post(office, sent(elevator, inspector, elevator=f" {elevator.rescue_code} ")).json()
    assert answer["filed"] == 1
    assert Report.objects.get().elevator_id == elevator.pk


def test_errors_stand_at_their_fields(body, office, inspector):
    elevator = make_inspected(body)
    wrong = {
        "concluded_on": "2025-02-30",
        "next_month": "2026-13",
        "people": [],
        "items": [{"code": "A1.1.4", "sign": "√", "note": "x"}],
        "correction_reason": "call 13912345678",
    }
    for name, value in wrong.items():
        result = post(office, sent(elevator, inspector, **{name: value})).json()["results"][0]
        assert (result["result"], result["code"]) == ("refused", "invalid")
        assert {error["pointer"].split("/")[1] for error in result["errors"]} == {name}
    assert not Report.objects.exists()


def test_the_same_request_again_is_answered_alike(body, office, inspector):
    row, key = sent(make_inspected(body), inspector), str(uuid.uuid4())
    first, again = post(office, row, key=key), post(office, row, key=key)
    assert again.content == first.content and again["Idempotency-Replayed"] == "true"
    other = post(office, row).json()["results"][0]
    assert (other["result"], other["report"]) == ("replayed", first.json()["results"][0]["report"])


def test_what_is_no_bulk_is_refused_whole(office, inspector):
    assert post(office).status_code == 400
    assert post(office, *[{}] * 501).status_code == 400
    assert post(office, "text").status_code == 400
    assert post(office, {}, units="x").status_code == 400
    assert office.post(REPORTS, data="{}", content_type="application/json").status_code == 400


def test_whoever_files_for_two_units_says_for_which(body, inspector):
    other = make_body("Another body")
    user = make_user()
    for unit in (body, other):
        hold(user, "INSPECTION_OFFICE", unit=unit)
    client, row = client_for(user), sent(make_inspected(body), inspector)
    assert post(client, row).json()["code"] == "unit-needed"
    assert post(client, row, unit=str(make_unit().public_id)).status_code == 403
    assert post(client, row, unit=str(body.public_id)).json()["filed"] == 1


def test_a_body_reads_its_own_reports_after_it_has_left(body, office, inspector):
    elevator = make_inspected(body)
    post(office, sent(elevator, inspector))
    body_role = elevator.responsibilities.get(unit=body)
    type(body_role).objects.filter(pk=body_role.pk).update(ended_at=dt.datetime(2026, 1, 1, tzinfo=SHANGHAI))
    assert [row["elevator"] for row in office.get(REPORTS).json()["results"]] == [str(elevator.public_id)]
    result = post(office, sent(elevator, inspector)).json()["results"][0]
    assert result["code"] == "elevator-unknown"


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_takes_the_same_statements_for_one_and_three(body, office, inspector, rows, django_assert_num_queries):
    for _ in range(rows):
        assert post(office, sent(make_inspected(body), inspector)).json()["filed"] == 1
    office.get(REPORTS)
    with django_assert_num_queries(
        6
    ):  # session, person, roles of the units, their elevators where few, reports, people
        assert len(office.get(REPORTS).json()["results"]) == rows
    report = Report.objects.first()
    with django_assert_num_queries(8):  # and items, the note of the look
        office.get(f"{REPORTS}{report.public_id}/")


def test_reports_are_filtered_and_paged(body, office, inspector):
    for _ in range(3):
        post(office, sent(make_inspected(body), inspector))
    moments = list(Report.objects.order_by("-pk").values_list("filed_at", flat=True))
    since = moments[1].isoformat().replace("+", "%2B")
    assert len(office.get(f"{REPORTS}?updated_since={since}").json()["results"]) == 2
    assert office.get(f"{REPORTS}?kind=SELF_TEST").json()["results"] == []
    assert office.get(f"{REPORTS}?concluded_until=2025-05-11").json()["results"] == []
    assert len(office.get(f"{REPORTS}?superseded=false").json()["results"]) == 3
    assert office.get(f"{REPORTS}?superseded=true").json()["results"] == []
    page = office.get(f"{REPORTS}?limit=2").json()
    assert len(page["results"]) == 2 and len(office.get(page["next"]).json()["results"]) == 1


def test_the_catalogue_is_that_of_a_day(office):
    rows = office.get(f"{CATALOGUE}?kind=PERIODIC").json()
    numbered = [row for row in rows if row["report_no"]]
    assert (len(rows), len(numbered), sum(row["key_item"] for row in numbered)) == (48, 42, 24)
    tests = office.get(f"{CATALOGUE}?kind=SELF_TEST").json()
    assert (len(tests), sum(row["key_item"] for row in tests)) == (63, 27)
    assert office.get(f"{CATALOGUE}?on=2023-04-01").json() == []
    assert office.get(f"{CATALOGUE}?on=yesterday").status_code == 400


# --- what the city enters -----------------------------------------------------------------------------------------------


@pytest.fixture
def city(db):
    user = make_user()
    hold(user, "CITY_REGULATOR", area_code=NANJING)
    return client_for(user)


def put(client, path, **data):
    return client.post(
        f"/api/v1/inspection/{path}/",
        data=json.dumps(data),
        content_type="application/json",
        headers={"Idempotency-Key": str(uuid.uuid4())},
    )


@pytest.mark.parametrize("rows", [1, 3])
def test_licences_and_orders_are_entered_read_and_withdrawn(city, rows, django_assert_num_queries):
    elevator = make_inspected(make_unit("Plain", kind="INSPECTION_BODY"))
    for place in range(rows):
        unit = make_unit(kind="INSPECTION_BODY")
        days = {"valid_from": "2025-01-01", "valid_until": "2028-12-31"}
        made = put(city, "licences", unit=str(unit.public_id), number=f"TS {place}", kinds=["PERIODIC"], **days)
        assert made.status_code == 201
        about = {"area": GULOU} if place else {"elevators": [str(elevator.public_id)]}
        days = {"opens_on": "2025-01-01", "due_on": "2025-03-31", "issued_on": "2025-01-01"}
        order = put(city, "windows", year=2025, document=f"No. {place}", reason="flood", **about, **days)
        assert order.status_code == 201
    for path in ("licences", "windows"):
        with django_assert_num_queries(3):  # session, person, rows
            assert len(city.get(f"/api/v1/inspection/{path}/").json()["results"]) == rows
    licence = put(city, f"licences/{made.json()['id']}/withdraw", reason="wrong unit")
    assert licence.json()["withdrawn_at"]
    assert put(city, f"windows/{order.json()['id']}/withdraw").json()["withdrawn_at"]


def test_orders_of_another_city_or_without_days_are_refused(city):
    days = {"opens_on": "2025-04-01", "due_on": "2025-03-31", "issued_on": "2025-01-01"}
    said = {"year": 2025, "document": "No. 1", "reason": "flood", **days}
    assert put(city, "windows", area="999999", **said).json()["errors"][0]["code"] == "unknown-area"
    assert put(city, "windows", area=GULOU, **said).json()["code"] == "days-backwards"
    assert put(city, "windows", elevators=[str(uuid.UUID(int=7))], **said).status_code == 404
    assert put(city, "licences", unit=str(uuid.UUID(int=7))).status_code == 400
