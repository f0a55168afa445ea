"""Who of the cast sees which elevator."""

from accounts.roles import Permission
from registry.models import Elevator

OWN, FOREIGN, FORMER, JIANGBEI = "elevator_own", "elevator_foreign", "elevator_former", "elevator_jiangbei"
ALL = {OWN, FOREIGN, FORMER, JIANGBEI}

SEEN = {
    "own_manager": {OWN},
    "unit_admin": set(),
    "colleague": {OWN},
    "stranger": {FOREIGN, FORMER, JIANGBEI},
    "former": set(),
    "maintainer": {OWN},
    "strong_weak": ALL,
    "city_regulator": ALL,
    "district_regulator": {OWN},
    "other_district_regulator": {FOREIGN, FORMER},
    "jiangbei_regulator": {JIANGBEI},
    "subdistrict_officer": {OWN},
    "industry_officer": {FOREIGN},
    "dispatcher": ALL,
    "auditor": ALL,
    "system_admin": set(),
    "security_admin": set(),
    "audit_admin": set(),
    "nobody": set(),
}


def test_cast_sees_what_its_table_says(cast):
    names = {getattr(cast, name).pk: name for name in ALL}
    seen = {
        name: {names[e.pk] for e in Elevator.objects.visible_to(player.actor(), Permission.VIEW_ELEVATOR)}
        for name, player in cast.players.items()
    }
    assert seen == SEEN


def test_cast_strong_weak_changes_only_where_strong(cast):
    changeable = Elevator.objects.visible_to(cast.strong_weak.actor(), Permission.CHANGE_ELEVATOR)
    assert set(changeable) == {cast.elevator_foreign, cast.elevator_former, cast.elevator_jiangbei}


def test_client_for_signs_in(cast, client_for):
    assert client_for(cast.nobody.user).session["_auth_user_id"] == str(cast.nobody.user.pk)
    assert "_auth_user_id" not in client_for(None).session
