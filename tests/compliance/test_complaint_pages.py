"""Complaints as those who answer, judge and take calls see them."""

import datetime as dt
import re
import uuid

import pytest
from django.core.cache import cache

from common import clock
from common.actor import Actor, system
from common.models import AuditRecord
from compliance.actions import answer_complaint, file_complaint, transfer_complaint
from compliance.actions.complaints import fire_due
from compliance.models import Alert, Complaint, Hazard
from compliance.views.complaints import tiles as complaint_tiles
from registry.actions.plates import order_plates
from tests.factories.cast import Player
from tests.factories.make import NANJING, area, hold, make_unit, make_user

pytestmark = pytest.mark.django_db
EN = {"accept-language": "en"}
LIST, NEW, API = "/due/complaints/", "/due/complaints/new/", "/api/v1/compliance/complaints/"


@pytest.fixture(autouse=True)
def fresh_throttles():
    cache.clear()


def told(elevator, *, key=None, at=None, **values) -> Complaint:
    values = {"category": "DOOR", "text": "the door hits", "source": "PUBLIC_PAGE"} | values
    by = Actor("RIDER", "page")
    return file_complaint(
        elevator=elevator, key=key or str(uuid.uuid4()), by=by, at=at or clock.now(), **values
    ).complaint


def page(player, address: str, status: int = 200) -> str:
    answer = player.client(**EN).get(address)
    assert answer.status_code == status
    return answer.content.decode()


def post(player, address: str, **values):
    return player.client(**EN).post(address, {"idempotency_key": str(uuid.uuid4())} | values)


def url(complaint, tail: str = "") -> str:
    return f"{LIST}{complaint.public_id}/{tail}"


def test_what_is_due_first_stands_first_and_what_is_settled_last(cast):
    rows = [told(cast.elevator_foreign, category=code) for code in ("OTHER", "ALARM", "DOOR")]
    transfer_complaint(
        complaint_id=rows[2].pk, passed_to="12345", outside_number="", note="", by=Actor("PERSON", "x"), at=clock.now()
    )
    text = page(cast.stranger, LIST)
    places = [text.index(str(row.public_id)) for row in rows]
    assert places[1] < places[0] < places[2]
    newest = page(cast.stranger, f"{LIST}?order=new")
    assert newest.index(str(rows[2].public_id)) < newest.index(str(rows[0].public_id))


def test_filters_narrow(cast):
    late = told(cast.elevator_own, at=clock.now() - dt.timedelta(days=40))
    fresh = told(cast.elevator_own, category="NOISE")
    found = {
        query: [str(row.public_id) in page(cast.maintainer, f"{LIST}?{query}") for row in (late, fresh)]
        for query in (
            "turn=late",
            "turn=answer",
            "turn=review",
            "turn=done",
            "category=NOISE",
            "state=ASSIGNED",
            "source=UNIT",
        )
    }
    assert found == {
        "turn=late": [True, False],
        "turn=answer": [True, True],
        "turn=review": [False, False],
        "turn=done": [False, False],
        "category=NOISE": [False, True],
        "state=ASSIGNED": [True, True],
        "source=UNIT": [False, False],
    }


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("address", "statements"), [(LIST, 12), (API, 6)])
def test_a_list_costs_the_same_with_one_row_and_three(cast, django_assert_num_queries, count, address, statements):
    for elevator in (cast.elevator_foreign, cast.elevator_former, cast.elevator_jiangbei)[:count]:
        told(elevator)
    client = cast.stranger.client()
    client.get(address)
    with django_assert_num_queries(statements):
        answer = client.get(address)
    rows = answer.json()["results"] if address == API else answer.content.decode().split("<tr data-href")[1:]
    assert len(rows) == count


def test_pages_follow_each_other_without_gap(cast, monkeypatch):
    monkeypatch.setattr("compliance.views.complaints.ComplaintListPage.page_size", 2)
    ids = {str(told(cast.elevator_foreign, text=f"telling {n}").public_id) for n in range(5)}
    seen, address = [], LIST
    while address:
        answer = cast.stranger.client(**EN).get(address)
        seen += [str(row.public_id) for row in answer.context["page"].rows]
        address = LIST + answer.context["next_url"] if answer.context["next_url"] else ""
    assert len(seen) == 5 and set(seen) == ids


def test_the_unit_whose_turn_it_is_answers_and_no_other(cast):
    complaint = told(cast.elevator_own)
    assert "Answer the complaint" in page(cast.maintainer, url(complaint))
    assert "Answer the complaint" not in page(cast.own_manager, url(complaint))
    assert post(cast.own_manager, url(complaint, "answer/"), answer="not mine").status_code == 403
    assert post(cast.stranger, url(complaint, "answer/"), answer="not mine").status_code == 404
    assert post(cast.maintainer, url(complaint, "answer/"), answer="call 13912345678").status_code == 422
    assert post(cast.maintainer, url(complaint, "answer/"), answer="sensor cleaned")["Location"] == url(complaint)
    complaint.refresh_from_db()
    assert (complaint.state, complaint.answer) == ("ANSWERED", "sensor cleaned")
    assert post(cast.maintainer, url(complaint, "answer/"), answer="again").status_code == 302  # a second click
    complaint.refresh_from_db()
    assert complaint.answer == "sensor cleaned"


def test_the_district_answers_where_nobody_else_does(cast):
    complaint = told(cast.elevator_own, category="RESCUE")
    assert "Answer the complaint" in page(cast.district_regulator, url(complaint))
    assert "Answer the complaint" not in page(cast.maintainer, url(complaint))
    assert post(cast.district_regulator, url(complaint, "answer/"), answer="looked into").status_code == 302


def test_officials_judge_and_a_hazard_comes_of_it(cast):
    complaint = told(cast.elevator_own)
    answer_complaint(complaint_id=complaint.pk, answer="done", by=cast.maintainer.actor(), at=clock.now())
    assert post(cast.maintainer, url(complaint, "step/review/"), upheld="yes", note="x").status_code == 403
    bare = post(cast.district_regulator, url(complaint, "step/review/"), upheld="yes")
    assert bare.status_code == 422
    judged = post(
        cast.district_regulator, url(complaint, "step/review/"), upheld="yes", note="seen", hazard_item="DOOR"
    )
    assert judged.status_code == 302
    text = page(cast.district_regulator, url(complaint))
    assert "upheld: it was right" in text and "seen" in text
    assert Hazard.objects.get().source == "COMPLAINT"


@pytest.mark.parametrize("step", ["answer", "nonsense", "rate"])
def test_no_other_step_has_an_address(cast, step):
    assert page(cast.district_regulator, url(told(cast.elevator_own), f"step/{step}/"), 404)


def test_every_step_of_an_official_has_its_form(cast):
    complaint, other = told(cast.elevator_own), told(cast.elevator_own, text="the same")
    elsewhere = told(cast.elevator_foreign)
    officer = cast.district_regulator
    assert post(officer, url(complaint, "step/assign/"), to="USING_UNIT").status_code == 302
    complaint.refresh_from_db()
    assert complaint.unit == cast.unit_a
    for of, status in ((elsewhere.public_id, 422), (uuid.uuid4(), 422), ("x", 422), (other.public_id, 302)):
        assert post(officer, url(complaint, "step/duplicate/"), of=of).status_code == status
    assert post(officer, url(other, "step/transfer/"), passed_to="12345", outside_number="A-1").status_code == 302
    assert post(officer, url(other, "step/close/")).status_code == 422  # it is passed on
    for step in ("assign", "return", "review", "close", "duplicate", "transfer"):
        page(officer, url(complaint, f"step/{step}/"))


def test_the_phone_is_masked_for_officials_hidden_from_units_and_shown_on_record(cast):
    complaint = told(cast.elevator_own, contact="13900000000")
    assert "139****0000" in page(cast.district_regulator, url(complaint))
    for name in ("maintainer", "own_manager", "dispatcher"):
        shown = page(cast.players[name], url(complaint))  # which is full of random ids: not any 139 is the phone
        assert "139****" not in shown and "13900000000" not in shown
        page(cast.players[name], url(complaint, "contact/"), 403)
    shown = post(cast.district_regulator, url(complaint, "contact/"), purpose="ASK")
    assert "13900000000" in shown.content.decode() and "no-store" in shown["Cache-Control"]
    assert AuditRecord.objects.filter(action="compliance.reveal_contact").count() == 1


def test_a_call_is_entered_and_what_others_told_is_shown_first(cast):
    first = told(cast.elevator_own)
    code = cast.elevator_own.rescue_code
    call = {"elevator": code, "category": "DOOR", "text": "again the door", "outside_number": "A-9"}
    shown = post(cast.dispatcher, NEW, **call)
    assert shown.status_code == 422 and "Others told the same" in shown.content.decode()
    joined = post(cast.dispatcher, NEW, **call, join=str(first.public_id))
    assert joined.status_code == 302
    made = Complaint.objects.exclude(pk=first.pk).get()
    assert (made.duplicate_of_id, made.source, made.outside_number) == (first.pk, "HOTLINE", "A-9")
    assert post(cast.own_manager, NEW, **call, join="new").status_code == 302
    assert Complaint.objects.filter(source="UNIT", state="ASSIGNED").count() == 1


def test_a_call_about_an_elevator_that_one_does_not_see_is_refused_at_its_field(cast):
    call = {"elevator": cast.elevator_foreign.rescue_code, "category": "DOOR", "text": "x"}
    answer = post(cast.own_manager, NEW, **call)
    assert answer.status_code == 422 and "No elevator that you see has this code" in answer.content.decode()
    assert Complaint.objects.count() == 0


@pytest.mark.parametrize("plates", [0, 1])
def test_a_hotline_enters_calls_about_any_elevator_and_reads_nothing_back(cast, plates):
    """It sees no elevators and no complaints: it names one by its six digits, as its machine does, and takes the next call;
    also in a city that has not ordered any plates yet, where the old ones hang."""
    if plates:
        order_plates(city=area(NANJING), layout="a4-2x5", count=1, by=system("tests"), at=clock.now())
    first = told(cast.elevator_foreign, text="secret words")
    hotline = Player(make_user())
    hold(hotline.user, "HOTLINE_CLERK", unit=make_unit("Sample hotline", kind="INDUSTRY_DEPARTMENT"))
    home = page(hotline, "/")
    assert f'href="{NEW}"' in home and "You hold no role" not in home
    call = {"elevator": cast.elevator_foreign.rescue_code, "category": "DOOR", "text": "again the door"}
    entered = post(hotline, NEW, **call)
    made = Complaint.objects.exclude(pk=first.pk).get()
    assert (entered.status_code, entered["Location"]) == (302, NEW)
    assert (made.elevator_id, made.source, made.state) == (cast.elevator_foreign.pk, "HOTLINE", first.state)
    follow = hotline.client(**EN)
    shown = follow.post(NEW, {"idempotency_key": str(uuid.uuid4())} | call, follow=True).content.decode()
    assert f"an answer is due by {made.due_on}" in shown and "secret words" not in shown
    wrong = post(hotline, NEW, **call | {"elevator": "999999"})
    assert wrong.status_code == 422 and "No elevator has these six digits" in wrong.content.decode()
    page(hotline, LIST, 403)


def test_the_same_entry_twice_is_one_complaint(cast):
    call = {"elevator": cast.elevator_own.rescue_code, "category": "DOOR", "text": "x", "idempotency_key": "k" * 12}
    client = cast.dispatcher.client(**EN)
    answers = [client.post(NEW, call) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302] and Complaint.objects.count() == 1


def test_the_tile_of_what_is_to_be_answered_opens_as_many(cast):
    """A using unit sees what its maintenance unit answers, and does not answer it."""
    ours, theirs = told(cast.elevator_own, category="LABEL"), told(cast.elevator_own, category="NOISE")
    assert (ours.unit, theirs.unit) == (cast.unit_a, cast.maintenance_unit)

    def listed(player, address):
        return {row.pk for row in player.client(**EN).get(address).context["page"].rows}

    found = {
        player: (listed(player, f"{LIST}?turn=answer"), listed(player, f"{LIST}?turn=mine"))
        for player in (cast.own_manager, cast.maintainer)
    }
    both = {ours.pk, theirs.pk}
    assert found == {cast.own_manager: (both, {ours.pk}), cast.maintainer: (both, {theirs.pk})}
    (tile,) = [tile for tile in complaint_tiles(cast.own_manager.actor(), clock.now()) if "mine" in tile.url]
    assert tile.value == 1
    api = cast.own_manager.client().get(f"{API}?turn=mine").json()["results"]
    assert [row["id"] for row in api] == [str(ours.public_id)]


def test_home_says_what_waits_and_an_alert_leads_to_its_complaint(cast):
    complaint = told(cast.elevator_own, category="LABEL", at=clock.now() - dt.timedelta(days=40))
    home = page(cast.own_manager, "/")
    assert f"{LIST}?turn=late" in home and f"{LIST}?turn=mine" in home
    assert f"{LIST}?turn=mine" not in page(cast.maintainer, "/")
    fire_due([type("Due", (), {"subject_id": complaint.pk})], clock.now())
    alert = Alert.objects.get()
    assert url(complaint) in page(cast.maintainer, f"/due/alerts/{alert.public_id}/")
    assert "complaint not answered in time" in page(cast.maintainer, "/due/alerts/")


def test_machines_read_and_answer(cast):
    complaint = told(cast.elevator_own, contact="13900000000")
    client = cast.maintainer.client()
    [row] = client.get(API).json()["results"]
    assert (row["id"], row["state"], row["unit"], row["category"]) == (
        str(complaint.public_id), "ASSIGNED", str(cast.maintenance_unit.public_id), "DOOR"
    )  # fmt: skip
    assert "contact" not in row and "tracking" not in row
    address, headers = f"{API}{complaint.public_id}/answer/", {"Idempotency-Key": "a-key-of-the-test"}
    for body, status in (({}, 400), ({"answer": "call 13912345678"}, 400), ({"answer": "x", "state": "CLOSED"}, 400)):
        assert client.post(address, body, content_type="application/json", headers=headers).status_code == status
    done = client.post(address, {"answer": "cleaned"}, content_type="application/json", headers=headers)
    assert (done.status_code, done.json()["state"]) == (200, "ANSWERED")
    again = client.post(address, {"answer": "cleaned"}, content_type="application/json", headers=headers)
    assert again.json() == done.json()
    manager = cast.own_manager.client()
    refused = manager.post(address, {"answer": "x"}, content_type="application/json", headers=headers)
    assert refused.status_code == 403


def test_who_belongs_to_several_units_complains_as_a_unit(cast):
    values = {"elevator": cast.elevator_foreign.rescue_code, "category": "DOOR", "text": "it hits"}
    assert post(cast.strong_weak, NEW, **values).status_code == 302
    assert Complaint.objects.get().source == "UNIT"


def test_the_way_back_to_the_filtered_list_survives_every_step(cast):
    """From the row through the verb and its form; what else an address brings is not taken along."""
    complaint, client = told(cast.elevator_own), cast.maintainer.client(**EN)
    listed = LIST + "?turn=answer&order=new"
    row = f"{url(complaint)}?back=turn%3Danswer%26order%3Dnew"
    assert row in client.get(listed).content.decode()
    first = client.get(row).content.decode()
    form = f"{url(complaint, 'answer/')}?back=turn%3Danswer%26order%3Dnew"
    assert (f'href="{form}"' in first, f'href="{listed.replace("&", "&amp;")}"' in first) == (True, True)
    assert f'href="{row}"' in client.get(form).content.decode()  # cancel
    sent = client.post(form, {"idempotency_key": str(uuid.uuid4()), "answer": "adjusted"})
    assert (sent.status_code, sent["Location"]) == (302, row)
    assert f'href="{listed.replace("&", "&amp;")}"' in client.get(sent["Location"]).content.decode()
    evil = client.get(f"{url(complaint)}?back=next%3Dhttps%3A%2F%2Fevil.example%26turn%3Dlate").content.decode()
    assert ("evil.example" in "".join(re.findall(r'href="[^"]*"', evil)), f'href="{LIST}?turn=late"' in evil) == (
        False,
        True,
    )


@pytest.mark.parametrize("step", ["assign", "transfer", "contact"])
def test_officials_keep_their_way_back_too(cast, step):
    complaint = told(cast.elevator_own, contact="13912345678")
    back = "?back=turn%3Dlate"
    address = url(complaint, "contact/" if step == "contact" else f"step/{step}/") + back
    shown = page(cast.district_regulator, url(complaint) + back)
    assert f'href="{address}"' in shown
    assert f'href="{url(complaint)}{back}"' in page(cast.district_regulator, address)
