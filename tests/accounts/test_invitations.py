"""Units ask their own people in and take them out: the link, who may, what it gives, and everything against it."""

import datetime as dt
import re
from urllib.parse import urlsplit

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction
from django.test import Client

from accounts import actions
from accounts.models import Invitation, Membership, PersonalDetails, SecondFactor, User
from accounts.queries import actor_for
from accounts.roles import ROLES
from accounts.rules import invitation_digest
from accounts.rules.second_factor import code_at
from common.clock import now
from common.models import AuditRecord
from tests.accounts.pages import person_path, post, text_of
from tests.common.together import at_once
from tests.factories.canaries import phone_of
from tests.factories.make import GULOU, client_for, hold, make_unit, make_user

PHONE, NEW = "139 0000 7788", "Bridge-river-1"
JOIN, KNOWN, SIGN_IN, ME = "/accounts/join/", "/accounts/join/accept/", "/accounts/sign-in/", "/accounts/me/"


def unit_path(unit, step="") -> str:
    return f"/accounts/units/{unit.public_id}/{step}"


def invited(cast, role="SAFETY_OFFICER", phone=PHONE, name="林海", at=None) -> str:
    """The token of a link of unit A."""
    return actions.invite(
        unit=cast.unit_a, role=role, display_name=name, phone=phone, by=cast.unit_admin.actor(), at=at or now()
    )[1]


def follow(token, client=None) -> Client:
    """A browser that has opened the link."""
    client = client or Client()
    assert client.get(f"/accounts/join/{token}/").status_code == 302
    return client


def join(client, *, phone=PHONE, username="lin.hai", password=NEW, again=None, **more):
    data = {"phone": phone, "username": username, "password": password, "password_again": again or password}
    return client.post(JOIN, data | more)


def roles_of(user) -> set:
    return {(row.unit.name, row.role) for row in Membership.objects.current(now()).filter(user=user)}


# --- the whole way ----------------------------------------------------------------------------------------------------------


def test_from_the_invitation_to_the_first_page(cast):
    made = post(
        cast.unit_admin.client(),
        unit_path(cast.unit_a, "invite/"),
        display_name="林海",
        phone=PHONE,
        role="SAFETY_OFFICER",
    )
    assert made.status_code == 200
    link = re.search(r"<code>(https?://[^<]+/accounts/join/[^<]+)</code>", text_of(made))[1]
    browser = Client()
    first = browser.get(urlsplit(link).path)
    assert first["Location"] == JOIN  # the token stands in no address from here on
    page = text_of(browser.get(JOIN))
    assert cast.unit_a.name in page
    assert "safety officer" in page
    assert "0000 7788" not in page
    assert join(browser)["Location"] == SIGN_IN
    user = User.objects.get(username="lin.hai")
    assert (user.display_name, user.must_change_password, roles_of(user)) == (
        "林海",
        False,
        {(cast.unit_a.name, "SAFETY_OFFICER")},
    )
    assert PersonalDetails.objects.get(user=user).phone.reveal() == "13900007788"
    assert browser.post(SIGN_IN, {"username": "lin.hai", "password": NEW}).status_code == 302
    assert browser.get(ME).status_code == 200
    actor_ids = set(
        AuditRecord.objects.filter(subject_id=str(user.public_id), action="accounts.add_membership").values_list(
            "actor_id", flat=True
        )
    )
    assert actor_ids == {cast.unit_admin.actor().id}
    assert AuditRecord.objects.get(action="accounts.accept_invitation").actor_id == str(user.public_id)


def test_an_invited_administrator_sets_up_a_second_factor_first(cast):
    client = follow(invited(cast, role="UNIT_ADMIN"))
    join(client)
    client.post(SIGN_IN, {"username": "lin.hai", "password": NEW})
    assert client.get("/")["Location"] == "/accounts/me/second-factor/"
    client.post("/accounts/me/second-factor/", {"password": NEW})
    secret = SecondFactor.objects.get(user__username="lin.hai").secret.reveal()
    client.post("/accounts/me/second-factor/confirm/", {"code": code_at(secret, now())})
    assert client.get("/accounts/people/").status_code == 200


def test_somebody_known_joins_a_second_unit(cast):
    """They sign in from the link; their former unit stays."""
    user = cast.stranger.user
    user.set_password(NEW)
    user.save()
    client = follow(invited(cast, phone=phone_of("stranger")))
    page = text_of(client.get(JOIN))
    there = re.search(r'href="(/accounts/sign-in/\?next=[^"]+)"', page)[1]
    client.get(there)
    assert client.post(SIGN_IN, {"username": user.username, "password": NEW, "next": KNOWN})["Location"] == KNOWN
    assert user.display_name in text_of(client.get(KNOWN))
    assert client.post(KNOWN, {"phone": phone_of("stranger")})["Location"] == ME
    assert roles_of(user) == {(cast.unit_a.name, "SAFETY_OFFICER"), (cast.unit_b.name, "USING_UNIT_MANAGER")}


def test_whoever_is_signed_in_already_accepts_at_once(cast):
    client = follow(invited(cast), cast.stranger.client())
    assert client.get(JOIN)["Location"] == KNOWN
    assert client.post(KNOWN, {"phone": PHONE})["Location"] == ME


# --- nothing is said ----------------------------------------------------------------------------------------------------


def bare(answer) -> str:
    """A page without what differs each time: reference, keys, link, picture, moment."""
    text = re.sub(
        r"data:image/svg[^\"]+|/join/[^/<\"]+/|[0-9a-f]{8}-[0-9a-f-]{27}|[A-Za-z0-9]{64}", "X", text_of(answer)
    )
    return text.replace(answer["X-Request-Id"], "")


def test_the_answer_is_the_same_whoever_has_the_phone(cast):
    """Nobody's, a stranger's, one's own colleague's, one's own second invitation."""
    client = cast.unit_admin.client()
    with time_machine.travel(now(), tick=False):
        pages = []
        for number in (PHONE, phone_of("stranger"), phone_of("own_manager"), phone_of("city_regulator"), PHONE):
            answer = post(client, unit_path(cast.unit_a, "invite/"), display_name="X", phone=number, role="UNIT_VIEWER")
            pages.append((answer.status_code, bare(answer)))
    assert len(set(pages)) == 1
    assert pages[0][0] == 200


def test_the_page_behind_the_link_is_the_same_whoever_has_the_phone(cast):
    pages = {bare(follow(invited(cast, phone=number, name="X")).get(JOIN)) for number in (PHONE, phone_of("stranger"))}
    assert len(pages) == 1


def test_a_link_that_does_not_count_looks_like_one_that_never_was(cast):
    used, withdrawn, expired, tried = (invited(cast, phone=f"1390000778{number}") for number in range(4))
    join(follow(used), phone="13900007780")
    actions.withdraw_invitation(
        invitation_id=Invitation.objects.get(digest=invitation_digest(withdrawn)).pk,
        by=cast.unit_admin.actor(),
        at=now(),
    )
    Invitation.objects.filter(digest=invitation_digest(expired)).update(
        made_at=now() - dt.timedelta(hours=72), expires_at=now()
    )
    answers = [Client().get(f"/accounts/join/{token}/") for token in (used, withdrawn, expired, "x" * 43)]
    assert [answer.status_code for answer in answers] == [404] * 4
    assert len({bare(answer) for answer in answers}) == 1
    assert Client().get(f"/accounts/join/{tried}/").status_code == 302


def test_neither_token_nor_phone_lies_in_the_database(cast):
    token = invited(cast)
    client = follow(token)
    client.get(JOIN)
    with connection.cursor() as cursor:
        kept = ""
        for table in ("accounts_invitation", "accounts_opensession", "common_auditrecord"):
            cursor.execute(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} t")
            kept += cursor.fetchone()[0]
    for text in (token, "13900007788"):
        assert text not in kept + str(dict(client.session))


def test_the_phone_is_forgotten_once_the_invitation_is_over(cast):
    join(follow(invited(cast)))
    invited(cast, phone="13900007781", at=now() - dt.timedelta(hours=72))
    invited(cast, phone="13900007782")  # forgets those that have expired
    kept = {row.phone and row.phone.reveal() for row in Invitation.objects.all()}
    assert kept == {None, "13900007782"}


# --- a link counts once, for the right person ---------------------------------------------------------------------------


def test_a_link_counts_once(cast):
    token = invited(cast)
    first, second = follow(token), follow(token)
    assert join(first).status_code == 302
    assert join(second, username="another").status_code == 404
    assert not User.objects.filter(username="another").exists()


def test_a_link_counts_once_at_the_same_moment(transactional_db):
    unit, admin = make_unit(area_code=GULOU), make_user("admin")
    hold(admin, "UNIT_ADMIN", unit=unit)
    by = actor_for(admin, now())
    _row, token = actions.invite(unit=unit, role="UNIT_VIEWER", display_name="X", phone=PHONE, by=by, at=now())
    clients = [follow(token) for _each in range(4)]
    statuses = at_once(
        *[lambda n=n, one=one: join(one, username=f"lin{n}").status_code for n, one in enumerate(clients)]
    )
    assert sorted(statuses) == [302, 404, 404, 404]
    assert User.objects.filter(username__startswith="lin").count() == 1


def test_the_link_alone_is_worth_nothing_and_the_phone_cannot_be_guessed(cast):
    token = invited(cast)
    client = follow(token)
    statuses = [join(client, phone=f"1390000{number}").status_code for number in range(1000, 1011)]
    assert statuses == [422] * 10 + [404]
    assert join(follow(token)).status_code == 404  # nor the right one any more
    assert not User.objects.filter(username="lin.hai").exists()


def test_names_cannot_be_tried_out_without_end(cast):
    client = follow(invited(cast))
    statuses = [join(client, username="unit_admin").status_code for _try in range(11)]
    assert statuses == [422] * 10 + [404]


def test_what_is_wrong_enters_nobody(cast):
    client = follow(invited(cast))
    before = User.objects.count()
    for data, sentence in [
        ({"password": "short"}, "At least 12 characters."),
        ({"again": "Another-one-1"}, "The two passwords differ."),
        ({"username": "x"}, "2 to 64 letters"),
        ({"username": "stranger"}, "Somebody else signs in with this name."),
        ({"phone": "13900000000"}, "another phone number"),
        ({"phone": "no phone"}, "another phone number"),
    ]:
        answer = join(client, **data)
        assert (answer.status_code, sentence in text_of(answer)) == (422, True), sentence
        assert NEW not in text_of(answer)
    assert User.objects.count() == before
    assert join(client).status_code == 302  # and the link still counts


def test_nothing_posted_changes_role_unit_or_flags(cast):
    client = follow(invited(cast, role="UNIT_VIEWER"))
    join(
        client,
        role="UNIT_ADMIN",
        unit=str(cast.unit_b.public_id),
        is_active="false",
        is_superuser="true",
        must_change_password="true",
        invitation="1",
    )
    assert roles_of(User.objects.get(username="lin.hai")) == {(cast.unit_a.name, "UNIT_VIEWER")}


def test_inviting_again_makes_the_former_link_worthless(cast):
    former, latter = invited(cast), invited(cast, phone="+86 139-0000-7788")
    other_role = invited(cast, role="UNIT_VIEWER")
    assert Client().get(f"/accounts/join/{former}/").status_code == 404
    for token in (latter, other_role):
        follow(token)


# --- who may invite, and what for -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["MAINTENANCE_WORKER", "CITY_REGULATOR", "SECURITY_ADMIN", "INSPECTOR", "NO_SUCH", ""])
def test_no_role_that_the_units_kind_does_not_have(cast, role):
    answer = post(cast.unit_admin.client(), unit_path(cast.unit_a, "invite/"), display_name="X", phone=PHONE, role=role)
    assert answer.status_code == 422
    assert not Invitation.objects.exists()
    with pytest.raises(actions.RoleUnfit):
        invited(cast, role=role)


def test_the_form_offers_what_the_units_kind_has(cast):
    page = text_of(cast.unit_admin.client().get(unit_path(cast.unit_a, "invite/")))
    offered = set(re.findall(r'<option value="([A-Z_]+)"', page))
    assert offered == {code for code, role in ROLES.items() if cast.unit_a.kind in role.unit_kinds}


def test_nobody_invites_into_another_unit(cast):
    data = {"display_name": "X", "phone": PHONE, "role": "UNIT_VIEWER"}
    for name in ("unit_admin", "own_manager", "colleague", "city_regulator", "system_admin", "security_admin"):
        client = cast.players[name].client()
        assert post(client, unit_path(cast.unit_b, "invite/"), **data).status_code in (403, 404), name
    assert post(cast.unit_admin.client(), unit_path(cast.unit_b, "invite/"), **data).status_code == 404
    for by in (cast.unit_admin, cast.security_admin, cast.system_admin, cast.own_manager):
        with pytest.raises(actions.NotYours):
            actions.invite(unit=cast.unit_b, by=by.actor(), at=now(), **data)
    assert not Invitation.objects.exists()


def test_foreign_invitations_do_not_exist(cast):
    hold(cast.nobody.user, "UNIT_ADMIN", unit=cast.unit_b)
    invited(cast)
    row = Invitation.objects.get()
    path = f"/accounts/invitations/{row.public_id}/withdraw/"
    assert cast.nobody.client().get(path).status_code == 404
    assert post(cast.nobody.client(), path).status_code == 404
    assert "林海" not in text_of(cast.nobody.client().get(unit_path(cast.unit_b)))
    with pytest.raises(actions.NotYours):
        actions.withdraw_invitation(invitation_id=row.pk, by=cast.nobody.actor(), at=now())
    page = text_of(cast.unit_admin.client().get(unit_path(cast.unit_a)))
    assert "林海" in page
    assert "139****7788" in page
    assert "13900007788" not in page
    assert post(cast.unit_admin.client(), path).status_code == 302
    assert not Invitation.objects.open(now()).exists()


def test_an_invitation_counts_only_as_long_as_its_maker_may_invite(cast):
    token = invited(cast)
    client = follow(token)
    cast.unit_admin.user.memberships.update(ended_at=now())
    assert join(client).status_code == 404
    assert not User.objects.filter(username="lin.hai").exists()


def test_an_invitation_into_a_unit_that_closed_is_over(cast):
    token = invited(cast)
    client = follow(token)
    type(cast.unit_a).objects.filter(pk=cast.unit_a.pk).update(closed_on="2026-01-01")
    assert join(client).status_code == 404
    assert Client().get(f"/accounts/join/{token}/").status_code == 404


def test_nobody_gives_themselves_a_role_by_their_own_invitation(cast):
    client = follow(invited(cast, role="USING_UNIT_MANAGER"), cast.unit_admin.client())
    answer = client.post(KNOWN, {"phone": PHONE})
    assert answer.status_code in (403, 422)
    assert roles_of(cast.unit_admin.user) == {(cast.unit_a.name, "UNIT_ADMIN")}


def test_whoever_gives_roles_everywhere_is_entered_in_no_unit(cast):
    """The rule that keeps the security administrator from entering people holds by invitation too."""
    client = follow(invited(cast, role="UNIT_ADMIN"), cast.security_admin.client())
    assert client.post(KNOWN, {"phone": PHONE}).status_code == 422
    assert roles_of(cast.security_admin.user) == set()


def test_a_deactivated_person_joins_nothing(cast):
    user = cast.nobody.user
    client = follow(invited(cast), client_for(user))
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert client.post(KNOWN, {"phone": PHONE})["Location"].startswith(SIGN_IN)
    with pytest.raises(actions.Inactive):
        digest = Invitation.objects.get().digest
        actions.join_as_known(digest=digest, phone=PHONE, user_id=user.pk, at=now())
    assert roles_of(user) == set()


def test_a_unit_has_no_hundred_and_first_invitation(cast, monkeypatch):
    monkeypatch.setattr("accounts.actions.invitations.MOST_OPEN", 2)
    for number in (1, 2):
        invited(cast, phone=f"1390000000{number}")
    with pytest.raises(actions.TooManyOpen):
        invited(cast, phone="13900000003")
    invited(cast, phone="13900000002")  # the same again takes the place of the former
    assert Invitation.objects.open(now()).count() == 2


def test_the_database_keeps_an_end_an_end(cast):
    invited(cast)
    for wrong in ({"accepted_at": now()}, {"withdrawn_at": now()}):  # without a membership; with the phone still there
        with pytest.raises(IntegrityError), transaction.atomic():
            Invitation.objects.update(**wrong)


# --- taking somebody out ------------------------------------------------------------------------------------------------------


def remove_path(unit, user) -> str:
    return unit_path(unit, f"people/{user.public_id}/remove/")


def test_taking_out_ends_all_roles_there_and_every_session(cast):
    user = cast.strong_weak.user  # viewer in A, manager in B
    hold(user, "SAFETY_OFFICER", unit=cast.unit_a)
    client = client_for(user)
    assert remove_path(cast.unit_a, user) in text_of(cast.unit_admin.client().get(unit_path(cast.unit_a)))
    assert post(cast.unit_admin.client(), remove_path(cast.unit_a, user)).status_code == 302
    assert roles_of(user) == {(cast.unit_b.name, "USING_UNIT_MANAGER")}
    assert Membership.objects.filter(user=user).count() == 3  # ended, not deleted
    assert client.get(ME)["Location"].startswith(SIGN_IN)
    verbs = AuditRecord.objects.filter(subject_id=str(user.public_id)).order_by("id").values_list("action", flat=True)
    assert list(verbs) == ["accounts.end_membership"] * 2 + ["accounts.end_sessions"]
    assert post(cast.unit_admin.client(), remove_path(cast.unit_a, user)).status_code == 404  # not there any more


def test_nobody_is_taken_out_of_a_foreign_unit(cast):
    user = cast.strong_weak.user
    assert post(cast.unit_admin.client(), remove_path(cast.unit_b, user)).status_code == 404
    assert post(cast.unit_admin.client(), remove_path(cast.unit_b, cast.stranger.user)).status_code == 404
    assert post(cast.unit_admin.client(), remove_path(cast.unit_a, cast.stranger.user)).status_code == 404
    with pytest.raises(actions.NotYours):
        actions.remove_from_unit(user_id=user.pk, unit=cast.unit_b, by=cast.unit_admin.actor(), at=now())
    assert (cast.unit_b.name, "USING_UNIT_MANAGER") in roles_of(user)


def test_the_last_administrator_is_taken_out_by_nobody(cast):
    admin = cast.unit_admin.user
    assert post(cast.unit_admin.client(), remove_path(cast.unit_a, admin)).status_code == 403  # oneself
    assert post(cast.security_admin.client(), remove_path(cast.unit_a, admin)).status_code == 422
    assert roles_of(admin) == {(cast.unit_a.name, "UNIT_ADMIN")}
    hold(cast.nobody.user, "UNIT_ADMIN", unit=cast.unit_a)
    assert post(cast.nobody.client(), remove_path(cast.unit_a, admin)).status_code == 302
    assert roles_of(admin) == set()


def test_a_deactivated_administrator_is_none_who_is_left(cast):
    other = make_user("other")
    hold(other, "UNIT_ADMIN", unit=cast.unit_a)
    User.objects.filter(pk=other.pk).update(is_active=False)
    with pytest.raises(actions.LastAdministrator):
        actions.remove_from_unit(
            user_id=cast.unit_admin.user.pk, unit=cast.unit_a, by=cast.security_admin.actor(), at=now()
        )


def test_two_administrators_do_not_take_out_each_other(transactional_db):
    unit = make_unit(area_code=GULOU)
    users = [make_user(name) for name in ("one", "two")]
    for user in users:
        hold(user, "UNIT_ADMIN", unit=unit)
    actors = [actor_for(user, now()) for user in users]
    answers = at_once(
        *[
            lambda a=a, b=b: actions.remove_from_unit(user_id=users[b].pk, unit=unit, by=actors[a], at=now())
            for a, b in ((0, 1), (1, 0))
        ]
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["LastAdministrator", "list"]
    assert Membership.objects.current(now()).filter(unit=unit, role="UNIT_ADMIN").count() == 1


def test_whoever_is_taken_out_is_seen_no_more(cast):
    post(cast.unit_admin.client(), remove_path(cast.unit_a, cast.colleague.user))
    assert cast.unit_admin.client().get(person_path(cast.colleague.user)).status_code == 404


def test_whoever_waited_for_the_lock_does_not_count_on_the_past(cast):
    """Their moment is older than the end that they waited for: who has ended by then is no administrator who is left."""
    other = make_user("other")
    hold(other, "UNIT_ADMIN", unit=cast.unit_a)
    by_other, moment = actor_for(other, now()), now()
    first = cast.unit_admin.actor()
    actions.remove_from_unit(user_id=other.pk, unit=cast.unit_a, by=first, at=moment)
    with pytest.raises(actions.LastAdministrator):
        actions.remove_from_unit(
            user_id=cast.unit_admin.user.pk, unit=cast.unit_a, by=by_other, at=moment - dt.timedelta(seconds=1)
        )
