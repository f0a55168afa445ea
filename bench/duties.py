"""What using units and their officers owe on the first day of a week and a month, beside the same rows written by plain SQL and
beside half the city."""

import datetime as dt
from dataclasses import dataclass

from django.db import connection
from django.db.models import Max

from accounts.models import Membership, User
from bench.effort import Effort, measured
from bench.report import Report
from bench.rounds import ROUNDS, Rounds, compare, half_the_city, in_turn, tell_best, timed
from common import clock
from compliance.actions.duties import plan_all_due_units
from compliance.choices import DutyRole
from compliance.models import DutyAppointment, DutyClock
from registry.models import Elevator

# Written row by row through the ORM, unlike what elevators owe: these are a tenth as many rows, and a night has hours for them.
MOST_TIMES_SQL = 12
LONG_AGO = dt.timedelta(days=30)
ROLES = {DutyRole.OFFICER: "SAFETY_OFFICER", DutyRole.DIRECTOR: "SAFETY_DIRECTOR"}

_BIND = """
INSERT INTO compliance_officerbinding (elevator_id, unit_id, appointment_id, started_on)
SELECT e.id, e.using_unit_id, a.id, a.started_on
FROM registry_elevator e JOIN compliance_dutyappointment a ON a.unit_id = e.using_unit_id
WHERE a.id >= %s AND a.role = 'OFFICER' AND e.registration_state = 'IN_USE'
"""
_WRITTEN = {"obligation": "planned_at = %(at)s AND for_unit_id IS NOT NULL", "dutyclock": "look_at > %(at)s"}


@dataclass(frozen=True, slots=True)
class Firsts:
    """The first keys of what each round enters: the same in each, so that the rows of one fit the city of the next."""

    user: int
    appointment: int


def measured_duties(rounds: int = ROUNDS) -> Rounds:
    """A night in which every using unit has its director and its officer, and nobody has looked at its week and month yet."""
    found = Rounds()
    firsts = Firsts(
        *(1_000 + (model.objects.aggregate(last=Max("pk"))["last"] or 0) for model in (User, DutyAppointment))
    )
    return in_turn(found, ours=lambda: _ours(firsts, found), floor=lambda: _floor(firsts), rounds=rounds)


def _touch(firsts: Firsts) -> None:
    """A director and an officer of each using unit, who has all its elevators; undone with the round."""
    at, units = clock.now(), list(DutyClock.objects.order_by("unit_id").values_list("unit_id", flat=True))
    since = at - LONG_AGO
    people = [(unit, role) for unit in units for role in ROLES]
    User.objects.bulk_create(
        User(pk=firsts.user + n, username=f"bench-duty-{n}", display_name="演示", synthetic=True, created_at=since)
        for n in range(len(people))
    )
    Membership.objects.bulk_create(
        Membership(user_id=firsts.user + n, unit_id=unit, role=ROLES[role], started_at=since)
        for n, (unit, role) in enumerate(people)
    )
    DutyAppointment.objects.bulk_create(
        DutyAppointment(
            pk=firsts.appointment + n,
            unit_id=unit,
            user_id=firsts.user + n,
            role=role,
            started_on=clock.today() - LONG_AGO,
            appointed_at=since,
            appointed_by_kind="SYSTEM",
        )
        for n, (unit, role) in enumerate(people)
    )
    with connection.cursor() as cursor:
        cursor.execute(_BIND, [firsts.appointment])
    DutyClock.objects.update(look_at=at, planned_on=clock.today() - dt.timedelta(days=1))
    connection.check_constraints()


def _ours(firsts: Firsts, found: Rounds) -> tuple[Effort, dict[str, bytes]]:
    _touch(firsts)
    at = clock.now()
    with measured() as effort:
        found.planned = plan_all_due_units(at=at)
        connection.check_constraints()
    return effort, found.take(_WRITTEN, {"at": at})


def _floor(firsts: Firsts) -> Effort:
    """The same rows by plain set SQL, known beforehand."""
    _touch(firsts)
    return timed(
        [
            "INSERT INTO compliance_obligation SELECT * FROM night_obligation",
            "UPDATE compliance_dutyclock c SET planned_on = n.planned_on, look_at = n.look_at"
            " FROM night_dutyclock n WHERE n.unit_id = c.unit_id",
        ]
    )


def duties_part(report: Report) -> None:
    """One city's night, told: `duties` compares it."""
    tell_best(report, f"duties in a city of {Elevator.objects.count():,}", measured_duties())


def duties(report: Report) -> None:
    """Every using unit on the first day of a week and a month, beside plain SQL and beside half the city."""
    half, found = half_the_city(report, "duties_part"), measured_duties()
    compare(report, f"duties of {found.planned:,} units", "the same duties", found, half, most=MOST_TIMES_SQL)
