"""Hazards as people see and settle them."""

import datetime as dt
import re
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from common import clock
from common.actor import system
from common.models import Attachment
from common.workdays import moved_days
from compliance.actions.hazards import report_hazard
from compliance.models import Alert, Hazard
from compliance.rules.hazards import Clock, extension_until
from tests.common.attachment_files import jpeg, png

pytestmark = pytest.mark.django_db
EN = {"accept-language": "en"}
LIST = "/due/hazards/"
JUDGES = ("city_regulator", "district_regulator")
READERS = ("own_manager", "district_regulator", "stranger")


def found(elevator, item="DOOR", days_ago=0) -> Hazard:
    return report_hazard(
        elevator=elevator,
        item=item,
        details="the landing door rattles",
        found_on=clock.today() - dt.timedelta(days=days_ago),
        source="USING_UNIT",
        by=system("tests"),
        at=clock.now(),
    )


def send(person, address: str, **values):
    return person.client(**EN).post(address, {"idempotency_key": str(uuid.uuid4()), **values})


def step(person, hazard: Hazard, name: str, **values):
    seen = Hazard.objects.values_list("version", flat=True).get(pk=hazard.pk)
    given = {"note": "seen on the spot", "seen": seen, **values}
    return send(person, f"{LIST}{hazard.public_id}/step/{name}/", **given)


def text(client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_hazard_is_reported_by_code_and_waits_for_an_officer(cast):
    code = cast.elevator_own.rescue_code
    values = {"elevator": code, "item": "DOOR", "details": "door 3 rattles", "found_on": str(clock.today())}
    answer = send(cast.own_manager, LIST + "new/", **values)
    hazard = Hazard.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == f"{LIST}{hazard.public_id}/"
    assert (hazard.state, hazard.source, hazard.unit_id) == ("FOUND", "USING_UNIT", cast.elevator_own.using_unit_id)
    assert "door 3 rattles" in text(cast.district_regulator.client(**EN), LIST + f"{hazard.public_id}/")


def test_what_an_officer_reports_is_confirmed_at_once(cast):
    values = {"elevator": cast.elevator_own.rescue_code, "item": "DOOR", "details": "x", "found_on": str(clock.today())}
    send(cast.district_regulator, LIST + "new/", **values)
    assert Hazard.objects.get().state == "CONFIRMED"


def test_the_elevator_of_others_is_not_found_by_its_code(cast):
    values = {
        "elevator": cast.elevator_foreign.rescue_code,
        "item": "DOOR",
        "details": "x",
        "found_on": str(clock.today()),
    }
    answer = send(cast.own_manager, LIST + "new/", **values)
    assert answer.status_code == 422
    assert "No elevator that you see has this code" in answer.content.decode()
    assert not Hazard.objects.exists()


def test_tomorrow_is_refused_at_its_field_and_nothing_is_kept(cast):
    tomorrow = clock.today() + dt.timedelta(days=1)
    values = {"elevator": cast.elevator_own.rescue_code, "item": "DOOR", "details": "x", "found_on": str(tomorrow)}
    answer = send(cast.own_manager, LIST + "new/", **values)
    assert answer.status_code == 422
    assert "cannot be found after today" in answer.content.decode()
    assert not Hazard.objects.exists()


def test_it_is_confirmed_mended_and_verified_by_three(cast):
    hazard = found(cast.elevator_own)
    for person, name, state in (
        (cast.district_regulator, "confirm", "CONFIRMED"),
        (cast.own_manager, "claim", "CLAIMED_FIXED"),
        (cast.district_regulator, "verify", "CLOSED"),
    ):
        assert step(person, hazard, name).status_code == 302
        hazard.refresh_from_db()
        assert hazard.state == state
    assert hazard.ended_on == clock.today()


def test_who_mends_does_not_verify(cast):
    hazard = found(cast.elevator_own)
    step(cast.district_regulator, hazard, "confirm")
    step(cast.own_manager, hazard, "claim")
    assert step(cast.own_manager, hazard, "verify").status_code == 403
    hazard.refresh_from_db()
    assert hazard.state == "CLAIMED_FIXED"


def test_a_step_that_the_state_does_not_allow_says_so(cast):
    answer = step(cast.district_regulator, found(cast.elevator_own), "verify")
    assert answer.status_code == 422
    assert "present state" in answer.content.decode()


def test_buttons_are_those_of_the_state_and_the_person(cast):
    hazard = found(cast.elevator_own)
    address = f"{LIST}{hazard.public_id}/"
    officer, manager = (text(person.client(**EN), address) for person in (cast.district_regulator, cast.own_manager))
    assert "/step/confirm/" in officer
    assert "/step/verify/" not in officer
    assert "/step/" not in manager


def test_more_time_is_given_once_and_within_the_clock(cast):
    hazard = found(cast.elevator_own)
    step(cast.district_regulator, hazard, "confirm")
    later = hazard.due_on + dt.timedelta(days=30)
    assert step(cast.district_regulator, hazard, "extend", due_on=str(later)).status_code == 302
    refused = step(cast.district_regulator, hazard, "extend", due_on=str(later + dt.timedelta(days=1)))
    assert refused.status_code == 422
    hazard.refresh_from_db()
    assert hazard.due_on == later


def test_only_a_district_officer_gives_more_time(cast):
    hazard = found(cast.elevator_own)
    later = {"due_on": str(hazard.due_on + dt.timedelta(days=1))}
    assert step(cast.city_regulator, hazard, "extend", **later).status_code == 403
    address = f"{LIST}{hazard.public_id}/"
    shown = {name: "/step/extend/" in text(cast.players[name].client(**EN), address) for name in JUDGES}
    assert shown == {"city_regulator": False, "district_regulator": True}


def test_more_time_is_offered_as_long_as_an_extension_has_a_day_to_give(cast):
    """A general one by sixty days after its last, a larger one by five: sixty days after both were found, one is left."""
    shown = {}
    for item in ("DOOR", "ALARM-DEAD"):
        hazard = found(cast.elevator_own, item=item, days_ago=60)
        assert hazard.due_on < clock.today()
        page = text(cast.district_regulator.client(**EN), f"{LIST}{hazard.public_id}/")
        shown[hazard.grade] = "/step/extend/" in page
    assert shown == {"GENERAL": True, "LARGER": False}


def test_a_page_that_somebody_has_overtaken_is_refused_with_what_to_do(cast):
    hazard = found(cast.elevator_own)
    form = text(cast.district_regulator.client(**EN), f"{LIST}{hazard.public_id}/step/confirm/")
    assert f'name="seen" value="{hazard.version}"' in form
    step(cast.city_regulator, hazard, "grade", grade="MAJOR")
    for stale in (hazard.version, "", "-1", "9" * 400, "x"):
        answer = step(cast.district_regulator, hazard, "confirm", seen=stale)
        assert (answer.status_code, "Somebody changed this record" in answer.content.decode()) == (422, True), stale
    hazard.refresh_from_db()
    assert hazard.state == "FOUND"


def test_a_day_before_the_item_counts_is_refused_at_the_day(cast):
    values = {"elevator": cast.elevator_own.rescue_code, "item": "DOOR", "details": "x", "found_on": "2024-11-30"}
    page = send(cast.own_manager, LIST + "new/", **values).content.decode()
    assert "Found on: This item counts from 2024-12-01 on" in " ".join(page.split())


def test_photographs_of_finding_and_mending_are_for_those_who_see_the_hazard(cast, settings, tmp_path):
    settings.SEALED_DIR = tmp_path
    values = {"elevator": cast.elevator_own.rescue_code, "item": "DOOR", "details": "x", "found_on": str(clock.today())}
    send(cast.own_manager, LIST + "new/", photos=[SimpleUploadedFile("before.jpg", jpeg())], **values)
    hazard = Hazard.objects.get()
    step(cast.district_regulator, hazard, "confirm")
    after = SimpleUploadedFile("after.png", png())
    assert step(cast.own_manager, hazard, "claim", photos=[after]).status_code == 302
    address = f"{LIST}{hazard.public_id}/"
    page = text(cast.district_regulator.client(**EN), address)
    assert page.index("after.png") < page.index("before.jpg")  # each at its step, the newest first
    files = re.findall(rf'href="({address}files/[^"]+)"', page)
    asked = {who: [cast.players[who].client().get(file).status_code for file in files] for who in READERS}
    assert asked == {"own_manager": [200, 200], "district_regulator": [200, 200], "stranger": [404, 404]}


def test_photographs_of_what_stands_already_are_kept_at_a_step_of_their_own(cast, settings, tmp_path):
    settings.SEALED_DIR = tmp_path
    hazard = found(cast.elevator_own)
    values = {"elevator": cast.elevator_own.rescue_code, "item": "DOOR", "details": "it got worse"}
    values["found_on"] = str(clock.today())
    client = cast.own_manager.client(**EN)
    key = {"idempotency_key": str(uuid.uuid4())}
    address = f"{LIST}{hazard.public_id}/"
    for _click in range(2):
        photo = SimpleUploadedFile("worse.jpg", jpeg())
        assert client.post(LIST + "new/", {**key, **values, "photos": [photo]})["Location"] == address
    assert list(hazard.steps.order_by("pk").values_list("kind", "note")) == [
        ("find", hazard.details),
        ("again", "it got worse"),
    ]
    assert Attachment.objects.kept_for(hazard.steps.latest("pk")).count() == 1
    again = Hazard.objects.get()
    assert (again.state, again.details, again.version) == (hazard.state, hazard.details, hazard.version + 1)
    assert again.changed_at > hazard.changed_at
    shown = text(cast.district_regulator.client(**EN), address)
    assert "reported again, with photographs" in shown and "worse.jpg" in shown
    [file] = re.findall(rf'href="({address}files/[^"]+)"', shown)
    asked = {who: cast.players[who].client().get(file).status_code for who in READERS}
    assert asked == {"own_manager": 200, "district_regulator": 200, "stranger": 404}
    efile = text(client, f"/elevators/{cast.elevator_own.public_id}/")
    assert "reported again, with photographs" in efile


def test_whoever_sends_photographs_of_what_stands_is_told_that_they_are_kept(cast, settings, tmp_path):
    settings.SEALED_DIR = tmp_path
    found(cast.elevator_own)
    values = {"elevator": cast.elevator_own.rescue_code, "item": "DOOR", "details": "x", "found_on": str(clock.today())}
    sent = {"idempotency_key": str(uuid.uuid4()), **values, "photos": [SimpleUploadedFile("a.jpg", jpeg())]}
    words = cast.own_manager.client(**EN).post(LIST + "new/", sent, follow=True).content.decode()
    assert "Your photographs are kept with it." in words and "Nothing was added" not in words


def test_a_photograph_of_another_hazard_is_not_found_under_this_one(cast, settings, tmp_path):
    settings.SEALED_DIR = tmp_path
    values = {"elevator": cast.elevator_own.rescue_code, "details": "x", "found_on": str(clock.today())}
    send(cast.own_manager, LIST + "new/", item="DOOR", photos=[SimpleUploadedFile("a.jpg", jpeg())], **values)
    send(cast.own_manager, LIST + "new/", item="CAR", **values)
    file, other = Attachment.objects.get(), Hazard.objects.get(item="CAR")
    assert cast.own_manager.client().get(f"{LIST}{other.public_id}/files/{file.public_id}/").status_code == 404


def test_who_reports_what_stands_already_is_told_that_nothing_was_added(cast):
    hazard = found(cast.elevator_own)
    values = {"elevator": cast.elevator_own.rescue_code, "item": "DOOR", "details": "x", "found_on": str(clock.today())}
    client = cast.own_manager.client(**EN)
    answer = client.post(LIST + "new/", {"idempotency_key": str(uuid.uuid4()), **values}, follow=True)
    assert answer.redirect_chain[-1][0] == f"{LIST}{hazard.public_id}/"
    assert "stands in the ledger already" in answer.content.decode()


def test_who_reports_it_first_is_not_told_that_it_stood_there(cast):
    values = {"elevator": cast.elevator_own.rescue_code, "item": "DOOR", "details": "x", "found_on": str(clock.today())}
    client = cast.own_manager.client(**EN)
    answer = client.post(LIST + "new/", {"idempotency_key": str(uuid.uuid4()), **values}, follow=True)
    assert answer.redirect_chain[-1][0] == f"{LIST}{Hazard.objects.get().public_id}/"
    assert "stands in the ledger already" not in answer.content.decode()


def test_where_a_hazard_rests_on_is_said_in_the_readers_language(cast):
    hazard = found(cast.elevator_own)
    assert "platform list" in text(cast.own_manager.client(**EN), f"{LIST}{hazard.public_id}/")
    assert "platform list" not in text(
        cast.own_manager.client(**{"accept-language": "zh-hans"}), f"{LIST}{hazard.public_id}/"
    )


def test_the_list_is_narrowed_to_a_district(cast):
    own, foreign = found(cast.elevator_own), found(cast.elevator_foreign)
    district = cast.elevator_own.managing_district.code
    page = text(cast.city_regulator.client(**EN), f"{LIST}?district={district}")
    assert (str(own.public_id) in page, str(foreign.public_id) in page) == (True, False)


def test_a_lower_grade_takes_two_officers(cast):
    hazard = found(cast.elevator_own, item="ALARM-DEAD")
    step(cast.district_regulator, hazard, "grade", grade="GENERAL")
    hazard.refresh_from_db()
    assert (hazard.grade, hazard.lower_to) == ("LARGER", "GENERAL")
    step(cast.city_regulator, hazard, "grade", grade="GENERAL")
    hazard.refresh_from_db()
    assert hazard.grade == "GENERAL"


def test_in_chinese_a_hazard_is_mended_and_an_application_is_completed(cast):
    """One English word, two Chinese ones: the filter says the same as the badge beside it."""
    page = text(cast.own_manager.client(**{"accept-language": "zh-hans"}), f"{LIST}?turn=mend")
    assert "待整改" in page
    assert "需补正" not in page


def test_the_list_says_what_is_late_and_hides_what_is_settled(cast):
    late, settled = found(cast.elevator_own, days_ago=40), found(cast.elevator_own, item="CAR")
    step(cast.district_regulator, settled, "reject")
    client = cast.own_manager.client(**EN)
    shown = {turn: text(client, f"{LIST}?turn={turn}") for turn in ("", "late", "done")}
    assert {turn: str(late.public_id) in page for turn, page in shown.items()} == {
        "": True,
        "late": True,
        "done": False,
    }
    assert {turn: str(settled.public_id) in page for turn, page in shown.items()} == {
        "": False,
        "late": False,
        "done": True,
    }


def test_a_repeat_leads_to_the_earlier_one(cast):
    first = found(cast.elevator_own)
    for person, name in (
        (cast.district_regulator, "confirm"),
        (cast.own_manager, "claim"),
        (cast.city_regulator, "verify"),
    ):
        step(person, first, name)
    again = found(cast.elevator_own)
    assert f"{LIST}{first.public_id}/" in text(cast.own_manager.client(**EN), f"{LIST}{again.public_id}/")


def test_the_e_file_shows_what_is_wrong_and_the_home_what_is_late(cast):
    hazard = found(cast.elevator_own, days_ago=40)
    client = cast.own_manager.client(**EN)
    assert f"{LIST}{hazard.public_id}/" in text(client, f"/elevators/{cast.elevator_own.public_id}/")
    assert "Hazards late" in text(client, "/")
    assert "Hazards late" not in text(cast.stranger.client(**EN), "/")


def test_rest_reads_one_and_only_what_one_sees(cast):
    own, foreign = found(cast.elevator_own, days_ago=40), found(cast.elevator_foreign)
    client = cast.own_manager.client()
    rows = client.get("/api/v1/compliance/hazards/").json()["results"]
    assert [(row["id"], row["days_late"]) for row in rows] == [(str(own.public_id), 10)]
    assert client.get(f"/api/v1/compliance/hazards/{foreign.public_id}/").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_as_often_for_one_row_as_for_three(cast, count, django_assert_num_queries):
    for item in ("DOOR", "CAR", "SHAFT")[:count]:
        found(cast.elevator_own, item=item)
    client = cast.district_regulator.client(**EN)
    client.get(LIST)
    with django_assert_num_queries(QUERIES):
        client.get(LIST)


QUERIES = 8


def test_forms_say_from_where_to_where(cast):
    hazard = found(cast.elevator_own, item="ALARM-DEAD")
    address = f"{LIST}{hazard.public_id}/step/"
    step(cast.city_regulator, hazard, "grade", grade="GENERAL")
    grade = text(cast.district_regulator.client(**EN), address + "grade/")
    assert "Now: larger hazard. A first officer proposes: general hazard." in grade
    assert 'value="LARGER"' not in grade  # no change
    extend = text(cast.district_regulator.client(**EN), address + "extend/")
    until = extension_until(hazard.due_on, Clock(0, True, 5), moved_days(hazard.due_on))
    assert f"Now {hazard.due_on}, at the latest {until}." in extend


def test_what_is_settled_is_not_counted_down(cast):
    hazard = found(cast.elevator_own, days_ago=40)
    address = f"{LIST}{hazard.public_id}/"
    client = cast.district_regulator.client(**EN)
    assert "overdue 10 days" in text(client, address)
    step(cast.district_regulator, hazard, "reject")
    pages = [text(client, address), text(client, f"{LIST}?turn=done")]
    assert ["overdue" in " ".join(page.split("<main")[1:]) for page in pages] == [False, False]
    assert "Settled on" in pages[0]


def test_the_alert_of_hazards_names_each_that_keeps_it_open(cast):
    hazard = found(cast.elevator_own, item="GB45067-5.6.4")
    [alert] = Alert.objects.filter(kind="HAZARD")
    shown = text(cast.district_regulator.client(**EN), f"/due/alerts/{alert.public_id}/")
    assert f'href="{LIST}{hazard.public_id}/"' in shown
    assert str(hazard.due_on) in shown
