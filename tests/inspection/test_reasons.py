"""Why an inspection is due on its days, in words that name facts and rows of law."""

import datetime as dt
import re

import pytest
from django.utils import translation

from compliance.actions import replan
from compliance.models import Obligation
from compliance.queries.obligation import reasons_of
from inspection.models import Inspection
from tests.factories.reports import make_body, make_inspected, moment

pytestmark = pytest.mark.django_db
TODAY = dt.date(2025, 5, 1)


def told(elevator, kind="PERIODIC_INSPECTION", period="2025") -> list[tuple]:
    replan(elevator_ids=[elevator.pk], at=moment("2025-05-01 09:00"))
    row = Obligation.objects.get(elevator=elevator, kind=kind, period=period)
    return [(str(one.on or ""), str(one.title)) for one in reasons_of(row, TODAY)]


@pytest.fixture
def elevator(db):
    return make_inspected(make_body(), rescue_code="035302")


def test_the_chain_goes_from_the_installation_over_the_clauses_to_the_row_of_law(elevator, settings):
    settings.LANGUAGE_CODE = "en"
    chain = told(elevator)
    assert chain[0] == (str(elevator.commissioned_on), "passed: supervisory inspection of an installation")
    assert ("", "this year of the cycle wants a periodic inspection") in chain
    assert chain[-1][1].startswith("the row of law ")


def test_the_last_inspection_before_the_window_is_named(elevator):
    Inspection.objects.create(
        elevator=elevator, kind="PERIODIC", concluded_on="2024-05-20", verdict="PASSED", generation="T7001_2023",
        source="test", filed_at=moment("2024-05-20 12:00"), filed_by_kind="SYSTEM", filed_by_id="tests",
    )  # fmt: skip
    assert ("2024-05-20", "inspected before: periodic inspection") in told(elevator)


def test_of_what_nobody_asks_for_any_more_nothing_is_said(elevator):
    told(elevator)
    row = Obligation.objects.filter(elevator=elevator).first()
    row.period = "1999"
    assert reasons_of(row, TODAY) == []


def test_seven_statements_explain_one_obligation(elevator, django_assert_num_queries):
    told(elevator)
    row = Obligation.objects.get(elevator=elevator, kind="PERIODIC_INSPECTION", period="2025")
    with django_assert_num_queries(7):
        reasons_of(row, TODAY)


def test_the_chain_names_no_codes_of_our_notes_and_says_its_source_in_chinese(elevator):
    told(elevator)
    row = Obligation.objects.get(elevator=elevator, kind="PERIODIC_INSPECTION", period="2025")
    with translation.override("zh-hans"):
        said = [f"{one.title} {one.detail}" for one in reasons_of(row, TODAY)]
    assert not [words for words in said if re.search(r"\bR\d|\[|V[12]|web pages|decision", words)]
    assert "两个独立来源" in said[-1]
