"""An official's temporary password takes two administrators: one proposes, another approves."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from accounts import actions
from accounts.models import AreaGrant, Membership, PasswordProposal
from common.clock import SHANGHAI, now
from common.models import AuditRecord
from tests.accounts.pages import TEMPORARY, person_path, post, text_of
from tests.factories.make import PASSWORD, give_second_factor, hold, make_user


@pytest.fixture
def officer(cast):
    user = cast.city_regulator.user
    user.set_password(PASSWORD)
    user.save()
    return user


def propose(cast, user, at=None):
    return actions.propose_temporary_password(
        user_id=user.pk, temporary_password=TEMPORARY, by=cast.system_admin.actor(), at=at or now()
    )


def approve(player, user, at=None):
    return actions.approve_password(user_id=user.pk, by=player.actor(), at=at or now())


def opens_with(user) -> list[bool]:
    user.refresh_from_db()
    return [user.check_password(password) for password in (PASSWORD, TEMPORARY)]


def test_one_administrator_alone_sets_no_officials_password(cast, officer):
    with pytest.raises(actions.SecondNeeded):
        actions.set_temporary_password(
            user_id=officer.pk, temporary_password=TEMPORARY, by=cast.system_admin.actor(), at=now()
        )
    answer = post(cast.system_admin.client(), person_path(officer, "password/"), password=TEMPORARY)
    assert (answer.status_code, opens_with(officer), officer.must_change_password) == (302, [True, False], False)


def test_two_administrators_set_it_by_page_and_both_are_on_record(cast, officer):
    session = cast.city_regulator.client()
    post(cast.system_admin.client(), person_path(officer, "password/"), password=TEMPORARY)
    assert cast.system_admin.user.display_name in text_of(cast.security_admin.client().get(person_path(officer)))
    path = person_path(officer, "password/approve/")
    assert cast.system_admin.user.display_name in text_of(cast.security_admin.client().get(path))
    assert post(cast.security_admin.client(), path).status_code == 302
    assert (opens_with(officer), officer.must_change_password) == ([False, True], True)
    assert session.get("/").status_code == 302  # to the sign-in page
    rows = (
        AuditRecord.objects.filter(subject_id=str(officer.public_id)).order_by("id").values_list("action", "actor_id")
    )
    wanted = [("propose", cast.system_admin), ("approve", cast.security_admin)]
    assert list(rows) == [(f"accounts.{verb}_password", player.actor().id) for verb, player in wanted]
    assert post(cast.security_admin.client(), path).status_code == 422  # nothing waits any more


def test_what_waits_is_on_the_home_page_of_those_who_approve_and_among_the_people(cast, officer):
    """Nobody has to open each person to find it. The moment until which it waits has its day."""
    security, listed = cast.security_admin.client(), "/accounts/people/?waiting=true"
    tile = 'href="/accounts/people/?waiting=true"'
    assert tile in text_of(security.get("/")) and tile not in text_of(cast.system_admin.client().get("/"))
    assert officer.username not in text_of(security.get(listed))
    at = dt.datetime.now(dt.UTC)
    propose(cast, officer, at=at)
    give_second_factor(cast.district_regulator.user)
    actions.propose_factor_reset(user_id=cast.district_regulator.user.pk, by=cast.system_admin.actor(), at=at)
    page = text_of(security.get(listed))
    assert officer.username in page and cast.district_regulator.user.username in page
    assert cast.subdistrict_officer.user.username not in page
    until = f"{(at + dt.timedelta(hours=24)).astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    assert until in text_of(security.get(person_path(officer)))
    assert until in text_of(security.get(person_path(cast.district_regulator.user)))
    for path in (
        person_path(officer, "password/approve/"),
        person_path(cast.district_regulator.user, "second-factor/approve/"),
    ):
        assert f"{at.astimezone(SHANGHAI):%Y-%m-%d}" in text_of(security.get(path))
    auditor = text_of(cast.auditor.client().get(listed))
    assert officer.username not in auditor, "nobody else learns whose password is being set"


def test_who_proposed_does_not_approve(cast, officer):
    """Even where somebody came to hold both permissions."""
    propose(cast, officer)
    AreaGrant.objects.filter(user=cast.system_admin.user).update(role="SECURITY_ADMIN")
    with pytest.raises(actions.SamePerson):
        approve(cast.system_admin, officer)
    assert post(cast.unit_admin.client(), person_path(officer, "password/approve/")).status_code == 404
    assert opens_with(officer) == [True, False]


def test_a_proposal_waits_for_a_day(cast, officer):
    propose(cast, officer, at=now() - dt.timedelta(hours=24))
    with pytest.raises(actions.NothingProposed):
        approve(cast.security_admin, officer)
    assert opens_with(officer) == [True, False]


def test_a_newer_proposal_takes_the_place_of_the_former(cast, officer):
    propose(cast, officer, at=now() - dt.timedelta(hours=24))
    propose(cast, officer)
    approve(cast.security_admin, officer)
    assert (opens_with(officer), PasswordProposal.objects.count()) == ([False, True], 0)


def test_a_proposal_of_somebody_who_may_no_longer_counts_for_nothing(cast, officer):
    propose(cast, officer)
    AreaGrant.objects.filter(user=cast.system_admin.user).update(ended_at=now())
    with pytest.raises(actions.NothingProposed):
        approve(cast.security_admin, officer)


def test_a_proposal_is_no_way_around_the_bar_to_becoming_the_auditor(cast, officer):
    """Proposed while they were an officer; approved after they became one whom nobody takes over."""
    propose(cast, officer)
    hold(officer, "AUDITOR")
    with pytest.raises(actions.Takeover):
        approve(cast.security_admin, officer)


def test_a_password_of_ones_own_ends_the_proposal(cast, officer):
    propose(cast, officer)
    actions.change_own_password(
        user_id=officer.pk,
        old_password=PASSWORD,
        password="three-lanterns-by-1-lake",
        by=cast.city_regulator.actor(),
        at=now(),
    )
    with pytest.raises(actions.NothingProposed):
        approve(cast.security_admin, officer)


def test_people_of_units_still_take_one(cast):
    user = cast.colleague.user
    post(cast.system_admin.client(), person_path(user, "password/"), password=TEMPORARY)
    assert opens_with(user) == [False, True]
    assert Membership.objects.filter(user=user).exists()


def test_the_database_keeps_the_three_administrators_apart(db):
    """Whatever code forgets: one person cannot hold two at one moment, but may one after the other."""
    user, at = make_user(), now()
    hold(user, "SYSTEM_ADMIN", ended_at=at)
    hold(user, "SECURITY_ADMIN", started_at=at)
    for role in ("SYSTEM_ADMIN", "AUDIT_ADMIN"):
        with pytest.raises(IntegrityError, match="area_grant_apart"), transaction.atomic():
            hold(user, role, started_at=at)
    hold(user, "AUDITOR", started_at=at)
