"""A row on which a sweep fails is set apart: the others go on, it is shown, tried again later, and not for ever sooner."""

import datetime as dt

import pytest

from common import apart, clock, sweeps
from common.models import SweepFault, SweepRun
from compliance.actions import alerts, escalate_all_due, plans, steps
from compliance.actions.duties import planning
from compliance.models import Alert, DutyClock, ElevatorDue, Notice, Obligation
from registry.models import Elevator
from tests.compliance.conftest import KIND, moment, owed
from tests.factories.due import many_elevators, owe
from tests.factories.make import make_unit

pytestmark = pytest.mark.django_db
AT = moment("2028-06-01 00:01")
EN = {"HTTP_ACCEPT_LANGUAGE": "en"}


def at(minutes: float = 0) -> dt.datetime:
    return AT + dt.timedelta(minutes=minutes)


def run(key: str, minutes: float = 0) -> int:
    return sweeps.run(key, clock=lambda: at(minutes))


@pytest.fixture
def city(law):
    """Nine elevators that owe an inspection which is late by AT."""
    made = many_elevators(9)
    for elevator in made:
        law[elevator.pk] = [owed()]
    return made


@pytest.fixture
def poisoned_plan(city, law):
    """The facts of the fifth cannot be planned: its window ends before it begins, which the database refuses."""
    law[city[4].pk] = [owed(opens="2028-03-01", due="2028-02-01")]
    ElevatorDue.objects.exclude(elevator__in=[e.pk for e in city]).delete()
    return city[4]


def test_an_elevator_that_cannot_be_planned_holds_up_none_of_its_set(city, poisoned_plan):
    assert run(plans.SWEEP) == 9
    assert set(Obligation.objects.values_list("elevator_id", flat=True)) == {e.pk for e in city} - {poisoned_plan.pk}
    fault = SweepFault.objects.get()
    assert (fault.sweep, fault.row_id, fault.error, fault.attempts) == (
        plans.SWEEP,
        poisoned_plan.pk,
        "IntegrityError",
        1,
    )
    assert fault.again_at == at() + apart.FIRST_WAIT
    assert list(ElevatorDue.objects.values_list("elevator_id", flat=True)) == [poisoned_plan.pk], "still to be planned"


def test_it_waits_twice_as_long_each_time_and_at_most_an_hour(poisoned_plan):
    waits, minutes = [], 0.0
    for _ in range(9):
        run(plans.SWEEP, minutes)
        assert run(plans.SWEEP, minutes) == 0, "tried again before its time"
        fault = SweepFault.objects.get()
        waits.append((fault.again_at - at(minutes)).total_seconds())
        minutes = (fault.again_at - at()).total_seconds() / 60
    assert waits == [30, 60, 120, 240, 480, 960, 1920, 3600, 3600]
    assert SweepFault.objects.get().attempts == 9
    assert SweepFault.objects.get().first_at == at()


def test_once_its_facts_are_mended_it_is_planned_and_forgotten(poisoned_plan, law):
    run(plans.SWEEP)
    law[poisoned_plan.pk] = [owed()]
    assert run(plans.SWEEP, 0.25) == 0
    assert run(plans.SWEEP, 1) == 1
    assert Obligation.objects.filter(elevator=poisoned_plan).count() == 1
    assert (SweepFault.objects.count(), ElevatorDue.objects.count()) == (0, 0)


def test_a_row_that_is_due_no_more_is_forgotten_too(poisoned_plan):
    run(plans.SWEEP)
    ElevatorDue.objects.all().delete()
    run(plans.SWEEP, 1)
    assert not SweepFault.objects.exists()


@pytest.fixture
def poisoned_step(city, law, monkeypatch):
    """Of the fifth no alert can be opened."""
    run(plans.SWEEP)
    bad = Obligation.objects.get(elevator=city[4])
    opened = alerts.open_alerts

    def refuse(*, obligations, **given):
        if any(row.pk == bad.pk for row in obligations):
            raise ZeroDivisionError
        return opened(obligations=obligations, **given)

    monkeypatch.setattr(steps, "open_alerts", refuse)
    return bad


def test_an_obligation_that_cannot_be_stepped_holds_up_none_of_its_set(city, poisoned_step):
    assert run(steps.SWEEP) == 9
    elevators = {e.pk for e in city} - {city[4].pk}
    assert set(Alert.objects.values_list("elevator_id", flat=True)) == elevators
    assert Notice.objects.count() == 8, "the half that raised wrote nothing twice"
    poisoned_step.refresh_from_db()
    assert (poisoned_step.step_at is not None, poisoned_step.last_step) == (True, None)
    assert SweepFault.objects.values_list("sweep", "row_id", "error").get() == (
        steps.SWEEP,
        poisoned_step.pk,
        "ZeroDivisionError",
    )


def test_its_alert_comes_as_soon_as_it_can(city, poisoned_step, monkeypatch):
    run(steps.SWEEP)
    monkeypatch.setattr(steps, "open_alerts", alerts.open_alerts)
    assert run(steps.SWEEP, 0.25) == 0
    assert run(steps.SWEEP, 0.5) == 1
    assert (Alert.objects.count(), Notice.objects.count(), SweepFault.objects.count()) == (9, 9, 0)


def test_a_set_behind_it_is_reached(city, poisoned_step, monkeypatch):
    monkeypatch.setattr(steps, "SET", 2)
    taken = steps.take_steps(at=at(), limit=2)
    while taken.taken:
        taken = steps.take_steps(at=at(), limit=2)
    assert Alert.objects.count() == 8


def test_an_alert_that_cannot_move_on_holds_up_no_other(city, monkeypatch):
    run(plans.SWEEP)
    run(steps.SWEEP)
    bad = Alert.objects.order_by("pk")[4]
    after = alerts._after
    monkeypatch.setattr(
        alerts, "_after", lambda moment, days: 1 / 0 if moment == bad.opened_at else after(moment, days)
    )
    Alert.objects.filter(pk=bad.pk).update(opened_at=bad.opened_at - dt.timedelta(seconds=1))
    bad.refresh_from_db()
    assert escalate_all_due(at=at(8 * 24 * 60)) == 9
    assert Alert.objects.filter(level="SUBDISTRICT").count() == 8
    assert SweepFault.objects.get().row_id == bad.pk


@pytest.fixture
def poisoned_unit(city, monkeypatch):
    """Of nine using units the fifth cannot be planned."""
    Elevator.objects.update(registration_state="IN_USE")
    units = list(DutyClock.objects.order_by("unit_id").values_list("unit_id", flat=True))
    for elevator in city[: 9 - len(units)]:
        elevator.using_unit = make_unit(f"duties {elevator.pk}")
        elevator.save(update_fields=["using_unit"])
        units.append(elevator.using_unit_id)
    DutyClock.objects.update(look_at=at(-1))
    facts_on = planning.facts_on

    def refuse(unit_ids, *rest):
        return 1 / 0 if units[4] in unit_ids else facts_on(unit_ids, *rest)

    monkeypatch.setattr(planning, "facts_on", refuse)
    return units


def test_a_unit_that_cannot_be_planned_holds_up_none_of_its_set(poisoned_unit, monkeypatch):
    bad = poisoned_unit[4]
    assert run(planning.SWEEP) == 9
    assert set(Obligation.objects.filter(unit__isnull=False).values_list("unit_id", flat=True)) == (
        set(poisoned_unit) - {bad}
    )
    assert SweepFault.objects.values_list("sweep", "row_id", "error").get() == (
        planning.SWEEP,
        bad,
        "ZeroDivisionError",
    )
    assert DutyClock.objects.get(planned_on=None).unit_id == bad, "still to be planned"
    assert run(planning.SWEEP, 0.25) == 0
    monkeypatch.undo()
    assert run(planning.SWEEP, 0.5) == 1
    assert Obligation.objects.filter(unit=bad).exists()
    assert not SweepFault.objects.exists()


def test_when_many_fail_it_is_our_mistake_and_the_sweep_fails_as_a_whole(law):
    for elevator in many_elevators(apart.MOST + 5):
        law[elevator.pk] = [owed(opens="2028-03-01", due="2028-02-01")]
    noted = ElevatorDue.objects.count()
    with pytest.raises(Exception, match="obligation_window"):
        run(plans.SWEEP)
    assert SweepRun.objects.get(name=plans.SWEEP).error == "IntegrityError"
    assert (SweepFault.objects.count(), ElevatorDue.objects.count()) == (0, noted)


def test_the_page_shows_it_and_the_platform_stays_ready(cast, law):
    """One bad row is no reason to take the web out of service; what waits behind a sweep that fails as a whole is."""
    elevator = many_elevators(1)[0]
    law[elevator.pk] = [owed(opens="2028-03-01", due="2028-02-01")]
    ElevatorDue.objects.exclude(elevator=elevator.pk).delete()
    long_ago = clock.now() - dt.timedelta(hours=3)
    sweeps.run(plans.SWEEP, clock=lambda: long_ago)
    ElevatorDue.objects.update(noted_at=long_ago)
    well, told = sweeps.check(clock.now())
    assert (well, told["set_apart"], told["waiting_seconds"][plans.SWEEP]) == (True, {plans.SWEEP: 1}, 0.0)
    text = cast.system_admin.client(**EN).get("/accounts/sweeps/").content.decode()
    assert "1 row set apart" in text
    assert "IntegrityError" in text
    assert f">{elevator.pk}<" in text


def test_the_page_costs_the_same_for_one_and_three(cast, django_assert_num_queries):
    client = cast.system_admin.client(**EN)
    for number in (1, 2, 3):
        SweepFault.objects.create(sweep=steps.SWEEP, row_id=number, error="X", first_at=AT, failed_at=AT, again_at=AT)
        if number in (1, 3):
            with django_assert_num_queries(QUERIES):
                client.get("/accounts/sweeps/")


# session, person, runs, faults counted and listed, one for each sweep, one more for bands and for complaints, two more for drafts
QUERIES = 22


def test_a_server_in_trouble_sets_nothing_apart(city, monkeypatch):
    from django.db import OperationalError

    def away(*_given):
        raise OperationalError

    owe(city, due_on=AT.date() - dt.timedelta(days=1), at=AT)
    monkeypatch.setattr(steps, "_tell", away)
    with pytest.raises(OperationalError):
        run(steps.SWEEP)
    assert (SweepFault.objects.count(), Alert.objects.count()) == (0, 0)
    assert Obligation.objects.filter(kind=KIND, step_at__isnull=False).count() == 9
