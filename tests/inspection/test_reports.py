"""Reports of bodies: what is taken, what is refused and why, and what becomes of it in the ledger."""

import datetime as dt

import pytest
from django.db import DatabaseError, transaction

from common.models import AuditRecord
from compliance.models import Obligation
from inspection.actions import Filed, ReportNotTaken, file_report, file_reports
from inspection.models import Inspection, Report
from registry.actions import set_registration_state
from registry.models import LifeEvent
from tests.factories.make import make_unit
from tests.factories.reports import (
    BY,
    charge,
    license_body,
    make_body,
    make_inspected,
    make_inspector,
    moment,
    report_of,
)

pytestmark = pytest.mark.django_db
AT = moment("2025-06-10 10:00")


@pytest.fixture
def body(db):
    return make_body()


@pytest.fixture
def inspector(body):
    return make_inspector(body)


@pytest.fixture
def elevator(body):
    return make_inspected(body)


def refused(filing, body, at=AT) -> str:
    with pytest.raises(ReportNotTaken) as caught:
        file_report(filing=filing, body=body, by=BY, at=at)
    assert not Report.objects.filter(number=filing.number).exists()
    assert str(caught.value.message)
    return f"{caught.value.code} {caught.value.field or ''}".strip()


def state_of(elevator, period="2025"):
    row = Obligation.objects.get(elevator=elevator, period=period, kind__in=("PERIODIC_INSPECTION", "SELF_TEST"))
    return row.status, row.met_on


# --- taken --------------------------------------------------------------------------------------------------------------


def test_a_report_meets_its_obligation_opens_the_next_and_is_an_event(body, inspector, elevator):
    filed = file_report(filing=report_of(elevator, inspector, next_on=dt.date(2026, 5, 1)), body=body, by=BY, at=AT)
    report = filed.report
    assert (filed.replayed, report.verdict, report.verdict_text) == (False, "PASSED", "合格")
    assert (report.next_on, report.next_computed_on) == (dt.date(2026, 5, 31), dt.date(2026, 5, 31))
    assert report.warnings == []
    assert state_of(elevator) == ("MET", dt.date(2025, 5, 12))
    assert state_of(elevator, "2026") == ("PENDING", None)
    event = LifeEvent.objects.get(elevator=elevator, kind="INSPECTED")
    assert (event.outcome, event.source_id) == ("PASSED", str(report.public_id))
    assert event.details == {"kind": "PERIODIC", "number": report.number, "concluded_on": "2025-05-12"}
    assert AuditRecord.objects.filter(action="inspection.file_report", subject_id=str(report.public_id)).count() == 1
    assert [person.pk for person in report.people.all()] == [inspector.pk]


def test_a_report_never_changes(body, inspector, elevator):
    report = file_report(filing=report_of(elevator, inspector), body=body, by=BY, at=AT).report
    for change in (lambda: Report.objects.filter(pk=report.pk).update(verdict="FAILED"), report.delete):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()


def test_the_same_report_again_answers_with_the_first(body, inspector, elevator):
    filing = report_of(elevator, inspector, number="N 1")
    first = file_report(filing=filing, body=body, by=BY, at=AT)
    again = file_report(filing=filing, body=body, by=BY, at=AT + dt.timedelta(days=30))
    assert (again.replayed, again.report) == (True, first.report)
    assert (Report.objects.count(), Inspection.objects.count()) == (1, 1)
    assert LifeEvent.objects.filter(kind="INSPECTED").count() == 1


def test_a_replay_is_answered_even_when_it_would_be_refused_today(body, inspector, elevator):
    filing = report_of(elevator, inspector)
    file_report(filing=filing, body=body, by=BY, at=AT)
    set_registration_state(elevator_id=elevator.pk, state="SCRAPPED", reference="test", by=BY, at=AT)
    assert file_report(filing=filing, body=body, by=BY, at=AT).replayed


def test_a_verdict_is_stored_as_stated_and_only_warned_about(body, inspector, elevator):
    from inspection.actions import ItemLine

    items = (ItemLine("A1.2.2.17", "×"), ItemLine("A1.3.13", "√", "0.5 m/s", "quiet"))
    report = file_report(filing=report_of(elevator, inspector, items=items), body=body, by=BY, at=AT).report
    assert report.verdict == "PASSED"
    codes = [warning["code"] for warning in report.warnings]
    assert codes == ["VERDICT_CONTRADICTS_ITEMS", "ITEMS_MISSING"]
    assert report.warnings[0]["expected"] == "FAILED"
    assert [(line.item.code, line.sign, line.measured, line.remark) for line in report.results.all()] == [
        ("A1.2.2.17", "DOES_NOT", "", ""),
        ("A1.3.13", "MEETS", "0.5 m/s", "quiet"),
    ]


def test_a_printed_month_that_differs_is_warned_about_and_alerts_earlier(body, inspector, elevator):
    filing = report_of(elevator, inspector, next_on=dt.date(2026, 3, 1))
    report = file_report(filing=filing, body=body, by=BY, at=AT).report
    assert report.warnings == [{"code": "NEXT_DATE_DIFFERS", "computed": "2026-05", "printed": "2026-03"}]
    row = Obligation.objects.get(elevator=elevator, period="2026", kind="SELF_TEST")
    assert (row.due_on, row.alert_after) == (dt.date(2026, 5, 31), dt.date(2026, 3, 31))


def test_a_printed_month_later_than_the_law_alerts_by_the_law(body, inspector, elevator):
    file_report(filing=report_of(elevator, inspector, next_on=dt.date(2027, 5, 1)), body=body, by=BY, at=AT)
    row = Obligation.objects.get(elevator=elevator, period="2026", kind="SELF_TEST")
    assert row.alert_after == row.due_on == dt.date(2026, 5, 31)


def test_a_new_elevator_begins_its_five_years_of_warranty(body, inspector, elevator):
    filing = report_of(elevator, inspector, kind="INSTALLATION", concluded_on="2024-05-20")
    report = file_report(filing=filing, body=body, by=BY, at=AT).report
    assert (report.warranty_until, report.warranty_rule) == (dt.date(2029, 5, 19), "NANJING-2021-5Y")
    periodic = file_report(filing=report_of(elevator, inspector), body=body, by=BY, at=AT).report
    assert periodic.warranty_until is None


# --- refused ------------------------------------------------------------------------------------------------------------


def test_what_is_dated_after_today_is_refused_by_the_day_in_nanjing(body, inspector, elevator):
    late = report_of(elevator, inspector, concluded_on="2025-05-12")
    assert refused(late, body, moment("2025-05-11 23:59")) == "report-in-future concluded_on"
    assert file_report(filing=late, body=body, by=BY, at=moment("2025-05-12 00:01"))


def test_what_comes_before_its_window_is_refused_and_says_when_it_opens(body, inspector, elevator):
    assert refused(report_of(elevator, inspector, concluded_on="2025-02-28"), body) == "report-too-early concluded_on"
    file_report(filing=report_of(elevator, inspector), body=body, by=BY, at=AT)
    with pytest.raises(ReportNotTaken, match="2026-04-01"):
        file_report(filing=report_of(elevator, inspector, concluded_on="2025-06-01"), body=body, by=BY, at=AT)


def test_nothing_is_inspected_that_is_scrapped(body, inspector, elevator):
    set_registration_state(
        elevator_id=elevator.pk, state="SCRAPPED", reference="test", by=BY, at=moment("2025-05-01 09:00")
    )
    assert refused(report_of(elevator, inspector), body) == "report-elevator-scrapped elevator"


def test_an_inspector_needs_a_certificate_for_that_kind_on_that_day(body, inspector, elevator):
    worker = make_inspector(body, "worker", kind="ELEVATOR_WORK")
    fresh = make_inspector(body, "fresh", first="2025-05-13")
    for person in (worker, fresh):
        assert refused(report_of(elevator, inspector, person), body) == "inspector-not-certified people"
    stranger = make_inspector(make_body("Another body"))
    assert refused(report_of(elevator, stranger), body) == "inspector-unknown people"


def test_who_does_not_answer_for_the_elevator_files_nothing(inspector, body, elevator):
    other = make_body("Another body")
    assert refused(report_of(elevator, make_inspector(other)), other) == "not-responsible elevator"
    charge(other, elevator, since=moment("2025-05-13 00:00"))
    assert refused(report_of(elevator, make_inspector(other)), other) == "not-responsible elevator"


def test_only_licensed_bodies_inspect(elevator):
    body = make_unit("Unlicensed", kind="INSPECTION_BODY")
    charge(body, elevator)
    inspector = make_inspector(body)
    assert refused(report_of(elevator, inspector), body) == "body-not-licensed kind"
    license_body(body, kinds=["SELF_TEST"])
    license_body(body, last="2025-05-11")
    assert refused(report_of(elevator, inspector), body) == "body-not-licensed kind"
    license_body(body, first="2025-05-12")
    assert file_report(filing=report_of(elevator, inspector), body=body, by=BY, at=AT)


def test_a_maintenance_unit_tests_but_does_not_inspect(elevator):
    unit = make_unit("Maintenance", kind="MAINTENANCE_UNIT")
    charge(unit, elevator, role="MAINTENANCE_UNIT")
    tester = make_inspector(unit, role="MAINTENANCE_WORKER")
    assert refused(report_of(elevator, tester), unit) == "not-a-filer kind"
    test = report_of(elevator, tester, kind="SELF_TEST", concluded_on="2026-04-07", verdict="符合要求")
    assert file_report(filing=test, body=unit, by=BY, at=moment("2026-04-08 09:00")).report.verdict == "PASSED"


def test_a_number_is_used_once(body, inspector, elevator):
    file_report(filing=report_of(elevator, inspector, number="N1"), body=body, by=BY, at=AT)
    other = report_of(elevator, inspector, number=" N1 ", issued_on=dt.date(2025, 5, 20))
    with pytest.raises(ReportNotTaken) as caught:
        file_report(filing=other, body=body, by=BY, at=AT)
    assert (caught.value.code, caught.value.field, Report.objects.count()) == ("report-number-taken", "number", 1)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"verdict": "very good"}, "verdict-unknown verdict"),
        ({"verdict": "UNSTATED"}, "verdict-unknown verdict"),
        ({"issued_on": dt.date(2025, 5, 11)}, "issue-date-unfit issued_on"),
        ({"issued_on": dt.date(2025, 6, 11)}, "issue-date-unfit issued_on"),
        ({"items": [("Z9", "√")]}, "report-item-unknown items"),
        ({"items": [("A1.1.4", "?")]}, "report-sign-unknown items"),
        ({"items": [("A1.1.4", "√"), ("A1.1.4", "×")]}, "report-item-twice items"),
        ({"supersedes": "01900000-0000-7000-8000-000000000000"}, "corrected-unknown supersedes"),
    ],
)
def test_what_is_not_right_is_named(body, inspector, elevator, values, code):
    import uuid

    from inspection.actions import ItemLine

    if "items" in values:
        values = {"items": tuple(ItemLine(*line) for line in values["items"])}
    if "supersedes" in values:
        values = {"supersedes": uuid.UUID(values["supersedes"]), "correction_reason": "typing error"}
    assert refused(report_of(elevator, inspector, **values), body) == code


# --- many at once -------------------------------------------------------------------------------------------------------


def test_bad_ones_cost_the_good_ones_nothing(body, inspector, elevator):
    other = make_inspected(body)
    good, bad = report_of(elevator, inspector), report_of(other, inspector, concluded_on="2025-06-11")
    last = report_of(other, inspector)
    outcomes = file_reports(filings=[good, bad, last, good], body=body, by=BY, at=AT)
    assert [getattr(each, "code", "filed") for each in outcomes] == ["filed", "report-in-future", "filed", "filed"]
    assert [each.replayed for each in outcomes if isinstance(each, Filed)] == [False, False, True]
    assert outcomes[3].report.pk == outcomes[0].report.pk
    assert [state_of(each)[0] for each in (elevator, other)] == ["MET", "MET"]


def test_what_was_taken_is_known_to_the_next_of_the_set(body, inspector, elevator):
    """The second would be in time by itself, but the first has met what was open."""
    first = report_of(elevator, inspector, concluded_on="2025-05-12")
    second = report_of(elevator, inspector, concluded_on="2025-05-20")
    outcomes = file_reports(filings=[first, second], body=body, by=BY, at=AT)
    assert getattr(outcomes[1], "code", "") == "report-too-early"


def test_a_set_takes_the_same_number_of_statements_however_large(body, inspector, django_assert_num_queries):
    elevators = [make_inspected(body) for _ in range(4)]
    for chosen in (elevators[:1], elevators[1:]):
        filings = [report_of(elevator, inspector) for elevator in chosen]
        with django_assert_num_queries(43):
            file_reports(filings=filings, body=body, by=BY, at=AT)


# --- corrections --------------------------------------------------------------------------------------------------------


def test_a_correction_is_another_row_and_the_fact_follows(body, inspector, elevator):
    wrong = file_report(filing=report_of(elevator, inspector, number="N1"), body=body, by=BY, at=AT).report
    right = report_of(
        elevator,
        inspector,
        number="N1",
        concluded_on="2025-05-13",
        supersedes=wrong.public_id,
        correction_reason="wrong day",
    )
    report = file_report(filing=right, body=body, by=BY, at=AT).report
    assert (report.supersedes, report.revision) == (wrong, 2)
    assert list(Report.objects.standing()) == [report]
    assert [row.concluded_on for row in Inspection.objects.counting()] == [dt.date(2025, 5, 13)]
    assert state_of(elevator) == ("MET", dt.date(2025, 5, 13))
    assert file_report(filing=right, body=body, by=BY, at=AT).replayed
    with pytest.raises(ReportNotTaken) as caught:
        file_report(
            filing=report_of(elevator, inspector, supersedes=wrong.public_id, correction_reason="again"),
            body=body,
            by=BY,
            at=AT,
        )
    assert caught.value.code == "corrected-unknown"


def test_a_report_about_the_wrong_elevator_is_corrected_to_the_right_one(body, inspector, elevator):
    other = make_inspected(body)
    wrong = file_report(filing=report_of(elevator, inspector), body=body, by=BY, at=AT).report
    right = report_of(other, inspector, supersedes=wrong.public_id, correction_reason="another elevator")
    file_report(filing=right, body=body, by=BY, at=AT)
    assert [state_of(each)[0] for each in (elevator, other)] == ["PENDING", "MET"]
    assert LifeEvent.objects.filter(elevator=elevator, kind="CORRECTED").count() == 1


def test_only_ones_own_reports_are_corrected(body, inspector, elevator):
    other = make_body("Another body")
    charge(other, elevator)
    wrong = file_report(filing=report_of(elevator, inspector), body=body, by=BY, at=AT).report
    filing = report_of(elevator, make_inspector(other), supersedes=wrong.public_id, correction_reason="not ours")
    assert refused(filing, other) == "corrected-unknown supersedes"
