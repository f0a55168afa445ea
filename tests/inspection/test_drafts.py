"""Drafts of reports: kept, never overwritten unasked, filed once with what the action says."""

import datetime as dt

import pytest

from inspection import actions
from inspection.actions.drafts import DraftFiled, DraftMoved, WarningsUnseen, digest_of
from inspection.actions.report_refusals import CorrectedUnknown, UnitNotAFiler
from inspection.models import Report, ReportDraft
from tests.factories.make import make_unit
from tests.factories.reports import BY, make_body, make_inspected, make_inspector, moment, report_of

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


@pytest.fixture
def draft(body, inspector, elevator):
    return begin(body, inspector, elevator)


def begin(body, inspector, elevator, kind="PERIODIC", **more):
    return actions.begin_draft(elevator=elevator, unit=body, kind=kind, owner=inspector, by=BY, at=AT, **more)


def keep(draft, version, *, window="", at=AT, **answers):
    return actions.keep_draft(draft_id=draft.pk, version=version, window=window, answers=answers, items={}, at=at)


def filed(draft, filing, *, seen=""):
    return actions.file_draft(draft_id=draft.pk, filing=filing, seen=seen, by=BY, at=AT)


def test_beginning_again_goes_on_with_the_same_draft(body, inspector, elevator, draft):
    assert begin(body, inspector, elevator) == draft
    assert begin(body, inspector, elevator, "BRAKE_TEST") != draft
    assert begin(body, make_inspector(body, "other"), elevator) != draft


def test_a_unit_begins_only_what_units_like_it_file(inspector, elevator):
    maintainer = make_unit("Maintainer", kind="MAINTENANCE_UNIT")
    assert begin(maintainer, inspector, elevator, "SELF_TEST").unit == maintainer
    with pytest.raises(UnitNotAFiler):
        begin(maintainer, inspector, elevator, "PERIODIC")


def test_a_change_counts_up_and_the_same_again_changes_nothing(draft):
    first = keep(draft, 1, number="R-1")
    assert (first.version, first.answers) == (2, {"number": "R-1"})
    assert keep(draft, 1, number="R-1").version == 2  # sent twice: no conflict, no change
    assert keep(draft, 2, number="R-2").version == 3


def test_another_window_is_not_overwritten(draft):
    keep(draft, 1, window="a", number="R-1")
    with pytest.raises(DraftMoved):
        keep(draft, 1, window="b", number="R-2")
    with pytest.raises(DraftMoved):  # a page without script has no window of its own
        keep(draft, 1, number="R-3")
    draft.refresh_from_db()
    assert (draft.version, draft.answers) == (2, {"number": "R-1"})


def test_a_window_whose_answer_was_lost_goes_on_over_its_own_change(draft):
    keep(draft, 1, window="a", number="R-1")
    assert keep(draft, 1, window="a", number="R-12").answers == {"number": "R-12"}


def test_filing_makes_the_report_and_filing_again_answers_with_it(draft, elevator, inspector):
    first = filed(draft, report_of(elevator, inspector))
    again = filed(draft, report_of(elevator, inspector, number="OTHER"))
    assert (first.replayed, again.replayed, again.report) == (False, True, first.report)
    assert Report.objects.count() == 1
    draft.refresh_from_db()
    assert (draft.report, draft.answers, draft.items) == (first.report, {}, {})
    with pytest.raises(DraftFiled):
        keep(draft, draft.version, number="R-9")
    with pytest.raises(DraftFiled):
        actions.discard_draft(draft_id=draft.pk)


def test_a_refused_report_leaves_the_draft_as_it_was(draft, elevator, inspector):
    keep(draft, 1, number="R-1")
    with pytest.raises(actions.ReportNotTaken) as refused:
        filed(draft, report_of(elevator, inspector, concluded_on="2025-06-11"))
    assert refused.value.code == "report-in-future"
    draft.refresh_from_db()
    assert (draft.report, draft.answers) == (None, {"number": "R-1"})


def test_warnings_are_seen_before_the_report_is_taken(draft, elevator, inspector):
    filing = report_of(elevator, inspector, next_on=dt.date(2027, 5, 1))
    with pytest.raises(WarningsUnseen) as unseen:
        filed(draft, filing)
    assert [each["code"] for each in unseen.value.warnings] == ["NEXT_DATE_DIFFERS"]
    assert not Report.objects.exists()
    with pytest.raises(WarningsUnseen):  # other warnings were seen
        filed(
            draft, filing, seen=digest_of([{"code": "NEXT_DATE_DIFFERS", "computed": "2026-05", "printed": "2028-05"}])
        )
    assert filed(draft, filing, seen=unseen.value.digest).report.warnings == unseen.value.warnings


def test_a_draft_is_thrown_away_once(draft):
    actions.discard_draft(draft_id=draft.pk)
    actions.discard_draft(draft_id=draft.pk)
    assert not ReportDraft.objects.exists()


def test_a_correction_begins_with_what_the_report_says(body, draft, elevator, inspector):
    items = (actions.ItemLine("A1.3.13", "√", "1.0 m/s"),)
    said = report_of(elevator, inspector, items=items, next_on=dt.date(2026, 5, 1))
    report = filed(draft, said, seen=digest_of([{"code": "ITEMS_MISSING", "items": missing(said)}])).report
    correction = begin(body, inspector, elevator, corrects=report)
    assert correction.items == {"A1.3.13": ["MEETS", "1.0 m/s", ""]}
    assert correction.answers == {
        "number": report.number,
        "generation": "T7001_2023",
        "verdict": "合格",
        "next_label": "",
        "notice_number": "",
        "concluded_on": "2025-05-12",
        "issued_on": "",
        "notice_due_on": "",
        "next_on": "2026-05",
        "supervised_use": "",
        "people": [str(inspector.public_id)],
    }
    assert begin(body, inspector, elevator, corrects=report) == correction
    with pytest.raises(CorrectedUnknown):
        begin(make_body("Another body"), inspector, elevator, corrects=report)


def missing(filing) -> list[str]:
    from inspection.queries.reports import catalogue_of

    there = {line.code for line in filing.items}
    items = catalogue_of("PERIODIC", filing.concluded_on)
    return [item.code for item in items if not item.condition_zh and item.code not in there]
