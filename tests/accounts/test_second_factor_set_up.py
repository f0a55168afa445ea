"""Setting up a second factor, its recovery codes, and how one goes away again."""

import datetime as dt
import html
import re
from urllib.parse import parse_qsl, unquote, urlsplit

import numpy
import pytest
import time_machine
from django.contrib.auth import get_user_model
from django.db import connection
from zxingcpp import BarcodeFormat, create_barcode

from accounts import actions
from accounts.models import RecoveryCode, SecondFactor
from accounts.queries import actor_for
from accounts.rules.second_factor import STEP, code_at
from accounts.views.second_factor import qr_picture
from common.clock import now
from common.models import AuditRecord
from tests.accounts.pages import person_path, post
from tests.accounts.second_step import (
    CONFIRM,
    ME,
    MINE,
    REMOVE,
    RENEW,
    REST_ME,
    SIGN_IN,
    after_password,
    code_now,
    open_to,
    typed,
    wrong_code,
)
from tests.common.together import at_once
from tests.factories.make import OTP_SECRET, PASSWORD, client_for, give_second_factor, hold, make_user
from tests.factories.printed import code_read


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
