"""The second factor: who needs one, setting it up, the code at the sign-in, recovery codes, and everything against it."""

import datetime as dt

import pytest
import time_machine
from django.test import Client

from accounts.models import SecondFactor
from common.clock import now
from common.models import AuditRecord
from tests.accounts.pages import person_path, post
from tests.accounts.second_step import (
    CODE,
    ME,
    MINE,
    REST_ME,
    SIGN_IN,
    after_password,
    code_now,
    open_to,
    typed,
    wrong_code,
)
from tests.common.together import at_once
from tests.factories.make import PASSWORD, give_second_factor, make_user

# --- the sign-in ----------------------------------------------------------------------------------------------------------


def test_a_password_alone_opens_nothing(officer):
    client = after_password(officer)
    for path in ("/", ME, "/elevators/", "/accounts/people/", "/accounts/me/password/", MINE, "/api/docs/"):
        answer = client.get(path)
        assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, CODE), path
    answer = client.get(REST_ME)
    assert (answer.status_code, answer.json()["code"]) == (403, "second-factor-required")
    assert client.get("/elevators/", headers={"HX-Request": "true"})["HX-Redirect"] == CODE


def test_the_code_opens_the_page_that_was_wanted_under_a_new_key(officer):
    client = after_password(officer)
    there = client.get("/accounts/me/?from=mail")["Location"]
    assert there == "/accounts/sign-in/code/?next=/accounts/me/%3Ffrom%3Dmail"
    assert 'value="/accounts/me/?from=mail"' in client.get(there).content.decode()
    before = client.session.session_key
    answer = typed(client, code_now(), next="/accounts/me/?from=mail")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/me/?from=mail")
    assert open_to(client)
    assert client.get(REST_ME).status_code == 200
    assert client.session.session_key != before
    planted = Client()
    planted.cookies["sessionid"] = before
    assert planted.get(ME)["Location"].startswith(SIGN_IN)  # whoever planted the key before has nothing


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "javascript:x", ""])
def test_the_code_leads_only_to_ourselves(officer, wanted):
    assert typed(after_password(officer), code_now(), next=wanted)["Location"] == "/"


@pytest.mark.parametrize("spelling", ["{0} {1}", " {0}-{1} ", "{0}{1}"])
def test_a_code_in_any_spelling(officer, spelling):
    code = code_now()
    assert typed(after_password(officer), spelling.format(code[:3], code[3:])).status_code == 302


def test_a_clock_one_step_off_is_forgiven_two_are_not(officer):
    moment = dt.datetime(2026, 11, 24, 12, 0, 5, tzinfo=dt.UTC)
    with time_machine.travel(moment, tick=False):
        statuses = []
        for shift in (-2, 2, -1, 0, 1):
            SecondFactor.objects.update(last_step=0)
            statuses.append(typed(after_password(officer), code_now(shift)).status_code)
        assert statuses == [422, 422, 302, 302, 302]


def test_a_code_counts_once(officer):
    code = code_now()
    assert typed(after_password(officer), code).status_code == 302
    again = after_password(officer)
    assert typed(again, code).status_code == 422
    assert not open_to(again)


def test_an_older_code_than_the_last_counts_no_more(officer):
    assert typed(after_password(officer), code_now(1)).status_code == 302
    assert typed(after_password(officer), code_now(0)).status_code == 422


def test_one_code_in_two_requests_at_the_same_moment_counts_once(transactional_db):
    user = make_user("lin", password=PASSWORD)
    give_second_factor(user)
    clients, code = [after_password(user) for _each in range(6)], code_now()
    statuses = at_once(*[lambda client=client: typed(client, code).status_code for client in clients])
    # five wrong ones lock, so the last of the six may find the lock
    assert statuses.count(302) == 1
    assert set(statuses) <= {302, 422, 429}
    assert [open_to(client) for client in clients].count(True) == 1


def test_the_code_of_somebody_else_is_no_code(officer, clerk):
    other = give_second_factor(clerk)
    other.secret = "A" * 32
    other.save()
    assert typed(after_password(clerk), code_now()).status_code == 422


def test_optional_for_others_but_asked_once_it_is_there(clerk):
    assert open_to(after_password(clerk))
    give_second_factor(clerk)
    client = after_password(clerk)
    assert not open_to(client)
    typed(client, code_now())
    assert open_to(client)


def test_the_password_page_stays_shut_before_the_code(officer):
    """Whoever learnt a temporary password must not replace it."""
    officer.must_change_password = True
    officer.save()
    client = after_password(officer)
    assert client.get("/accounts/me/password/")["Location"].startswith(CODE)
    assert typed(client, code_now()).status_code == 302
    assert client.get(ME)["Location"] == "/accounts/me/password/"


# --- guessing -------------------------------------------------------------------------------------------------------------


def guess(user, times: int) -> list[int]:
    client = after_password(user)
    return [typed(client, wrong_code()).status_code for _try in range(times)]


def test_the_fifth_wrong_code_locks_even_the_right_one_from_anywhere(officer):
    assert guess(officer, 6) == [422, 422, 422, 422, 429, 429]
    elsewhere = after_password(officer)
    answer = typed(elsewhere, code_now())
    assert answer.status_code == 429
    assert 0 < int(answer["Retry-After"]) <= 15 * 60
    assert "15 minutes" in answer.content.decode()
    assert not open_to(elsewhere)
    assert AuditRecord.objects.filter(action="accounts.lock_second_factor").count() == 1


def test_an_administrator_opens_the_lock(cast):
    user = cast.city_regulator.user
    user.set_password(PASSWORD)
    user.save()
    give_second_factor(user)
    guess(user, 5)
    page = cast.security_admin.client().get(person_path(user)).content.decode()
    assert "Codes of the second factor are locked until" in page
    assert post(cast.security_admin.client(), person_path(user, "unlock/")).status_code == 302
    assert typed(after_password(user), code_now()).status_code == 302


def test_a_role_that_is_none_stops_the_platform(settings):
    """A slip in the setting must not leave an office without its second factor."""
    from django.apps import apps
    from django.core.exceptions import ImproperlyConfigured

    settings.SECOND_FACTOR_ROLES = ["CITY_REGULATR"]
    with pytest.raises(ImproperlyConfigured, match="CITY_REGULATR is no role"):
        apps.get_app_config("accounts").ready()


def test_each_lock_is_twice_as_long(officer):
    start = now()
    with time_machine.travel(start, tick=False) as clock:
        guess(officer, 5)
        clock.move_to(start + dt.timedelta(minutes=15))
        assert guess(officer, 5)[-1] == 429
        factor = SecondFactor.objects.get(user=officer)
        assert factor.locked_until == start + dt.timedelta(minutes=15 + 30)
        clock.move_to(factor.locked_until)
        assert typed(after_password(officer), code_now()).status_code == 302
    factor.refresh_from_db()
    assert (factor.failures, factor.locked_until) == (0, None)


def test_wrong_codes_at_the_same_moment_are_all_counted(transactional_db):
    user = make_user("lin", password=PASSWORD)
    give_second_factor(user)
    client, bad = after_password(user), wrong_code()
    cookie = client.cookies["sessionid"].value

    def one():
        mine = Client()
        mine.cookies["sessionid"] = cookie
        return typed(mine, bad).status_code

    assert sorted(at_once(*[one] * 9)) == [422] * 4 + [429] * 5


# --- the demonstration ----------------------------------------------------------------------------------------------------


def test_demo_codes_are_shown_in_a_demonstration_only(officer, settings, capsys):
    from django.core.management import CommandError, call_command

    for demo, banner in [(False, True), (True, False), (False, False)]:
        settings.DEMO_CODES, settings.SYNTHETIC_DATA_BANNER = demo, banner
        with pytest.raises(CommandError):
            call_command("demo_codes")
    assert capsys.readouterr().out == ""
    settings.DEMO_CODES = settings.SYNTHETIC_DATA_BANNER = True
    with time_machine.travel(now(), tick=False):
        call_command("demo_codes")
        assert f"{code_now()}  lin" in capsys.readouterr().out
        officer.synthetic = False
        officer.save()
        call_command("demo_codes")
        assert "lin" not in capsys.readouterr().out
