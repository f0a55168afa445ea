"""Safety duties of the synthetic city: some units that do them, some that do not; filed through the actions themselves."""

import datetime as dt
import random
import uuid
from dataclasses import dataclass

from django.db.models import Count, Q

from accounts.models import Membership, Unit, User
from accounts.queries import actor_for
from common.clock import SHANGHAI, local_date
from compliance.actions.duties import (
    Finding,
    appoint,
    approve_risk_list,
    bind_elevators,
    draft_risk_list,
    file_daily_check,
    file_report,
    plan_units,
)
from compliance.choices import DutyKind
from compliance.models import DutyAppointment
from compliance.queries.duties import Stop, bound_to, day_of, in_use, items_for, list_in_force
from registry.models import Elevator

UNITS, DAYS = 5, 24  # invented, and no figures of Nanjing
MISSED, LATE, FOUND, UNREPORTED = 0.05, 0.05, 0.04, 0.2
MOST_SITES = 3  # of an officer: a round each day for each
TEXTS = {
    DutyKind.WEEKLY_REVIEW: {
        "summary": "本周检查已完成，个别场所迟报。",
        "analysis": "轿门关门偏慢，属一般隐患。",
        "supervision": "现场核对维保两次，记录与现场一致。",
        "plan": "下周复查轿门，清点三角钥匙。",
    },
    DutyKind.MONTHLY_MEETING: {
        "attendees": "主要负责人、安全总监、安全员",
        "heard": "安全总监汇报本月排查情况。",
        "decisions": "限期整改未闭环隐患。",
        "tasks": "安全员负责跟踪，月底前完成。",
    },
}


@dataclass
class Cast:
    """The people of one unit."""

    unit: Unit
    head: User
    director: User | None
    officer: User


def is_seeded() -> bool:
    return DutyAppointment.objects.exists()


def seed_duties(*, seed: int, at: dt.datetime) -> int:
    """Invent the duties of a few using units over the last weeks; returns how many. The same seed gives the same ones."""
    chance, today = random.Random(seed), local_date(at)
    began = today - dt.timedelta(days=DAYS)
    casts = _casts(_moment(began, 7))
    for cast in casts:
        _begin(cast, _moment(began, 8))
    for offset in range(DAYS + 1):
        day = began + dt.timedelta(days=offset)
        if _moment(day, 10) > at:
            continue
        plan_units(unit_ids=[cast.unit.pk for cast in casts], at=_moment(day, 9))
        for cast in casts:
            _live_through(cast, day, chance, today)
    return len(casts)


def _moment(day: dt.date, hour: int) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour), SHANGHAI)


def _casts(since: dt.datetime) -> list[Cast]:
    """The demonstration's own unit and a few others; every third of those has no director."""
    present = Membership.objects.filter(user__synthetic=True)
    demo = present.filter(role="SAFETY_OFFICER").select_related("unit").order_by("pk").first()
    casts = []
    if demo is not None:
        present.filter(unit=demo.unit).update(started_at=since)  # they have held it for a while
        people = {
            role: present.filter(unit=demo.unit, role=role).order_by("pk").first().user
            for role in ("USING_UNIT_MANAGER", "SAFETY_DIRECTOR", "SAFETY_OFFICER")
        }
        casts.append(Cast(demo.unit, *people.values()))
    used = Q(pk__in=[cast.unit.pk for cast in casts])
    units = Unit.objects.filter(pk__in=_using_units()).exclude(used).order_by("pk")[:UNITS]
    for number, unit in enumerate(units, 1):
        head, director, officer = (
            _person(f"duty-{word}-{number}", f"演示·{name}{number}", unit, role, since)
            for word, name, role in (
                ("head", "负责人", "USING_UNIT_MANAGER"),
                ("director", "安全总监", "SAFETY_DIRECTOR"),
                ("officer", "安全员", "SAFETY_OFFICER"),
            )
        )
        casts.append(Cast(unit, head, None if number % 3 == 1 else director, officer))
    return casts


def _using_units():

    rows = Elevator.objects.filter(synthetic=True, registration_state="IN_USE", using_unit__isnull=False)
    return rows.values("using_unit").annotate(n=Count("pk")).filter(n__gte=3).values("using_unit")


def _person(username: str, name: str, unit: Unit, role: str, since: dt.datetime) -> User:
    user, made = User.objects.get_or_create(
        username=username, defaults={"display_name": name, "synthetic": True, "created_at": since}
    )
    if made:
        user.set_unusable_password()
        user.save()
        Membership.objects.create(user=user, unit=unit, role=role, started_at=since)
    return user


def _begin(cast: Cast, at: dt.datetime) -> None:
    """Letters, a list, and elevators bound; of the unit's sites one is forgotten, and without director there is no list."""
    by = actor_for(cast.head, at)
    named = {"HEAD": cast.head, "DIRECTOR": cast.director, "OFFICER": cast.officer}
    for role, user in named.items():
        if user is not None:
            values = {"started_on": local_date(at), "reference": "演示任命", "by": by, "at": at}
            officer = appoint(unit=cast.unit, user=user, role=role, **values)
    draft = draft_risk_list(unit=cast.unit, by=by, at=at)
    if cast.director is not None:
        approve_risk_list(risk_list=draft, by=actor_for(cast.director, at), at=at)
    sites = list(in_use(cast.unit, at).order_by("site_id").values_list("site_id", flat=True).distinct())
    bound = sites[: max(1, min(MOST_SITES, len(sites) - 1))]
    ids = list(in_use(cast.unit, at).filter(site_id__in=bound).values_list("pk", flat=True))
    if bound == [None]:
        ids = list(in_use(cast.unit, at).filter(site=None).values_list("pk", flat=True))
    bind_elevators(appointment=officer, elevator_ids=ids, from_on=local_date(at), by=by, at=at)


def _live_through(cast: Cast, day: dt.date, chance: random.Random, today: dt.date) -> None:
    """One day: rounds filed in time, late, with something found, or missed; on Sundays and at the end of a month a report."""
    if cast.director is None:
        return
    for stop in day_of(cast.officer, day, _moment(day, 9)):
        luck = chance.random()
        if luck < MISSED or day == today:
            continue  # today's are for whoever tries the demonstration
        late = day + dt.timedelta(days=1) if luck < MISSED + LATE and day < today else day
        _check(cast, stop, day, _moment(late, 10), chance)
    if day.weekday() == 6 and day < today and chance.random() > UNREPORTED:
        _report(cast, DutyKind.WEEKLY_REVIEW, cast.director, day)
    if day.day == 25 and chance.random() > UNREPORTED:
        _report(cast, DutyKind.MONTHLY_MEETING, cast.head, day)


def _check(cast: Cast, stop: Stop, day: dt.date, at: dt.datetime, chance: random.Random) -> None:
    elevators = list(bound_to(cast.unit, cast.officer, day).filter(site=stop.site, registration_state="IN_USE"))
    items = list(list_in_force(cast.unit, day).items.filter(frequency="DAILY"))
    findings = []
    if chance.random() < FOUND:
        wrong = chance.choice(elevators)
        item = chance.choice(items_for(items, wrong))
        findings = [Finding(wrong.pk, item.pk, "演示：现场发现，已通知维保单位。")]
    file_daily_check(
        unit=cast.unit,
        officer=cast.officer,
        site=stop.site,
        day=day,
        client_id=uuid.UUID(int=chance.getrandbits(128)),
        elevators=[one.pk for one in elevators],
        findings=findings,
        by=actor_for(cast.officer, at),
        at=at,
    )


def _report(cast: Cast, kind: str, person: User, day: dt.date) -> None:
    at = _moment(day, 17)
    file_report(
        kind=kind,
        unit=cast.unit,
        person=person,
        day=day,
        client_id=uuid.uuid5(uuid.NAMESPACE_OID, f"{cast.unit.pk} {kind} {day}"),
        content=TEXTS[kind],
        by=actor_for(person, at),
        at=at,
    )
