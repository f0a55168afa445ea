"""Who answers for an elevator: assigned, ended, several ahead, each in time and to the instant."""

import threading

import pytest
import time_machine
from django.db import IntegrityError, transaction

from accounts.queries import actor_for
from accounts.roles import Permission
from common import clock
from common.deadlines import fire_due
from common.models import Deadline
from common.pulse import Pulse
from registry import actions
from registry.actions.responsibilities import REFRESH, ResponsibilityEnded, ResponsibilityOverlap
from registry.models import Elevator, Responsibility
from registry.queries import responsibility_lines
from tests.common.together import Together, at_once
from tests.factories.make import hold, make_elevator, make_unit, make_user
from tests.registry.one_elevator import AT, BY, DAY, SUBDISTRICT, TICK, state_of


@pytest.fixture
def elevator(db):
    return make_elevator(area_code=SUBDISTRICT, since=AT - 100 * DAY)


def assign(elevator, unit, role="USING_UNIT", *, start=AT, end=None, at=AT):
    return actions.assign_responsibility(
        elevator=elevator, unit=unit, role=role, started_at=start, ended_at=end, by=BY, at=at
    )


def end(row, moment, *, at=AT):
    return actions.end_responsibility(responsibility=row, ended_at=moment, by=BY, at=at)


def current(elevator):
    elevator.refresh_from_db()
    return elevator.using_unit, elevator.using_unit_until


def test_assign_again_is_the_same_row(elevator):
    unit = make_unit()
    made = assign(elevator, unit)
    before = state_of(elevator)
    assert assign(elevator, unit) == made
    assert state_of(elevator) == before
    assert current(elevator) == (unit, None)


@pytest.mark.parametrize("role", ["USING_UNIT", "MAINTENANCE_UNIT"])
def test_assign_of_a_second_at_once_is_refused(elevator, role):
    assign(elevator, make_unit(), role, end=AT + DAY)
    before = state_of(elevator)
    for start, stop in ((AT, None), (AT + DAY - TICK, None), (AT - DAY, AT + TICK)):
        with pytest.raises(ResponsibilityOverlap) as refusal:
            assign(elevator, make_unit(), role, start=start, end=stop)
        assert refusal.value.status == 409
    assert state_of(elevator) == before


def test_assign_touching_at_the_boundary_is_no_overlap(elevator):
    first, second, third = (make_unit() for _ in range(3))
    assign(elevator, first, end=AT + DAY)
    assign(elevator, second, start=AT + DAY)
    assign(elevator, third, start=AT - DAY, end=AT)
    assert Responsibility.objects.count() == 3


def test_assign_of_other_roles_may_be_shared_but_not_doubled(elevator):
    one, two = make_unit(), make_unit()
    assign(elevator, one, "INSURER")
    assign(elevator, two, "INSURER")
    with pytest.raises(ResponsibilityOverlap):
        assign(elevator, one, "INSURER", start=AT + DAY)


def test_assign_of_nonsense_is_not_called_an_overlap(elevator):
    with pytest.raises(IntegrityError), transaction.atomic():
        assign(elevator, make_unit(), "KING")


def test_two_assignments_at_once_leave_one(transactional_db):
    elevator, units = make_elevator(area_code=SUBDISTRICT), [make_unit(), make_unit()]
    answers = at_once(*[lambda unit=unit: assign(elevator, unit) for unit in units])
    assert sorted(type(answer).__name__ for answer in answers) == ["Responsibility", "ResponsibilityOverlap"]
    assert Responsibility.objects.count() == 1


def test_end_takes_effect_and_again_changes_nothing(elevator):
    row = assign(elevator, make_unit(), start=AT - DAY, at=AT - DAY)
    end(row, AT)
    assert current(elevator) == (None, None)
    before = state_of(elevator)
    end(row, AT, at=AT + DAY)
    assert state_of(elevator) == before
    with pytest.raises(ResponsibilityEnded):
        end(row, AT + DAY, at=AT + DAY)


def test_end_before_the_beginning_never_was(elevator):
    row = assign(elevator, make_unit())
    assert end(row, AT - DAY).ended_at == AT + TICK
    before = state_of(elevator)
    end(row, AT - DAY, at=AT + DAY)
    assert state_of(elevator) == before


def test_end_put_off_into_the_next_units_time_is_refused(elevator):
    first = assign(elevator, make_unit(), end=AT + DAY)
    assign(elevator, make_unit(), start=AT + DAY)
    before = state_of(elevator)
    with pytest.raises(ResponsibilityOverlap):
        end(first, AT + 2 * DAY)
    assert state_of(elevator) == before


def test_lines_know_past_present_and_future_to_the_instant(elevator):
    first, second = make_unit("First"), make_unit("Second")
    assign(elevator, first, start=AT - DAY, end=AT)
    assign(elevator, second, start=AT)

    def states(at):
        return {line.row.unit.name: line.state for line in responsibility_lines(elevator, at=at)}

    assert states(AT - DAY - TICK) == {"First": "future", "Second": "future"}
    assert states(AT - TICK) == {"First": "current", "Second": "future"}
    assert states(AT) == {"First": "past", "Second": "current"}


# --- in time ----------------------------------------------------------------------------------------------------------


def sees(user, elevator) -> bool:
    actor = actor_for(user, clock.now())
    return Elevator.objects.visible_to(actor, Permission.VIEW_ELEVATOR).filter(pk=elevator.pk).exists()


@pytest.fixture
def two_units(db):
    """(unit, manager) of the outgoing and of the incoming using unit; an elevator handed over a day from AT."""
    outgoing, incoming = make_unit(), make_unit()
    people = make_user(), make_user()
    for person, unit in zip(people, (outgoing, incoming), strict=True):
        hold(person, "USING_UNIT_MANAGER", unit=unit, started_at=AT - 300 * DAY)
    elevator = make_elevator(area_code=SUBDISTRICT, using_unit=outgoing, since=AT - 100 * DAY)
    row = elevator.responsibilities.get()
    end(row, AT + DAY)
    assign(elevator, incoming, start=AT + DAY)
    return elevator, (outgoing, incoming), people


def test_end_takes_effect_at_its_second_without_any_timer(two_units):
    elevator, _units, (old, _new) = two_units
    Deadline.objects.all().delete()  # nobody fires anything
    with time_machine.travel(AT + DAY - TICK, tick=False):
        assert sees(old, elevator)
    with time_machine.travel(AT + DAY, tick=False):
        assert not sees(old, elevator)


def test_beginning_comes_by_pulse_at_its_instant(two_units):
    elevator, (outgoing, incoming), (old, new) = two_units
    (deadline,) = Deadline.objects.pending().filter(kind=REFRESH)
    assert deadline.due_at == AT + DAY
    with time_machine.travel(AT + DAY - TICK, tick=False):
        assert Pulse().tick() == 0
        assert (current(elevator), sees(new, elevator)) == ((outgoing, AT + DAY), False)
    with time_machine.travel(AT + DAY, tick=False):
        assert Pulse().tick() == 1
        assert current(elevator) == (incoming, None)
        assert (sees(old, elevator), sees(new, elevator)) == (False, True)
        assert Pulse().tick() == 0
    assert not Deadline.objects.pending().filter(kind=REFRESH).exists()


def test_several_changes_ahead_are_one_deadline_at_a_time(elevator):
    for number in range(1, 4):
        assign(elevator, make_unit(f"U{number}"), start=AT + number * DAY, end=AT + (number + 1) * DAY)
    names = []
    for number in range(1, 5):
        (pending,) = Deadline.objects.pending().filter(kind=REFRESH)
        assert pending.due_at == AT + number * DAY
        assert fire_due(at=AT + number * DAY).fired == 1
        unit, _until = current(elevator)
        names.append(unit and unit.name)
    assert names == ["U1", "U2", "U3", None]
    assert not Deadline.objects.pending().exists()


def test_late_pulse_catches_up_in_one_go(elevator):
    for number in range(1, 4):
        assign(elevator, make_unit(f"U{number}"), start=AT + number * DAY, end=AT + (number + 1) * DAY)
    assert fire_due(at=AT + 3.5 * DAY).fired == 1
    assert current(elevator)[0].name == "U3"


def test_assigning_while_pulse_fires_for_the_same_elevator_is_no_deadlock(transactional_db):
    """The action holds the elevator and wants its deadline, the pulse holds the deadline and wants the elevator."""
    elevator = make_elevator(area_code=SUBDISTRICT)
    assign(elevator, make_unit("later"), start=AT + DAY)
    go, ready, together = threading.Event(), threading.Event(), Together()

    def action():
        with transaction.atomic():
            Elevator.objects.select_for_update().get(pk=elevator.pk)
            ready.set()
            assert go.wait(20)
            assign(elevator, make_unit("insurer"), "INSURER", start=AT + DAY, at=AT + DAY)

    together.start(action)
    assert ready.wait(20)
    together.start(fire_due, at=AT + DAY).join(2)
    go.set()
    failed = [answer for answer in together.results() if isinstance(answer, Exception)]
    assert failed == []
    fire_due(at=AT + 2 * DAY)
    assert current(elevator)[0].name == "later"
    assert not Deadline.objects.filter(attempts__gt=0).exists()
