"""Guessing passwords beside the limits of one name, and what a fresh sign-in is known by."""

import pytest
from django.test import Client

from accounts import actions
from accounts.models import OpenSession, User
from accounts.queries import actor_for
from accounts.session_store import SessionStore
from common.clock import now
from tests.common.together import at_once
from tests.factories.make import PASSWORD, make_user

SIGN_IN, PASSWORD_PAGE, MINE = "/accounts/sign-in/", "/accounts/me/password/", "/accounts/me/sessions/"


@pytest.fixture
def wang(db):
    return make_user("wang", password=PASSWORD)


def try_name(name, password="wrong", address="192.0.2.80"):
    return Client(REMOTE_ADDR=address).post(SIGN_IN, {"username": name, "password": password})


def test_a_fresh_sign_in_is_listed_and_ends_with_the_others(wang):
    """It was in nobody's list before its second request, and outlived "end all other sessions"."""
    fresh, mine = Client(), Client()
    for client in (fresh, mine):
        assert client.post(SIGN_IN, {"username": "wang", "password": PASSWORD}).status_code == 302
    assert OpenSession.objects.filter(user=wang).count() == 2
    page = mine.get(MINE).content.decode()
    assert page.count('name="end"') >= 2
    assert mine.post(MINE, {"end": "others"}).status_code == 302
    assert fresh.get("/accounts/me/").status_code == 302
    assert mine.get("/accounts/me/").status_code == 200


def test_many_names_from_one_address_are_one_attack(wang, settings):
    settings.SIGN_IN_FAILURES_PER_ADDRESS = 6
    assert [try_name(f"somebody-{number}").status_code for number in range(6)] == [422] * 6
    answer = try_name("wang", PASSWORD)
    assert (answer.status_code, int(answer["Retry-After"]) > 500) == (429, True)
    assert try_name("wang", PASSWORD, address="198.51.100.7").status_code == 302


def test_an_office_that_mistypes_now_and_then_still_signs_in(wang):
    for number in range(20):
        assert try_name(f"somebody-{number}").status_code == 422
    assert try_name("wang", PASSWORD).status_code == 302


def change(client, number):
    values = {"old_password": f"wrong-{number}", "password": "Quite-Another-1!", "password_again": "Quite-Another-1!"}
    return client.post(PASSWORD_PAGE, {"idempotency_key": f"click-number-{number}", **values}).status_code


@pytest.mark.django_db(transaction=True)
def test_guesses_at_the_present_password_side_by_side_are_counted_one_by_one():
    """Twenty at once were twenty guesses: each was the session's first."""
    user = make_user("wang", password=PASSWORD)
    client = Client()
    client.post(SIGN_IN, {"username": "wang", "password": PASSWORD})
    key = client.cookies["sessionid"].value

    def guess(number):
        other = Client()
        other.cookies["sessionid"] = key
        return change(other, number)

    answers = at_once(*[lambda number=number: guess(number) for number in range(8)])
    assert 1 <= answers.count(422) <= 4  # the fifth ended the session, for the rest as well
    assert not SessionStore().exists(key)
    assert User.objects.get(pk=user.pk).wrong_passwords == 0


def test_a_right_password_forgets_the_wrong_ones(wang):
    assert [actions.count_wrong_password(user_id=wang.pk) for _n in range(2)] == [1, 2]
    client = Client()
    client.post(SIGN_IN, {"username": "wang", "password": PASSWORD})
    client.post("/accounts/me/second-factor/", {"password": PASSWORD})
    assert User.objects.get(pk=wang.pk).wrong_passwords == 0
    assert actor_for(wang, now()) is not None
