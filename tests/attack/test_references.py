"""The number of a contract is for its own unit, the using unit and the regulator of the place; nobody else reads it."""

import pytest

from common.actor import system
from common.clock import now
from registry.actions.responsibilities import assign_responsibility
from tests.factories.make import client_for, make_unit

NUMBER = "NEW-CONTRACT-4711"


@pytest.fixture
def change(cast):
    """A new maintenance unit beside the present one, who still sees the elevator: its successor from tomorrow on."""
    elevator, by, at = cast.elevator_own, system("tests"), now()
    unit = make_unit("Successor", kind="INSPECTION_BODY")
    assign_responsibility(
        elevator=elevator, unit=unit, role="INSPECTION_BODY", started_at=at, reference=NUMBER, by=by, at=at
    )
    return elevator


def reads(cast, name, elevator) -> set[bool]:
    """On the page and over REST."""
    client = client_for(getattr(cast, name).user)
    page = client.get(f"/elevators/{elevator.public_id}/")
    rest = client.get(f"/api/v1/registry/elevators/{elevator.public_id}/responsibilities/")
    assert (page.status_code, rest.status_code) == (200, 200)
    return {NUMBER in page.content.decode(), NUMBER in rest.content.decode()}


@pytest.mark.parametrize(
    ("name", "told"),
    [("maintainer", False), ("dispatcher", False), ("own_manager", True), ("district_regulator", True)],
)
def test_the_number_of_another_units_contract_is_not_there(cast, change, name, told):
    assert reads(cast, name, change) == {told}
