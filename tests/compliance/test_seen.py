"""Who sees which obligations and alerts: the same rows however the elevators of a unit are found, in lists and in counts."""

import datetime as dt

import pytest

from accounts.roles import Permission
from common import clock
from compliance.models import Alert, Obligation
from registry.models import scope as found_for_units
from tests.factories.make import make_user

pytestmark = pytest.mark.django_db
DAY = dt.date(2026, 3, 10)
WAYS = [(found_for_units.FEW, found_for_units.MANY), (0, 10), (0, 0)]  # few elevators, more, very many


def obligation(name: str, **subject) -> None:
    dates = {"opens_on": DAY, "due_on": DAY, "alert_after": DAY, "planned_at": clock.now()}
    Obligation.objects.create(kind="DUTY", period=name, **subject, **dates)


def alert(name: str, **subject) -> None:
    Alert.objects.create(kind=name, opened_at=clock.now(), **subject)


@pytest.fixture(params=[(Obligation, obligation, "period"), (Alert, alert, "kind")], ids=["obligations", "alerts"])
def rows(request, cast):
    """One about each kind of subject; gives how a player's rows are named."""
    model, make, name = request.param
    make("own", elevator=cast.elevator_own)
    make("foreign", elevator=cast.elevator_foreign)
    make("unit", unit=cast.unit_a, for_unit=cast.unit_a)
    make("other unit", unit=cast.unit_b, for_unit=cast.unit_b)
    make("colleague", person=make_user("guard_of_a"), for_unit=cast.unit_a)
    make("myself", person=cast.own_manager.user, for_unit=cast.unit_b)

    def seen(player, **how):
        found = model.objects.visible_to(player.actor(), Permission.VIEW_OBLIGATION, **how)
        return set(found.values_list(name, flat=True))

    return seen


@pytest.mark.parametrize(("few", "many"), WAYS)
def test_what_is_about_no_elevator_is_seen_whichever_way_those_are_found(cast, rows, few, many, monkeypatch):
    monkeypatch.setattr(found_for_units, "FEW", few)
    monkeypatch.setattr(found_for_units, "MANY", many)
    assert rows(cast.own_manager) == {"own", "unit", "colleague", "myself"}
    assert rows(cast.stranger) == {"foreign", "other unit", "myself"}


@pytest.mark.parametrize(("few", "many"), WAYS)
def test_what_is_counted_is_what_is_listed(cast, rows, few, many, monkeypatch):
    monkeypatch.setattr(found_for_units, "FEW", few)
    monkeypatch.setattr(found_for_units, "MANY", many)
    for player in (cast.own_manager, cast.stranger, cast.city_regulator):
        assert rows(player) == rows(player, whole=True)
