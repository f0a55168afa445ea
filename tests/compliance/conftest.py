"""A law for tests: what each elevator owes stands in a dict, and today is whatever the test says."""

import datetime as dt

import pytest

from common.clock import SHANGHAI
from compliance.rules import Planned
from compliance.signals import KindSpec, Planner
from tests.factories.cast import Player
from tests.factories.make import hold, make_user

KIND = "PERIODIC_INSPECTION"


def moment(text: str) -> dt.datetime:
    """A moment in Nanjing: "2028-05-31 23:59"."""
    return dt.datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def day(text: str) -> dt.date:
    """A day: "2028-05-31"."""
    return dt.date.fromisoformat(text)


def owed(period: str = "2028", *, opens: str = "2028-03-01", due: str = "2028-05-31", **values) -> Planned:
    """One obligation; dates as text."""
    return Planned(KIND, period, day(opens), day(due), **values)


@pytest.fixture
def law(db, monkeypatch):
    """law[elevator.pk] = [owed(), …]; what is not there owes nothing."""
    from compliance import queries
    from compliance.actions import plans

    facts = {}
    planner = Planner(
        (KindSpec(KIND, "periodic inspection", "periodic inspection overdue"),),
        lambda ids, today: {pk: facts.get(pk, []) for pk in ids},
    )
    for module in (queries, plans):
        monkeypatch.setattr(module, "planners", lambda: [planner])
    return facts


def plan(elevator, law, at: str, **dates) -> None:
    """The elevator owes one obligation with these dates, as the planner writes it down."""
    from compliance.actions import replan

    law[elevator.pk] = [owed(**dates)]
    replan(elevator_ids=[elevator.pk], at=moment(at))


def find(at: str) -> int:
    """Bands found anew; how many."""
    from compliance.actions import risk

    return risk.find_all_bands(at=moment(at))


# --- who sees elevators and no bands, or half of them; `rated` is each file's own ------------------------------------------


def person(name: str, *held) -> Player:
    player = Player(make_user(name))
    for role, unit in held:
        hold(player.user, role, unit=unit)
    return player


@pytest.fixture
def blind(rated) -> Player:
    """Sees elevators, and no band of any."""
    return person("blind", ("RESCUER", rated.maintenance_unit))


@pytest.fixture
def half(rated) -> Player:
    """Sees own without its band, as a rescuer, and those of unit B with theirs."""
    return person("half", ("RESCUER", rated.maintenance_unit), ("USING_UNIT_MANAGER", rated.unit_b))
