"""Drafts that nobody goes on with: the owner hears of it once, two weeks later they are gone; what is worked on stays."""

import datetime as dt

import pytest

from common import retention, sweeps
from common.models import Message, RetentionRule, RetentionRun
from inspection.actions import begin_draft, discard_draft, file_report, keep_draft
from inspection.actions.draft_retention import KEPT, TOLD, oldest_due, tell_all_due
from inspection.models import ReportDraft
from tests.factories.make import client_for
from tests.factories.reports import BY, make_body, make_inspected, make_inspector, moment, report_of

pytestmark = pytest.mark.django_db
BEGUN = moment("2026-02-10 23:59")
DAY, SECOND = dt.timedelta(days=1), dt.timedelta(seconds=1)
WARNED, GONE = BEGUN + 76 * DAY, BEGUN + 90 * DAY


@pytest.fixture
def body(db):
    return make_body()


@pytest.fixture
def owner(body):
    return make_inspector(body)


def begin(body, owner, at=BEGUN):
    return begin_draft(elevator=make_inspected(body), unit=body, kind="PERIODIC", owner=owner, by=BY, at=at)


@pytest.fixture
def draft(body, owner):
    return begin(body, owner)


def said() -> list[tuple]:
    rows = Message.objects.filter(kind__startswith="inspection.drafts").order_by("pk")
    return [(row.recipient_id, row.kind.removeprefix("inspection."), row.params["day"]) for row in rows]


def swept(at) -> int:
    return retention.sweep(at=at)[KEPT]


def test_the_days_are_rows_with_a_source():
    rows = RetentionRule.objects.filter(kind__startswith=KEPT).order_by("kind")
    assert [(row.kind, row.days, row.certainty) for row in rows] == [(KEPT, 90, "D"), (TOLD, 76, "D")]


def test_the_owner_is_told_once_and_two_weeks_later_it_is_gone(draft, owner):
    assert (tell_all_due(at=WARNED), oldest_due(WARNED)) == (0, None)
    assert oldest_due(WARNED + SECOND) == WARNED
    assert [tell_all_due(at=WARNED + SECOND) for _ in range(2)] == [1, 0]
    assert said() == [(str(owner.public_id), "drafts_unused_one", "2026-05-11")]
    assert swept(GONE + SECOND) == 0 and ReportDraft.objects.exists()
    assert [swept(GONE + 2 * SECOND) for _ in range(2)] == [1, 0]
    assert not ReportDraft.objects.exists()
    assert RetentionRun.objects.get(kind=KEPT).removed == 1


def test_nothing_goes_untold_and_whoever_is_told_late_has_the_same_days(draft):
    late = GONE + 200 * DAY  # nothing ran for most of a year
    assert swept(late) == 0
    assert tell_all_due(at=late) == 1
    assert [row[2] for row in said()] == ["2026-12-11"]
    assert swept(late + 14 * DAY) == 0
    assert swept(late + 14 * DAY + SECOND) == 1


def test_a_change_begins_the_days_anew(draft):
    tell_all_due(at=WARNED + SECOND)
    kept = {"window": "", "answers": {"number": "N 1"}, "items": {}}
    keep_draft(draft_id=draft.pk, version=1, at=WARNED + DAY, **kept)
    assert swept(GONE + DAY) == 0
    assert tell_all_due(at=WARNED + 77 * DAY) == 0
    assert tell_all_due(at=WARNED + 77 * DAY + SECOND) == 1
    assert len(said()) == 2
    keep_draft(draft_id=draft.pk, version=2, at=GONE, **kept)  # the same again is no change
    assert ReportDraft.objects.get().unused_since is not None


def test_several_of_one_owner_are_one_message_and_everybody_hears_of_their_own(body, owner, draft):
    begin(body, owner)
    other = begin(body, make_inspector(body, "other"))
    assert tell_all_due(at=WARNED + SECOND) == 3
    told = {(recipient, kind) for recipient, kind, _day in said()}
    assert told == {(str(owner.public_id), "drafts_unused"), (str(other.owner.public_id), "drafts_unused_one")}


def test_what_was_filed_or_thrown_away_is_left_alone(body, owner, draft):
    report = file_report(filing=report_of(draft.elevator, owner), body=body, by=BY, at=BEGUN).report
    ReportDraft.objects.filter(pk=draft.pk).update(report=report)
    discard_draft(draft_id=begin(body, owner).pk)
    assert tell_all_due(at=GONE) == 0 and swept(GONE + 100 * DAY) == 0
    assert ReportDraft.objects.get().report_id is not None  # so that a second click still leads to the report


def test_without_a_rule_nothing_is_said_and_nothing_goes(draft):
    RetentionRule.objects.filter(kind=TOLD).delete()
    assert (tell_all_due(at=GONE + DAY), oldest_due(GONE)) == (0, None)
    assert swept(GONE + 100 * DAY) == 0


def test_the_page_of_sweeps_has_it_and_the_list_of_drafts_says_it(draft, owner):
    line = next(line for line in sweeps.lines(WARNED + 2 * DAY) if line.key == "inspection.drafts")
    assert (line.oldest_due, line.late) == (WARNED, True)
    page = client_for(owner)
    assert "will be thrown away" not in page.get("/inspections/drafts/", headers={"Accept-Language": "en"}).text
    assert sweeps.run("inspection.drafts", clock=lambda: WARNED + SECOND) == 1
    assert "will be thrown away" in page.get("/inspections/drafts/", headers={"Accept-Language": "en"}).text
