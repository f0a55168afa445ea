"""What using units and their officers owe on the first day of a week and a month, beside the same rows written by plain SQL and
beside half the city."""

import datetime as dt
from dataclasses import dataclass

from django.db import connection
from django.db.models import Max

from accounts.models import Membership, User
from bench import owners
from bench.effort import Effort, measured
from bench.report import Report
from bench.rounds import ROUNDS, Rounds, compare, half_the_city, in_turn, tell_best, timed
from common import clock
from compliance.actions.duties import plan_all_due_units
from compliance.choices import DutyRole
from compliance.models import DutyAppointment, DutyClock
from registry.models import Elevator
from stack import postgres

# Written row by row through the ORM, unlike what elevators owe: these are a tenth as many rows, and a night has hours for them.
MOST_TIMES_SQL = 12
UNITS = 2_000  # as many in each city, so that a city of twice the size is compared with the same work
LONG_AGO = dt.timedelta(days=30)
ROLES = {DutyRole.OFFICER: "SAFETY_OFFICER", DutyRole.DIRECTOR: "SAFETY_DIRECTOR"}

_BIND = """
INSERT INTO compliance_officerbinding (elevator_id, unit_id, appointment_id, started_on)
SELECT e.id, e.using_unit_id, a.id, a.started_on
FROM registry_elevator e JOIN compliance_dutyappointment a ON a.unit_id = e.using_unit_id
WHERE a.id >= %s AND a.role = 'OFFICER' AND e.registration_state = 'IN_USE'
"""
_WRITTEN = {"obligation": "planned_at = %(at)s AND for_unit_id IS NOT NULL", "dutyclock": "planned_on = %(today)s"}
# What stands in a city has statistics; without any of what a round enters, all of it would be read for each elevator.
_ENTERED = "accounts_user, accounts_membership, compliance_dutyappointment, compliance_officerbinding"


@dataclass(frozen=True, slots=True)
class Firsts:
    """The first keys of what each round enters: the same in each, so that the rows of one fit the city of the next."""

    user: int
    appointment: int


def measured_duties(rounds: int = ROUNDS) -> Rounds:
    """A night in which so many using units have their director and officer, and nobody has looked at their week and month yet."""
    found = Rounds()
    firsts = Firsts(
        *(1_000 + (model.objects.aggregate(last=Max("pk"))["last"] or 0) for model in (User, DutyAppointment))
    )
    with owners.owner() as session:
        session.execute(f"GRANT MAINTAIN ON {_ENTERED} TO {postgres.APP_ROLE}")
        try:
            return in_turn(found, ours=lambda: _ours(firsts, found), floor=lambda: _floor(firsts), rounds=rounds)
        finally:
            session.execute(f"REVOKE MAINTAIN ON {_ENTERED} FROM {postgres.APP_ROLE}")


def _touch(firsts: Firsts) -> None:
    """A director and an officer of UNITS using units, who has all their elevators; the others wait until tomorrow. Undone with
    the round."""
    at, units = clock.now(), list(DutyClock.objects.order_by("unit_id").values_list("unit_id", flat=True)[:UNITS])
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
    DutyClock.objects.update(look_at=at + dt.timedelta(days=1), planned_on=clock.today() - dt.timedelta(days=1))
    DutyClock.objects.filter(unit__in=units).update(look_at=at)
    with connection.cursor() as cursor:
        cursor.execute(f"ANALYZE {_ENTERED}")
    connection.check_constraints()


def _ours(firsts: Firsts, found: Rounds) -> tuple[Effort, dict[str, bytes]]:
    _touch(firsts)
    at = clock.now()
    with measured() as effort:
        found.planned = plan_all_due_units(at=at)
        connection.check_constraints()
    return effort, found.take(_WRITTEN, {"at": at, "today": clock.today()})


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
    """Using units on the first day of a week and a month, beside plain SQL and beside half the city."""
    half, found = half_the_city(report, "duties_part"), measured_duties()
    compare(report, f"duties of {found.planned:,} units", "the same duties", found, half, most=MOST_TIMES_SQL)
