"""Two posts of one number at the same moment, and what is left when somebody is stopped in between."""

import pytest

from compliance.models import Obligation
from inspection import actions
from inspection.actions import ReportNotTaken, file_report, file_reports
from inspection.models import Inspection, ItemResult, Report
from registry.models import LifeEvent
from tests.common.together import at_once
from tests.factories.reports import BY, make_body, make_inspected, make_inspector, moment, report_of

pytestmark = pytest.mark.django_db(transaction=True)
AT = moment("2025-06-10 10:00")


@pytest.fixture
def stage(db):
    body = make_body()
    return body, make_inspector(body), [make_inspected(body) for _ in range(2)]


def test_the_same_report_twice_at_once_is_one_row(stage):
    body, inspector, (elevator, _other) = stage
    filing = report_of(elevator, inspector)
    answers = at_once(*[lambda: file_report(filing=filing, body=body, by=BY, at=AT)] * 4)
    assert sorted(answer.replayed for answer in answers) == [False, True, True, True]
    assert len({answer.report.pk for answer in answers}) == 1
    assert (Report.objects.count(), Inspection.objects.count()) == (1, 1)
    assert LifeEvent.objects.filter(kind="INSPECTED").count() == 1


def test_one_number_for_two_elevators_at_once_is_taken_once(stage):
    body, inspector, elevators = stage
    filings = [report_of(elevator, inspector, number="N1") for elevator in elevators]
    answers = at_once(*[lambda f=f: file_report(filing=f, body=body, by=BY, at=AT) for f in filings])
    refused = [answer for answer in answers if isinstance(answer, ReportNotTaken)]
    assert [answer.code for answer in refused] == ["report-number-taken"]
    assert Report.objects.count() == 1


def test_two_sets_with_the_same_numbers_do_not_block_each_other(stage):
    body, inspector, elevators = stage
    filings = [report_of(elevator, inspector) for elevator in elevators]
    answers = at_once(
        lambda: file_reports(filings=filings, body=body, by=BY, at=AT),
        lambda: file_reports(filings=filings[::-1], body=body, by=BY, at=AT),
    )
    assert sorted(each.replayed for answer in answers for each in answer) == [False, False, True, True]
    assert Report.objects.count() == 2


def test_whoever_is_stopped_in_between_leaves_nothing(stage, monkeypatch):
    body, inspector, (elevator, _other) = stage
    filing = report_of(elevator, inspector, items=(actions.ItemLine("A1.3.13", "√"),))

    def stop(**_what):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("inspection.actions.reports.replan", stop)
        with pytest.raises(KeyboardInterrupt):
            file_report(filing=filing, body=body, by=BY, at=AT)
    assert not any(model.objects.exists() for model in (Report, Inspection, ItemResult))
    assert not LifeEvent.objects.filter(kind="INSPECTED").exists()
    assert not file_report(filing=filing, body=body, by=BY, at=AT).replayed
    assert Obligation.objects.get(elevator=elevator, period="2025", kind="PERIODIC_INSPECTION").status == "MET"
