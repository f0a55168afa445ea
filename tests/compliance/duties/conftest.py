"""A using unit that does its duties: head, director and officer named, a list approved, its elevator bound."""

import datetime as dt
import uuid
from dataclasses import dataclass

import pytest

from accounts.models import Unit
from common.clock import SHANGHAI, today
from compliance.models import DutyAppointment, RiskItem, RiskList
from registry.models import Elevator, Site


def day(offset: int = 0) -> dt.date:
    return today() + dt.timedelta(days=offset)


def at(offset: int = 0, clock: str = "09:00") -> dt.datetime:
    """A moment in Nanjing, so many days from today."""
    return dt.datetime.combine(day(offset), dt.time.fromisoformat(clock), SHANGHAI)


@dataclass
class Stage:
    """`began`: the day since which everything stands, as an offset from today."""

    cast: object
    unit: Unit
    elevator: Elevator
    site: Site
    head: object
    director: object
    officer: object
    appointment: DutyAppointment
    risk_list: RiskList
    began: int = -20

    def item(self, risk: str = "门开关不正常或夹人") -> RiskItem:
        return self.risk_list.items.get(risk=risk)

    def check(self, offset: int = 0, clock: str = "09:00", *, of: int | None = None, **values):
        """The officer files the round of day `of` (the same day) on a day."""
        from compliance.actions.duties import file_daily_check

        filed_at = at(offset, clock)
        return file_daily_check(
            **{
                "unit": self.unit,
                "officer": self.officer.user,
                "site": self.site,
                "day": day(offset if of is None else of),
                "client_id": uuid.uuid4(),
                "elevators": [self.elevator.pk],
                "findings": [],
                "by": self.officer.actor(filed_at),
                "at": filed_at,
            }
            | values
        )


def make_stage(cast, began: int = -20) -> Stage:
    from compliance.actions.duties import appoint, approve_risk_list, bind_elevators, draft_risk_list
    from compliance.models import DutyClock
    from tests.factories.cast import Player
    from tests.factories.make import hold, make_user

    DutyClock.objects.all().delete()  # the cast's day begins when the test says so
    site = Site.objects.create(
        name="Test gardens",
        area=cast.elevator_own.area,
        city=cast.elevator_own.city,
        managing_district=cast.elevator_own.managing_district,
        created_at=at(began),
    )
    Elevator.objects.filter(pk=cast.elevator_own.pk).update(site=site, registration_state="IN_USE")
    people = {}
    for name, role in (("director", "SAFETY_DIRECTOR"), ("officer", "SAFETY_OFFICER")):
        people[name] = Player(make_user(f"duty_{name}"))
        hold(people[name].user, role, unit=cast.unit_a)
    head, since = cast.own_manager, at(began, "08:00")
    by = head.actor(since)
    for player, role in ((head, "HEAD"), (people["director"], "DIRECTOR"), (people["officer"], "OFFICER")):
        made = appoint(
            unit=cast.unit_a, user=player.user, role=role, started_on=day(began), reference="", by=by, at=since
        )
    draft = draft_risk_list(unit=cast.unit_a, by=by, at=since)
    risk_list = approve_risk_list(risk_list=draft, by=people["director"].actor(since), at=since)
    bind_elevators(appointment=made, elevator_ids=[cast.elevator_own.pk], from_on=day(began), by=by, at=since)
    elevator = Elevator.objects.get(pk=cast.elevator_own.pk)
    return Stage(cast, cast.unit_a, elevator, site, head, people["director"], people["officer"], made, risk_list, began)


@pytest.fixture
def stage(cast) -> Stage:
    return make_stage(cast)
