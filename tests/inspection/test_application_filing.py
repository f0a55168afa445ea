"""From the appointment to its report: the body begins it at the application, and filing it ends the application."""

import pytest
from django.urls import reverse

from common import clock
from inspection.actions import appoint_inspection
from inspection.models import ReportDraft
from inspection.queries.reports import catalogue_of
from inspection.rules import applications as rules
from registry.models import Responsibility
from tests.factories.make import GULOU
from tests.factories.reports import make_inspector
from tests.inspection.test_application_pages import (
    LIST,
    Person,
    applied,
    body,
    elevator,
    manager,
    office,
    unit,
)

pytestmark = pytest.mark.django_db
__all__ = ("body", "elevator", "manager", "office", "unit")  # fixtures


def begin_of(row) -> str:
    return f"{reverse('inspection:begin', args=[row.elevator.public_id])}?kind=PERIODIC"


def appointed(elevator, body, manager, office):
    row = applied(elevator, body, manager)
    return appoint_inspection(application=row, day=clock.today(), by=office.actor(), at=clock.now())


def test_an_appointment_opens_the_filing_page_and_filing_ends_it(elevator, body, manager, office):
    row = applied(elevator, body, manager)
    page = f"{LIST}{row.public_id}/"
    assert begin_of(row) not in office.text(page) + office.text(LIST)  # no day yet
    appoint_inspection(application=row, day=clock.today(), by=office.actor(), at=clock.now())
    inspector = make_inspector(body)
    assert begin_of(row) in office.text(page) and begin_of(row) in office.text(LIST)
    opened = office.client.get(begin_of(row))
    assert (opened.status_code, opened.context["form"].initial["kind"]) == (200, "PERIODIC")

    office.send(begin_of(row), kind="PERIODIC")
    today = clock.today()
    signs = {f"sign:{item.code}": "MEETS" for item in catalogue_of("PERIODIC", today)}
    head = {"version": "1", "number": "N 1", "verdict": "合格", "concluded_on": today, "generation": "T7001_2023"}
    draft = reverse("inspection:draft", args=[ReportDraft.objects.get().public_id])
    assert office.send(draft, **head, people=[str(inspector.public_id)], **signs).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.report.number) == ("DONE", "N 1")
    assert begin_of(row) not in office.text(page)
    assert begin_of(row) not in office.text(LIST + "?turn=")


def test_only_who_writes_the_bodys_reports_is_led_there(elevator, body, manager, office):
    row = appointed(elevator, body, manager, office)
    page = f"{LIST}{row.public_id}/"
    for person in (office, Person("INSPECTOR", unit=body)):
        assert begin_of(row) in person.text(page)
        assert begin_of(row) in person.text(LIST)
    for person in (manager, Person("DISTRICT_REGULATOR", area_code=GULOU)):  # the unit files its own tests, not this
        assert begin_of(row) not in person.text(page)
        assert begin_of(row) not in person.text(LIST)


def test_the_day_list_leads_to_the_report_of_each_appointment(elevator, body, manager, office):
    row, days = appointed(elevator, body, manager, office), f"{LIST}days/"
    for person in (office, Person("INSPECTOR", unit=body)):
        assert begin_of(row) in person.text(days)
    for person in (manager, Person("DISTRICT_REGULATOR", area_code=GULOU)):
        page = person.text(days)
        assert str(row.public_id) in page and begin_of(row) not in page
    Responsibility.objects.filter(elevator=elevator, unit=body).update(ended_at=clock.now())
    assert begin_of(row) not in office.text(days)


def test_a_body_that_no_longer_answers_for_the_elevator_is_led_nowhere(elevator, body, manager, office):
    row = appointed(elevator, body, manager, office)
    Responsibility.objects.filter(elevator=elevator, unit=body).update(ended_at=clock.now())
    assert begin_of(row) not in office.text(f"{LIST}{row.public_id}/")
    assert begin_of(row) not in office.text(LIST)


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ("PERIODIC_INSPECTION", "PERIODIC"),
        ("RESTART_INSPECTION", "RESTART_INSPECTION"),
        ("BRAKE_TEST", "BRAKE_TEST"),
    ],
)
def test_the_report_begun_there_is_of_a_kind_that_ends_it(asked, kind):
    assert rules.report_kind(asked) == kind
    day = clock.today()
    assert rules.settles(asked=asked, kind=kind, concluded_on=day, opens_on=day)
