"""Corrections and reports that rest on an order (R9), out of files: they can come that way, and what is wrong about them stands
at its column."""

import datetime as dt

import pytest

from inspection.actions import order_windows
from inspection.models import Inspection, Report
from tests.factories.make import GULOU, area
from tests.factories.reports import BY, charge, make_body, make_inspector
from tests.inspection.test_report_files import (
    AT,
    HEAD,
    actor_of,
    as_csv,
    body,
    bring,
    elevator,
    inspector,
    issues,
    make_office,
    office,
    outcomes,
    row_of,
)

pytestmark = pytest.mark.django_db
__all__ = ("body", "bring", "elevator", "inspector", "office")  # fixtures
CORRECTS, WHY, ORDER = "更正的报告", "更正原因", "调整检验周期文号"


def test_a_correction_by_file_takes_the_place_of_the_first_and_counts_once(bring, tmp_path, inspector, elevator):
    bring(as_csv(tmp_path / "a.csv", row_of(elevator, inspector)))
    wrong = Report.objects.get()
    right = [*row_of(elevator, inspector, day="2025-05-13"), str(wrong.public_id), "wrong day"]
    head = [*HEAD, CORRECTS, WHY]
    assert outcomes(bring(as_csv(tmp_path / "b.csv", right, head=head))) == {"CREATED": 1}
    report = Report.objects.standing().get()
    assert (report.supersedes, report.revision, report.correction_reason) == (wrong, 2, "wrong day")
    assert [fact.concluded_on for fact in Inspection.objects.counting()] == [dt.date(2025, 5, 13)]
    again = [*right[:-1], "wrong  day"]  # in another file, spelt otherwise: the same correction
    assert outcomes(bring(as_csv(tmp_path / "c.csv", again, head=head))) == {"UNCHANGED": 1}
    assert Report.objects.count() == 2


def test_a_correction_by_file_that_cannot_be_is_refused_at_its_column(bring, tmp_path, inspector, elevator):
    bring(as_csv(tmp_path / "a.csv", row_of(elevator, inspector)))
    wrong = str(Report.objects.get().public_id)
    other = make_body("Another body")
    charge(other, elevator)
    theirs = row_of(elevator, make_inspector(other), "T-1", kind="限速器校验")
    bring(as_csv(tmp_path / "b.csv", theirs), by=actor_of(make_office(other)))
    foreign = str(Report.objects.exclude(public_id=wrong).get().public_id)
    said = [
        ("R-2", wrong, ""),
        ("R-3", "the first", "why"),
        ("R-4", foreign, "not ours"),
        ("R-5", wrong, "typing error"),
    ]
    said.append(("R-6", wrong, "again"))  # the one before it has corrected it
    rows = [[*row_of(elevator, inspector, number), corrects, why] for number, corrects, why in said]
    result = bring(as_csv(tmp_path / "c.csv", *rows, head=[*HEAD, CORRECTS, WHY]))
    assert outcomes(result) == {"CREATED": 1, "REFUSED": 4}
    assert issues() == [
        (WHY, "correction-reason-needed"),
        (CORRECTS, "id-malformed"),
        (CORRECTS, "corrected-unknown"),
        (CORRECTS, "corrected-unknown"),
    ]


@pytest.mark.parametrize(
    ("document", "written", "day", "wanted"),
    [
        (None, "", "2025-01-20", ("检验日期", "report-too-early")),
        (None, "No. 7", "2025-01-20", (ORDER, "order-unknown")),  # nobody has entered it
        ("No. 7", "No. 8", "2025-01-20", (ORDER, "order-unknown")),
        ("No. 7", "No. 7", "2024-12-31", (ORDER, "order-unknown")),  # before the day that it orders
        ("No. 7", "No. 7", "2025-01-20", None),
        ("No. 7", "Ｎｏ. 7", "2025-01-01", None),
        ("No. 7", "", "2025-01-20", None),  # the order counts, whether the file names it or not
    ],
)
def test_a_report_before_its_window_comes_by_file_with_an_order_on_record(
    bring, tmp_path, inspector, elevator, document, written, day, wanted
):
    if document:
        days = {"opens_on": dt.date(2025, 1, 1), "due_on": dt.date(2025, 3, 31), "issued_on": dt.date(2025, 1, 1)}
        order_windows(area=area(GULOU), year=2025, document=document, reason="flood", by=BY, at=AT, **days)
    row = [*row_of(elevator, inspector, day=day), written]
    result = bring(as_csv(tmp_path / "r.csv", row, head=[*HEAD, ORDER]))
    assert (outcomes(result), issues()) == (({"REFUSED": 1}, [wanted]) if wanted else ({"CREATED": 1}, []))
