"""The state of inspection as everybody reads it on the public page, and the panel of the e-file."""

import datetime as dt
from types import SimpleNamespace

import pytest
from django.utils import translation

from common.actor import system
from common.clock import now
from compliance.actions import replan, waivers
from compliance.actions.hazards import report_hazard, take_hazard_step
from compliance.models import Obligation
from inspection.models import Inspection
from inspection.queries.public import _read
from inspection.queries.standing import standing_of
from portal.facts import Answer, _differs, _spoken, answer_of
from registry.models import Elevator, PlateCity
from registry.queries.public import public_elevator_numbered
from tests.factories.make import NANJING, area
from tests.factories.reports import make_body, make_inspected, moment

BLANK = dict.fromkeys(
    ("place", "building", "internal_number", "district", "district_en", "area", "area_en", "kind", "kind_en", "using_unit",
     "maintenance_unit"), ""
)  # fmt: skip

pytestmark = pytest.mark.django_db


@pytest.fixture
def elevator(db):
    return make_inspected(make_body(), rescue_code="035302")


def told(elevator, at: str) -> dict | None:
    at = moment(at)
    replan(elevator_ids=[elevator.pk], at=at)
    city = PlateCity.objects.filter(area=area(NANJING)).first() or PlateCity.objects.create(
        area=area(NANJING), number="320100"
    )
    found = public_elevator_numbered("035302", city=city.number, at=at)
    return found.facts.get("next_inspection_on")


def inspected(elevator, day: str, verdict: str, kind="PERIODIC"):
    Inspection.objects.create(
        elevator=elevator, kind=kind, concluded_on=day, verdict=verdict, generation="T7001_2023", source="test",
        filed_at=moment(f"{day} 12:00"), filed_by_kind="SYSTEM", filed_by_id="tests",
    )  # fmt: skip


def test_what_is_due_and_what_is_late_by_the_day_in_nanjing(elevator):
    assert told(elevator, "2025-05-31 23:59") == {"state": "VALID", "inspected": "", "next_due": "2025-05"}
    late = told(elevator, "2025-06-01 00:01")
    assert late == {"state": "OVERDUE", "inspected": "", "next_due": "2025-05", "since": "2025-06-01"}
    assert _spoken(late) == "overdue since 2025-06-01: do not use"


def headline(elevator, at: str) -> tuple:
    told(elevator, at)
    found = public_elevator_numbered("035302", city=PlateCity.objects.get().number, at=moment(at))
    shown = answer_of(found, by_number=True).context("/e/035302")
    return shown["state"], str(shown["status"]), shown["since"]


def test_what_must_not_be_used_is_not_headed_in_use(elevator):
    """The first words of the page are what a rider acts on."""
    assert headline(elevator, "2025-05-31 23:59")[:2] == ("ok", "In use")
    assert headline(elevator, "2025-06-01 00:01") == ("danger", "Do not use: not inspected in time", "2025-06-01")
    inspected(elevator, "2025-06-02", "FAILED")
    assert headline(elevator, "2025-06-03 09:00")[:2] == ("danger", "Do not use: inspection not passed")


def test_a_major_hazard_bars_the_use_from_its_confirmation_until_somebody_else_has_verified_it(elevator):
    """What was only reported tells riders nothing; what is said to be mended is not mended yet."""
    inspected(elevator, "2025-05-12", "PASSED")
    at, barred = moment("2025-06-10 09:00"), ("danger", "Do not use: major hazard, not mended yet", "2025-06-09")
    hazard = report_hazard(
        elevator=elevator, item="GB45067-5.6.4", details="bridged", found_on=dt.date(2025, 6, 9), source="USING_UNIT",
        by=system("tests"), at=at,
    )  # fmt: skip
    seen = {"FOUND": headline(elevator, "2025-06-10 09:00")[:2]}
    for step, by in (("confirm", "officer"), ("claim", "worker"), ("verify", "officer")):
        hazard = take_hazard_step(hazard_id=hazard.pk, step=step, note="x", by=system(by), at=at)
        seen[hazard.state] = headline(elevator, "2025-06-10 09:00")
    assert seen["FOUND"] == seen.pop("CLOSED")[:2] == ("ok", "In use")
    assert (seen["CONFIRMED"], seen["CLAIMED_FIXED"]) == (barred, barred)


def test_a_pass_names_the_next_month_and_a_failure_bars_the_use(elevator):
    inspected(elevator, "2025-05-12", "PASSED")
    said = told(elevator, "2025-06-10 09:00")
    assert said == {"state": "VALID", "inspected": "2025-05", "next_due": "2026-05"}
    assert _spoken(said) == "inspected 2025-05, next due 2026-05"
    Inspection.objects.update(withdrawn_at=moment("2025-06-11 09:00"))
    inspected(elevator, "2025-05-13", "FAILED")
    said = told(elevator, "2025-06-12 09:00")
    assert (said["state"], _spoken(said)) == ("FAILED", "inspected 2025-05, not passed: do not use")


@pytest.mark.parametrize(
    ("at", "says"),
    [
        ("2025-05-31 23:59", "inspected not known, next due 2025-05"),
        ("2025-06-01 00:01", "inspected not known; the authority has put off the next inspection until 2025-08-31"),
        ("2025-09-01 00:01", "overdue since 2025-09-01: do not use"),
    ],
)
@pytest.mark.parametrize("kind", ["WAIVED", "POSTPONED"])
def test_what_an_authority_put_off_is_neither_called_valid_nor_overdue(elevator, kind, at, says, monkeypatch):
    replan(elevator_ids=[elevator.pk], at=moment("2025-05-01 09:00"))
    owed = Obligation.objects.get(elevator=elevator, kind="PERIODIC_INSPECTION", period="2025")
    monkeypatch.setattr(waivers, "claim_attachments", lambda files, **_given: files)
    waivers.grant_waiver(
        obligation_id=owed.pk,
        kind=kind,
        from_on=dt.date(2025, 5, 1),
        until_on=dt.date(2025, 8, 31),
        reason="flood",
        clause="art. 40",
        reference="GL-7",
        files=["file"],
        by=system("officer"),
        at=moment("2025-05-01 10:00"),
    )
    assert _spoken(told(elevator, at)) == says


@pytest.mark.parametrize(
    ("kind", "day", "verdict", "state"),
    [
        ("INSTALLATION", "2025-05-20", "PASSED", "VALID"),
        ("RELOCATION", "2025-05-20", "PASSED", "VALID"),
        ("ALTERATION", "2025-05-20", "PASSED_AFTER_RECTIFICATION", "VALID"),
        ("ALTERATION", "2025-05-20", "FAILED", "FAILED"),
        ("ALTERATION", "2025-05-12", "PASSED", "FAILED"),  # before the failure of the same day
        ("MAJOR_REPAIR", "2025-05-31", "PASSED", "VALID"),
        ("MAJOR_REPAIR", "2025-06-01", "PASSED", "FAILED"),  # the repair came after the last day: R5 waives nothing
        ("SELF_TEST", "2025-05-20", "PASSED", "FAILED"),
    ],
)
def test_what_ends_a_failure_besides_another_inspection(elevator, kind, day, verdict, state):
    inspected(elevator, "2025-05-12", "FAILED")
    assert told(elevator, "2025-05-13 09:00")["state"] == "FAILED"
    inspected(elevator, day, verdict, kind=kind)
    said = told(elevator, "2025-06-10 09:00")
    assert (said["state"], "do not use" in _spoken(said)) == (state, state == "FAILED")


def test_an_alteration_under_an_earlier_rule_ends_no_failure(elevator):
    inspected(elevator, "2025-05-12", "FAILED")
    inspected(elevator, "2025-05-20", "PASSED", kind="ALTERATION")
    Inspection.objects.filter(kind="ALTERATION").update(generation="EARLIER")
    assert told(elevator, "2025-06-10 09:00")["state"] == "FAILED"


@pytest.mark.parametrize(("printed", "warned"), [("2026-05", False), ("2026-09", True), ("", False)])
def test_a_label_that_names_another_month_is_said(printed, warned):
    facts = {"next_inspection_on": {"state": "VALID", "inspected": "2025-05", "next_due": "2026-05"}}
    assert _differs(facts | ({"use_label_inspection_month": printed} if printed else {})) is warned
    lift = SimpleNamespace(facts=facts | ({"use_label_inspection_month": printed} if printed else {}), **BLANK)
    with translation.override("en"):
        labels = [label for label, _value in Answer("hangs", 200, lift).rows()]
    assert ("Beware" in labels) is warned


def test_a_late_self_test_does_not_bar_the_use(elevator):
    inspected(elevator, "2025-05-12", "PASSED")
    said = told(elevator, "2026-06-01 09:00")
    assert (said["state"], said["since"]) == ("SELF_TEST_OVERDUE", "2026-06-01")
    assert "do not use" not in _spoken(said)


def test_nothing_known_is_said_and_nothing_of_what_is_not_in_use(elevator):
    nothing = {"inspected_on": None, "failed": None, "due_on": None, "barred_on": None, "today": "2025-06-01"}
    assert _spoken(_read(nothing)) == "not known"
    Elevator.objects.filter(pk=elevator.pk).update(registration_state="SCRAPPED")
    assert told(elevator, "2025-06-10 09:00") is None


def test_the_panel_takes_four_statements(elevator, django_assert_num_queries):
    for rows in (1, 3):
        for number in range(rows):
            inspected(elevator, f"20{20 + rows}-05-1{number}", "PASSED")
        with django_assert_num_queries(4):
            found = standing_of(elevator)
    replan(elevator_ids=[elevator.pk], at=now())
    assert [row.concluded_on for row in found.last] == [dt.date(2023, 5, 12)]
