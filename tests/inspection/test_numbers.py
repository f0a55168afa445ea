"""A typed number finds the report and the application that have it: for those who may see them, and for nobody else."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from inspection.actions import file_report
from inspection.models import Application
from inspection.views.search import search_numbers
from tests.factories.make import GULOU, JIANGNING, NANJING, make_unit
from tests.factories.reports import BY, make_body, make_inspected, make_inspector, moment, report_of
from tests.inspection.test_application_pages import Person, applied, body, elevator, manager, office, unit

pytestmark = pytest.mark.django_db
__all__ = ("body", "elevator", "manager", "office", "unit")  # fixtures
AT = moment("2025-06-10 10:00")


def filed(number="NJ-2025-77", body=None, **more):
    body = body or make_body()
    inspector = make_inspector(body)
    filing = report_of(make_inspected(body), inspector, number=number, **more)
    return file_report(filing=filing, body=body, by=BY, at=AT).report


def found(person, text) -> list[str]:
    return [hit.url for hit in search_numbers(person.actor(), text, 5)]


def address(report) -> str:
    return f"/inspections/{report.public_id}/"


def test_a_report_is_found_by_its_number_within_ones_sight():
    report = filed()
    sees = [Person("INSPECTION_OFFICE", unit=report.body), Person("DISTRICT_REGULATOR", area_code=GULOU)]
    does_not = [
        Person("INSPECTION_OFFICE", unit=make_unit("Other body", kind="INSPECTION_BODY")),
        Person("DISTRICT_REGULATOR", area_code=JIANGNING),
        Person("USING_UNIT_MANAGER", unit=make_unit("Other unit")),
        Person("DISPATCHER", area_code=NANJING),  # sees every elevator, and no report
    ]
    for person in sees:
        assert found(person, " NJ-2025-77 ") == found(person, "ＮＪ-2025-77") == [address(report)]
    for person in does_not:
        assert found(person, "NJ-2025-77") == []
        assert str(report.public_id) not in person.text(f"{reverse('registry:search')}?q=NJ-2025-77")


def test_a_whole_number_opens_its_report_and_a_part_finds_nothing():
    report = filed()
    office = Person("INSPECTION_OFFICE", unit=report.body)
    answer = office.client.get(reverse("registry:search"), {"q": "NJ-2025-77"})
    assert (answer.status_code, answer["Location"]) == (302, address(report))
    assert found(office, "NJ-2025-7") == found(office, "NJ") == []


def test_two_bodies_may_have_the_same_number_and_each_finds_its_own():
    one, other = filed("7"), filed("7")
    assert found(Person("INSPECTION_OFFICE", unit=one.body), "7") == [address(one)]
    assert found(Person("DISTRICT_REGULATOR", area_code=GULOU), "7") == [address(other), address(one)]


def test_of_a_corrected_report_the_one_that_stands_is_found():
    first = filed()
    inspector = make_inspector(first.body)
    said = {"number": first.number, "supersedes": first.public_id, "correction_reason": "typing error"}
    again = report_of(first.elevator, inspector, **said, concluded_on="2025-05-13")
    second = file_report(filing=again, body=first.body, by=BY, at=AT).report
    assert found(Person("INSPECTION_OFFICE", unit=first.body), first.number) == [address(second)]


def test_an_application_is_found_by_the_number_on_its_page(elevator, body, manager, office):
    row = applied(elevator, body, manager)
    page = f"/inspections/applications/{row.public_id}/"
    assert row.short_number in manager.text(page)
    for person in (manager, office, Person("DISTRICT_REGULATOR", area_code=GULOU)):
        assert found(person, row.short_number) == found(person, row.short_number.lower()) == [page]
    for person in (
        Person("DISTRICT_REGULATOR", area_code=JIANGNING),
        Person("USING_UNIT_MANAGER", unit=make_unit("Else")),
    ):
        assert found(person, row.short_number) == []


@pytest.mark.parametrize("text", ["\0", "%", "'; --", "x" * 10_000, "﷽" * 50, "0" * 8, "🙂"])
def test_hostile_texts_find_nothing(text):
    office = Person("INSPECTION_OFFICE", unit=filed().body)
    assert found(office, text) == []


def test_what_has_no_such_number_costs_one_or_two_statements(elevator, body, manager):
    row = applied(elevator, body, manager)
    for text, statements in (("songfeng", 1), ("松风花园", 1), ("00000000", 2), (row.short_number, 9)):
        actor = manager.actor()
        with CaptureQueriesContext(connection) as asked:
            search_numbers(actor, text, 5)
        assert len(asked) == statements, text


def test_the_number_of_an_application_is_looked_up_by_its_index(elevator, body, manager):
    from inspection.models.applications import SHORT_NUMBER

    applied(elevator, body, manager)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
    plan = Application.objects.alias(short=SHORT_NUMBER).filter(short="00000000").explain()
    assert "inspection_apply_number" in plan
