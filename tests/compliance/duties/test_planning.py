"""What units and officers owe: planned by day in sets, ended by what is filed, caught up after a stop, lost when too late."""

import datetime as dt
import threading

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from common.clock import local_date
from compliance.actions import take_all_steps
from compliance.actions.duties import bind_elevators, dismiss, plan_all_due_units, plan_due_units
from compliance.models import Alert, DutyClock, DutyRule, Notice, Obligation
from registry.choices import RegistrationState
from registry.models import Elevator
from tests.compliance.duties.conftest import at, day
from tests.factories.make import make_elevator, make_unit


def ledger(**only):
    rows = Obligation.objects.filter(**only).order_by("kind", "due_on", "period")
    return list(rows.values_list("kind", "period", "due_on", "status"))


def daily(stage):
    rows = Obligation.objects.filter(kind="DAILY_CHECK", for_unit=stage.unit).order_by("due_on")
    return [((row.due_on - day()).days, row.status) for row in rows]


def tick(offset=0, clock="00:10"):
    return plan_all_due_units(at=at(offset, clock))


def test_an_elevator_that_is_entered_enrols_its_using_unit(cast):
    assert set(DutyClock.objects.values_list("unit_id", flat=True)) == {cast.unit_a.pk, cast.unit_b.pk}


def test_units_elsewhere_owe_nothing(cast):
    DutyRule.objects.update(city=cast.elevator_own.area)  # no elevator has a subdistrict for its city
    plan_all_due_units(at=at())
    assert Obligation.objects.count() == 0


def test_a_unit_without_anybody_owes_reviews_and_that_somebody_is_named(cast):
    Elevator.objects.update(registration_state="IN_USE")
    plan_all_due_units(at=at(0, "23:59"))
    rows = Obligation.objects.filter(unit=cast.unit_b).order_by("kind").values_list("kind", "due_on", "rule", "clause")
    first = day().replace(day=1)
    assert list(rows) == [
        ("DIRECTOR_NAMED", day(15), "DIRECTOR_NAMED 2023-07-01", "总局令第74号 第六章 安全总监"),
        ("MONTHLY_MEETING", (first + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1),
         "MONTHLY_MEETING 2023-07-01", "总局令第74号 第六章 月调度"),
        ("OFFICER_NAMED", day(7), "OFFICER_NAMED 2023-07-01", "总局令第74号 第六章 安全员"),
        ("WEEKLY_REVIEW", day() + dt.timedelta(days=6 - day().weekday()), "WEEKLY_REVIEW 2023-07-01",
         "总局令第74号 第六章 周排查"),
    ]  # fmt: skip
    assert Obligation.objects.filter(kind="DAILY_CHECK").count() == 0


def test_elevators_that_are_not_in_use_are_nobodys_duty(cast):
    Elevator.objects.update(registration_state=RegistrationState.OUT_OF_USE)
    plan_all_due_units(at=at())
    assert Obligation.objects.count() == 0


def test_each_midnight_brings_the_officers_next_round_once(stage):
    assert tick(-19, "00:00") == tick(-18, "00:00") == 1
    assert tick(-18, "00:01") == tick(-18, "23:59") == 0
    assert daily(stage) == [(-20, "PENDING"), (-19, "PENDING"), (-18, "PENDING")]
    row = Obligation.objects.get(due_on=day(-18), kind="DAILY_CHECK")
    assert (row.person, row.unit, row.for_unit, row.area, row.opens_on, row.alert_after) == (
        stage.officer.user,
        None,
        stage.unit,
        stage.elevator.area,
        day(-18),
        day(-18),
    )
    assert row.step_at == at(-17, "00:00")  # nobody looks at a round that has merely begun


def test_days_in_which_the_platform_stood_still_are_planned_afterwards(stage):
    assert tick(-20) == 0
    tick(-16)
    assert [offset for offset, _status in daily(stage)] == [-20, -19, -18, -17, -16]
    tick(-2)  # longer than anything could be filed afterwards
    assert [offset for offset, _status in daily(stage)][5:] == [-9, -8, -7, -6, -5, -4, -3, -2]


def test_a_missed_round_alerts_once_until_it_is_filed_or_lost(stage):
    tick(-19)
    take_all_steps(at=at(-19))
    alert = Alert.objects.get(kind="OVERDUE_DAILY_CHECK")
    assert (alert.person, alert.for_unit, alert.state, alert.level) == (stage.officer.user, stage.unit, "OPEN", "UNIT")
    assert Notice.objects.filter(obligation__kind="DAILY_CHECK").count() == 1  # that it is late, no warning before
    take_all_steps(at=at(-19))
    tick(-18)
    take_all_steps(at=at(-18))
    assert Alert.objects.filter(kind="OVERDUE_DAILY_CHECK").count() == 1
    stage.check(-18, of=-20)
    stage.check(-18, of=-19)
    alert.refresh_from_db()
    assert alert.state == "RESOLVED"
    assert daily(stage) == [(-20, "MET"), (-19, "MET"), (-18, "PENDING")]


def test_what_nobody_can_file_any_more_is_missed_for_good_and_keeps_no_alert_open(stage):
    for offset in range(-19, -15):
        tick(offset)
        take_all_steps(at=at(offset))
        if offset > -20:
            stage.check(offset)
    assert daily(stage) == [(-20, "MISSED"), (-19, "MET"), (-18, "MET"), (-17, "MET"), (-16, "MET")]
    assert Alert.objects.get(kind="OVERDUE_DAILY_CHECK").state == "RESOLVED"


def test_a_round_that_is_not_wanted_any_more_is_withdrawn_and_wanted_again(stage):
    tick(0)
    Elevator.objects.filter(pk=stage.elevator.pk).update(registration_state="OUT_OF_USE")
    DutyClock.objects.update(look_at=at())
    tick(0, "10:00")
    assert daily(stage)[-1] == (0, "WITHDRAWN")
    Elevator.objects.filter(pk=stage.elevator.pk).update(registration_state="IN_USE")
    DutyClock.objects.update(look_at=at())
    tick(0, "11:00")
    assert daily(stage)[-1] == (0, "PENDING")


def test_who_files_before_anybody_planned_has_filed(stage):
    stage.check(0, "00:01")
    assert daily(stage) == [(-20, "PENDING")]
    tick(0, "00:02")
    assert daily(stage)[-1] == (0, "MET")
    assert Obligation.objects.get(due_on=day(), kind="DAILY_CHECK").met_on == day()


def test_a_gap_that_opens_again_on_the_same_day_is_open(stage):
    tick(0)
    by = stage.head.actor()
    Elevator.objects.filter(pk=stage.elevator.pk).update(using_unit=stage.unit)
    dismiss(appointment=stage.appointment, ended_on=day(), reason="left", by=by, at=at())
    from tests.compliance.duties.test_actions import another_officer

    second = another_officer(stage)
    bind_elevators(appointment=second, elevator_ids=[stage.elevator.pk], from_on=day(), by=by, at=at())
    dismiss(appointment=second, ended_on=day(), reason="left too", by=by, at=at(0, "12:00"))
    assert ledger(kind="OFFICER_NAMED", unit=stage.unit)[1:] == [
        ("OFFICER_NAMED", day().isoformat(), day(7), "PENDING")
    ]


def test_a_set_of_units_costs_the_same_statements_however_many(cast):
    def cost(units):
        for _number in range(units):
            make_elevator(area_code="320106001", using_unit=make_unit())
        Elevator.objects.update(registration_state="IN_USE")
        DutyClock.objects.update(look_at=at(-1), planned_on=day(-1))
        with CaptureQueriesContext(
            connection,
        ) as asked:
            plan_due_units(at=at())
        return len(asked)

    assert cost(1) == cost(5)


@pytest.mark.django_db(transaction=True)
def test_two_sweeps_at_once_share_the_units(renew_database):
    from tests.factories.cast import make_cast
    from tests.factories.kept import kept

    kept(make_cast)
    Elevator.objects.update(registration_state="IN_USE")
    DutyClock.objects.update(look_at=at())
    done = []

    def sweep():
        done.append(plan_due_units(at=at(), largest=1))
        connections.close_all()

    threads = [threading.Thread(target=sweep) for _number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == [1, 1]
    assert Obligation.objects.filter(kind="WEEKLY_REVIEW").count() == 2
    renew_database()


def test_today_is_the_day_in_nanjing():
    assert local_date(at(0, "00:01")) == local_date(at(0, "23:59")) == day()
