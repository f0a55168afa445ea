"""Two hands at the same thing at the same moment, over two connections: one of them counts, nobody waits for ever, and
PostgreSQL never has to end one of two that wait for each other."""

import datetime as dt
import threading
from functools import partial

import pytest
from django.db import transaction

from accounts import actions as people
from accounts.actions import machines
from accounts.models import ClientSecret, Membership, RecoveryCode
from accounts.queries import actor_for
from accounts.rules import invitation_digest
from accounts.rules.second_factor import code_at
from common import jobs
from common.actor import system
from common.clock import now, today
from common.lists.actions import save_view
from common.models import Job, JobState
from registry.actions import handovers, plates, registrations
from registry.actions import registration_decisions as decisions
from registry.actions.documents import withdraw_document
from registry.actions.responsibilities import assign_responsibility
from registry.models import Elevator, Nameplate, Responsibility
from registry.queries import chain_faults
from tests.common.together import Together, at_once, wait_until_blocked
from tests.factories.make import (
    GULOU,
    OTP_SECRET,
    give_second_factor,
    hold,
    make_elevator,
    make_unit,
    make_user,
)
from tests.factories.registrations import attachment, draft, under_review
from tests.registry.test_plates import hang, order

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]
BY = system("attack")


@pytest.fixture(autouse=True)
def counted(tried):
    tried("races over several connections", 1)


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.MEDIA_ROOT, settings.SEALED_DIR = tmp_path / "media", tmp_path / "sealed"


def names(answers) -> list[str]:
    return sorted(type(answer).__name__ for answer in answers)


def behind_a_lock(rows, *functions) -> list:
    """All functions in this order behind somebody who holds `rows`: each begins when the one before it waits."""
    together, held, go = Together(), threading.Event(), threading.Event()

    def holding():
        with transaction.atomic():
            list(rows.select_for_update())
            held.set()
            go.wait(20)

    together.start(holding)
    assert held.wait(20)
    try:
        for number, function in enumerate(functions, start=1):
            together.start(function)
            wait_until_blocked(number)
    finally:
        go.set()
    return together.results()[1:]


# --- plates -----------------------------------------------------------------------------------------------------------


def lift(**values):
    return make_elevator(area_code=GULOU, **{"rescue_code": None} | values)


def two_issues():
    """An elevator with the plate that hangs and the one that is to hang next."""
    elevator = lift()
    first = hang(order(elevators=[elevator]).plates.get(), elevator)
    elevator.refresh_from_db()
    return elevator, first, order(elevators=[elevator]).plates.get()


@pytest.mark.parametrize("other", ["void", "scan again"])
def test_hanging_the_next_plate_and_touching_the_one_before_do_not_wait_for_each_other(other):
    elevator, first, second = two_issues()
    touch = {
        "void": lambda: plates.void_plate(plate=first, reason="lost", by=BY, at=now()),
        "scan again": lambda: hang(first, elevator),
    }[other]
    answers = behind_a_lock(Elevator.objects.filter(pk=elevator.pk), lambda: hang(second, elevator), touch)
    assert names(answers) in (["Nameplate", "Nameplate"], ["Nameplate", "PlateVoid"])
    states = dict(Nameplate.objects.values_list("issue", "state"))
    assert states == {1: "VOID", 2: "BOUND"}
    assert chain_faults().faults == []


def test_two_plates_of_stock_for_one_elevator():
    elevator = lift()
    one, two = order(count=2).plates.order_by("pk")
    answers = at_once(lambda: hang(one, elevator), lambda: hang(two, elevator))
    assert names(answers) == ["CodeDiffers", "Nameplate"]
    assert Nameplate.objects.filter(elevator=elevator, state="BOUND").count() == 1


def test_a_plate_is_void_or_hangs():
    elevator = lift()
    plate = order(count=1).plates.get()
    answers = at_once(
        lambda: hang(plate, elevator), lambda: plates.void_plate(plate=plate, reason="lost", by=BY, at=now())
    )
    plate.refresh_from_db()
    assert plate.state == "VOID" and names(answers) in (["Nameplate", "Nameplate"], ["Nameplate", "PlateVoid"])
    kinds = list(elevator.life_events.order_by("sequence").values_list("kind", flat=True))
    hung = plate.elevator_id is not None
    assert (kinds.count("PLATE_HUNG"), kinds.count("PLATE_VOIDED")) == (int(hung), int(hung))


def test_two_orders_of_the_next_plate_give_two_issues():
    elevator, *_ = two_issues()
    at_once(*[partial(order, elevators=[elevator])] * 4)
    assert sorted(Nameplate.objects.values_list("issue", flat=True)) == [1, 2, 3, 4, 5, 6]


# --- the maintenance unit ---------------------------------------------------------------------------------------------


class Change:
    def __init__(self):
        self.using, self.present, self.coming = (
            make_unit(name, kind=kind)
            for name, kind in (("A", "PROPERTY_MANAGER"), ("B", "MAINTENANCE_UNIT"), ("C", "MAINTENANCE_UNIT"))
        )
        self.lifts = [lift(using_unit=self.using, maintenance_unit=self.present) for _each in range(2)]
        manager, office = make_user("manager"), make_user("office")
        hold(manager, "USING_UNIT_MANAGER", unit=self.using)
        hold(office, "MAINTENANCE_OFFICE", unit=self.coming)
        self.by, self.other = actor_for(manager, now()), actor_for(office, now())

    def propose(self, elevators, days=9):
        given = {"new_unit": self.coming, "starts_on": today() + dt.timedelta(days=days), "reference": "x"}
        return handovers.propose_change(
            elevators=elevators, files=[attachment(self.by)], by=self.by, at=now(), **given
        ).change


def test_two_proposals_of_one_elevator():
    made = Change()
    answers = at_once(*[lambda: made.propose(made.lifts[:1])] * 3)
    assert names(answers) == ["MaintenanceChange", "NothingToChange", "NothingToChange"]


def test_confirm_against_withdraw():
    made = Change()
    change = made.propose(made.lifts)
    answers = at_once(
        lambda: handovers.confirm_change(change=change, by=made.other, at=now()),
        lambda: handovers.withdraw_change(change=change, by=made.by, at=now()),
    )
    change.refresh_from_db()
    assert names(answers) == ["AlreadyAnswered", "MaintenanceChange"]
    wanted = {"CONFIRMED": {"OPEN"}, "WITHDRAWN": {"DROPPED"}}[change.state]
    assert set(change.items.values_list("state", flat=True)) == wanted


def test_proposing_for_a_unit_that_is_being_assigned_to_the_same_elevator():
    made = Change()
    elevator = made.lifts[0]
    assign = partial(
        assign_responsibility, elevator=elevator, unit=made.coming, role="RESCUER", started_at=now(), by=BY, at=now()
    )
    answers = behind_a_lock(Elevator.objects.filter(pk=elevator.pk), assign, lambda: made.propose([elevator]))
    assert names(answers) == ["MaintenanceChange", "Responsibility"]


def test_a_unit_that_closes_before_the_job_leaves_no_elevator_locked_in_its_change():
    made = Change()
    change = made.propose(made.lifts)
    handovers.confirm_change(change=change, by=made.other, at=now())
    made.coming.closed_on = today()
    made.coming.save()
    change.refresh_from_db()
    jobs.run(change.job_id, at=now())
    change.refresh_from_db()
    assert set(change.items.values_list("state", "problem")) == {("FAILED", "unit-closed")}
    assert change.state == "DONE"
    made.coming = make_unit("D", kind="MAINTENANCE_UNIT")
    assert made.propose(made.lifts).state == "PROPOSED"
    for elevator in made.lifts:
        held = Responsibility.objects.filter(elevator=elevator, role="MAINTENANCE_UNIT")
        assert list(held.values_list("unit", "ended_at")) == [(made.present.pk, None)]


def test_a_change_whose_job_failed_goes_on_when_it_is_confirmed_again():
    made = Change()
    change = handovers.confirm_change(change=made.propose(made.lifts), by=made.other, at=now())
    Job.objects.filter(pk=change.job_id).update(state=JobState.FAILED, error="worker-died")
    at_once(*[lambda: handovers.confirm_change(change=change, by=made.other, at=now())] * 3)
    first = change.job_id
    change.refresh_from_db()
    assert change.job_id != first and Job.objects.filter(state=JobState.QUEUED).count() == 1
    jobs.run(change.job_id, at=now())
    change.refresh_from_db()
    assert (change.state, set(change.items.values_list("state", flat=True))) == ("DONE", {"DONE"})
    assert handovers.confirm_change(change=change, by=made.other, at=now()).job_id == change.job_id


# --- use registration -------------------------------------------------------------------------------------------------


@pytest.fixture
def own(cast):
    return cast.elevator_own


def test_approve_against_withdraw(cast, own):
    row = under_review(own, "STOP", cast.own_manager, cast.district_regulator)
    manager, regulator = cast.own_manager.actor(), cast.district_regulator.actor()
    answers = at_once(
        lambda: decisions.approve_application(application=row, by=regulator, at=now()),
        lambda: registrations.withdraw_application(application=row, by=manager, at=now()),
    )
    row.refresh_from_db()
    own.refresh_from_db()
    assert names(answers) == ["ApplicationWrongStep", "RegistrationApplication"]
    assert (row.state, own.registration_state) in (("APPROVED", "OUT_OF_USE"), ("WITHDRAWN", "IN_USE"))


def test_a_stop_and_a_transfer_are_not_under_way_together(cast, own):
    code = make_unit("New owner").credit_code
    stop, move = draft(own, "STOP", cast.own_manager), draft(own, "TRANSFER", cast.own_manager, new_unit=code)
    by = cast.own_manager.actor()
    answers = at_once(
        *[partial(registrations.submit_application, application=row, by=by, at=now()) for row in (stop, move)]
    )
    assert names(answers) == ["OtherApplicationOpen", "RegistrationApplication"]


def test_a_document_is_withdrawn_or_approved_upon(cast, own):
    row = under_review(own, "REGISTER", cast.own_manager, cast.district_regulator)
    document = row.documents.first()
    manager, regulator = cast.own_manager.actor(), cast.district_regulator.actor()
    at_once(
        lambda: decisions.approve_application(application=row, by=regulator, at=now()),
        lambda: withdraw_document(document=document, reason="wrong", by=manager, at=now()),
    )
    row.refresh_from_db()
    kinds = [
        k
        for k, o in own.life_events.order_by("sequence").values_list("kind", "outcome")
        if k == "DOCUMENT_WITHDRAWN" or o == "APPROVED"
    ]
    assert (row.state == "UNDER_REVIEW" and kinds == ["DOCUMENT_WITHDRAWN"]) or kinds == [
        "REGISTRATION_STEP",
        "DOCUMENT_WITHDRAWN",
    ]


# --- people and machines ----------------------------------------------------------------------------------------------


def with_factor():
    user = make_user("wang", password="correct-horse-lantern")
    give_second_factor(user)
    return user


def passing(user, code):
    return people.pass_second_factor(user_id=user.pk, code=code, by=BY, at=now())


def test_one_code_typed_four_times_at_once_counts_once(db):
    user = with_factor()
    code = code_at(OTP_SECRET, now())
    answers = at_once(*[partial(passing, user, code)] * 4)
    assert sum(answer.accepted for answer in answers) == 1


def test_one_recovery_code_typed_four_times_at_once_counts_once(db):
    user = with_factor()
    _passed, codes = people.renew_recovery_codes(user_id=user.pk, code=code_at(OTP_SECRET, now()), by=BY, at=now())
    answers = at_once(*[partial(passing, user, codes[0])] * 4)
    assert sum(answer.accepted for answer in answers) == 1
    assert RecoveryCode.objects.exclude(used_at=None).count() == 1


def test_one_link_followed_by_four_people_takes_in_one(cast):
    by = cast.unit_admin.actor()
    _row, token = people.invite(
        unit=cast.unit_a, role="UNIT_VIEWER", display_name="Li", phone="19900007777", by=by, at=now()
    )
    join = [
        partial(
            people.join_as_new,
            digest=invitation_digest(token),
            phone="19900007777",
            username=f"li{number}",
            password="a-long-lantern-9-walks",
            at=now(),
        )
        for number in range(4)
    ]
    before = Membership.objects.count()
    assert names(at_once(*join)) == ["InvitationOver"] * 3 + ["Membership"]
    assert Membership.objects.count() == before + 1


def test_a_machine_never_has_three_secrets(cast):
    by = cast.own_manager.actor()
    client = machines.create_client(
        unit=cast.unit_a, name="n", permissions=["registry.view_elevator"], rate_per_minute=60, by=by, at=now()
    )
    answers = at_once(*[partial(machines.issue_secret, client=client, by=by, at=now())] * 4)
    assert names(answers) == ["Issued", "Issued", "TwoSecrets", "TwoSecrets"]
    assert ClientSecret.objects.live(now()).count() == 2


def test_ten_saves_of_one_new_filter_name_leave_one():
    """Three of ten got the constraint's error instead of a sentence."""
    by = actor_for(make_user("wang"), now())
    save = partial(
        save_view,
        list_key="registry.elevators",
        name="Mine",
        parameters=[],
        opens_first=False,
        shared=False,
        by=by,
        at=now(),
    )
    assert names(at_once(*[save] * 10)) == ["ListView", *["NameTaken"] * 9]
