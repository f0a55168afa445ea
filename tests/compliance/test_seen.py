"""Who sees which obligations and alerts: the same rows however the elevators of a unit are found, in lists and in counts."""

import datetime as dt

import pytest

from accounts.queries import actor_for
from accounts.roles import Permission
from common import clock
from compliance.models import Alert, Obligation
from registry.models import Elevator, Responsibility
from registry.models import scope as found_for_units
from tests.factories.make import hold, make_user
from tests.factories.reports import make_body

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


@pytest.mark.parametrize(("few", "many"), WAYS)
def test_the_parts_that_are_counted_are_what_is_listed_and_share_no_row(cast, few, many, monkeypatch):
    monkeypatch.setattr(found_for_units, "FEW", few)
    monkeypatch.setattr(found_for_units, "MANY", many)
    obligation("own", elevator=cast.elevator_own)
    obligation("foreign", elevator=cast.elevator_foreign)
    obligation("unit", unit=cast.unit_a, for_unit=cast.unit_a)
    obligation("colleague", person=make_user("guard_of_a"), for_unit=cast.unit_a)
    obligation("myself", person=cast.own_manager.user, for_unit=cast.unit_b)
    for name, player in cast.players.items():
        actor = player.actor()
        listed = Obligation.objects.visible_to(actor, Permission.VIEW_OBLIGATION).values_list("period", flat=True)
        parts = [
            set(part.values_list("period", flat=True))
            for part in Obligation.objects.apart(actor, Permission.VIEW_OBLIGATION)
        ]
        assert sorted(listed) == sorted(period for part in parts for period in part), name


@pytest.mark.parametrize(("few", "many"), WAYS)
def test_a_body_sees_what_its_responsibilities_name_until_they_end_or_the_elevator_is_withdrawn(
    cast, few, many, monkeypatch
):
    """Its elevators are found without reading them (registry.models.scope)."""
    monkeypatch.setattr(found_for_units, "FEW", few)
    monkeypatch.setattr(found_for_units, "MANY", many)
    body, office, at = make_body(), make_user(), clock.now()
    hold(office, "INSPECTION_OFFICE", unit=body)
    inspector = actor_for(office, at)
    ended = {"started_at": at - dt.timedelta(days=9), "ended_at": at - dt.timedelta(days=1)}
    for elevator, when in (
        (cast.elevator_own, {"started_at": at}),
        (cast.elevator_foreign, ended),
        (cast.elevator_jiangbei, {"started_at": at}),
    ):
        Responsibility.objects.create(elevator=elevator, unit=body, role="INSPECTION_BODY", **when)
        obligation(str(elevator.pk), elevator=elevator)
    Elevator.objects.filter(pk=cast.elevator_jiangbei.pk).update(registration_state="WITHDRAWN")
    for how in ({}, {"whole": True}):
        seen = Obligation.objects.visible_to(inspector, Permission.VIEW_OBLIGATION, **how)
        assert [row.elevator_id for row in seen] == [cast.elevator_own.pk]
    about, own = Obligation.objects.apart(inspector, Permission.VIEW_OBLIGATION)
    assert ([row.elevator_id for row in about], list(own)) == ([cast.elevator_own.pk], [])


def test_home_of_the_next_person_asks_anew(cast):
    """What one look was told is not told to another, in the same thread either."""
    obligation("own", elevator=cast.elevator_own)
    tiles = {}
    for name in ("own_manager", "stranger", "own_manager"):
        page = cast.players[name].client().get("/")
        tiles[name] = {tile.url: tile.value for tile in page.context["tiles"]}["/due/?when=overdue"]
    assert tiles == {"own_manager": 1, "stranger": 0}
