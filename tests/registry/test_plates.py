"""Nameplates from the order to the car: numbers given once, hung once, void for ever."""

from functools import partial

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from common import jobs
from common.actor import system
from common.audit import AuditRecord
from common.clock import now
from common.errors import NotPermitted
from common.models import AccessRecord
from registry.actions import plates as actions
from registry.actions.elevators import CodeOnPlate, change_elevator, change_elevators
from registry.actions.plate_sheets import SheetsGone, SheetsNotReady, sheets_of
from registry.choices import PlateState
from registry.models import Elevator, LifeEvent, Nameplate, PlateBatch, PlateCity
from registry.plates.layouts import all_layouts
from registry.queries import chain_faults
from registry.queries.plates import text_of
from tests.common.together import at_once
from tests.factories.make import GULOU, NANJING, area
from tests.factories.make import make_elevator as made_elevator
from tests.factories.printed import links_read

BY = system("tests")
make_elevator = partial(made_elevator, area_code=GULOU, rescue_code=None)


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def order(**given) -> PlateBatch:
    given = {"city": area(NANJING), "layout": "a4-2x5", "by": BY, "at": now()} | given
    return actions.order_plates(**given)


def text(plate: Nameplate) -> str:
    return text_of(plate, PlateCity.objects.get(area=plate.city).number)


def hang(plate: Nameplate, elevator: Elevator, **given) -> Nameplate:
    return actions.hang_plate(text=text(plate), elevator=elevator, by=BY, at=now(), **given)


def test_stock_gets_numbers_that_nobody_has(db):
    taken = make_elevator(rescue_code="000001")
    first, second = order(count=30), order(count=20)
    codes = list(Nameplate.objects.values_list("code", flat=True))
    assert (len(codes), len(set(codes))) == (50, 50)
    assert taken.rescue_code not in codes
    assert [first.plates.count(), second.plates.count()] == [30, 20]
    assert set(Nameplate.objects.values_list("state", "issue", "key_id")) == {("PRINTED", 1, "01")}


def test_elevators_get_the_next_issue_of_their_own_number(db):
    known, new = make_elevator(rescue_code="035302"), make_elevator()
    order(elevators=[known, new])
    again = order(elevators=[known]).plates.get()
    assert (again.code, again.issue, again.elevator) == ("035302", 2, known)
    assert Nameplate.objects.get(elevator=new).code != "035302"
    new.refresh_from_db()
    assert new.rescue_code is None, "a number belongs to the plate that hangs, not to the one in the drawer"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "count"),
        ({"count": -1}, "count"),
        ({"count": actions.MOST_AT_ONCE + 1}, "count"),
        ({"count": 1, "layout": "../secret"}, "layout"),
    ],
)
def test_a_bad_order_is_named_and_gives_no_numbers(db, given, field):
    with pytest.raises(actions.BadOrder) as refused:
        order(**given)
    assert refused.value.field == field
    assert not Nameplate.objects.exists()


def test_a_city_without_six_digits_is_given_some(db):
    from accounts.models import Area

    foreign = Area.objects.create(code="US3651000", name="纽约", name_en="New York", kind="CITY", certainty="V1")
    assert (actions.city_number(area(NANJING)), actions.city_number(foreign)) == ("320100", "900000")
    assert actions.city_number(foreign) == "900000"


def test_the_first_scan_hangs_the_plate_and_the_second_changes_nothing(db):
    from decimal import Decimal

    elevator, plate = make_elevator(), order(count=1).plates.get()
    hung = hang(plate, elevator, position=(Decimal("32.06"), Decimal("118.77")), accuracy_m=12)
    assert hang(plate, elevator).pk == hung.pk
    elevator.refresh_from_db()
    assert (elevator.rescue_code, hung.state, hung.accuracy_m) == (plate.code, "BOUND", 12)
    assert list(LifeEvent.objects.filter(elevator=elevator).values_list("kind", flat=True)).count("PLATE_HUNG") == 1
    assert chain_faults().faults == []


def test_a_new_issue_takes_the_place_of_the_old_one(db):
    elevator = make_elevator(rescue_code="035302")
    first, second = (order(elevators=[elevator]).plates.get() for _ in range(2))
    hang(first, elevator)
    hang(second, elevator)
    first.refresh_from_db()
    assert (first.state, first.void_reason) == ("VOID", actions.REPLACED)
    with pytest.raises(actions.PlateVoid):
        hang(first, elevator)


def test_plates_of_other_elevators_cities_and_numbers_are_refused(db):
    mine, other = make_elevator(rescue_code="000100"), make_elevator(rescue_code="000200")
    theirs = order(elevators=[other]).plates.get()
    with pytest.raises(actions.PlateElsewhere):
        hang(theirs, mine)
    with pytest.raises(actions.CodeDiffers):
        hang(order(count=1).plates.get(), mine)
    with pytest.raises(actions.NotAPlate):
        actions.hang_plate(text="320100-000100-001-01-000000000000", elevator=mine, by=BY, at=now())
    hang(theirs, other)
    with pytest.raises(actions.PlateElsewhere):
        hang(theirs, mine)
    assert set(Nameplate.objects.filter(state="BOUND").values_list("elevator", flat=True)) == {other.pk}


@pytest.mark.django_db(transaction=True)
def test_two_workers_who_scan_one_plate_at_once_hang_it_once():
    one, two = make_elevator(), make_elevator()
    plate = order(count=1).plates.get()
    outcomes = at_once(lambda: hang(plate, one), lambda: hang(plate, two))
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Nameplate", "PlateElsewhere"]
    assert Elevator.objects.filter(rescue_code=plate.code).count() == 1


# --- a number belongs to the plate ------------------------------------------------------------------------------------


def test_a_number_that_a_plate_carries_is_not_typed_for_an_elevator(db):
    plate, other = order(count=2).plates.order_by("pk")
    with pytest.raises(CodeOnPlate) as refused:
        make_elevator(rescue_code=plate.code)
    assert (refused.value.field, refused.value.status) == ("rescue_code", 409)
    elevator = make_elevator()
    for change in (
        lambda: change_elevator(
            elevator_id=elevator.pk, values={"rescue_code": plate.code}, version=None, by=BY, at=now()
        ),
        lambda: change_elevators(elevator_ids=[elevator.pk], values={"rescue_code": plate.code}, by=BY, at=now()),
    ):
        with pytest.raises(CodeOnPlate):
            change()
    actions.void_plate(plate=plate, reason="misprinted", by=BY, at=now())
    with pytest.raises(CodeOnPlate):
        make_elevator(rescue_code=plate.code)
    hang(other, elevator)
    elevator.refresh_from_db()
    change_elevator(
        elevator_id=elevator.pk,
        values={"rescue_code": other.code, "area": area(NANJING)},
        version=None,
        by=BY,
        at=now(),
    )
    assert not Elevator.objects.filter(rescue_code=plate.code).exists()


def test_a_number_of_another_city_says_nothing_here(db):
    from accounts.models import Area

    foreign = Area.objects.create(code="US3651000", name="纽约", name_en="New York", kind="CITY", certainty="V1")
    plate = order(count=1, city=foreign).plates.get()
    assert make_elevator(rescue_code=plate.code).rescue_code == plate.code


def claim(code: str) -> Elevator:
    """Another elevator takes the number past the actions, as one did before they looked at plates."""
    taker = make_elevator()
    Elevator.objects.filter(pk=taker.pk).update(rescue_code=code)
    return taker


def test_hanging_a_plate_whose_number_the_register_gave_away_is_refused_by_name(db):
    elevator, plate = make_elevator(), order(count=1).plates.get()
    claim(plate.code)
    with pytest.raises(actions.NumberClaimed) as refused:
        hang(plate, elevator)
    assert (refused.value.field, refused.value.status) == ("text", 409)
    assert plate.code in str(refused.value) and "another elevator" in str(refused.value)
    plate.refresh_from_db()
    assert (plate.state, plate.elevator) == ("PRINTED", None)


@pytest.mark.django_db(transaction=True)
def test_hanging_a_plate_while_its_number_is_given_away():
    elevator, plate = make_elevator(), order(count=1).plates.get()
    outcomes = at_once(lambda: hang(plate, elevator), lambda: claim(plate.code))
    assert sorted(type(outcome).__name__ for outcome in outcomes) in (
        ["Elevator", "NumberClaimed"],
        ["IntegrityError", "Nameplate"],  # whoever goes past the actions is told by the database
    )
    assert Elevator.objects.filter(rescue_code=plate.code).count() == 1


def test_void_is_for_ever_even_past_the_actions(db):
    elevator, plate = make_elevator(), order(count=1).plates.get()
    hang(plate, elevator)
    with pytest.raises(actions.ReasonNeeded):
        actions.void_plate(plate=plate, reason="  ", by=BY, at=now())
    for _again in range(2):
        actions.void_plate(plate=plate, reason="torn off", by=BY, at=now())
    assert AuditRecord.objects.filter(action="registry.void_plate").count() == 1
    assert LifeEvent.objects.filter(kind="PLATE_VOIDED").count() == 1
    for wrong in (
        lambda: Nameplate.objects.filter(pk=plate.pk).update(state="BOUND", voided_at=None),
        lambda: Nameplate.objects.filter(pk=plate.pk).update(void_reason="nothing"),
        lambda: Nameplate.objects.filter(pk=plate.pk).delete(),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            wrong()


def test_the_database_keeps_numbers_and_elevators_apart(db):
    elevator, plates = make_elevator(), list(order(count=2).plates.all())
    hang(plates[0], elevator)
    with pytest.raises(IntegrityError), transaction.atomic():
        Nameplate.objects.filter(pk=plates[1].pk).update(elevator=elevator, state="BOUND", bound_at=now())
    with pytest.raises(DatabaseError), transaction.atomic():
        Nameplate.objects.filter(pk=plates[1].pk).update(code="999999")
    with pytest.raises(DatabaseError), transaction.atomic():
        Nameplate.objects.filter(pk=plates[0].pk).update(elevator=make_elevator())


def test_who_orders_and_who_sees(cast):
    with pytest.raises(NotPermitted):
        order(count=1, by=cast.district_regulator.actor())
    batch = order(count=1, unit=cast.unit_a, by=cast.city_regulator.actor())
    permission = "registry.view_elevator"
    seen = {
        name: PlateBatch.objects.visible_to(player.actor(), permission).filter(pk=batch.pk).exists()
        for name, player in cast.players.items()
    }
    assert {name for name, yes in seen.items() if yes} == {
        "own_manager",
        "colleague",
        "strong_weak",
        "city_regulator",
        "dispatcher",
        "auditor",
    }
    plate = batch.plates.get()
    mine = Nameplate.objects.visible_to(cast.stranger.actor(), permission)
    assert plate not in mine


def test_sheets_are_drawn_by_the_job_decoded_by_another_program_and_handed_out_with_permission(cast):
    import pypdfium2

    by = cast.city_regulator.actor()
    batch = order(count=12, by=by)
    with pytest.raises(SheetsNotReady):
        sheets_of(batch, by=by, via="page")
    job = jobs.run(batch.job_id, at=now())
    assert job.state == "SUCCEEDED", job.error
    batch.refresh_from_db()
    file = sheets_of(batch, by=by, via="page")
    assert (batch.pages, job.done, file.stat().st_mode & 0o777) == (2, 12, 0o600)
    with pypdfium2.PdfDocument(file) as document:
        words = document[0].get_textpage().get_text_range()
    read = links_read(file, all_layouts()["a4-2x5"], range(12))
    assert list(read.values()) == [f"https://testserver/e/{text(plate)}" for plate in batch.plates.order_by("pk")]
    first = batch.plates.order_by("pk").first()
    assert "电梯救援识别码" in words and "96333" in words and text(first) in words
    with pytest.raises(NotPermitted):
        sheets_of(batch, by=cast.own_manager.actor(), via="page")
    noted = AccessRecord.objects.filter(subject_type="registry.platebatch", subject_id=str(batch.public_id))
    assert [row.actor_id for row in noted] == [by.id], "every download is on record, and no refused one"
    seen = cast.audit_admin.client().get("/accounts/audit/access/").content.decode()
    assert str(batch.public_id) in seen
    assert jobs.run(batch.job_id, at=now()) is None, "drawn once"
    file.unlink()
    with pytest.raises(SheetsGone):
        sheets_of(batch, by=by, via="page")


def test_states_are_those_of_the_choices():
    assert set(PlateState.values) == {"PRINTED", "BOUND", "VOID"}
