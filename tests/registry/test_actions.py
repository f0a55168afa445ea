"""What the register's actions do, refuse, and leave alone when they are repeated."""

import pytest
from django.db import IntegrityError, transaction

from common.audit import difference
from common.errors import Changed
from common.models import AuditRecord
from registry import actions, rules
from registry.actions.elevators import CHANGEABLE, CodeInUse, WrongState
from registry.models import Elevator, ElevatorClass, LifeEvent, StatusFlag
from registry.queries import chain_faults
from tests.common.together import at_once
from tests.factories.make import GULOU, JIANGBEI, JIANGNING, area, make_elevator, make_unit
from tests.registry.one_elevator import AT, BY, DAY, SUBDISTRICT, state_of, trail


@pytest.fixture
def elevator(db):
    return make_elevator(area_code=SUBDISTRICT, since=AT - 100 * DAY)


def create(**values):
    return actions.create_elevator(values={"area": area(SUBDISTRICT), **values}, by=BY, at=AT)


def change(elevator, *, version=None, at=AT, **values):
    return actions.change_elevator(elevator_id=elevator.pk, values=values, version=version, by=BY, at=at)


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
