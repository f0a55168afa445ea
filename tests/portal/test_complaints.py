"""To complain from the page of a plate: without script, once, nothing lost, nothing of any person told."""

import re
import uuid

import pytest
from django.test import Client

from common import clock
from common.actor import Actor, system
from compliance.actions import answer_complaint, review_complaint
from compliance.models import Complaint
from compliance.queries.complaints import tracking_typed
from registry.actions.plates import order_plates
from registry.models import Elevator
from tests.factories.cast import SUBDISTRICT
from tests.factories.make import NANJING, area, make_elevator, make_unit

pytestmark = pytest.mark.django_db
EN = {"accept-language": "en"}
FORM = "/e/035302/complain/"


@pytest.fixture(autouse=True)
def fresh_throttles():
    from django.core.cache import cache

    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def elevator(db) -> Elevator:
    order_plates(
        city=area(NANJING), layout="a4-2x5", count=1, by=system("tests"), at=clock.now()
    )  # the city has numbers
    return make_elevator(
        area_code=SUBDISTRICT,
        rescue_code="035302",
        using_unit=make_unit("Sample property"),
        maintenance_unit=make_unit("Sample maintenance", kind="MAINTENANCE_UNIT"),
    )


def rider(**options) -> Client:
    return Client(headers=EN, **options)


def sent(client=None, **values):
    body = {"category": "DOOR", "text": "the door hit my bag", "key": str(uuid.uuid4())} | values
    return (client or rider()).post(FORM, body)


def words(answer) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer.content.decode()).split())


def test_the_page_of_the_elevator_leads_to_a_light_form_with_the_alarm_first(elevator):
    assert f'href="{FORM}"' in rider().get("/e/035302").content.decode()
    answer = rider().get(FORM)
    page = answer.content.decode()
    assert answer.status_code == 200 and len(answer.content) < 30_000
    assert "<script" not in page and "style=" not in page
    assert page.index('href="tel:96333"') < page.index("<form")
    assert "This page is no alarm" in page
    assert "门夹人" in Client().get(FORM + "?lang=zh-hans").content.decode()


def test_a_sent_complaint_gives_a_number_and_its_page_says_whose_turn_it_is(elevator):
    answer = sent(contact="13900000000")
    assert answer.status_code == 303
    complaint = Complaint.objects.get()
    assert (complaint.source, complaint.unit.name, complaint.contact.masked) == (
        "PUBLIC_PAGE", "Sample maintenance", "139****0000"
    )  # fmt: skip
    page = words(rider().get(answer["Location"]))
    assert f"Sample maintenance answers until {complaint.due_on}" in page
    assert "hit my bag" not in page and "*0000" not in page and "13900000000" not in page
    number = tracking_typed(answer["Location"][3:-1])
    assert rider().get("/c/", {"number": number.lower()})["Location"] == answer["Location"]


def test_the_same_form_sent_twice_is_one_complaint(elevator):
    key = str(uuid.uuid4())
    first, again = sent(key=key), sent(key=key)
    assert (first["Location"], Complaint.objects.count()) == (again["Location"], 1)
    changed = sent(key=key, text="something else", choice="new")
    assert (changed.status_code, Complaint.objects.count()) == (422, 1)
    assert "something else" in changed.content.decode() and key not in changed.content.decode()


def test_what_others_told_is_shown_before_it_is_sent_and_can_be_joined(elevator):
    for number in range(3):
        sent(choice="new", text=f"telling {number}")
    first = Complaint.objects.order_by("pk").first()
    for number in range(2):
        sent(choice=str(first.public_id), text=f"joining {number}")
    shown = sent(text="the same again")
    page = words(shown)
    assert (shown.status_code, Complaint.objects.count()) == (200, 5)
    assert "Not sent yet" in page and "3 people told this: join them" in page and "1 person told this" in page
    assert "telling" not in page  # what others wrote is not shown to strangers
    assert 'value="the same again"' in shown.content.decode()
    joined = sent(choice=str(first.public_id))
    assert Complaint.objects.filter(duplicate_of=first).count() == 3
    assert "4 people" in words(rider().get(joined["Location"]))


def test_a_choice_that_names_something_else_counts_by_itself(elevator):
    sent()
    for choice in ("x" * 500, str(uuid.uuid4()), "<script>"):
        assert sent(choice=choice).status_code == 303
    assert Complaint.objects.filter(state="ASSIGNED").count() == 4


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"category": ""}, "This field is required"),
        ({"category": "NO-SUCH"}, "Select a valid choice"),
        ({"text": " "}, "This field is required"),
        ({"text": "call me 13912345678"}, "phone or identity number"),
        ({"text": "x" * 1001}, "at most 1000"),
        ({"contact": "my neighbour knows"}, "This is no phone number"),
        ({"text": "nul \0 byte"}, "Null characters"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_that_was_typed_is_lost(elevator, values, told):
    answer = sent(**values)
    assert (answer.status_code, Complaint.objects.count()) == (422, 0)
    assert told in words(answer)
    if "text" not in values:
        assert "the door hit my bag</textarea>" in answer.content.decode()


def test_a_flood_is_stopped_without_losing_a_word(elevator):
    from portal.throttles import ComplaintThrottle

    client, most = rider(), ComplaintThrottle().num_requests
    for number in range(most):
        assert sent(client, choice="new", text=f"number {number}").status_code == 303
    stopped = sent(client, choice="new", text="the one too many")
    assert (stopped.status_code, Complaint.objects.count()) == (429, most)
    assert int(stopped["Retry-After"]) > 0
    assert "Nothing you wrote is lost" in words(stopped)
    assert "the one too many</textarea>" in stopped.content.decode()
    assert 'href="tel:96333"' in stopped.content.decode()
    elsewhere = rider(REMOTE_ADDR="10.9.8.7")
    assert sent(elsewhere, choice="new").status_code == 303


def test_numbers_of_elevators_are_not_guessed_by_forms_that_are_sent_empty(elevator):
    """The page of plates is limited to 30 typed numbers a minute; the form told of any number of them, by POST."""
    client = rider()
    answers = [client.post(FORM, {}) for _ in range(40)]
    assert [answer.status_code for answer in answers] == [422] * 30 + [429] * 10
    place = elevator.site.name if elevator.site else elevator.address
    assert (place in words(answers[0]), place in words(answers[-1])) == (True, False)
    assert sent(client).status_code == 429
    assert "the door hit my bag</textarea>" in sent(client).content.decode()  # and no word is lost
    assert {client.post(f"/e/{number:06}/complain/", {}).status_code for number in (999998, 999999)} == {429}
    assert sent(rider(REMOTE_ADDR="10.9.8.7")).status_code == 303


def test_hostile_words_stay_words(elevator):
    text = "\"><script>alert(1)</script>{{ 7*7 }}{% now %}<img src=x onerror=alert(1)>'; DROP TABLE x;--\u202e"
    answer = sent(text=text, category="NO-SUCH")
    assert "<script" not in answer.content.decode() and "<img" not in answer.content.decode()
    sent(text=text)
    shown = sent(text=text)
    assert "<script" not in shown.content.decode() and "<img" not in shown.content.decode()
    assert Complaint.objects.get().text == text


def test_another_site_cannot_send_in_somebody_s_name(elevator):
    client = rider(enforce_csrf_checks=True)
    assert client.post(FORM, {"category": "DOOR", "text": "forged"}).status_code == 403
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', client.get(FORM).content.decode())[1]
    assert sent(client, csrfmiddlewaretoken=token).status_code == 303


def test_an_emergency_shows_the_number_first_and_says_that_nobody_comes(elevator):
    answer = sent(text="my mother is trapped in the car")
    page = rider().get(answer["Location"]).content.decode()
    assert page.index('href="tel:96333"') < page.index('role="status"')
    assert "nobody comes because of it" in page
    calm = sent(category="NOISE")
    assert 'href="tel:96333"' not in rider().get(calm["Location"]).content.decode()
    assert list(Complaint.objects.order_by("pk").values_list("emergency", flat=True)) == [True, False]


def test_satisfaction_once_it_is_judged(elevator):
    address, complaint = sent()["Location"], Complaint.objects.get()
    assert rider().post(address, {"stars": "5"}).status_code == 422
    unit, officer = Actor("PERSON", "clerk"), Actor("PERSON", "officer")
    answer_complaint(complaint_id=complaint.pk, answer="sensor cleaned", by=unit, at=clock.now())
    assert "sensor cleaned" not in words(rider().get(address))  # not before the regulator has seen it
    review_complaint(complaint_id=complaint.pk, upheld=True, note="internal words", by=officer, at=clock.now())
    page = words(rider().get(address))
    assert "You were right." in page and "sensor cleaned" in page and "internal words" not in page
    for bad in ("", "6", "-1", "x", "5" * 5000):
        assert rider().post(address, {"stars": bad}).status_code == (303 if bad == "5" else 422)
    assert rider().post(address, {"stars": "4"}).status_code == 303
    complaint.refresh_from_db()
    assert complaint.satisfaction == 4


def test_numbers_are_not_guessed(elevator):
    sent()
    client = rider()
    codes = [client.get(f"/c/{number:016d}/").status_code for number in range(40)]
    assert set(codes) == {404, 429} and codes[-1] == 429
    assert client.get("/c/<script>/").content.decode().count("<script") == 0


@pytest.mark.parametrize("text", ["999999", "nonsense", "320100-035302-001-01-000000000000"])
def test_no_elevator_no_form(elevator, text):
    answer = rider().get(f"/e/{text}/complain/")
    assert (answer.status_code, answer["Location"]) == (302, f"/e/{text}")


def test_the_form_and_the_page_cost_the_same_however_much_was_told(elevator, django_assert_num_queries):
    address = sent()["Location"]
    with django_assert_num_queries(3):
        rider().get(FORM)
    for _number in range(2):
        sent(choice=str(Complaint.objects.order_by("pk").first().public_id))
    with django_assert_num_queries(3):
        rider().get(FORM)
    with django_assert_num_queries(2):
        rider().get(address)
