"""Items that cannot concern an elevator: proposed with the reason and where it is known from, never filed by themselves."""

import datetime as dt

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from common.clock import now
from inspection.actions import begin_draft, file_draft, file_report
from inspection.actions.drafts import WarningsUnseen
from inspection.forms.filing import ReportForm
from inspection.models import CatalogueItem, ReportDraft
from inspection.queries.filing import certified_people
from inspection.queries.items import form_of
from inspection.queries.reports import catalogue_of
from registry.models import Elevator
from tests.factories.make import client_for, hold, make_user
from tests.factories.reports import BY, make_body, make_inspected, make_inspector, moment, report_of

pytestmark = pytest.mark.django_db
DAY = dt.date(2025, 5, 12)
FORMS = "/api/v1/inspection/forms/"
CLASSES = {"A1.2.3.12", "A1.2.3.16", "A1.2.3.17", "A1.2.3.18", "A1.2.3.19", "A1.2.4.8"}  # of other classes
OVER_15 = {"A1.2.3.3(3)", "A1.2.5.1", "A1.2.5.3", "A1.2.7.2"}
SINCE_2017, SINCE_2024, BRAKE = {"A1.2.3.4", "A1.2.3.6"}, {"A1.2.6.9"}, {"A1.3.12.2"}


@pytest.fixture
def body(db):
    return make_body()


def known(elevator, **columns) -> Elevator:
    Elevator.objects.filter(pk=elevator.pk).update(**columns)
    return Elevator.objects.select_related("class_code").get(pk=elevator.pk)


def answers(elevator, day=DAY, kind="PERIODIC") -> dict:
    return form_of(elevator, kind, day)[1]


def proposed(elevator, day=DAY, kind="PERIODIC") -> set[str]:
    return {code for code, answer in answers(elevator, day, kind).items() if answer.proposed}


def unknown(elevator) -> set[str]:
    return {code for code, answer in answers(elevator).items() if answer.scope.applies == "UNKNOWN"}


@pytest.mark.parametrize(
    ("installed", "day", "codes"),
    [
        ("2024-05-20", DAY, CLASSES | OVER_15 | BRAKE),
        # A of 2009: the 16th year is above 15, the brake test of 2015, 2021, 2027 is not of 2025
        ("2009-05-20", DAY, CLASSES | SINCE_2017 | SINCE_2024 | BRAKE),
        ("2010-05-20", DAY, CLASSES | OVER_15 | SINCE_2017 | SINCE_2024 | BRAKE | {"A1.2.5.2"}),
        # the days at the edges of the rules of 2017 and 2023
        ("2017-09-30", DAY, CLASSES | OVER_15 | SINCE_2017 | SINCE_2024 | BRAKE | {"A1.2.5.2"}),
        ("2017-10-01", DAY, CLASSES | OVER_15 | SINCE_2024 | BRAKE | {"A1.2.5.2"}),
        ("2024-04-01", DAY, CLASSES | OVER_15 | SINCE_2024 | BRAKE | {"A1.2.5.2"}),
        ("2024-04-02", DAY, CLASSES | OVER_15 | BRAKE),
        # its own year of the grid
        ("2024-05-20", dt.date(2030, 5, 12), CLASSES | OVER_15),
    ],
)
def test_what_cannot_concern_an_elevator_by_its_days(body, installed, day, codes):
    elevator = known(make_inspected(body, installed=installed), manufactured_on=dt.date(2016, 7, 1))
    assert proposed(elevator, day) == codes


@pytest.mark.parametrize(
    ("made", "codes"),
    [
        ("2003-12-31", {"A1.3.7", "A1.3.8"}),
        ("2004-01-01", {"A1.3.8"}),
        ("2016-06-30", {"A1.3.8"}),
        ("2016-07-01", set()),
    ],
)
def test_what_cannot_concern_it_by_its_day_of_making(body, made, codes):
    elevator = known(make_inspected(body), manufactured_on=dt.date.fromisoformat(made))
    assert proposed(elevator) & {"A1.3.7", "A1.3.8"} == codes


def test_what_nobody_knows_is_asked(body):
    """No day of making; a retrofit of which no report is on record; no class, and so no grid of brake tests."""
    assert unknown(known(make_inspected(body))) == {"A1.3.7", "A1.3.8"}
    retrofitted = known(make_inspected(body, installed="2010-05-20"), retrofitted=True)
    assert unknown(retrofitted) == {"A1.3.7", "A1.3.8", *SINCE_2017, *SINCE_2024, "A1.2.5.2"}
    unclassed = known(make_inspected(body), class_code=None)
    assert unknown(unclassed) == {"A1.3.7", "A1.3.8", *CLASSES, *BRAKE}
    nothing = known(make_inspected(body), commissioned_on=None)
    assert proposed(nothing) == CLASSES


def test_the_report_of_an_alteration_is_believed_and_one_that_came_later_is_not_known(body):
    inspector = make_inspector(body)
    elevator = make_inspected(body, installed="2010-05-20")
    altered = report_of(elevator, inspector, kind="ALTERATION", concluded_on="2024-04-10", number="A 1")
    file_report(filing=altered, body=body, by=BY, at=moment("2024-04-11 10:00"))
    elevator = known(elevator, retrofitted=True)
    assert not proposed(elevator) & (SINCE_2017 | SINCE_2024)
    assert proposed(elevator, dt.date(2024, 4, 9)) & SINCE_2017 == set()  # retrofitted, and nobody knows when: asked
    assert proposed(elevator) >= OVER_15  # the years count from the alteration


def test_a_self_test_goes_by_the_class_alone(body):
    passenger = known(make_inspected(body))
    assert proposed(passenger, kind="SELF_TEST") == {
        *("A1.2.3.10", "A1.2.3.11", "A1.2.4.8"),
        *("A1.2.3.12", "A1.2.3.13", "A1.2.3.14", "A1.2.3.15"),
        "A1.3.12",
    }
    freight = known(make_inspected(body), class_code_id="3120")
    assert {"A1.3.12", "A1.3.14"} <= proposed(freight, kind="SELF_TEST")


# --- over REST ----------------------------------------------------------------------------------------------------------


def test_the_form_over_rest_says_why_and_from_where(body):
    office = client_for(hold(make_user(), "INSPECTION_OFFICE", unit=body).user)
    elevator = make_inspected(body, installed="2010-05-20")
    form = office.get(
        f"{FORMS}{elevator.public_id}/?kind=PERIODIC&on=2025-05-12", headers={"Accept-Language": "en"}
    ).json()
    assert (form["elevator"], form["kind"], form["on"]) == (str(elevator.public_id), "PERIODIC", "2025-05-12")
    items = {item["code"]: item for item in form["items"]}
    assert len(items) == 48
    assert items["A1.2.3.4"] == {
        "code": "A1.2.3.4",
        "report_no": 6,
        "key_item": False,
        "name_zh": "门旁路装置",
        "name_en": "door bypass device",
        "condition_zh": "仅按2017-10-01及以后规则监检(注2)",
        "condition_en": "only if supervised under the rules from 2017-10-01 on (note 2)",
        "scope": "DOES_NOT_APPLY",
        "proposed": "NOT_APPLICABLE",
        "reasons": [
            {
                "condition": "asked where supervised on 2017-10-01 or later",
                "fact": "supervised on 2010-05-20",
                "source": "its day of commissioning: no report of the installation is on record",
                "clause": "TSG T7001-2023 annex A, notes 1-4; public report forms",
            }
        ],
        "parts_left_out": [],
        "parts_unknown": [],
    }
    assert (items["A1.2.2.17"]["scope"], items["A1.2.2.17"]["proposed"]) == ("", "")
    brake = items["A1.2.4.3"]
    assert (brake["scope"], brake["proposed"], brake["parts_left_out"]) == ("APPLIES", "", ["1"])


@pytest.mark.parametrize("query", ["kind=NONE", "on=tomorrow", "on=0001-01-01", "on=2025-02-29"])
def test_a_question_that_means_nothing_is_refused_at_its_field(body, query):
    office = client_for(hold(make_user(), "INSPECTION_OFFICE", unit=body).user)
    answer = office.get(f"{FORMS}{make_inspected(body).public_id}/?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (400, f"/{query.split('=')[0]}")


def test_an_elevator_without_a_catalogue_has_a_form_without_items(body):
    office = client_for(hold(make_user(), "INSPECTION_OFFICE", unit=body).user)
    escalator = known(make_inspected(body), class_code_id="3310")
    assert office.get(f"{FORMS}{escalator.public_id}/").json()["items"] == []


def test_the_form_costs_as_many_statements_for_a_long_history_as_for_none(body):
    inspector, elevator = make_inspector(body), known(make_inspected(body))
    counts = []
    for year in (None, 2025):
        if year:
            file_report(filing=report_of(elevator, inspector), body=body, by=BY, at=moment("2025-06-10 10:00"))
        with CaptureQueriesContext(connection) as asked:
            form_of(elevator, "PERIODIC", dt.date(2026, 5, 12))
        counts.append(len(asked))
    assert counts == [6, 6]


# --- on the page --------------------------------------------------------------------------------------------------------


def test_the_page_proposes_and_leaves_the_result_to_the_inspector(body):
    inspector = make_inspector(body)
    elevator = make_inspected(body, installed="2010-05-20")
    draft = begin_draft(elevator=elevator, unit=body, kind="PERIODIC", owner=inspector, by=BY, at=now())
    draft.answers |= {"concluded_on": "2025-05-12"}
    draft.save()
    page = client_for(inspector).get(
        reverse("inspection:draft", args=[draft.public_id]), headers={"Accept-Language": "en"}
    )
    lines = {line.item.code: line for line in page.context["form"].lines}
    marked = {code for code, line in lines.items() if line.proposed}
    assert marked == proposed(known(elevator)) and page.context["proposed"] == len(marked)
    assert [line.sign for line in lines.values()] == [""] * 48 and page.context["left"] == 48
    assert page.text.count("data-proposed>") == len(marked)
    assert "supervised on 2010-05-20" in page.text and "Take the proposed −" in page.text


def test_what_is_proposed_is_not_filed_and_may_be_overruled(body):
    inspector = make_inspector(body)
    elevator = known(make_inspected(body))
    items, found = form_of(elevator, "PERIODIC", DAY)
    refused = next(code for code, answer in found.items() if answer.proposed)
    draft = begin_draft(elevator=elevator, unit=body, kind="PERIODIC", owner=inspector, by=BY, at=now())
    said = {"verdict": "合格", "concluded_on": "2025-05-12", "number": "N 1", "people": [str(inspector.public_id)]}
    said |= {f"sign:{item.code}": "MEETS" for item in items if not found.get(item.code) or item.code == refused}
    data = QueryDict(mutable=True)
    for name, value in said.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    form = ReportForm(
        data,
        draft=ReportDraft.objects.get(pk=draft.pk),
        items=items,
        people=certified_people(body, ["INSPECTOR"], now()),
        verdicts=[("合格", "passed")],
        answers=found,
    )
    assert form.is_valid(), form.errors
    filing = form.filing()
    assert {line.code for line in filing.items} == {item.code for item in items if not found.get(item.code)} | {refused}
    with pytest.raises(WarningsUnseen) as unseen:  # the missing items are warned about, not filled in
        file_draft(draft_id=draft.pk, filing=filing, seen="", by=BY, at=moment("2025-06-10 10:00"))
    report = file_draft(
        draft_id=draft.pk, filing=filing, seen=unseen.value.digest, by=BY, at=moment("2025-06-10 10:00")
    ).report
    assert report.results.get(item__code=refused).sign == "MEETS"
    assert not report.results.filter(sign="NOT_APPLICABLE").exists()


# --- names --------------------------------------------------------------------------------------------------------------


def test_every_item_and_every_condition_has_an_english_name(db):
    items = CatalogueItem.objects.all()
    assert not items.filter(name_en="").exists() and not items.exclude(condition_zh="").filter(condition_en="").exists()
    item = catalogue_of("PERIODIC", DAY)[5]
    with translation.override("en"):
        assert (item.name, item.condition[:8]) == ("door bypass device", "only if ")
    with translation.override("zh-hans"):
        assert (item.name, item.condition[:3]) == ("门旁路装置", "仅按2")
