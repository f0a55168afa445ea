"""Questions about the register: each within its scope, each a fixed number of statements however many rows."""

import datetime as dt

import pytest

from accounts.models import Area
from accounts.queries import actor_for
from common.actor import system
from common.clock import now
from registry import actions, queries
from registry.models import Elevator, LifeEvent
from tests.factories.make import GULOU, JIANGNING, NANJING, area, hold, make_elevator, make_unit, make_user

SYSTEM = system("tests")
SUBDISTRICT = "320106001"
CODES = {
    "equipment_code": "311012345201900001",
    "registration_code": "31103201062019030001",
    "certificate_number": "梯11苏A12345(19)",
    "rescue_code": "123456",
}


def actor_with(role, **where):
    user = make_user()
    hold(user, role, **where)
    return actor_for(user, now())


@pytest.mark.parametrize("field", CODES)
def test_elevator_by_code_of_each_kind(db, field):
    elevator = make_elevator(area_code=SUBDISTRICT, **{field: CODES[field]})
    make_elevator(area_code=SUBDISTRICT)
    assert queries.elevator_by_code(f" {CODES[field].lower()} ", actor=SYSTEM) == elevator


def test_elevator_by_source_key(db):
    elevator = make_elevator(area_code=SUBDISTRICT)
    Elevator.objects.filter(pk=elevator.pk).update(source="tests", source_key="P-1 2")
    assert queries.elevator_by_code(" P-1 2 ", actor=SYSTEM) == elevator


@pytest.mark.parametrize("text", ["", " ", "000000", "%", "1 OR 1=1", "🛗" * 50, "9" * 10**5])
def test_elevator_by_code_that_nobody_has(db, text):
    make_elevator(area_code=SUBDISTRICT)
    with pytest.raises(queries.UnknownCode):
        queries.elevator_by_code(text, actor=SYSTEM)


def test_elevator_by_code_of_two_cities_needs_the_city(db):
    elsewhere = Area.objects.create(code="999900", name="Elsewhere", kind="CITY", source="tests")
    here, there = make_elevator(area_code=SUBDISTRICT, rescue_code="123456"), make_elevator(area_code=SUBDISTRICT)
    actions.change_elevator(
        elevator_id=there.pk, values={"area": elsewhere, "rescue_code": "123456"}, version=None, by=SYSTEM, at=now()
    )
    with pytest.raises(queries.AmbiguousCode):
        queries.elevator_by_code("123456", actor=SYSTEM)
    assert queries.elevator_by_code("123456", actor=SYSTEM, city=NANJING) == here
    assert queries.elevator_by_code("123456", actor=SYSTEM, city="999900") == there
    # who sees one of them only is not told that there is another
    regulator = actor_with("CITY_REGULATOR", area_code=NANJING)
    assert queries.elevator_by_code("123456", actor=regulator) == here


def test_elevator_by_code_of_another_is_unknown(db):
    make_elevator(area_code=JIANGNING, rescue_code="123456")
    with pytest.raises(queries.UnknownCode):
        queries.elevator_by_code("123456", actor=actor_with("DISTRICT_REGULATOR", area_code=GULOU))


def test_state_counts_are_of_what_one_sees(db):
    for state, code in (("IN_USE", SUBDISTRICT), ("UNREGISTERED", SUBDISTRICT), ("IN_USE", JIANGNING)):
        elevator = make_elevator(area_code=code)
        Elevator.objects.filter(pk=elevator.pk).update(registration_state=state)
        actions.set_flag(elevator_id=elevator.pk, kind="SEALED", reason="", reference="", by=SYSTEM, at=now())
    counts = queries.state_counts(actor_with("DISTRICT_REGULATOR", area_code=GULOU))
    assert (counts.total, counts.by_state, counts.sealed) == (2, {"IN_USE": 1, "UNREGISTERED": 1}, 2)
    assert queries.state_counts(SYSTEM).total == 3
    assert queries.state_counts(actor_with("UNIT_ADMIN", unit=make_unit())).total == 0


MAY_CREATE = {
    "a city's regulator in the city": ("CITY_REGULATOR", {"area_code": NANJING}, JIANGNING, True),
    "a district's regulator in the district": ("DISTRICT_REGULATOR", {"area_code": GULOU}, GULOU, True),
    "a district's regulator in its subdistrict": ("DISTRICT_REGULATOR", {"area_code": GULOU}, SUBDISTRICT, True),
    "a district's regulator elsewhere": ("DISTRICT_REGULATOR", {"area_code": GULOU}, JIANGNING, False),
    "a district's regulator for the whole city": ("DISTRICT_REGULATOR", {"area_code": GULOU}, NANJING, False),
    "a dispatcher": ("DISPATCHER", {"area_code": NANJING}, GULOU, False),
    "an auditor": ("AUDITOR", {}, GULOU, False),
}


@pytest.mark.parametrize(("role", "where", "code", "may"), MAY_CREATE.values(), ids=MAY_CREATE)
def test_who_may_enter_where(db, role, where, code, may):
    actor = actor_with(role, **where)
    if may:
        queries.require_may_create(actor, area=area(code), using_unit=None)
    else:
        with pytest.raises(queries.NotPermitted):
            queries.require_may_create(actor, area=area(code), using_unit=None)


def test_a_units_manager_enters_for_the_own_unit_only(db):
    own, other = make_unit(), make_unit()
    actor = actor_with("USING_UNIT_MANAGER", unit=own)
    queries.require_may_create(actor, area=area(JIANGNING), using_unit=own)
    for unit in (other, None):
        with pytest.raises(queries.NotPermitted):
            queries.require_may_create(actor, area=area(JIANGNING), using_unit=unit)


def test_timeline_is_newest_first_capped_and_two_statements(db, django_assert_num_queries):
    elevator, unit = make_elevator(area_code=SUBDISTRICT), make_unit("Somebody's unit")
    user = make_user(display_name="canary")
    hold(user, "USING_UNIT_MANAGER", unit=unit)
    for _ in range(60):
        actions.record_event(elevator, "CORRECTED", by=actor_for(user, now()), at=now())
    with django_assert_num_queries(2):
        entries = queries.timeline(elevator)
    assert [entry.event.sequence for entry in entries] == list(range(61, 11, -1))
    assert {entry.acting_unit for entry in entries} == {"Somebody's unit"}
    assert "canary" not in repr(entries)


def test_chain_check_streams_in_one_statement(db, django_assert_num_queries):
    for _ in range(3):
        make_elevator(area_code=SUBDISTRICT, using_unit=make_unit())
    with django_assert_num_queries(1):
        check = queries.chain_faults()
    assert (check.elevators, check.events, check.faults) == (3, LifeEvent.objects.count(), [])


@pytest.mark.parametrize(
    ("commissioned_on", "found"), [("2011-03-31", True), ("2011-04-01", False), ("2001-01-01", True), (None, False)]
)
def test_age_counts_to_the_day_even_at_the_end_of_a_month(db, commissioned_on, found):
    import time_machine

    from registry.forms import ElevatorFilter

    make_elevator(area_code=SUBDISTRICT, commissioned_on=commissioned_on and dt.date.fromisoformat(commissioned_on))
    with time_machine.travel("2026-03-31T04:00:00Z", tick=False):
        assert ElevatorFilter({"min_age": "15"}, queryset=Elevator.objects.all()).qs.exists() is found


def test_age_on_a_leap_day(db):
    import time_machine

    from registry.forms import ElevatorFilter

    make_elevator(area_code=SUBDISTRICT, commissioned_on=dt.date(2013, 2, 28))
    with time_machine.travel("2028-02-29T04:00:00Z", tick=False):
        assert ElevatorFilter({"min_age": "15"}, queryset=Elevator.objects.all()).qs.exists()


FILTERS = {
    "class_code=3110": {"passenger"},
    "class_code=3300": {"escalator", "walk"},
    "class_code=3000": {"passenger", "escalator", "walk"},
    "area=320106": {"passenger", "escalator"},
    "area=320106001": {"passenger"},
    "area=320100": {"passenger", "escalator", "walk", "unknown"},
    "area=999": set(),
    "place_type=MALL": {"walk"},
    "flag=SEALED": {"escalator"},
    "retrofitted=true": {"passenger"},
    "retrofitted=false": {"escalator", "walk", "unknown"},
    "registration_state=IN_USE": {"walk"},
    "registration_state=IN_USE&place_type=OTHER": set(),
    "": {"passenger", "escalator", "walk", "unknown"},
}


@pytest.fixture
def four(db):
    from registry.models import ElevatorClass

    made = {
        "passenger": make_elevator(
            area_code=SUBDISTRICT, class_code=ElevatorClass.objects.get(pk="3110"), retrofitted=True
        ),
        "escalator": make_elevator(area_code=GULOU, class_code=ElevatorClass.objects.get(pk="3310")),
        "walk": make_elevator(area_code=JIANGNING, class_code=ElevatorClass.objects.get(pk="3320"), place_type="MALL"),
        "unknown": make_elevator(area_code=JIANGNING),
    }
    for kind in ("SEALED", "CHANGING"):
        actions.set_flag(elevator_id=made["escalator"].pk, kind=kind, reason="", reference="", by=SYSTEM, at=now())
    actions.set_registration_state(elevator_id=made["walk"].pk, state="IN_USE", reference="", by=SYSTEM, at=now())
    return made


def test_filters_find_what_they_say(four):
    from django.http import QueryDict

    from registry.forms import ElevatorFilter

    names = {row.pk: name for name, row in four.items()}
    found = {
        text: {names[row.pk] for row in ElevatorFilter(QueryDict(text), queryset=Elevator.objects.all()).qs}
        for text in FILTERS
    }
    assert found == FILTERS
