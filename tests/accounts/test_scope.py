"""Who sees whom, and from when until when."""

import datetime as dt

import pytest
import time_machine

from accounts.models import AreaGrant, Membership, Unit, User
from accounts.queries import actor_for, holding_role
from accounts.roles import Permission
from common.actor import system
from common.clock import SHANGHAI, now
from tests.factories.make import GULOU, hold, make_unit, make_user

P = Permission
EVERYBODY = {"auditor", "system_admin", "security_admin", "audit_admin"}


def names(cast, rows) -> set[str]:
    by_pk = {player.user.pk: name for name, player in cast.players.items()}
    return {by_pk[row.pk] for row in rows if row.pk in by_pk}


def test_users_are_seen_by_administrators_only(cast):
    seen = {
        name: names(cast, User.objects.visible_to(player.actor(), P.VIEW_USER)) for name, player in cast.players.items()
    }
    own = {"own_manager", "unit_admin", "colleague", "strong_weak"}
    expected = {name: set() for name in cast.players} | {name: set(cast.players) for name in EVERYBODY}
    assert seen == expected | {"unit_admin": own}


def test_unit_administrator_changes_nobody(cast):
    assert not User.objects.visible_to(cast.unit_admin.actor(), P.CHANGE_USER).exists()


def test_memberships_elsewhere_and_grants_are_not_a_unit_administrators_business(cast):
    hold(cast.colleague.user, "DISTRICT_REGULATOR", area_code=GULOU)
    actor = cast.unit_admin.actor()
    seen = Membership.objects.visible_to(actor, P.VIEW_USER)
    assert {row.unit for row in seen} == {cast.unit_a}
    assert {row.role for row in seen.filter(user=cast.strong_weak.user)} == {"UNIT_VIEWER"}
    assert not AreaGrant.objects.visible_to(actor, P.VIEW_USER).exists()
    people = User.objects.visible_to(actor, P.VIEW_USER)
    for role in ("DISTRICT_REGULATOR", "USING_UNIT_MANAGER"):
        found = names(cast, holding_role(people, role, actor=actor, at=now()))
        assert found == ({"own_manager"} if role == "USING_UNIT_MANAGER" else set())


def test_membership_and_grant_scope_of_everybody(cast):
    everything = Membership.objects.count(), AreaGrant.objects.count()
    for name, player in cast.players.items():
        actor = player.actor()
        seen = (
            Membership.objects.visible_to(actor, P.VIEW_USER).count(),
            AreaGrant.objects.visible_to(actor, P.VIEW_USER).count(),
        )
        expected = everything if name in EVERYBODY else (4, 0) if name == "unit_admin" else (0, 0)
        assert seen == expected, name
    assert Membership.objects.visible_to(system("x"), P.VIEW_USER).count() == everything[0]


def test_units_are_own_or_of_the_city(cast):
    seen = {name: set(Unit.objects.visible_to(player.actor(), P.VIEW_UNIT)) for name, player in cast.players.items()}
    all_units = {cast.unit_a, cast.unit_b, cast.maintenance_unit, cast.former_maintenance_unit}
    own = {
        "own_manager": {cast.unit_a},
        "unit_admin": {cast.unit_a},
        "stranger": {cast.unit_b},
        "former": {cast.former_maintenance_unit},
        "maintainer": {cast.maintenance_unit},
        "strong_weak": {cast.unit_b},  # merely a viewer in A, and viewers do not look at units
        "colleague": set(),
        "audit_admin": set(),
        "nobody": set(),
    }
    assert seen == {name: own.get(name, all_units) for name in cast.players}


def test_membership_ends_at_23_59_and_not_before(cast):
    end = dt.datetime(2030, 6, 30, 23, 59, tzinfo=SHANGHAI)
    person = make_user()
    hold(person, "USING_UNIT_MANAGER", unit=cast.unit_a, ended_at=end)
    held = {
        moment: [holding.role for holding in actor_for(person, moment).holdings]
        for moment in (end - dt.timedelta(microseconds=1), end)
    }
    assert list(held.values()) == [["USING_UNIT_MANAGER"], []]
    admin = cast.unit_admin.actor()
    for moment, seen in ((end - dt.timedelta(seconds=1), True), (end, False)):
        with time_machine.travel(moment, tick=False):
            assert User.objects.visible_to(admin, P.VIEW_USER).filter(pk=person.pk).exists() is seen


def test_membership_that_has_not_begun_gives_nothing_yet(cast):
    start = now() + dt.timedelta(hours=1)
    person = make_user()
    hold(person, "USING_UNIT_MANAGER", unit=cast.unit_a, started_at=start)
    assert actor_for(person, now()).holdings == ()
    assert len(actor_for(person, start).holdings) == 1
    assert User.objects.visible_to(cast.unit_admin.actor(), P.VIEW_USER).filter(pk=person.pk).exists()


@pytest.mark.parametrize("path", ["/accounts/people/{}/", "/api/v1/accounts/users/{}/"])
def test_former_colleague_is_nobody_to_the_unit_administrator(cast, client_for, path):
    gone = make_user()
    hold(gone, "UNIT_VIEWER", unit=cast.unit_a, ended_at=now() - dt.timedelta(minutes=1))
    assert client_for(cast.unit_admin.user).get(path.format(gone.public_id)).status_code == 404


def test_strong_in_one_unit_weak_in_another_administers_only_the_one(cast):
    person, other = make_user(), make_unit()
    hold(person, "UNIT_ADMIN", unit=other)
    hold(person, "UNIT_VIEWER", unit=cast.unit_a)
    actor = actor_for(person, now())
    assert set(User.objects.visible_to(actor, P.VIEW_USER)) == {person}
    assert set(Unit.objects.visible_to(actor, P.VIEW_UNIT)) == {other}
