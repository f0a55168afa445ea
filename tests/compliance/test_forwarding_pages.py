"""Passing a complaint on to a platform outside, as officers do and see it."""

import pytest

from common import clock
from common.actor import Actor
from compliance.actions import transfer_complaint
from compliance.actions.complaints import tracking_of
from compliance.models import Forwarding, OutsidePlatform
from tests.compliance.test_complaint_pages import LIST, page, post, told, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def platform():
    return OutsidePlatform.objects.create(
        name="Outside desk", endpoint="https://outside.example", services={"DOOR": "D"}, created_at=clock.now()
    )


def given_up(complaint, platform, **values) -> Forwarding:
    at = clock.now()
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
