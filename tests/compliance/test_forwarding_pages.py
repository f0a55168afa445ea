"""Passing a complaint on to a platform outside, as officers do and see it."""

import html
import re
import uuid
from urllib.parse import urlencode

import pytest

from common import clock
from common.actor import Actor
from common.models import Message
from compliance.actions import forwarding, transfer_complaint
from compliance.actions.complaints import tracking_of
from compliance.models import Complaint, Forwarding, OutsidePlatform
from tests.compliance.test_complaint_pages import LIST, page, post, told, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def platform():
    return OutsidePlatform.objects.create(
        name="Outside desk", endpoint="https://outside.example", services={"DOOR": "D"}, created_at=clock.now()
    )


def given_up(complaint, platform, **values) -> Forwarding:
    at = clock.now()
    passed = {"state": "TRANSFERRED", "due_on": None, "passed_to": platform.name}
    Complaint.objects.filter(pk=complaint.pk).update(**passed)
    values = {"state": "GIVEN_UP", "reason": "refused", "status_code": 400, "ended_at": at} | values
    return Forwarding.objects.create(
        complaint=complaint, platform=platform, attempt_after=at, created_at=at, tried_at=at, **values
    )


def test_an_officer_chooses_the_platform_and_the_page_says_that_it_waits(cast, platform):
    complaint = told(cast.elevator_own)
    officer, step = cast.district_regulator, url(complaint, "step/transfer/")
    assert "Outside desk" in page(officer, step)
    assert post(officer, step, platform=str(platform.public_id), note="theirs").status_code == 302
    complaint.refresh_from_db()
    assert (complaint.passed_to, Forwarding.objects.get().complaint) == ("Outside desk", complaint)
    assert "waits to be sent" in page(officer, url(complaint))


def test_by_hand_somebody_is_named_and_what_takes_it_not_is_not_offered(cast, platform):
    complaint = told(cast.elevator_own, category="NOISE")
    officer, step = cast.district_regulator, url(complaint, "step/transfer/")
    assert "Outside desk" not in page(officer, step)
    assert post(officer, step, platform=str(platform.public_id)).status_code == 422
    other = told(cast.elevator_own)
    answer = post(officer, url(other, "step/transfer/"), platform="")
    assert answer.status_code == 422 and "Say to whom it goes" in answer.content.decode()
    assert post(officer, url(other, "step/transfer/"), platform="", passed_to="12345").status_code == 302
    assert Forwarding.objects.count() == 0


@pytest.mark.parametrize("rows", [1, 3])
def test_the_log_takes_the_same_statements_whatever_its_length(cast, platform, django_assert_num_queries, rows):
    for number in range(rows):
        given_up(told(cast.elevator_own, text=f"door {number}"), platform)
    client = cast.district_regulator.client()
    client.get(f"{LIST}forwarded/")
    with django_assert_num_queries(3):
        text = client.get(f"{LIST}forwarded/").content.decode()
    assert text.count("Outside desk") == rows


def test_what_was_given_up_stands_on_the_home_page_and_is_sent_again_once(cast, platform):
    row = given_up(told(cast.elevator_own), platform)
    officer = cast.district_regulator
    assert "omplaints not taken over outside" in page(officer, "/")
    assert "omplaints not taken over outside" not in page(cast.other_district_regulator, "/")
    text = page(officer, f"{LIST}forwarded/?state=GIVEN_UP")
    assert f"{LIST}forwarded/{row.public_id}/" in text and "the provider refused it (400)" in text
    assert post(officer, f"{LIST}forwarded/{row.public_id}/").status_code == 302
    row.refresh_from_db()
    assert (row.state, row.reason, row.attempts) == ("QUEUED", "", 0)
    assert post(officer, f"{LIST}forwarded/{row.public_id}/").status_code == 422
    assert post(cast.other_district_regulator, f"{LIST}forwarded/{row.public_id}/").status_code == 404


def test_hostile_words_from_outside_are_text(cast, platform):
    given_up(told(cast.elevator_own), platform, reason="", outside_notes="<script>x</script>", outside_id="<b>")
    text = page(cast.district_regulator, f"{LIST}forwarded/")
    assert "<script>x" not in text and "&lt;script&gt;x" in text and "<b>" not in text


def test_an_alert_about_a_site_has_a_page_and_a_line(cast):
    from compliance.models import Alert
    from registry.models import Site

    elevator = cast.elevator_own
    site = Site.objects.create(
        name="Empty estate", area_id=elevator.area_id, city_id=elevator.city_id,
        managing_district_id=elevator.managing_district_id, created_at=clock.now(),
    )  # fmt: skip
    alert = Alert.objects.create(
        kind="COMPLAINT_OFFICIALS", site=site, city_id=site.city_id, managing_district_id=site.managing_district_id,
        area_id=site.area_id, level="DISTRICT", severity="ORANGE", opened_at=clock.now(),
    )  # fmt: skip
    officer = cast.district_regulator
    assert "Empty estate" in page(officer, "/due/alerts/")
    assert "Empty estate" in page(officer, f"/due/alerts/{alert.public_id}/")
    assert "Empty estate" in page(officer, f"/due/alerts/{alert.public_id}/acknowledge/")
    page(cast.other_district_regulator, f"/due/alerts/{alert.public_id}/", status=404)
    page(cast.own_manager, f"/due/alerts/{alert.public_id}/", status=404)


@pytest.mark.parametrize(
    ("state", "words"),
    [
        ("QUEUED", "It is on its way to Outside desk. They have not taken it over yet."),
        ("GIVEN_UP", "It is on its way to Outside desk. They have not taken it over yet."),
        ("SENT", "It was passed on to Outside desk. Its number there: A-7."),
        ("CLOSED", "It was passed on to Outside desk, who have closed it. Its number there: A-7."),
        ("", "It was passed on to Outside desk."),
    ],
)
def test_who_complained_reads_only_what_is_true_of_it_outside(cast, client, platform, state, words):
    complaint = told(cast.elevator_own)
    transfer_complaint(
        complaint_id=complaint.pk, passed_to=platform.name, outside_number="A-7" if state in ("SENT", "CLOSED") else "",
        note="", by=Actor("PERSON", "officer"), at=clock.now(),
    )  # fmt: skip
    if state:
        open_still = state in ("QUEUED", "SENT")
        given_up(complaint, platform, state=state, sent_at=clock.now(), **({"ended_at": None} if open_still else {}))
    assert words in client.get(f"/c/{tracking_of(complaint)}/?lang=en").content.decode()


def test_forms_say_which_unit_and_which_complaint(cast):
    complaint, other = told(cast.elevator_own), told(cast.elevator_own, text="the <b>same")
    elsewhere = told(cast.elevator_foreign, text="of the other district")
    officer = cast.district_regulator
    assert "using unit · Using unit A" in page(officer, url(complaint, "step/assign/"))
    form = page(officer, url(complaint, "step/duplicate/"))
    assert str(other.public_id) in form and "the &lt;b&gt;same" in form
    assert str(elsewhere.public_id) not in form


# --- taken back -------------------------------------------------------------------------------------------------------


def taken_back(person, row, **values):
    return post(
        person, f"{LIST}forwarded/{row.public_id}/back/", **{"to": "USING_UNIT", "note": "ours after all", **values}
    )


def test_what_nobody_took_over_is_given_back_to_the_unit_and_asked_about_no_more(cast, platform):
    complaint = told(cast.elevator_own)
    row = given_up(complaint, platform)
    officer = cast.district_regulator
    assert f"{LIST}forwarded/{row.public_id}/back/" in page(officer, url(complaint))
    assert cast.unit_a.name in page(officer, f"{LIST}forwarded/{row.public_id}/back/")
    assert taken_back(officer, row).status_code == 302
    complaint.refresh_from_db()
    assert (complaint.state, complaint.unit, complaint.passed_to) == ("ASSIGNED", cast.unit_a, "")
    assert complaint.due_on > clock.today()
    step = complaint.steps.latest("pk")
    assert (step.kind, step.note) == ("take_back", "ours after all")
    assert Message.objects.filter(
        kind="compliance.complaint_assigned", recipient_id=cast.own_manager.actor().id
    ).exists()
    assert "omplaints not taken over outside" not in page(officer, "/")
    assert "taken back: it is answered here" in page(officer, f"{LIST}forwarded/")
    assert post(officer, f"{LIST}forwarded/{row.public_id}/").status_code == 422  # not sent while a unit answers
    assert forwarding.claim(at=clock.now()) == []


def test_taken_back_twice_it_is_taken_back_once_and_passed_on_anew_it_is_sent(cast, platform):
    complaint = told(cast.elevator_own)
    row = given_up(complaint, platform)
    for _ in range(2):
        assert taken_back(cast.district_regulator, row).status_code == 302
    assert complaint.steps.filter(kind="take_back").count() == 1
    assert taken_back(cast.city_regulator, row).status_code == 422
    step = url(complaint, "step/transfer/")
    assert post(cast.district_regulator, step, platform=str(platform.public_id), note="theirs").status_code == 302
    row.refresh_from_db()
    assert row.state == "QUEUED"
    assert taken_back(cast.district_regulator, row).status_code == 422  # on its way


def test_what_is_on_its_way_or_of_others_is_not_taken_back(cast, platform):
    row = given_up(told(cast.elevator_own), platform, state="QUEUED", reason="", ended_at=None)
    assert taken_back(cast.district_regulator, row).status_code == 422
    assert taken_back(cast.other_district_regulator, row).status_code == 404
    assert taken_back(cast.own_manager, row).status_code == 404


def test_forwardings_are_read_sent_again_and_taken_back_over_rest(cast, platform):
    first, second = (given_up(told(cast.elevator_own, text=f"door {n}"), platform, token="secret-7") for n in range(2))
    client, api = cast.district_regulator.client(), "/api/v1/compliance/forwardings/"
    answer = client.get(f"{api}?state=GIVEN_UP&platform=Outside%20desk")
    assert [row["id"] for row in answer.json()["results"]] == [str(second.public_id), str(first.public_id)]
    assert answer.json()["results"][1]["complaint"] == str(first.complaint.public_id)
    assert "secret-7" not in answer.content.decode()
    assert cast.own_manager.client().get(api).status_code == 403

    def verb(row, name, **body):
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        return client.post(f"{api}{row.public_id}/{name}/", body, content_type="application/json", headers=headers)

    assert (verb(first, "again").json()["state"], verb(first, "again").status_code) == ("QUEUED", 409)
    assert verb(second, "take_back", to="NOBODY").status_code == 400
    assert verb(second, "take_back", to="USING_UNIT", unit="x").status_code == 400
    assert verb(second, "take_back", to="USING_UNIT").status_code == 200
    assert verb(second, "again").json()["code"] == "forwarding-taken-back"


def test_a_complaints_page_leads_back_to_the_list_as_it_was_filtered(cast):
    complaint = told(cast.elevator_own)
    text = page(cast.district_regulator, f"{LIST}?turn=answer&order=new&view=x")
    address = html.unescape(re.search(rf'href="({re.escape(url(complaint))}[^"]*)"', text)[1])
    assert f'href="{LIST}?turn=answer&amp;order=new"' in page(cast.district_regulator, address)
    for hostile in ("https://evil.example", "next=//evil.example", "&".join(["turn=a"] * 9), "%00"):
        back = page(cast.district_regulator, url(complaint) + "?" + urlencode({"back": hostile}))
        assert f'<li><a href="{LIST}">' in back and "evil" not in back.split("<main")[1]
