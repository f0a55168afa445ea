"""Signing in and out, locks, temporary passwords, and what ends a session."""

import datetime as dt
import re
import time

import pytest
import time_machine
from django.test import Client

from accounts import actions
from accounts.models import OpenSession, User
from common.clock import now
from common.models import AccessRecord
from common.proxies import client_address
from tests.common.together import at_once
from tests.factories.make import PASSWORD, client_for, make_user

SIGN_IN, PASSWORD_PAGE, ME = "/accounts/sign-in/", "/accounts/me/password/", "/accounts/me/"
KEY = "a-key-of-this-form"
NEW = "lantern-bridge-river-4"


@pytest.fixture
def wang(db):
    return make_user("wang", password=PASSWORD, display_name="王小梅")


def sign_in(client, name="wang", password=PASSWORD, address="192.0.2.1", **more):
    data = {"username": name, "password": password, **more}
    return client.post(SIGN_IN, data, REMOTE_ADDR=address)


def signed_in(client) -> bool:
    return client.get(ME).status_code == 200


def test_sign_in_leads_home_and_is_noted(wang):
    client = Client()
    answer = sign_in(client)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert signed_in(client)
    noted = AccessRecord.objects.filter(subject_id=str(wang.public_id), via="sign_in")
    assert [row.actor_id for row in noted] == [str(wang.public_id)]


@pytest.mark.parametrize("spelling", ["WANG", " wang ", "ｗａｎｇ"])
def test_sign_in_name_in_any_spelling(wang, spelling):
    assert sign_in(Client(), name=spelling).status_code == 302


def test_sign_in_changes_the_session_key(wang, tried):
    """A key that somebody planted before the sign-in is worth nothing after it."""
    client = Client()
    client.session["planted"] = "x"
    session = client.session
    session.save()
    planted = session.session_key
    sign_in(client)
    assert client.session.session_key != planted
    assert not OpenSession.objects.filter(pk=planted).exists()
    tried("sessions planted before a sign-in", 1)


@pytest.mark.parametrize(
    ("wanted", "there"),
    [
        ("/accounts/me/", "/accounts/me/"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("javascript:x", "/"),
    ],
)
def test_sign_in_goes_on_only_to_ourselves(wang, wanted, there):
    assert sign_in(Client(), next=wanted)["Location"] == there


def test_sign_out_takes_a_post(wang):
    client = Client()
    sign_in(client)
    assert client.get("/accounts/sign-out/").status_code == 405
    assert client.post("/accounts/sign-out/").status_code == 302
    assert not signed_in(client)


# --- no enumeration -----------------------------------------------------------------------------------------------------


def page_without_what_was_typed(answer, name: str) -> str:
    text = re.sub(r"[A-Za-z0-9]{64}", "TOKEN", answer.content.decode().replace(name, "NAME"))
    return text.replace(answer["X-Request-Id"], "REFERENCE")


def test_wrong_name_wrong_password_and_deactivated_look_the_same(wang, tried):
    make_user("stopped", password=PASSWORD, is_active=False)
    make_user("empty")
    tries = [("wang", "wrong"), ("nosuch", PASSWORD), ("stopped", PASSWORD), ("empty", PASSWORD)]
    answers = [sign_in(Client(), name=name, password=password) for name, password in tries]
    assert [answer.status_code for answer in answers] == [422] * 4
    pages = {page_without_what_was_typed(a, name) for a, (name, _password) in zip(answers, tries, strict=True)}
    assert len(pages) == 1
    tried("ways to tell whether a name exists", len(tries))


def test_unknown_name_takes_as_long_as_a_wrong_password(wang, settings, tried):
    """With a hasher as slow as the real one; the fastest of a few runs, because the machine has other work."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
    wang.set_password(PASSWORD)
    wang.save()

    spent = {"wang": [], "nosuch": []}
    for run in range(3):  # in turns: what else the machine does falls on both
        for name, times in spent.items():
            started = time.perf_counter()
            sign_in(Client(), name=name, password="wrong", address=f"192.0.2.{run + 10}")
            times.append(time.perf_counter() - started)
    known, unknown = min(spent["wang"]), min(spent["nosuch"])
    assert 0.5 < known / unknown < 2
    tried("ways to tell whether a name exists", 1)


# --- locks --------------------------------------------------------------------------------------------------------------


def fail(times: int, **options) -> list[int]:
    return [sign_in(Client(), password="wrong", **options).status_code for _try in range(times)]


@pytest.mark.parametrize("name", ["wang", "nosuch"])
def test_fifth_wrong_password_locks_whether_or_not_the_name_exists(wang, name, tried):
    assert fail(5, name=name) == [422, 422, 422, 422, 429]
    answer = sign_in(Client(), name=name)
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 15 * 60
    assert "15 minutes" in answer.content.decode()
    tried("password guesses until the lock of one place", 5)


def test_lock_counts_tries_made_at_the_same_moment(transactional_db):
    make_user("wang", password=PASSWORD)
    statuses = at_once(*[lambda: sign_in(Client(), password="wrong").status_code] * 12)
    assert sorted(statuses) == [422] * 4 + [429] * 8


@pytest.mark.parametrize(
    ("proxies", "forwarded", "counted"),
    [
        (0, "203.0.113.9", "192.0.2.1"),  # nobody in front: the header is the client's own word
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),  # what stands left was written by the client
        (2, "203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (2, "203.0.113.9", "192.0.2.1"),  # came past a proxy
        (1, "", "192.0.2.1"),
        (1, "203.0.113.9:5544", "192.0.2.1"),
        (1, "'; DROP TABLE--", "192.0.2.1"),
        (1, "2001:db8::1", "2001:db8::1"),
    ],
)
def test_address_behind_our_proxies(rf, settings, proxies, forwarded, counted):
    settings.TRUSTED_PROXIES = proxies
    request = rf.get("/", REMOTE_ADDR="192.0.2.1", HTTP_X_FORWARDED_FOR=forwarded)
    assert client_address(request) == counted


def test_lock_counts_the_client_and_not_the_proxy(wang, settings):
    settings.TRUSTED_PROXIES = 1
    for _try in range(5):
        Client(headers={"X-Forwarded-For": "203.0.113.9"}).post(
            "/accounts/sign-in/", {"username": "wang", "password": "wrong"}, REMOTE_ADDR="10.0.0.1"
        )
    there = Client(headers={"X-Forwarded-For": "203.0.113.10"})
    here = Client(headers={"X-Forwarded-For": "203.0.113.9"})
    given = {"username": "wang", "password": PASSWORD}
    assert here.post("/accounts/sign-in/", given, REMOTE_ADDR="10.0.0.1").status_code == 429
    assert there.post("/accounts/sign-in/", given, REMOTE_ADDR="10.0.0.1").status_code == 302


def test_lock_counts_a_name_in_every_spelling_together(wang):
    statuses = [fail(1, name=name)[0] for name in ("wang", "Wang", "WANG", " wang", "ｗａｎｇ")]
    assert statuses == [422, 422, 422, 422, 429]


def test_lock_holds_one_name_at_one_address(wang):
    make_user("li", password=PASSWORD)
    fail(5)
    assert sign_in(Client(), address="192.0.2.2").status_code == 302
    assert sign_in(Client(), name="li").status_code == 302
    assert sign_in(Client()).status_code == 429


def test_lock_is_not_opened_by_another_browser(wang):
    fail(5)
    assert (
        Client(headers={"user-agent": "another"})
        .post(SIGN_IN, {"username": "wang", "password": PASSWORD}, REMOTE_ADDR="192.0.2.1")
        .status_code
        == 429
    )


def test_lock_ends_after_a_quarter_of_an_hour(wang):
    with time_machine.travel(now(), tick=False) as clock:
        fail(5)
        clock.shift(dt.timedelta(minutes=14))
        assert sign_in(Client()).status_code == 429
    with time_machine.travel(now() + dt.timedelta(minutes=31), tick=False):
        assert sign_in(Client()).status_code == 302


def test_signing_in_forgets_earlier_mistakes(wang):
    fail(4)
    assert sign_in(Client()).status_code == 302
    assert fail(4) == [422] * 4


def test_unlock_page_opens_the_lock(cast):
    person = make_user("locked", password=PASSWORD)
    fail(5, name="locked")
    client = client_for(cast.security_admin.user)
    page = client.get(f"/accounts/people/{person.public_id}/").content.decode()
    assert "Sign-in from 192.0.2.1 is locked until" in page
    assert "after 5 wrong passwords" in page
    client.post(f"/accounts/people/{person.public_id}/unlock/", {"idempotency_key": KEY})
    assert sign_in(Client(), name="locked").status_code == 302


# --- temporary passwords ------------------------------------------------------------------------------------------------


@pytest.fixture
def temporary(wang):
    wang.must_change_password = True
    wang.save()
    return client_for(wang)


def change(client, old=PASSWORD, new=NEW, again=None, key=KEY):
    data = {"old_password": old, "password": new, "password_again": again or new, "idempotency_key": key}
    return client.post(PASSWORD_PAGE, data)


@pytest.mark.parametrize("path", ["/", ME, "/elevators/", "/accounts/people/"])
def test_temporary_password_leads_to_one_page_only(temporary, path):
    assert temporary.get(path)["Location"] == PASSWORD_PAGE
    assert temporary.post(path)["Location"] == PASSWORD_PAGE
    assert temporary.get(path, headers={"HX-Request": "true"})["HX-Redirect"] == PASSWORD_PAGE


def test_temporary_password_opens_no_rest(temporary):
    answer = temporary.get("/api/v1/accounts/me/")
    assert (answer.status_code, answer.json()["code"]) == (403, "password-change-required")


def test_temporary_password_once_changed_opens_everything(temporary):
    assert temporary.get(PASSWORD_PAGE).status_code == 200
    assert change(temporary)["Location"] == ME
    assert signed_in(temporary)
    assert sign_in(Client(), password=NEW).status_code == 302


def test_temporary_password_lets_out(temporary):
    assert temporary.post("/accounts/sign-out/")["Location"] == SIGN_IN


# --- what ends sessions -------------------------------------------------------------------------------------------------


def test_changing_the_password_ends_the_other_sessions(wang):
    here, there = client_for(wang), client_for(wang)
    before = here.session.session_key
    change(here)
    assert (signed_in(here), signed_in(there)) == (True, False)
    assert here.session.session_key != before


def test_changing_the_password_shows_what_is_wrong(wang):
    client = client_for(wang)
    for options, sentence in [
        ({"old": "wrong"}, "This is not your present password."),
        ({"new": PASSWORD}, "This is the password you have now."),
        ({"new": "wang"}, "At least 12 characters."),
        ({"again": "other"}, "The two new passwords differ."),
    ]:
        answer = change(client, **options)
        assert answer.status_code == 422
        assert sentence in answer.content.decode()
    assert PASSWORD not in client.get(PASSWORD_PAGE).content.decode()


def test_guessing_the_present_password_ends_the_session(wang):
    client = client_for(wang)
    statuses = [change(client, old=f"wrong{number}", key=f"{KEY}{number}").status_code for number in range(5)]
    assert statuses == [422, 422, 422, 422, 302]
    assert not signed_in(client)


def test_temporary_password_by_an_administrator_ends_sessions(cast):
    client = client_for(cast.colleague.user)
    actions.set_temporary_password(
        user_id=cast.colleague.user.pk, temporary_password=NEW, by=cast.system_admin.actor(), at=now()
    )
    assert not signed_in(client)


def test_deactivation_ends_sessions_for_good(cast):
    client, person = client_for(cast.colleague.user), cast.colleague.user
    actions.deactivate_user(user_id=person.pk, by=cast.system_admin.actor(), at=now())
    assert not signed_in(client)
    actions.reactivate_user(user_id=person.pk, by=cast.system_admin.actor(), at=now())
    assert not signed_in(client)


def test_deactivated_session_stays_dead_even_unused_in_between(cast):
    """The session was not looked at while the person was stopped: it must not wake up with them."""
    client, person = client_for(cast.colleague.user), cast.colleague.user
    actions.deactivate_user(user_id=person.pk, by=cast.system_admin.actor(), at=now())
    actions.reactivate_user(user_id=person.pk, by=cast.system_admin.actor(), at=now())
    assert not signed_in(client)
    assert User.objects.get(pk=person.pk).is_active
