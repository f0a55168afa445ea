"""The second factor: who needs one, setting it up, the code at the sign-in, recovery codes, and everything against it."""

import datetime as dt
import html
import re
from urllib.parse import parse_qsl, unquote, urlsplit

import numpy
import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from zxingcpp import BarcodeFormat, create_barcode

from accounts import actions
from accounts.models import RecoveryCode, SecondFactor
from accounts.queries import actor_for
from accounts.rules.second_factor import STEP, code_at
from accounts.views.second_factor import qr_picture
from common.clock import now
from common.models import AuditRecord
from tests.accounts.pages import person_path, post
from tests.common.together import at_once
from tests.factories.make import OTP_SECRET, PASSWORD, client_for, give_second_factor, hold, make_user
from tests.factories.printed import code_read

SIGN_IN, CODE, MINE = "/accounts/sign-in/", "/accounts/sign-in/code/", "/accounts/me/second-factor/"
CONFIRM, REMOVE, RENEW = f"{MINE}confirm/", f"{MINE}remove/", f"{MINE}recovery-codes/"
ME, REST_ME = "/accounts/me/", "/api/v1/accounts/me/"


@pytest.fixture
def officer(db):
    """A city regulator with a password and an authenticator app."""
    user = make_user("lin", password=PASSWORD)
    hold(user, "CITY_REGULATOR", area_code="320100")
    give_second_factor(user)
    return user


@pytest.fixture
def clerk(db):
    """Somebody whose role takes no second factor."""
    return make_user("chen", password=PASSWORD)


def after_password(user) -> Client:
    client = Client()
    answer = client.post(SIGN_IN, {"username": user.username, "password": PASSWORD})
    assert answer.status_code == 302
    return client


def typed(client, code, **more):
    return client.post(CODE, {"code": code, **more})


def code_now(shift: int = 0) -> str:
    return code_at(OTP_SECRET, now() + dt.timedelta(seconds=shift * STEP))


def wrong_code() -> str:
    good = {code_now(shift) for shift in range(-2, 3)}
    return next(code for code in ("000000", "111111", "222222", "333333", "444444", "555555") if code not in good)


def open_to(client) -> bool:
    return client.get(ME).status_code == 200


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


# --- setting it up --------------------------------------------------------------------------------------------------------


def begin(client, password=PASSWORD):
    return client.post(MINE, {"password": password})


def confirm(client, shift=0):
    secret = SecondFactor.objects.get(confirmed_at=None).secret.reveal()
    return client.post(CONFIRM, {"code": code_at(secret, now() + dt.timedelta(seconds=shift * STEP))})


def codes_in(answer) -> list[str]:
    return re.findall(r"<li><code>([a-z0-9-]+)</code>", answer.content.decode())


@pytest.fixture
def newcomer(db):
    """A regulator who has no app yet, behind the password."""
    user = make_user("lin", password=PASSWORD)
    hold(user, "CITY_REGULATOR", area_code="320100")
    return after_password(user)


def test_whose_role_takes_one_reaches_only_the_page_that_sets_it_up(newcomer):
    for path in ("/", ME, "/elevators/", "/api/docs/"):
        assert newcomer.get(path)["Location"] == MINE
    answer = newcomer.get(REST_ME)
    assert (answer.status_code, answer.json()["code"]) == (403, "second-factor-missing")
    assert newcomer.get(MINE).status_code == 200
    assert newcomer.post("/accounts/sign-out/").status_code == 302


def test_setting_up_shows_the_secret_twice_and_opens_with_a_code_of_it(newcomer):
    assert begin(newcomer)["Location"] == CONFIRM
    secret = SecondFactor.objects.get().secret.reveal()
    page = newcomer.get(CONFIRM).content.decode()
    assert secret in re.sub(r"\s|<[^>]+>", "", page)
    assert "data:image/svg+xml;base64," in page
    assert newcomer.get(ME)["Location"] == MINE  # a secret alone opens nothing
    before = newcomer.session.session_key
    codes = codes_in(confirm(newcomer))
    assert (len(codes), len(set(codes))) == (10, 10)
    assert open_to(newcomer)
    assert newcomer.session.session_key != before
    assert newcomer.get(CONFIRM)["Location"] == MINE  # and nobody sees the secret again
    assert secret not in newcomer.get(MINE).content.decode()


def test_the_picture_says_what_the_app_needs(newcomer):
    begin(newcomer)
    page = newcomer.get(CONFIRM).content.decode()
    said = html.unescape(re.search(r'href="(otpauth:[^"]+)"', page)[1])
    address = urlsplit(said)
    assert (address.scheme, address.netloc, unquote(address.path)) == ("otpauth", "totp", "/Nanjing Elevators:lin")
    assert dict(parse_qsl(address.query)) == {
        "secret": SecondFactor.objects.get().secret.reveal(),
        "issuer": "Nanjing Elevators",
        "algorithm": "SHA1",
        "digits": "6",
        "period": "30",
    }
    assert re.search(r'src="(data:image/svg[^"]+)"', page)[1] == qr_picture(said)
    pixels = numpy.array(create_barcode(said, BarcodeFormat.QRCode, ec_level="M").to_image(scale=4))
    assert code_read(pixels) == said


def test_setting_up_takes_the_password_and_not_many_guesses(newcomer):
    assert [begin(newcomer, "wrong").status_code for _try in range(5)] == [422, 422, 422, 422, 302]
    assert not SecondFactor.objects.exists()
    assert newcomer.get(MINE)["Location"].startswith(SIGN_IN)


def test_the_secret_is_shown_in_the_session_that_began_only(clerk):
    here, there = after_password(clerk), after_password(clerk)
    begin(here)
    assert there.get(CONFIRM)["Location"] == MINE
    begin(there)
    assert here.get(CONFIRM)["Location"] == MINE  # the former secret is gone


def test_setting_up_ends_after_a_quarter_of_an_hour(newcomer):
    begin(newcomer)
    with time_machine.travel(now() + dt.timedelta(minutes=15), tick=False):
        assert confirm(newcomer).status_code == 422
    assert not SecondFactor.objects.filter(confirmed_at__isnull=False).exists()


def test_setting_up_cannot_be_guessed_either(newcomer):
    begin(newcomer)
    secret = SecondFactor.objects.get().secret.reveal()
    bad = (
        "000000"
        if "000000" not in {code_at(secret, now() + dt.timedelta(seconds=30 * n)) for n in (-1, 0, 1)}
        else "1" * 6
    )
    assert [newcomer.post(CONFIRM, {"code": bad}).status_code for _try in range(5)] == [422] * 4 + [429]
    assert confirm(newcomer).status_code == 429


def test_setting_up_ends_the_other_sessions(clerk):
    here, there = after_password(clerk), after_password(clerk)
    begin(here)
    confirm(here)
    assert (open_to(here), open_to(there)) == (True, False)


def test_nobody_sets_up_another_over_the_one_that_is_there(officer):
    client = client_for(officer)
    assert begin(client).status_code == 422
    assert SecondFactor.objects.get().secret.reveal() == OTP_SECRET


def test_the_secret_and_the_codes_are_not_in_the_database(newcomer):
    begin(newcomer)
    secret = SecondFactor.objects.get().secret.reveal()
    codes = codes_in(confirm(newcomer))
    with connection.cursor() as cursor:
        kept = ""
        for table in ("accounts_secondfactor", "accounts_recoverycode", "accounts_opensession", "common_auditrecord"):
            cursor.execute(f"SELECT coalesce(string_agg(t::text, ' '), '') FROM {table} t")
            kept += cursor.fetchone()[0]
    sessions = str([dict(newcomer.session)])
    for text in (secret, *codes, *(code.replace("-", "") for code in codes)):
        assert text not in kept + sessions


# --- recovery codes -------------------------------------------------------------------------------------------------------


@pytest.fixture
def kept_codes(newcomer):
    begin(newcomer)
    return codes_in(confirm(newcomer))


def lin():
    return get_user_model().objects.get(username="lin")


def test_a_recovery_code_opens_once(kept_codes):
    client = after_password(lin())
    assert typed(client, kept_codes[0].upper()).status_code == 302
    assert "9 are left" in client.get(ME).content.decode()
    assert typed(after_password(lin()), kept_codes[0]).status_code == 422
    assert typed(after_password(lin()), kept_codes[1]).status_code == 302
    assert AuditRecord.objects.filter(action="accounts.use_recovery_code").count() == 2


def test_a_recovery_code_twice_at_the_same_moment_opens_once(transactional_db):
    user = make_user("lin", password=PASSWORD)
    client = after_password(user)
    begin(client)
    code = codes_in(confirm(client))[0]
    clients = [after_password(user) for _each in range(4)]
    statuses = at_once(*[lambda one=one: typed(one, code).status_code for one in clients])
    assert sorted(statuses) == [302, 422, 422, 422]


def test_anothers_recovery_code_is_none(kept_codes, clerk):
    give_second_factor(clerk)
    assert typed(after_password(clerk), kept_codes[0]).status_code == 422


def test_new_recovery_codes_take_a_code_and_end_the_former(kept_codes, newcomer):
    assert newcomer.post(RENEW, {"code": "000000"}).status_code == 422
    fresh = codes_in(newcomer.post(RENEW, {"code": kept_codes[0]}))
    assert len(fresh) == 10
    assert not set(fresh) & set(kept_codes)
    assert typed(after_password(lin()), kept_codes[1]).status_code == 422
    assert typed(after_password(lin()), fresh[0]).status_code == 302


# --- away with it -----------------------------------------------------------------------------------------------------------


def test_removing_takes_a_code_and_leads_to_the_next_one(officer):
    client, other = client_for(officer), client_for(officer)
    assert client.post(REMOVE, {"code": wrong_code()}).status_code == 422
    assert client.post(REMOVE, {"code": code_now()})["Location"] == MINE
    assert not SecondFactor.objects.exists()
    assert client.get(ME)["Location"] == MINE  # the role takes one
    assert other.get(ME)["Location"].startswith(SIGN_IN)


def test_two_administrators_reset_a_lost_factor(cast):
    lost = cast.city_regulator.user
    session = cast.city_regulator.client()
    assert post(cast.system_admin.client(), person_path(lost, "second-factor/reset/")).status_code == 302
    assert session.get(ME).status_code == 200  # nothing has changed yet
    approve = person_path(lost, "second-factor/approve/")
    assert cast.system_admin.user.display_name in cast.security_admin.client().get(approve).content.decode()
    assert post(cast.security_admin.client(), approve).status_code == 302
    assert not SecondFactor.objects.filter(user=lost).exists()
    assert not RecoveryCode.objects.filter(user=lost).exists()
    assert session.get(ME)["Location"].startswith(SIGN_IN)
    rows = AuditRecord.objects.filter(subject_id=str(lost.public_id), action__contains="factor_reset").order_by("id")
    wanted = [("propose", cast.system_admin), ("approve", cast.security_admin)]
    assert [(row.action, row.actor_id) for row in rows] == [
        (f"accounts.{verb}_factor_reset", player.actor().id) for verb, player in wanted
    ]
    assert post(cast.security_admin.client(), approve).status_code == 422  # nothing waits any more


def propose(cast, user, at=None):
    return actions.propose_factor_reset(user_id=user.pk, by=cast.system_admin.actor(), at=at or now())


def approve(player, user):
    return actions.approve_factor_reset(user_id=user.pk, by=player.actor(), at=now())


def test_nobody_resets_alone_for_oneself_or_after_a_day(cast):
    lost = cast.city_regulator.user
    give_second_factor(lost)
    with pytest.raises(actions.NoResetProposed):
        approve(cast.security_admin, lost)
    propose(cast, lost, at=now() - dt.timedelta(hours=24))
    with pytest.raises(actions.NoResetProposed):
        approve(cast.security_admin, lost)
    propose(cast, lost)
    with pytest.raises(actions.SamePerson):
        approve(cast.system_admin, lost)
    give_second_factor(cast.system_admin.user)
    with pytest.raises(actions.Oneself):
        propose(cast, cast.system_admin.user)
    cast.system_admin.user.area_grants.update(ended_at=now())
    with pytest.raises(actions.NoResetProposed):  # who proposed may no longer
        approve(cast.security_admin, lost)
    assert SecondFactor.objects.filter(user=lost).exists()


def test_the_servers_way_is_nobody_elses(officer):
    by = actor_for(officer, now())
    with pytest.raises(actions.NotYours):
        actions.reset_factor_at_server(user_id=officer.pk, by=by, at=now())


def test_the_command_at_the_server_resets(officer, capsys):
    from django.core.management import call_command

    call_command("reset_second_factor", "lin")
    assert not SecondFactor.objects.exists()


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
