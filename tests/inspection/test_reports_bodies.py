"""Licences, orders that move windows, testers who do too much."""

import datetime as dt

import pytest

from accounts.queries import actor_for
from accounts.roles import Permission
from common.clock import now
from common.errors import Refusal
from compliance.actions import plan_all_due, take_all_steps
from compliance.models import Alert, Obligation
from compliance.signals import NextStep
from inspection import models
from inspection.actions import (
    ReportNotTaken,
    file_report,
    file_reports,
    order_windows,
    record_licence,
    settle_excess,
    withdraw_licence,
    withdraw_windows,
)
from inspection.models import BodyLicence, LawRow, WindowOverride
from inspection.views.tester_steps import next_steps
from tests.factories.make import GULOU, JIANGNING, NANJING, area, client_for, hold, make_unit, make_user
from tests.factories.reports import BY, charge, make_body, make_inspected, make_inspector, moment, report_of

pytestmark = pytest.mark.django_db
AT = moment("2025-02-01 10:00")
ORDER = {
    "year": 2025,
    "opens_on": dt.date(2025, 1, 1),
    "due_on": dt.date(2025, 3, 31),
    "document": "No. 7",
    "issued_on": dt.date(2025, 1, 2),
    "reason": "flood",
    "by": BY,
}


def window(elevator) -> tuple:
    plan_all_due(at=AT)
    row = Obligation.objects.get(elevator=elevator, period="2025", kind="PERIODIC_INSPECTION")
    return row.opens_on.isoformat(), row.due_on.isoformat()


def test_an_order_moves_the_windows_of_its_area_and_lets_an_early_report_in():
    body = make_body()
    inspector, inside = make_inspector(body), make_inspected(body)
    outside = make_inspected(body, area_code=JIANGNING)
    early = report_of(inside, inspector, concluded_on="2025-01-20")
    with pytest.raises(ReportNotTaken, match="2025-03-01"):
        file_report(filing=early, body=body, by=BY, at=AT)
    order = order_windows(area=area(GULOU), at=AT, **ORDER)
    assert order_windows(area=area(GULOU), at=AT, **ORDER) == order
    assert window(inside) == ("2025-01-01", "2025-03-31")
    assert window(outside) == ("2025-03-01", "2025-05-31")
    assert file_report(filing=early, body=body, by=BY, at=AT).report.concluded_on == dt.date(2025, 1, 20)


def test_an_order_about_single_elevators_holds_until_it_is_withdrawn():
    body = make_body()
    one, other = make_inspected(body), make_inspected(body)
    order = order_windows(elevators=[one], at=AT, **ORDER)
    assert order_windows(elevators=[one], at=AT, **ORDER) == order
    assert (window(one), window(other)) == (("2025-01-01", "2025-03-31"), ("2025-03-01", "2025-05-31"))
    for _ in range(2):
        withdraw_windows(order_id=order.pk, by=BY, at=AT)
    assert window(one) == ("2025-03-01", "2025-05-31")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"area": None}, "area-or-elevators"),
        ({"due_on": dt.date(2024, 12, 31)}, "days-backwards"),
        ({"due_on": dt.date(2027, 1, 1)}, "window-too-far"),
        ({"issued_on": dt.date(2025, 2, 2)}, "ordered-in-future"),
    ],
)
def test_an_order_that_cannot_be_is_refused(changes, code):
    with pytest.raises(Refusal) as caught:
        order_windows(**{"area": area(GULOU), "at": AT, **ORDER, **changes})
    assert (caught.value.code, WindowOverride.objects.count()) == (code, 0)


def test_a_document_says_one_thing():
    order_windows(area=area(GULOU), at=AT, **ORDER)
    with pytest.raises(Refusal) as caught:
        order_windows(area=area(GULOU), at=AT, **{**ORDER, "due_on": dt.date(2025, 4, 30)})
    assert caught.value.code == "order-differs"


def test_a_licence_is_entered_once_and_withdrawn_with_a_reason():
    body = make_unit(kind="INSPECTION_BODY")
    said = {"number": "TS 1", "kinds": ["PERIODIC"], "valid_from": dt.date(2025, 1, 1), "by": BY, "at": AT}
    licence = record_licence(unit=body, valid_until=dt.date(2028, 12, 31), **said)
    assert record_licence(unit=body, valid_until=dt.date(2028, 12, 31), **said) == licence
    for unit, until, code in (
        (body, dt.date(2029, 12, 31), "licence-differs"),
        (body, dt.date(2024, 12, 31), "days-backwards"),
        (make_unit(), dt.date(2028, 12, 31), "not-a-body"),
    ):
        with pytest.raises(Refusal) as caught:
            record_licence(unit=unit, valid_until=until, **said)
        assert caught.value.code == code
    withdraw_licence(licence_id=licence.pk, reason="wrong body", by=BY, at=AT)
    assert not BodyLicence.objects.counting().exists()


@pytest.fixture
def limited(db):
    """Two elevators a month are allowed, in one city: the shipped 80 and 2 would take long."""
    row = LawRow.objects.get(section="tester_limit")
    row.columns = {"elevators_per_month": 2, "cities_per_month": 2}
    row.save()


def test_a_tester_beyond_the_limit_is_warned_about_until_corrected_or_looked_into(limited):
    unit = make_unit("Maintenance", kind="MAINTENANCE_UNIT")
    tester = make_inspector(unit, role="MAINTENANCE_WORKER", kind="INSPECTOR")
    elevators = [make_inspected(make_body(), installed="2024-04-20") for _ in range(4)]
    for elevator in elevators:
        charge(unit, elevator, role="MAINTENANCE_UNIT")
    at = moment("2026-04-30 10:00")

    def tests(*chosen):
        filings = [
            report_of(each, tester, kind="SELF_TEST", verdict="符合要求", concluded_on="2026-04-07") for each in chosen
        ]
        return [each.report for each in file_reports(filings=filings, body=unit, by=BY, at=at)]

    tests(*elevators[:2])
    assert not models.TesterExcess.objects.exists()
    [third] = tests(elevators[2])
    excess = models.TesterExcess.objects.get()
    assert (excess.person, excess.month, excess.code) == (tester, "2026-04", "TOO_MANY_ELEVATORS")
    assert (excess.count, excess.limit, excess.rule, excess.ended_at) == (3, 2, "JS-2025", None)
    assert _alerts(unit, at) == [("OVERDUE_TESTER_EXCESS", "OPEN")]
    settle_excess(excess_id=excess.pk, note="checked on site", by=BY, at=at)
    assert _alerts(unit, at) == [("OVERDUE_TESTER_EXCESS", "RESOLVED")]
    tests(elevators[3])
    excess.refresh_from_db()
    assert (excess.count, excess.ended_at, excess.note) == (4, None, "")
    assert _alerts(unit, at)[1:] == [("OVERDUE_TESTER_EXCESS", "OPEN")]
    for report in (third, _last(elevators[3])):
        colleague = make_inspector(unit, role="MAINTENANCE_WORKER", kind="INSPECTOR")
        right = report_of(
            report.elevator,
            colleague,
            kind="SELF_TEST",
            verdict="符合要求",
            concluded_on="2026-04-07",
            supersedes=report.public_id,
            correction_reason="somebody else tested it",
        )
        file_report(filing=right, body=unit, by=BY, at=at)
    excess.refresh_from_db()
    assert excess.ended_at is not None
    assert [state for _kind, state in _alerts(unit, at)] == ["RESOLVED", "RESOLVED"]


def test_the_page_of_the_alert_names_the_tester_to_who_may_see_them(limited):
    unit = make_unit("Maintenance", kind="MAINTENANCE_UNIT")
    tester = make_inspector(unit, role="MAINTENANCE_WORKER", kind="INSPECTOR")
    elevators = [make_inspected(make_body(), installed="2024-04-20") for _ in range(3)]
    for elevator in elevators:
        charge(unit, elevator, role="MAINTENANCE_UNIT")
    values = {"kind": "SELF_TEST", "verdict": "符合要求", "concluded_on": "2026-04-07"}
    at = moment("2026-04-30 10:00")
    file_reports(filings=[report_of(each, tester, **values) for each in elevators], body=unit, by=BY, at=at)
    take_all_steps(at=at)
    alert, words = Alert.objects.get(unit=unit), f"{tester.display_name}: 3 elevators, 2 at most"
    officer, office = make_user(), make_user()
    hold(officer, "CITY_REGULATOR", area_code=NANJING)
    hold(office, "MAINTENANCE_OFFICE", unit=unit)
    for user in (officer, office):
        page = client_for(user, **{"accept-language": "en"}).get(f"/due/alerts/{alert.public_id}/").content.decode()
        assert words in page
    owed = list(Obligation.objects.filter(unit=unit))
    stranger = make_user()
    hold(stranger, "MAINTENANCE_OFFICE", unit=make_unit("Another", kind="MAINTENANCE_UNIT"))
    assert next_steps(actor_for(stranger, now()), owed, at.date()) == {}
    [told] = next_steps(actor_for(officer, now()), owed, at.date()).values()
    assert told == NextStep(about=told.about)  # nothing to do there, and no number of a certificate or a person


def _alerts(unit, at) -> list[tuple]:
    """Of the unit, after a sweep; an officer of its city sees them, nobody of another."""
    take_all_steps(at=at)
    officer = make_user()
    hold(officer, "CITY_REGULATOR", area_code=NANJING)
    seen = Alert.objects.visible_to(actor_for(officer, now()), Permission.VIEW_OBLIGATION).filter(unit=unit)
    assert seen.count() == Alert.objects.filter(unit=unit, severity="ORANGE", level="UNIT").count()
    return list(Alert.objects.filter(unit=unit).order_by("pk").values_list("kind", "state"))


def _last(elevator):
    return models.Report.objects.filter(elevator=elevator).latest("pk")
