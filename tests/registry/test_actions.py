"""What the register's actions do, refuse, and leave alone when they are repeated."""

import datetime as dt
import threading

import pytest
import time_machine
from django.db import IntegrityError, transaction

from accounts.queries import actor_for
from accounts.roles import Permission
from common import clock
from common.actor import system
from common.audit import difference
from common.deadlines import fire_due
from common.errors import Changed
from common.models import AuditRecord, Deadline
from common.pulse import Pulse
from registry import actions, rules
from registry.actions.elevators import CHANGEABLE, CodeInUse, WrongState
from registry.actions.responsibilities import REFRESH, ResponsibilityEnded, ResponsibilityOverlap
from registry.models import Elevator, ElevatorClass, LifeEvent, Responsibility, StatusFlag
from registry.queries import chain_faults, responsibility_lines
from tests.common.together import Together, at_once
from tests.factories.make import GULOU, JIANGBEI, JIANGNING, area, hold, make_elevator, make_unit, make_user

AT = dt.datetime(2026, 3, 1, 8, 0, tzinfo=dt.UTC)
BY = system("tests")
DAY, TICK = dt.timedelta(days=1), dt.timedelta(microseconds=1)
SUBDISTRICT = "320106001"


@pytest.fixture
def elevator(db):
    return make_elevator(area_code=SUBDISTRICT, since=AT - 100 * DAY)


def create(**values):
    return actions.create_elevator(values={"area": area(SUBDISTRICT), **values}, by=BY, at=AT)


def change(elevator, *, version=None, at=AT, **values):
    return actions.change_elevator(elevator_id=elevator.pk, values=values, version=version, by=BY, at=at)


def trail(elevator) -> list[tuple]:
    """(kind, outcome) of its life, in order."""
    return list(elevator.life_events.order_by("sequence").values_list("kind", "outcome"))


def state_of(elevator) -> tuple:
    """Everything that a refusal or a repetition must leave alone."""
    row = Elevator.objects.filter(pk=elevator.pk).values().get()
    return row, trail(elevator), AuditRecord.objects.count(), Responsibility.objects.count(), Deadline.objects.count()


# --- entering and changing --------------------------------------------------------------------------------------------


def test_create_enters_it_unregistered_in_its_area(db):
    elevator = create(rescue_code="123456", building="3")
    assert (elevator.registration_state, elevator.version, elevator.created_at) == ("UNREGISTERED", 1, AT)
    assert (elevator.area.code, elevator.managing_district.code, elevator.city.code) == (SUBDISTRICT, GULOU, "320100")
    assert trail(elevator) == [("CREATED", "")]
    record = AuditRecord.objects.get(action="registry.create_elevator")
    assert record.changes == {
        "area": [None, str(elevator.area_id)],
        "rescue_code": [None, "123456"],
        "building": [None, "3"],
    }


def test_create_in_a_managed_subdistrict_belongs_to_who_manages_it(db):
    from accounts.models import Area

    managed = Area.objects.filter(managing_district__code=JIANGBEI, kind="SUBDISTRICT").first()
    elevator = create(area=managed)
    assert elevator.managing_district.code == JIANGBEI
    in_city = create(area=area("320100"))
    assert (in_city.city.code, in_city.managing_district) == ("320100", None)


def test_create_for_a_unit_makes_it_answer_at_once(db):
    unit = make_unit()
    elevator = actions.create_elevator(values={"area": area(SUBDISTRICT)}, by=BY, at=AT, using_unit=unit)
    assert (elevator.using_unit, elevator.using_unit_until) == (unit, None)
    assert trail(elevator) == [("CREATED", ""), ("RESPONSIBILITY_STARTED", "USING_UNIT")]


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("equipment_code", "311012345201900001"),
        ("registration_code", "31103201062019030001"),
        ("certificate_number", "梯11苏A12345(19)"),
        ("rescue_code", "123456"),
    ],
)
def test_code_in_use_is_refused_at_its_field_and_changes_nothing(elevator, field, code):
    create(**{field: code})
    before = state_of(elevator), Elevator.objects.count()
    for action in (lambda: create(**{field: code}), lambda: change(elevator, **{field: code})):
        with pytest.raises(CodeInUse) as refusal:
            action()
        assert (refusal.value.field, refusal.value.status) == (field, 409)
    assert (state_of(elevator), Elevator.objects.count()) == before


def test_rescue_code_is_unique_per_city_only(elevator):
    from accounts.models import Area

    city = Area.objects.create(code="999900", name="Elsewhere", kind="CITY", source="tests")
    create(rescue_code="123456")
    assert create(rescue_code="123456", area=city).rescue_code == "123456"


@pytest.mark.parametrize("name", sorted({f.name for f in Elevator._meta.get_fields()} - CHANGEABLE))
def test_change_takes_nothing_that_has_its_own_verb(elevator, name):
    values = {name: 1}
    with pytest.raises(TypeError, match="not changeable in this way"):
        actions.change_elevator(elevator_id=elevator.pk, values=values, version=None, by=BY, at=AT)
    with pytest.raises(TypeError, match="not changeable in this way"):
        create(**values)


def test_change_writes_version_event_and_audit(elevator):
    version = elevator.version
    changed = change(elevator, version=version, building="7", floors=12)
    assert (changed.building, changed.floors, changed.version, changed.updated_at) == ("7", 12, version + 1, AT)
    event = elevator.life_events.latest("sequence")
    assert (event.kind, event.details, event.occurred_at) == ("CHANGED", {"fields": ["building", "floors"]}, AT)
    assert AuditRecord.objects.latest("pk").changes == {"building": ["", "7"], "floors": [None, 12]}


def test_change_again_changes_nothing(elevator):
    values = {"building": "7", "area": area("320106002"), "class_code": ElevatorClass.objects.get(pk="3110")}
    change(elevator, **values)
    before = state_of(elevator)
    change(elevator, at=AT + DAY, **values)
    assert state_of(elevator) == before


def test_change_of_what_was_read_before_is_refused(elevator):
    read = elevator.version
    change(elevator, version=read, building="7")
    before = state_of(elevator)
    with pytest.raises(Changed):
        change(elevator, version=read, building="8")
    assert state_of(elevator) == before


def test_change_of_area_moves_district_and_city_along(elevator):
    changed = change(elevator, area=area(JIANGNING))
    changed.refresh_from_db()
    assert (changed.managing_district.code, changed.city.code) == (JIANGNING, "320100")


def test_two_changes_at_once_of_one_version_are_one(transactional_db):
    elevator = make_elevator(area_code=SUBDISTRICT)
    answers = at_once(*[lambda text=text: change(elevator, version=elevator.version, building=text) for text in "AB"])
    assert sorted(type(answer).__name__ for answer in answers) == ["Changed", "Elevator"]
    assert len(trail(elevator)) == 2


def test_bulk_change_is_all_or_none_and_counts_the_changed(elevator):
    other, third = (make_elevator(area_code=JIANGNING) for _ in range(2))
    change(third, place_type="SCHOOL")
    ids = [elevator.pk, other.pk, third.pk]
    versions = dict(Elevator.objects.values_list("pk", "version"))
    changed = actions.change_elevators(elevator_ids=ids, values={"place_type": "SCHOOL"}, by=BY, at=AT)
    assert [row.pk for row in changed] == [elevator.pk, other.pk]
    assert dict(Elevator.objects.values_list("pk", "version")) == versions | {
        elevator.pk: versions[elevator.pk] + 1,
        other.pk: versions[other.pk] + 1,
    }
    assert actions.change_elevators(elevator_ids=ids, values={"place_type": "SCHOOL"}, by=BY, at=AT) == []
    with pytest.raises(IntegrityError), transaction.atomic():
        actions.change_elevators(elevator_ids=ids, values={"rescue_code": "123456"}, by=BY, at=AT)
    assert not Elevator.objects.filter(rescue_code="123456").exists()
    assert chain_faults().faults == []


def test_bulk_change_of_area_moves_districts(elevator):
    actions.change_elevators(elevator_ids=[elevator.pk], values={"area": area(JIANGNING)}, by=BY, at=AT)
    elevator.refresh_from_db()
    assert (elevator.area.code, elevator.managing_district.code) == (JIANGNING, JIANGNING)


def test_difference_names_old_and_new(elevator):
    assert difference(elevator, {"building": "", "floors": 3}) == {"floors": [None, 3]}


# --- registration state and flags -------------------------------------------------------------------------------------


def set_state(elevator, state):
    return actions.set_registration_state(elevator_id=elevator.pk, state=state, reference="D-1", by=BY, at=AT)


def test_registration_state_moves_and_says_by_which_document(elevator):
    version = elevator.version
    row = set_state(elevator, "IN_USE")
    assert (row.registration_state, row.registration_state_at, row.version) == ("IN_USE", AT, version + 1)
    event = elevator.life_events.latest("sequence")
    assert (event.kind, event.outcome, event.details) == (
        "STATE_CHANGED",
        "IN_USE",
        {"from": "UNREGISTERED", "to": "IN_USE", "reference": "D-1"},
    )
    before = state_of(elevator)
    set_state(elevator, "IN_USE")
    assert state_of(elevator) == before


@pytest.mark.parametrize("state", ["SCRAPPED", "OUT_OF_USE", "NONSENSE"])
def test_registration_state_that_does_not_follow_is_refused(elevator, state):
    before = state_of(elevator)
    with pytest.raises(WrongState) as refusal:
        set_state(elevator, state)
    assert refusal.value.status == 409
    assert state_of(elevator) == before


def flag(elevator, kind="SEALED"):
    return actions.set_flag(elevator_id=elevator.pk, kind=kind, reason="rope", reference="S-1", by=BY, at=AT)


def lift(elevator, kind="SEALED"):
    return actions.lift_flag(elevator_id=elevator.pk, kind=kind, reference="S-2", by=BY, at=AT + DAY)


def test_flag_opens_once_and_lifts_once(elevator):
    first = flag(elevator)
    before = state_of(elevator)
    assert flag(elevator) == first
    assert state_of(elevator) == before
    assert lift(elevator) is True
    assert lift(elevator) is False
    assert trail(elevator)[1:] == [("FLAGGED", "SEALED"), ("UNFLAGGED", "SEALED")]
    assert flag(elevator) != first
    assert StatusFlag.objects.filter(elevator=elevator, ended_at=None).count() == 1


def test_flag_is_a_change_that_a_reader_of_the_old_version_notices(elevator):
    versions = [elevator.version]
    for action in (flag, lift):
        action(elevator)
        elevator.refresh_from_db()
        versions.append(elevator.version)
    assert versions == [versions[0], versions[0] + 1, versions[0] + 2]


# --- the chain --------------------------------------------------------------------------------------------------------


def test_events_continue_their_own_chain(elevator):
    other = make_elevator(area_code=SUBDISTRICT)
    made = actions.record_events(
        [actions.NewEvent(row, "CORRECTED", AT, details={"n": str(n)}) for n, row in enumerate([elevator, other] * 3)],
        by=BY,
    )
    assert [event.sequence for event in made] == [2, 2, 3, 3, 4, 4]
    first = elevator.life_events.order_by("sequence").first()
    assert bytes(first.previous_hash) == rules.GENESIS
    assert chain_faults().faults == []


def test_events_by_copy_are_the_same_as_by_insert(elevator):
    many = [actions.NewEvent(elevator, "CORRECTED", AT, details={"text": "a\tb\\n\n电梯"}) for _ in range(150)]
    assert len(actions.record_events(many, by=BY)) == 150
    check = chain_faults()
    assert (check.events, check.faults) == (151, [])


@pytest.mark.parametrize("details", [{"speed": 1e22}, {"a": [{"b": 0.5}]}, {1: "x"}])
def test_events_refuse_details_that_json_would_give_back_otherwise(elevator, details):
    with pytest.raises(TypeError):
        actions.record_event(elevator, "CORRECTED", by=BY, at=AT, details=details)


def test_many_appenders_at_once_make_one_unbroken_chain(transactional_db):
    elevator = make_elevator(area_code=SUBDISTRICT)

    def append():
        for _ in range(10):
            actions.record_event(elevator, "CORRECTED", by=BY, at=AT)

    assert at_once(append, append, append) == [None] * 3
    sequences = list(LifeEvent.objects.order_by("sequence").values_list("sequence", flat=True))
    assert sequences == list(range(1, 32))
    assert chain_faults().faults == []


def test_appenders_to_many_chains_in_either_order_do_not_block_each_other_for_ever(transactional_db):
    rows = [make_elevator(area_code=SUBDISTRICT) for _ in range(4)]

    def append(order):
        for _ in range(5):
            actions.record_events([actions.NewEvent(row, "CORRECTED", AT) for row in order], by=BY)

    assert at_once(lambda: append(rows), lambda: append(rows[::-1])) == [None, None]
    assert chain_faults().faults == []


# --- who answers ------------------------------------------------------------------------------------------------------


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
