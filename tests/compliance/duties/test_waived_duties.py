"""Duties of units that are waived: planning leaves them alone, facts end them, the end of the waiver brings them back."""

import pytest

from common.actor import system
from compliance.actions import grant_waiver, take_all_steps, turn_all_waivers, waivers
from compliance.actions.duties import plan_all_due_units
from compliance.models import Alert, Obligation
from registry.models import Elevator
from tests.compliance.duties.conftest import at, day

pytestmark = pytest.mark.django_db


@pytest.fixture
def gap(cast, monkeypatch):
    """That unit B names a safety director is waived from today for twenty days."""
    monkeypatch.setattr(waivers, "claim_attachments", lambda files, **_given: files)
    Elevator.objects.update(registration_state="IN_USE")
    plan_all_due_units(at=at(0, "23:59"))
    row = Obligation.objects.get(unit=cast.unit_b, kind="DIRECTOR_NAMED")
    grant_waiver(
        obligation_id=row.pk,
        kind="WAIVED",
        from_on=day(),
        until_on=day(20),
        reason="the unit is being founded",
        clause="Order 74",
        reference="GL-1",
        files=["file"],
        by=system("officer"),
        at=at(0, "23:59"),
    )
    return row


def ledger(row) -> list:
    rows = Obligation.objects.filter(unit=row.unit_id, kind=row.kind).order_by("pk")
    return list(rows.values_list("status", "due_on"))


def test_a_waived_gap_is_not_entered_anew_and_comes_back_once(gap):
    assert ledger(gap) == [("WAIVED", day(20))]
    for offset in (1, 16, 20):
        plan_all_due_units(at=at(offset))
        turn_all_waivers(at=at(offset, "23:59"))
        take_all_steps(at=at(offset, "23:59"))
    assert (ledger(gap), Alert.objects.filter(unit=gap.unit_id, kind="OVERDUE_DIRECTOR_NAMED").count()) == (
        [("WAIVED", day(20))],
        0,
    )
    for clock in ("00:01", "00:02"):
        turn_all_waivers(at=at(21, clock))
        plan_all_due_units(at=at(21, clock))
        take_all_steps(at=at(21, clock))
    assert ledger(gap) == [("PENDING", day(20))]
    assert Alert.objects.filter(unit=gap.unit_id, kind="OVERDUE_DIRECTOR_NAMED").count() == 1


def test_a_unit_without_elevators_owes_nothing_of_it_any_more(gap):
    Elevator.objects.filter(using_unit=gap.unit_id).update(registration_state="OUT_OF_USE")
    plan_all_due_units(at=at(1))
    assert [status for status, _due in ledger(gap)] == ["WITHDRAWN"]
