"""GB/T 22239-2019 keeps the administrators apart: what one of them can become alone, with nobody's help."""

import uuid

import pytest

from accounts import actions
from accounts.models import AreaGrant
from accounts.roles import APART, ROLES, Permission
from common.clock import now
from tests.factories.make import hold, make_user

TEMPORARY = "abcd-efgh-jkmn-pqr2"


def set_password(by, person):
    path = f"/accounts/people/{person.public_id}/password/"
    return by.client().post(path, {"idempotency_key": str(uuid.uuid4()), "password": TEMPORARY}).status_code


def test_who_gives_roles_sets_nobodys_password(cast):
    """Else: set the password of somebody without a role, sign in as them, and give them every other role."""
    another = make_user()
    hold(another, "SECURITY_ADMIN")
    for person in (cast.nobody.user, cast.colleague.user, cast.system_admin.user, another):
        assert set_password(cast.security_admin, person) == 403
        person.refresh_from_db()
        assert not person.check_password(TEMPORARY)


@pytest.mark.parametrize("role", sorted(role.code for role in ROLES.values() if role.privileged))
def test_a_privileged_person_is_taken_over_by_nobody_else(cast, role):
    """The auditor too, who reads everything."""
    person = make_user()
    hold(person, role)
    assert set_password(cast.system_admin, person) == (302 if role == "SYSTEM_ADMIN" else 403)


def test_no_role_gives_roles_everywhere_and_makes_people_or_passwords():
    for role in ROLES.values():
        makes = {Permission.CREATE_USER, Permission.SET_PASSWORD} & role.permissions
        assert not (makes and Permission.GRANT_ANY_ROLE in role.permissions), role.code


def test_who_gives_roles_everywhere_enters_nobody_in_a_unit_either(cast):
    """Else: enter a person with a password of one's own choice, and give them every other role."""
    by, at = cast.security_admin.actor(), now()
    keeper, head = make_user(), cast.unit_admin.user
    hold(keeper, "SECURITY_ADMIN")
    with pytest.raises(actions.RoleUnfit):
        actions.add_membership(user_id=keeper.pk, unit=cast.unit_a, role="UNIT_ADMIN", by=by, at=at)
    with pytest.raises(actions.RoleUnfit):
        actions.grant_area(user_id=head.pk, role="SECURITY_ADMIN", area=None, by=by, at=at)
    actions.add_membership(user_id=keeper.pk, unit=cast.unit_a, role="UNIT_VIEWER", by=by, at=at)
    actions.grant_area(user_id=head.pk, role="AUDITOR", area=None, by=by, at=at)


def test_system_administrator_alone_gets_no_other_role(cast):
    """Every form of giving is refused, to themselves and to a person that they entered."""
    client = cast.system_admin.client()
    sent = {"idempotency_key": str(uuid.uuid4()), "username": "puppet", "display_name": "Puppet", "password": TEMPORARY}
    puppet = client.post("/accounts/people/new/", sent | {"unit": str(cast.unit_a.public_id), "role": "UNIT_ADMIN"})
    assert puppet.status_code == 302
    for person in (puppet["Location"], f"/accounts/people/{cast.system_admin.user.public_id}/"):
        for step in ("memberships/new/", "grants/new/"):
            for role in ROLES:
                data = {"idempotency_key": str(uuid.uuid4()), "role": role, "reference": "No. 1"}
                assert client.post(person + step, data | {"unit": str(cast.unit_a.public_id)}).status_code == 403
    assert AreaGrant.objects.filter(role__in=APART, user__username="puppet").count() == 0
