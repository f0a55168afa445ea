"""The data-quality ledger: what is found, who sees it, what ends it, and that nothing forgets to be judged."""

import datetime as dt
import json
import uuid
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.db import connection

from common.actor import system
from common.audit import AuditRecord
from common.clock import now
from registry import actions
from registry.actions import quality
from registry.models import DataIssue, Elevator, Manufacturer, ManufacturerSpelling, QualityDue, QualityScore
from registry.queries.quality import area_scores, issue_counts, spellings_seen, unit_scores
from registry.rules.spellings import folded, propose
from tests.common.together import at_once
from tests.factories.cast import SUBDISTRICT
from tests.factories.make import GULOU, client_for, make_elevator, make_unit

BY = system("tests")
LIST, API = "/elevators/quality/", "/api/v1/registry/data-issues/"


def change(elevator, **values):
    actions.change_elevator(elevator_id=elevator.pk, values=values, version=None, by=BY, at=now())


def issues(elevator, state="OPEN") -> set[tuple[str, str]]:
    return set(DataIssue.objects.filter(elevator=elevator, state=state).values_list("check_code", "column"))


def judge():
    quality.judge_all_due(at=now())


COMPLETE = {
    "equipment_code": "31103201020160001",
    "class_code_id": "3110",
    "manufacturer_name": "Maker 1",
    "rated_load_kg": 1000,
    "rated_speed_mps": Decimal("1.75"),
    "latitude": Decimal("32.060000"),
    "longitude": Decimal("118.770000"),
    "coord_source": "GPS",
    "commissioned_on": dt.date(2016, 1, 1),
}


@pytest.fixture
def elevator(db):
    """Complete, so that each test spoils what it is about."""
    values = {key.removesuffix("_id") if key == "class_code_id" else key: value for key, value in COMPLETE.items()}
    from registry.models import ElevatorClass

    values |= {"class_code": ElevatorClass.objects.get(pk="3110"), "equipment_code": "31103201020160001"}
    values["equipment_code"] = "311032010" + "2016" + "00001"
    made = make_elevator(area_code=SUBDISTRICT, using_unit=make_unit("U", area_code=GULOU), **values)
    judge()
    assert issues(made) == set()
    return made


def test_what_is_spoilt_is_found_and_what_is_mended_is_closed(elevator):
    change(elevator, rated_load_kg=99_929, manufacturer_name="")
    assert QualityDue.objects.filter(elevator=elevator).exists()
    judge()
    assert issues(elevator) == {("quantity-impossible", "rated_load_kg"), ("maker-missing", "manufacturer_name")}
    change(elevator, rated_load_kg=1_000)
    judge()
    assert issues(elevator) == {("maker-missing", "manufacturer_name")}
    ended = DataIssue.objects.get(elevator=elevator, state="RESOLVED")
    assert (ended.check_code, ended.ended_by_kind, ended.ended_by_id) == ("quantity-impossible", "SYSTEM", "quality")
    assert not QualityDue.objects.exists()


def test_judging_twice_finds_nothing_new(elevator):
    change(elevator, rated_load_kg=99_929)
    judge()
    before = list(DataIssue.objects.values())
    quality.note_everything()
    judge()
    assert list(DataIssue.objects.values()) == before


def test_another_wrong_value_is_the_same_issue_with_the_new_value(elevator):
    change(elevator, rated_load_kg=99_929)
    judge()
    change(elevator, rated_load_kg=88_000)
    judge()
    issue = DataIssue.objects.get(elevator=elevator)
    assert (issue.state, issue.params["value"]) == ("OPEN", "88000")


def test_every_way_of_writing_an_elevator_notes_it(elevator, django_assert_num_queries):
    """The page, the ORM behind everybody's back, COPY and plain SQL alike."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE registry_elevator SET rated_load_kg = 99999, version = version + 1")
    assert QualityDue.objects.count() == 1
    judge()
    with connection.cursor() as cursor:
        cursor.execute("UPDATE registry_elevator SET flag_bits = 0")  # nothing that is judged
    assert QualityDue.objects.count() == 0
    row = Elevator.objects.get(pk=elevator.pk)
    row.pk, row.public_id, row.equipment_code, row.rescue_code = None, uuid.uuid4(), None, "111111"
    row._state.adding = True
    from common.copying import copy_in

    copy_in(Elevator, [row])
    assert QualityDue.objects.get().elevator_id == row.pk


def test_two_sweeps_share_the_work_and_find_each_thing_once(transactional_db):
    made = [make_elevator(area_code=SUBDISTRICT) for _number in range(40)]
    at = now()
    done = at_once(*[lambda: sum(iter(lambda: quality.judge_due(at=at, largest=5), 0)) for _sweep in range(4)])
    assert sum(done) == len(made)
    assert not QualityDue.objects.exists()
    per_elevator = DataIssue.objects.filter(check_code="class-missing").count()
    assert per_elevator == len(made)


def test_sweep_that_dies_leaves_the_work_to_the_next(transactional_db, monkeypatch):
    make_elevator(area_code=SUBDISTRICT)
    monkeypatch.setattr(quality, "copy_in", lambda *_args: (_ for _ in ()).throw(RuntimeError("killed")))
    with pytest.raises(RuntimeError):
        quality.judge_due(at=now())
    assert (QualityDue.objects.count(), DataIssue.objects.count()) == (1, 0)
    monkeypatch.undo()
    judge()
    assert DataIssue.objects.exists()


# --- accepting -----------------------------------------------------------------------------------------------------------


def accepted(elevator, reason="vehicle lift, certificate 12") -> DataIssue:
    issue = DataIssue.objects.get(elevator=elevator, state="OPEN")
    return quality.accept_issue(issue_id=issue.pk, reason=reason, by=BY, at=now())


def test_accepted_value_is_not_asked_again_until_it_changes(elevator):
    change(elevator, rated_load_kg=12_000)
    judge()
    issue = accepted(elevator)
    assert AuditRecord.objects.get(subject_id=str(issue.public_id)).action == "registry.accept_data_issue"
    change(elevator, building="B")
    judge()
    assert issues(elevator) == set()
    change(elevator, rated_load_kg=13_000)
    judge()
    assert issues(elevator) == {("quantity-impossible", "rated_load_kg")}
    assert DataIssue.objects.filter(elevator=elevator).count() == 2


def test_accepting_needs_a_reason_and_an_open_issue(elevator):
    change(elevator, rated_load_kg=12_000)
    judge()
    with pytest.raises(quality.ReasonNeeded):
        accepted(elevator, reason=" \n ")
    issue = accepted(elevator)
    assert quality.accept_issue(issue_id=issue.pk, reason=issue.reason, by=BY, at=now()).ended_at == issue.ended_at
    with pytest.raises(quality.IssueEnded):
        quality.accept_issue(issue_id=issue.pk, reason="another", by=system("else"), at=now())


# --- pages and REST ------------------------------------------------------------------------------------------------------


def test_list_does_not_call_complete_what_nobody_has_looked_at(cast):
    page = lambda who: who.client().get(LIST).content.decode()  # noqa: E731
    judge()
    DataIssue.objects.all().delete()
    assert "every elevator that you see is complete" in page(cast.city_regulator)
    change(cast.elevator_own, rated_load_kg=800)
    assert "not yet checked, of the elevators that you see: 1." in page(cast.city_regulator)
    assert "is complete" not in page(cast.city_regulator)
    assert "not yet checked" not in page(cast.stranger)


def queries_of(client, path, captured) -> int:
    with captured() as statements:
        assert client.get(path).status_code == 200
    return len(statements)


@pytest.mark.parametrize("path", [LIST, API])
def test_list_costs_the_same_for_one_row_and_for_three(cast, django_assert_max_num_queries, path):
    judge()
    DataIssue.objects.exclude(elevator=cast.elevator_own, check_code="class-missing").delete()
    client = cast.own_manager.client()
    client.get(path)
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as one:
        assert client.get(path).status_code == 200
    quality.note_everything()
    judge()
    assert DataIssue.objects.filter(elevator=cast.elevator_own).count() >= 3
    with CaptureQueriesContext(connection) as three:
        assert client.get(path).status_code == 200
    assert (len(one), len(three)) == ({LIST: 16, API: 4}[path],) * 2


def test_worklist_says_what_is_wrong_and_leads_to_the_correction(cast):
    judge()
    page = cast.own_manager.client(**{"Accept-Language": "en"}).get(LIST).content.decode()
    assert "No class" in page
    assert "Choose the class from the plate." in page
    assert f"/elevators/{cast.elevator_own.public_id}/change/" in page
    assert str(cast.elevator_foreign.public_id) not in page


def test_somebody_who_may_only_look_is_offered_no_correction(cast):
    judge()
    page = cast.colleague.client().get(LIST).content.decode()
    assert str(cast.elevator_own.public_id) in page
    assert "/change/" not in page
    assert "/accept/" not in page


def test_accept_page_asks_for_the_reason_and_counts_once(cast):
    judge()
    issue = DataIssue.objects.filter(elevator=cast.elevator_own, check_code="class-missing").get()
    client, path = cast.own_manager.client(), f"/elevators/quality/{issue.public_id}/accept/"
    assert client.post(path, {"idempotency_key": "k" * 10, "reason": ""}).status_code == 422
    for _click in range(2):
        answer = client.post(path, {"idempotency_key": "l" * 10, "reason": "not in the catalogue"})
        assert answer.status_code == 302
    issue.refresh_from_db()
    assert (issue.state, issue.reason, issue.ended_by_kind) == ("ACCEPTED", "not in the catalogue", "PERSON")
    assert str(issue.public_id) not in client.get(LIST).content.decode()


def test_api_tells_codes_and_sentences(cast):
    judge()
    client = cast.own_manager.client(**{"Accept-Language": "en"})
    rows = client.get(f"{API}?check_code=class-missing&state=OPEN").json()["results"]
    assert [row["elevator"] for row in rows] == [str(cast.elevator_own.public_id)]
    assert rows[0] | {"id": "", "found_at": ""} == {
        "id": "",
        "elevator": str(cast.elevator_own.public_id),
        "check": "class-missing",
        "column": "class_code_id",
        "kind": "MISSING",
        "params": {},
        "title": "No class",
        "sentence": "Choose the class from the plate.",
        "state": "OPEN",
        "found_at": "",
        "ended_at": None,
        "reason": "",
    }
    path = f"{API}{rows[0]['id']}/accept/"
    sent = {"content_type": "application/json", "headers": {"Idempotency-Key": "one-accept"}}
    assert client.post(path, json.dumps({"reason": "so"}), **sent).json()["state"] == "ACCEPTED"
    again = {"content_type": "application/json", "headers": {"Idempotency-Key": "another-accept"}}
    answer = client.post(path, json.dumps({"reason": "other"}), **again)
    assert (answer.status_code, answer.json()["code"]) == (409, "issue-ended")


def test_efile_shows_its_own_issues(cast):
    judge()
    page = cast.own_manager.client().get(f"/elevators/{cast.elevator_own.public_id}/").content.decode()
    assert 'id="quality"' in page


def test_counts_are_of_what_one_sees(cast):
    judge()
    mine = {row.check: row.count for row in issue_counts(cast.own_manager.actor())}
    everybody = {row.check: row.count for row in issue_counts(cast.city_regulator.actor())}
    assert (mine["class-missing"], everybody["class-missing"]) == (1, 4)


@pytest.mark.parametrize("who", ["city_regulator", "own_manager", "auditor"])
def test_issues_of_withdrawn_elevators_are_nobodys_even_before_the_sweep(cast, who):
    judge()
    Elevator.objects.filter(pk=cast.elevator_own.pk).update(registration_state="WITHDRAWN")
    player = getattr(cast, who)
    assert not DataIssue.objects.visible_to(player.actor(), "registry.view_elevator").filter(elevator=cast.elevator_own)
    assert str(cast.elevator_own.public_id) not in player.client().get(LIST).content.decode()


# --- scores --------------------------------------------------------------------------------------------------------------


def test_scores_are_kept_when_they_change(cast):
    judge()
    day = dt.date(2026, 11, 1)
    quality.score(day=day)
    first = QualityScore.objects.count()
    assert quality.score(day=day) == first
    assert QualityScore.objects.count() == first
    assert quality.score(day=day + dt.timedelta(days=1)) == 0
    DataIssue.objects.filter(elevator=cast.elevator_own).delete()
    quality.score(day=day + dt.timedelta(days=2))
    changed = QualityScore.objects.filter(day=day + dt.timedelta(days=2))
    assert {(row.area.code if row.area else "", row.unit.name if row.unit else "") for row in changed} == {
        (GULOU, ""),
        ("", "Using unit A"),
        ("", "Present maintenance unit"),
    }
    lines = {line.name: line for line in area_scores(cast.district_regulator.actor())}
    assert [(line.score.share, [share for _day, share in line.trend]) for line in lines.values()] == [(1.0, [0.0, 1.0])]
    assert {line.name for line in unit_scores(cast.own_manager.actor())} == {"Using unit A"}
    assert len(area_scores(cast.city_regulator.actor())) == 3
    assert area_scores(cast.own_manager.actor()) == []


def test_gone_elevators_do_not_count(elevator):
    quality.score(day=dt.date(2026, 11, 1))
    Elevator.objects.update(registration_state="SCRAPPED")
    quality.score(day=dt.date(2026, 11, 2))
    assert list(QualityScore.objects.filter(day=dt.date(2026, 11, 2)).values_list("elevators", flat=True)) == []


def test_command_judges_and_scores(cast, capsys):
    call_command("assess_quality", "--all")
    assert capsys.readouterr().out.startswith("4 elevators judged, ")


# --- spellings -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spelling", "key"),
    [
        ("Acme Elevator Co., Inc.", "ACME"),
        ("ＡＣＭＥ elev", "ACME"),
        ("永升电梯有限公司", "永升"),
        ("永升(中国)电梯股份有限公司", "永升"),
        ("**", ""),
    ],
)
def test_folding_leaves_what_tells_makers_apart(spelling, key):
    assert folded(spelling) == key


def test_proposals_go_to_the_commonest_spelling_or_a_confirmed_name():
    counts = {"NORDLIFT": 500, "NORDLIFT CO": 20, "NORDLIFTT": 3, "SUDLIFT": 40, "N0RDLIFT INC": 1, "**": 9}
    found = {(p.spelling, p.name) for p in propose(counts, {})}
    assert found == {("NORDLIFT CO", "NORDLIFT"), ("NORDLIFTT", "NORDLIFT")}
    confirmed = {(p.spelling, p.name) for p in propose(counts, {"NORDLIFT": "Nordlift"})}
    assert ("NORDLIFT CO", "Nordlift") in confirmed


def test_folded_spellings_keep_what_was_written(elevator, cast):
    for name in ("ACME ELEV", "ACME ELEVATOR CO", "PRIVATE HOUSE"):
        make_elevator(area_code=SUBDISTRICT, manufacturer_name=name)
    client = cast.city_regulator.client()
    sent = {"idempotency_key": "m" * 10, "spellings": "ACME ELEV\r\nACME ELEVATOR CO\n", "name": " Acme  Elevators "}
    assert client.post("/elevators/quality/spellings/", sent).status_code == 302
    maker = Manufacturer.objects.get()
    assert (maker.name, set(maker.spellings.values_list("spelling", flat=True))) == (
        "Acme Elevators",
        {"ACME ELEV", "ACME ELEVATOR CO"},
    )
    assert Elevator.objects.filter(manufacturer_name="ACME ELEV").count() == 1
    nobody = {"idempotency_key": "n" * 10, "spellings": "PRIVATE HOUSE", "name": ""}
    assert client.post("/elevators/quality/spellings/", nobody).status_code == 302
    assert ManufacturerSpelling.objects.get(spelling="PRIVATE HOUSE").manufacturer is None
    lines = {line.spelling: line.name for line in spellings_seen(cast.city_regulator.actor()).lines}
    assert lines == {
        "ACME ELEV": "Acme Elevators",
        "ACME ELEVATOR CO": "Acme Elevators",
        "PRIVATE HOUSE": "",
        "Maker 1": None,
    }


def test_groups_to_confirm_hold_every_undecided_spelling_of_a_maker(elevator, cast):
    for name in ("ACME", "ACME", "ACME ELEV", "ACME LIFT CO", "ZENITH"):
        make_elevator(area_code=SUBDISTRICT, manufacturer_name=name)
    (group,) = spellings_seen(cast.city_regulator.actor()).groups
    assert (group.name, group.spellings, group.elevators, group.sure) == (
        "ACME",
        ["ACME", "ACME ELEV", "ACME LIFT CO"],
        4,
        True,
    )
    page = cast.city_regulator.client().get("/elevators/quality/spellings/").content.decode()
    assert "?spellings=ACME%0AACME%20ELEV%0AACME%20LIFT%20CO%0A&amp;name=ACME" in page


def test_a_spelling_that_only_others_elevators_have_is_unknown(elevator, cast):
    make_elevator(area_code="320115001", manufacturer_name="SECRET SPELLING")
    client = cast.district_regulator.client()
    sent = {"idempotency_key": "o" * 10, "spellings": "SECRET SPELLING", "name": "X"}
    assert client.post("/elevators/quality/spellings/", sent).status_code == 422
    assert not Manufacturer.objects.exists()
    assert (
        "SECRET" not in client_for(cast.district_regulator.user).get("/elevators/quality/spellings/").content.decode()
    )


def test_accepting_returns_to_the_worklist_as_it_was_left(elevator, cast):
    judge()
    issue = DataIssue.objects.open().order_by("-pk").first()
    client, filtered = cast.city_regulator.client(), f"?check_code={issue.check_code}"
    accept = f"/elevators/quality/{issue.public_id}/accept/{filtered}"
    assert accept in client.get(f"/elevators/quality/{filtered}").content.decode()
    answer = client.post(accept, {"idempotency_key": "r" * 10, "reason": "as the plate says"})
    assert (answer.status_code, answer["Location"]) == (302, f"/elevators/quality/{filtered}")


def test_the_worklist_leads_to_the_spellings_of_those_who_may_fold_them(elevator, cast):
    leads = {
        who: "/elevators/quality/spellings/" in person.client().get("/elevators/quality/").content.decode()
        for who, person in (("regulator", cast.city_regulator), ("manager", cast.own_manager))
    }
    assert leads == {"regulator": True, "manager": False}
