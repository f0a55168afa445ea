"""Open311 GeoReport v2, asked as an outside client would: forms in, XML and JSON out, nobody's words told."""

import datetime as dt
import json
import xml.etree.ElementTree as ET

import pytest
from django.core.cache import cache
from django.test import Client

from accounts.actions.machines import create_client, issue_secret
from accounts.models import ApiClient
from accounts.queries import actor_for
from common import clock
from common.actor import Actor, system
from compliance.actions import answer_complaint, file_complaint, review_complaint
from compliance.models import Complaint
from compliance.queries.complaints import NEAR_DEGREES, elevator_near
from registry.actions.plates import order_plates
from registry.models import Elevator
from registry.queries.map import located_near
from registry.queries.public import public_elevator_numbered
from tests.factories.cast import SUBDISTRICT
from tests.factories.make import NANJING, area, hold, make_elevator, make_unit, make_user

pytestmark = pytest.mark.django_db
V2 = "/open311/v2"
EN = {"accept-language": "en"}


@pytest.fixture(autouse=True)
def fresh_throttles():
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def elevator(db) -> Elevator:
    order_plates(city=area(NANJING), layout="a4-2x5", count=1, by=system("tests"), at=clock.now())
    return make_elevator(
        area_code=SUBDISTRICT,
        rescue_code="035302",
        address="18 Sample Road",
        latitude="32.060000",
        longitude="118.780000",
        coord_source="WGS84",
        maintenance_unit=make_unit("Sample maintenance", kind="MAINTENANCE_UNIT"),
    )


@pytest.fixture
def api_key(db) -> str:
    """Of a hotline's machine."""
    unit = make_unit("Sample hotline", kind="INDUSTRY_DEPARTMENT")
    clerk = make_user()
    hold(clerk, "HOTLINE_CLERK", unit=unit)

    by = actor_for(clerk, clock.now())
    client = create_client(
        unit=unit, name="tickets", permissions=["compliance.enter_complaint"], rate_per_minute=60, by=by, at=clock.now()
    )
    secret = issue_secret(client=client, by=by, at=clock.now())
    return f"{client.public_id}:{secret.text}"


def get(path: str, **given):
    return Client(headers=EN).get(f"{V2}/{path}", given)


def post(given: dict, format="json", **headers):
    return Client(headers={**EN, **headers}).post(f"{V2}/requests.{format}", given)


def ticket(api_key, /, **values) -> dict:
    body = {"api_key": api_key, "service_code": "DOOR", "description": "the door hits", "attribute[ELEVATOR]": "035302"}
    return body | values


def told(key="1", elevator=None, at=None, **values):
    values = {"category": "DOOR", "text": "secret words", "source": "PUBLIC_PAGE"} | values
    by = Actor("RIDER", "page")
    return file_complaint(elevator=elevator, key=key, by=by, at=at or clock.now(), **values).complaint


def test_services_in_both_formats_say_the_same(elevator):
    rows = json.loads(get("services.json").content)
    assert [row["service_code"] for row in rows][:2] == ["DOOR", "STOPS"]
    assert rows[0] | {"keywords": ""} == {
        "service_code": "DOOR",
        "service_name": "doors hit people or do not close",
        "description": "maintenance unit",
        "metadata": True,
        "type": "realtime",
        "keywords": "",
        "group": "elevators",
    }
    answer = get("services.xml")
    assert answer["Content-Type"] == "text/xml; charset=utf-8"
    root = ET.fromstring(answer.content)
    assert root.tag == "services"
    assert [each.findtext("service_code") for each in root.iter("service")] == [row["service_code"] for row in rows]
    assert root.find("service").findtext("metadata") == "true"
    assert json.loads(get("services.json", locale="zh").content)[0]["service_name"].startswith("门夹人")


def test_a_service_says_what_it_asks_for(elevator):
    definition = json.loads(get("services/DOOR.json").content)
    assert (definition["service_code"], definition["attributes"][0]["code"]) == ("DOOR", "ELEVATOR")
    root = ET.fromstring(get("services/DOOR.xml").content)
    assert root.tag == "service_definition" and root.findtext("attributes/attribute/code") == "ELEVATOR"


def test_a_ticket_comes_in_once_and_can_be_asked_for(elevator, api_key):
    body = ticket(api_key, outside_id="A-17", phone="13900000000", email="x", first_name="y")
    first, again = post(body), post(body)
    assert (first.status_code, again.status_code, Complaint.objects.count()) == (201, 201, 1)
    [made] = json.loads(first.content)
    assert json.loads(again.content) == [made] and made["service_notice"] == ""
    complaint = Complaint.objects.get()
    assert (complaint.source, complaint.outside_number, complaint.elevator, complaint.unit.name) == (
        "OPEN311", "A-17", elevator, "Sample maintenance"
    )  # fmt: skip
    [row] = json.loads(get(f"requests/{made['service_request_id']}.json").content)
    assert row["address_id"] == "035302" and row["agency_responsible"] == "Sample maintenance"
    root = ET.fromstring(post(ticket(api_key, outside_id="A-18"), "xml").content)
    assert root.tag == "service_requests" and root.find("request").findtext("service_request_id")


def test_keys_that_differ_at_their_far_end_are_two_complaints(elevator, api_key):
    """The second was answered with the first one's id, and lost."""
    for end in ("1", "2", "2"):
        assert post(ticket(api_key), **{"Idempotency-Key": "k" * 64 + end}).status_code == 201
    assert Complaint.objects.count() == 2
    refused = post(ticket(api_key, outside_id="x" * 65))
    assert (refused.status_code, refused.json()[0]["description"]) == (400, "outside_id has at most 64 characters.")


def test_six_digits_name_an_elevator_before_the_city_orders_its_first_plates(db, api_key, settings):
    """The plates of the former system hang; ours are not ordered yet. Digits are a city's own: another's is not found."""
    mine = make_elevator(area_code=SUBDISTRICT, rescue_code="035302")
    assert post(ticket(api_key)).status_code == 201
    assert Complaint.objects.get().elevator == mine
    assert public_elevator_numbered("035302", city=NANJING, at=clock.now()).public_id == str(mine.public_id)
    settings.PLATE_CITY = "320500"
    assert post(ticket(api_key)).status_code == 404
    assert public_elevator_numbered("035302", city="320500", at=clock.now()) is None


def test_an_emergency_is_told_that_this_is_no_alarm(elevator, api_key):
    [made] = json.loads(post(ticket(api_key, description="somebody is trapped")).content)
    assert "96333" in made["service_notice"]


def test_a_position_names_the_only_elevator_there(elevator, api_key):
    body = {"attribute[ELEVATOR]": "", "lat": "32.0601", "long": "118.7801"}
    assert post(ticket(api_key, **body)).status_code == 201
    assert post(ticket(api_key, **body | {"lat": "32.07"})).status_code == 400
    make_elevator(area_code=SUBDISTRICT, latitude="32.06", longitude="118.78", coord_source="WGS84")
    assert post(ticket(api_key, **body)).status_code == 400


@pytest.mark.parametrize(
    ("values", "status", "words"),
    [
        ({"api_key": ""}, 403, "api_key was missing"),
        ({"api_key": "x:y"}, 403, "api_key was invalid"),
        ({"service_code": ""}, 400, "service_code was not provided"),
        ({"service_code": "NO"}, 404, "service_code is not valid"),
        ({"description": ""}, 400, "description was not provided"),
        ({"description": "x" * 1001}, 400, "at most 1000"),
        ({"description": "call 13912345678"}, 400, "phone or identity number"),
        ({"description": "nul \0"}, 400, "NUL"),
        ({"attribute[ELEVATOR]": "999999"}, 404, "No elevator has this code"),
        ({"attribute[ELEVATOR]": ""}, 400, "No place was provided"),
        ({"attribute[ELEVATOR]": "", "lat": "x", "long": "y"}, 400, "degrees"),
        ({"attribute[ELEVATOR]": "", "lat": "nan", "long": "1"}, 400, "degrees"),
        ({"phone": "none"}, 400, "no phone number"),
        ({"jurisdiction_id": "elsewhere"}, 404, "jurisdiction_id"),
    ],
)
def test_what_is_wrong_is_said_in_the_words_of_the_specification(elevator, api_key, values, status, words):
    for format in ("json", "xml"):
        answer = post(ticket(api_key, **values), format)
        assert answer.status_code == status
        if format == "json":
            [error] = json.loads(answer.content)
            assert error["code"] == str(status) and words in error["description"]
        else:
            root = ET.fromstring(answer.content)
            assert root.tag == "errors" and words in root.findtext("error/description")
    assert Complaint.objects.count() == 0


def test_a_key_in_the_address_or_of_another_permission_sends_nothing(elevator, api_key):
    answer = Client(headers=EN).post(f"{V2}/requests.json?api_key={api_key}", ticket(""))
    assert answer.status_code == 400
    client_id = api_key.split(":")[0]
    ApiClient.objects.filter(public_id=client_id).update(permissions=["accounts.view_unit"])
    assert post(ticket(api_key)).status_code == 403


def test_keys_are_not_guessed(elevator, api_key):
    client_id = api_key.split(":")[0]
    codes = [post(ticket(f"{client_id}:guess-{n}")).status_code for n in range(12)]
    assert codes[0] == 403 and codes[-1] == 429


def test_nobody_s_words_and_no_person_are_told(elevator):
    complaint = told(elevator=elevator, contact="13900000000")
    answer_complaint(complaint_id=complaint.pk, answer="private answer", by=Actor("PERSON", "clerk"), at=clock.now())
    review_complaint(
        complaint_id=complaint.pk, upheld=True, note="inner note", by=Actor("PERSON", "officer"), at=clock.now()
    )
    for path in ("requests.json", "requests.xml", f"requests/{complaint.public_id}.json"):
        text = get(path).content.decode()
        assert str(complaint.public_id) in text and "upheld" in text
        for hidden in ("secret words", "private answer", "inner note", "13900000000", "clerk", "officer"):
            assert hidden not in text


def test_the_span_is_ninety_days_and_the_filters_narrow(elevator):
    now = clock.now()
    old = told("old", elevator, at=now - dt.timedelta(days=91))
    new = told("new", elevator, at=now - dt.timedelta(days=1), category="NOISE")
    joined = told("joined", elevator, at=now, category="NOISE", join=new)

    def ids(**given):
        return {row["service_request_id"] for row in json.loads(get("requests.json", **given).content)}

    assert ids() == {str(new.public_id), str(joined.public_id)}
    since = (now - dt.timedelta(days=92)).isoformat()
    assert ids(start_date=since, end_date=(now - dt.timedelta(days=90)).isoformat()) == {str(old.public_id)}
    assert ids(service_code="DOOR,STOPS") == set()
    assert ids(status="open") == {str(new.public_id), str(joined.public_id)}
    assert ids(status="closed") == set() and len(ids(status="open,closed")) == 2
    assert ids(service_request_id=f"{old.public_id},nonsense") == {str(old.public_id)}
    for bad in ({"start_date": "yesterday"}, {"start_date": "0001-01-01T00:00:00Z"}, {"status": "lost"}):
        assert get("requests.json", **bad).status_code == 400
    assert get("requests.json", start_date=since, end_date=now.isoformat()).status_code == 400


def test_moments_carry_their_offset(elevator):
    complaint = told(elevator=elevator)
    [row] = json.loads(get("requests.json").content)
    for name in ("requested_datetime", "updated_datetime", "expected_datetime"):
        assert dt.datetime.fromisoformat(row[name]).utcoffset() == dt.timedelta(hours=8)
    assert row["expected_datetime"].startswith(str(complaint.due_on)) and row["status"] == "open"


def test_a_token_leads_to_its_request_alone(elevator):
    filed = file_complaint(
        elevator=elevator,
        category="DOOR",
        text="x",
        source="PUBLIC_PAGE",
        key="1",
        by=Actor("RIDER", "p"),
        at=clock.now(),
    )
    [row] = json.loads(get(f"tokens/{filed.number}.json").content)
    assert row == {"service_request_id": str(filed.complaint.public_id), "token": filed.number}
    assert get("tokens/0000000000000000.json").status_code == 404


@pytest.mark.parametrize("path", ["services.csv", "requests/nonsense.json", "services/NO.xml", "tokens/x.xml"])
def test_what_is_not_there_is_a_404_in_its_own_words(elevator, path):
    answer = get(path)
    assert answer.status_code == 404 and b"description" in answer.content


@pytest.mark.parametrize("count", [1, 3])
def test_a_look_costs_the_same_with_one_and_three(elevator, django_assert_num_queries, count):
    for number in range(count):
        told(str(number), elevator)
    with django_assert_num_queries(1):
        assert len(json.loads(get("requests.json").content)) == count


def test_two_hundred_at_most(elevator):
    made = told(elevator=elevator)
    rows = []
    for number in range(205):
        row = Complaint.objects.get(pk=made.pk)
        row.pk, row.form_key, row.tracking = None, f"copy {number}", f"copy {number}".encode()
        row.public_id = Complaint._meta.get_field("public_id").get_default()
        rows.append(row)
    Complaint.objects.bulk_create(rows)
    assert len(json.loads(get("requests.json").content)) == 200


def test_a_position_is_looked_up_by_the_index_of_the_map(db):
    make_elevator(area_code=SUBDISTRICT, latitude="32.06", longitude="118.78", coord_source="WGS84")
    # asked by the columns of the map's index; which index a plan takes on a table of one row is chance
    asked = str(located_near(32.0601, 118.7801, NEAR_DEGREES).query)
    assert "map_y" in asked and '"city_id" IN' in asked
    assert [elevator_near(*place) is None for place in ((32.0601, 118.7801), (32.0604, 118.78), (0.0, 0.0))] == [
        False, True, True
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["service_code", "outside_id", "description", "phone"])
def test_what_no_text_holds_is_a_bad_request(elevator, api_key, name):
    answer = post(ticket(api_key, **{name: "D\0"}))
    assert (answer.status_code, Complaint.objects.count()) == (400, 0)
