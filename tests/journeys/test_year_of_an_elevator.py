"""A year of one elevator: late, asked for, failed, mended by the unit, verified by somebody else, passed, in order again."""

import datetime as dt

import pytest

from accounts.queries import actor_for
from compliance.actions import replan, take_all_steps, take_hazard_step
from compliance.models import Alert, Hazard, Obligation
from inspection.actions import ItemLine, apply_for_inspection, appoint_inspection, file_report
from inspection.models import Application
from portal.facts import answer_of
from registry.actions import assign_responsibility
from registry.models import LifeEvent, PlateCity
from registry.queries import chain_faults
from registry.queries.public import public_elevator_numbered
from tests.factories.make import NANJING, area, hold, make_unit, make_user
from tests.factories.reports import BY, LONG, make_body, make_inspected, make_inspector, moment, report_of

pytestmark = pytest.mark.django_db
CODE = "035302"


def member(unit, role, at):
    user = make_user(role.lower(), created_at=LONG)
    hold(user, role, unit=unit, started_at=LONG)
    return actor_for(user, at)


def alerts() -> set[tuple]:
    return set(Alert.objects.values_list("kind", "state"))


def public_page(at: str) -> tuple:
    """What a rider reads first, and the line about the inspection."""
    found = public_elevator_numbered(CODE, city=PlateCity.objects.get().number, at=moment(at))
    shown = answer_of(found, by_number=True).context(f"/e/{CODE}")
    return str(shown["status"]), found.facts["next_inspection_on"].get("next_due")


def test_a_year_of_an_elevator():
    """Installed in May 2024, so its first periodic inspection is due in May 2025 and may be applied for until 30 April."""
    body, unit = make_body(), make_unit("Using unit", created_at=LONG)
    inspector = make_inspector(body)
    elevator = make_inspected(body, rescue_code=CODE)
    assign_responsibility(elevator=elevator, unit=unit, role="USING_UNIT", started_at=LONG, by=BY, at=LONG)
    PlateCity.objects.create(area=area(NANJING), number="320100")
    manager, office = (
        member(where, role, moment("2025-03-10 10:00"))
        for where, role in ((unit, "USING_UNIT_MANAGER"), (body, "INSPECTION_OFFICE"))
    )

    # nobody asks for it, and June begins
    replan(elevator_ids=[elevator.pk], at=moment("2025-03-10 10:00"))
    debt = Obligation.objects.get(elevator=elevator, kind="PERIODIC_INSPECTION", period="2025")
    replan(elevator_ids=[elevator.pk], at=moment("2025-06-01 00:01"))
    take_all_steps(at=moment("2025-06-01 00:01"))
    assert alerts() == {("OVERDUE_PERIODIC_INSPECTION", "OPEN")}
    assert public_page("2025-06-01 08:00") == ("Do not use: not inspected in time", "2025-05")

    # asked for, and a day is appointed
    asked = apply_for_inspection(
        obligation=debt,
        body=body,
        wanted_from=dt.date(2025, 6, 3),
        wanted_until=dt.date(2025, 6, 6),
        by=manager,
        at=moment("2025-06-02 09:00"),
    )
    appoint_inspection(
        application=asked, day=dt.date(2025, 6, 5), inspector=inspector, by=office, at=moment("2025-06-02 14:00")
    )

    # it does not pass: a notice, and a hazard for the failure and for each item
    file_report(
        filing=report_of(
            elevator,
            inspector,
            concluded_on="2025-06-05",
            verdict="不合格",
            notice_number="N-1",
            items=(ItemLine("A1.2.2.17", "×"), ItemLine("A1.2.3.11", "×")),
        ),
        body=body,
        by=office,
        at=moment("2025-06-05 16:00"),
    )
    assert Application.objects.get().state == "DONE"
    hazards = Hazard.objects.filter(elevator=elevator)
    assert set(hazards.values_list("item", "state", "due_on")) == {
        ("GB45067-5.6.1", "CONFIRMED", dt.date(2025, 6, 19)),  # the notice: ten working days
        ("SHAFT", "CONFIRMED", dt.date(2025, 6, 19)),
        ("ALARM-DEAD", "CONFIRMED", dt.date(2025, 6, 12)),  # a larger one: five, which end before
    }
    assert public_page("2025-06-06 08:00")[0] == "Do not use: inspection not passed"

    # the unit mends it; the report of the re-inspection verifies it, for its filer is somebody else
    for hazard in hazards:
        take_hazard_step(hazard_id=hazard.pk, step="claim", note="mended", by=manager, at=moment("2025-06-10 10:00"))
    again = report_of(elevator, inspector, concluded_on="2025-06-12", verdict="复检合格", generation="")
    file_report(filing=again, body=body, by=office, at=moment("2025-06-12 15:00"))
    assert set(hazards.values_list("state", "claimed_by")) == {("CLOSED", manager.key)}
    for hazard in hazards:
        by = dict(hazard.steps.values_list("kind", "by_id"))
        assert (by["claim"], by["verify"]) == (manager.id, office.id)

    # in order again: the debt is met, late; the next one stands; no alert is left; riders may ride
    debt.refresh_from_db()
    assert (debt.status, debt.met_on, debt.days_late) == ("MET", dt.date(2025, 6, 12), 12)
    assert {state for _kind, state in alerts()} == {"RESOLVED"}
    assert public_page("2025-06-13 08:00") == ("In use", "2026-05")
    kinds = list(LifeEvent.objects.filter(elevator=elevator).order_by("sequence").values_list("kind", "outcome"))
    assert [outcome for kind, outcome in kinds if kind == "INSPECTED"] == ["FAILED", "PASSED_ON_REINSPECTION"]
    assert chain_faults().faults == []
