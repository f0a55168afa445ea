"""One obligation and its waivers as people and machines see them."""

import datetime as dt
import json
import re
import uuid

import pytest

from common import clock
from common.actor import system
from common.models import AccessRecord, AuditRecord, Message
from compliance.actions import revoke_waiver, take_all_steps
from compliance.models import Alert, Obligation, Waiver
from registry.models import LifeEvent
from tests.factories.due import owe
from tests.matrix.documents import attachment

pytestmark = pytest.mark.django_db
EN = {"accept-language": "en"}
API = "/api/v1/compliance/"


@pytest.fixture
def owed(cast, settings, tmp_path):
    """What the elevator of the cast owes since ten days; its alert is open."""
    settings.SEALED_DIR = tmp_path
    owe([cast.elevator_own, cast.elevator_foreign], due_on=clock.today() - dt.timedelta(days=10))
    take_all_steps(at=clock.now())
    return Obligation.objects.get(elevator=cast.elevator_own)


def page(person, address: str) -> str:
    answer = person.client(**EN).get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def of(row: Obligation) -> str:
    return f"/due/obligations/{row.public_id}/"


def words(**values) -> dict:
    today = clock.today()
    return {
        "kind": "WAIVED",
        "from_on": str(today),
        "until_on": str(today + dt.timedelta(days=30)),
        "reason": "the building is evacuated",
        "clause": "art. 40",
        "reference": "GL-2026-7",
        **values,
    }


def waive(person, row: Obligation, **values):
    file = attachment(person.actor())
    sent = {"idempotency_key": str(uuid.uuid4()), "files_kept": str(file.public_id), **words(**values)}
    return person.client(**EN).post(of(row) + "waive/", sent)


def test_the_page_says_what_is_wanted_why_and_what_was_told(cast, owed):
    text = page(cast.own_manager, of(owed))
    for said in ("Its days", "last day", "told that it is overdue", "alert, turn of: unit", "schedule of alerts"):
        assert said in text
    assert "Waive or postpone it" not in text
    assert "Waive or postpone it" in page(cast.district_regulator, of(owed))
    assert cast.own_manager.client().get(of(Obligation.objects.get(elevator=cast.elevator_foreign))).status_code == 404


def test_the_unit_reads_who_waived_it_why_until_when_and_by_which_document(cast, owed):
    assert waive(cast.district_regulator, owed)["Location"] == of(owed)
    text = page(cast.own_manager, of(owed))
    until = str(clock.today() + dt.timedelta(days=30))
    for said in ("waived for a time", "in force", until, "the building is evacuated", "art. 40", "GL-2026-7"):
        assert said in text
    assert str(cast.district_regulator.user) in text
    assert "ended by the waiver GL-2026-7" in text
    alert = Alert.objects.get(elevator=cast.elevator_own)
    assert alert.state == "RESOLVED"
    assert "the building is evacuated" in page(cast.own_manager, f"/due/alerts/{alert.public_id}/")
    assert f"until {until}" in page(cast.own_manager, f"/elevators/{cast.elevator_own.public_id}/")
    link = f"/due/waivers/{Waiver.objects.get().public_id}/files/"
    document = text[text.index(link) :].split('"')[0]
    assert cast.own_manager.client().get(document).status_code == 200
    assert cast.stranger.client().get(document).status_code == 404


def test_it_is_audited_and_told_to_who_owes_it(cast, owed):
    waive(cast.district_regulator, owed)
    waiver = Waiver.objects.get()
    logged = AuditRecord.objects.filter(action="compliance.waive_obligation").get()
    assert (logged.subject_id, logged.actor_id) == (str(waiver.public_id), cast.district_regulator.actor().id)
    told = Message.objects.filter(kind="compliance.waived", recipient_id=cast.own_manager.actor().id).get()
    assert told.link == of(owed)
    page(cast.own_manager, of(owed))
    assert AccessRecord.objects.filter(subject_id=str(owed.public_id)).exists()


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"files_kept": ""}, "This field is required"),
        ({"from_on": str(clock.today() - dt.timedelta(days=1))}, "choose today or later"),
        ({"until_on": "2020-01-01"}, "The last day lies before the first"),
        ({"until_on": "9999-12-31"}, "Longer than three years"),
        ({"reason": ""}, "This field is required"),
        ({"reason": "call 13912345678"}, "number"),
        ({"kind": "FOREVER"}, "Select a valid choice"),
    ],
)
def test_a_slip_is_said_at_its_field_and_nothing_is_kept(cast, owed, values, says):
    answer = waive(cast.district_regulator, owed, **values)
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert not Waiver.objects.exists()


def test_a_second_officer_comes_too_late_and_a_second_click_counts_once(cast, owed):
    file, key = attachment(cast.district_regulator.actor()), str(uuid.uuid4())
    sent = {"idempotency_key": key, "files_kept": str(file.public_id), **words()}
    client = cast.district_regulator.client(**EN)
    answers = [client.post(of(owed) + "waive/", sent).status_code for _ in range(2)]
    late = waive(cast.city_regulator, owed, until_on=str(clock.today() + dt.timedelta(days=60)))
    assert (answers, late.status_code, Waiver.objects.count()) == ([302, 302], 422, 1)
    assert "Somebody has waived it already" in late.content.decode()


def test_another_district_neither_waives_nor_revokes(cast, owed):
    waive(cast.district_regulator, owed)
    waiver = Waiver.objects.get()
    for address in (of(owed) + "waive/", f"/due/waivers/{waiver.public_id}/revoke/"):
        assert cast.other_district_regulator.client().get(address).status_code == 404
        assert cast.own_manager.client().get(address).status_code == 403


def test_revoked_the_unit_reads_why_and_it_is_late_again(cast, owed):
    waive(cast.district_regulator, owed)
    address = f"/due/waivers/{Waiver.objects.get().public_id}/revoke/"
    sent = {"idempotency_key": str(uuid.uuid4()), "reason": "people moved in"}
    assert cast.city_regulator.client(**EN).post(address, sent)["Location"] == of(owed)
    take_all_steps(at=clock.now())
    assert list(Alert.objects.filter(elevator=cast.elevator_own).order_by("pk").values_list("state", flat=True)) == [
        "RESOLVED",
        "OPEN",
    ]
    assert "people moved in" in page(cast.own_manager, of(owed))


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_costs_the_same_with_one_waiver_and_three(cast, owed, django_assert_num_queries, count):
    for n in range(count):
        waive(cast.district_regulator, owed, reference=f"GL-{n}")
        if n < count - 1:
            revoke_waiver(waiver_id=Waiver.objects.latest("pk").pk, reason="r", by=system("tests"), at=clock.now())
    assert Waiver.objects.count() == count
    client = cast.own_manager.client()
    client.get(of(owed))
    with django_assert_num_queries(26):
        client.get(of(owed))


# --- REST -------------------------------------------------------------------------------------------------------------


def post(person, address: str, body: dict, **headers):
    headers = {"Idempotency-Key": str(uuid.uuid4()), **EN, **headers}
    return person.client().post(API + address, json.dumps(body), content_type="application/json", headers=headers)


def asked(person, row: Obligation, **values) -> dict:
    return {**words(**values), "obligation": str(row.public_id), "files": [str(attachment(person.actor()).public_id)]}


def test_a_waiver_is_granted_read_and_revoked_over_rest(cast, owed):
    officer = cast.district_regulator
    made = post(officer, "waivers/", asked(officer, owed))
    assert (made.status_code, made.json()["obligation"], made["ETag"]) == (201, str(owed.public_id), '"1"')
    seen = cast.own_manager.client().get(f"{API}obligations/{owed.public_id}/").json()
    assert (seen["status"], seen["waiver"], seen["law_due_on"]) == ("WAIVED", made.json()["id"], str(owed.due_on))
    address = f"waivers/{made.json()['id']}/revoke/"
    assert post(officer, address, {"reason": "r"}, **{"If-Match": '"9"'}).status_code == 412
    assert post(officer, address, {"reasons": "r", "reason": "r"}).json()["errors"][0]["pointer"] == "/reasons"
    ended = post(officer, address, {"reason": "people moved in"}, **{"If-Match": '"1"'})
    assert (ended.status_code, ended.json()["revoked_reason"], ended["ETag"]) == (200, "people moved in", '"2"')


def test_rest_says_no_in_problems_with_codes(cast, owed):
    officer = cast.district_regulator
    refused = post(officer, "waivers/", asked(officer, owed, until_on="2020-01-01"))
    assert (refused.status_code, refused.json()["code"]) == (400, "waiver-backwards")
    assert refused.json()["errors"][0]["pointer"] == "/until_on"
    assert post(cast.other_district_regulator, "waivers/", asked(officer, owed)).status_code == 404
    assert post(cast.own_manager, "waivers/", asked(cast.own_manager, owed)).status_code == 403
    theirs = {**asked(officer, owed), "files": [str(attachment(cast.stranger.actor()).public_id)]}
    assert post(officer, "waivers/", theirs).status_code == 404
    assert not Waiver.objects.exists()


def test_machines_ask_for_what_changed_since(cast, owed):
    before = clock.now().isoformat().replace("+", "%2B")
    client = cast.district_regulator.client()
    assert client.get(f"{API}obligations/?updated_since={before}").json()["results"] == []
    waive(cast.district_regulator, owed)
    for name in ("obligations", "waivers"):
        assert len(client.get(f"{API}{name}/?updated_since={before}").json()["results"]) == 1
    held = [len(client.get(f"{API}waivers/?holds_on={day}").json()["results"]) for day in (clock.today(), "2020-01-01")]
    assert held == [1, 0]


ZH = {"accept-language": "zh-hans"}


def plain(answer: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", answer).split())


def test_the_waive_page_says_beforehand_what_follows(cast, owed):
    says = plain(page(cast.district_regulator, of(owed) + "waive/"))
    alert = Alert.objects.get(elevator=cast.elevator_own)
    for said in (
        "Alerts that end when it begins periodic inspection overdue",
        "The day after its last day it is late again at once and raises a new alert.",
        "nothing more: it is late already",
        "Who is told, at once Using unit A, Present maintenance unit 2 people",
    ):
        assert said in says
    assert f"/due/alerts/{alert.public_id}/" in page(cast.district_regulator, of(owed) + "waive/")


def test_of_what_is_not_late_yet_the_waive_page_names_what_would_be_said(cast, settings, tmp_path):
    due = clock.today() + dt.timedelta(days=20)
    owe([cast.elevator_own], due_on=due)
    says = plain(page(cast.district_regulator, of(Obligation.objects.get()) + "waive/"))
    days = {ahead: str(due - dt.timedelta(days=ahead)) for ahead in (30, 15, 7, -1)}
    assert "none: no alert is open" in says
    assert f"{days[15]} warning 15 days before the last {days[7]} warning 7 days before the last" in says
    assert f"{days[-1]} alert; the elevator must not be used" in says
    assert days[30] not in says  # is over
    assert f"late at once where {due} is over by then" in says


def test_the_page_says_who_was_told(cast, owed):
    says = plain(page(cast.own_manager, of(owed)))
    assert "told: Using unit A, Present maintenance unit" in says
    assert "Former" not in says


def test_the_e_file_tells_of_a_waiver_and_of_its_end(cast, owed):
    waive(cast.district_regulator, owed)
    revoke_waiver(waiver_id=Waiver.objects.get().pk, reason="over", by=cast.district_regulator.actor(), at=clock.now())
    kept = LifeEvent.objects.filter(elevator=cast.elevator_own, kind="WAIVER").order_by("sequence")
    assert list(kept.values_list("outcome", flat=True)) == ["grant", "revoke"]
    until = str(clock.today() + dt.timedelta(days=30))
    assert kept[0].details == {
        "obligation": "PERIODIC_INSPECTION",
        "kind": "WAIVED",
        "until": until,
        "reference": "GL-2026-7",
    }
    timeline = plain(page(cast.own_manager, f"/elevators/{cast.elevator_own.public_id}/").split('id="timeline"')[1])
    assert f"GL-2026-7 · periodic inspection · granted · until {until}" in timeline
    assert "revoked: it is owed again" in timeline


def test_sources_of_law_are_read_in_chinese_and_without_codes(cast, owed):
    Obligation.objects.filter(pk=owed.pk).update(clause="TSG T7001-2023 4.1, 特种设备安全法 art. 40", rule="T7001-2023")
    text = plain(cast.own_manager.client(**ZH).get(of(owed)).content.decode().split("<main")[1])
    assert "TSG T7001-2023 第 4.1 条；特种设备安全法 第 40 条" in text
    for code in ("art.", "[D]", "R2", "policy", "PERIODIC", "策略"):
        assert code not in text, code
