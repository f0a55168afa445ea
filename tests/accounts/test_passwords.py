"""Password profiles: what a new password has to be, which ones do not come back, how long one lasts."""

import datetime as dt
from itertools import pairwise

import pytest
import time_machine
from django.contrib.auth.hashers import check_password
from django.core.management import call_command

from accounts import actions
from accounts.forms import readable_password
from accounts.models import FormerPassword, User
from accounts.profiles import ProfileUnfit, chosen
from accounts.queries import actor_for
from accounts.rules import passwords
from accounts.rules.second_factor import code_at
from common.clock import now
from tests.factories.make import PASSWORD, client_for, give_second_factor, hold, make_user, pass_second_step

PASSWORD_PAGE, ME, REST_ME = "/accounts/me/password/", "/accounts/me/", "/api/v1/accounts/me/"
MLPS3, NIST = chosen("mlps3", {}), chosen("nist", {})


@pytest.fixture
def wang(db):
    return make_user("wang", password=PASSWORD)


@pytest.fixture
def nist(settings):
    settings.PASSWORD_PROFILE = NIST


def change(user, new, old=None):
    old = old or PASSWORD
    by, at = actor_for(user, now()), now()
    return actions.change_own_password(user_id=user.pk, old_password=old, password=new, by=by, at=at)


# --- what it has to be ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("password", "factor", "mlps3", "nist"),
    [
        ("Lantern-bridge-4", False, [], []),
        ("lantern-bridge-4", False, [], []),  # three of four kinds
        ("lantern-bridge-x", False, ["kinds"], []),
        ("lanternbridge42a", False, ["kinds"], []),
        ("灯笼桥头四二七八-Ab1", False, [], ["length"]),  # 12 characters
        ("Lantern-br4", False, ["length"], ["length"]),
        ("Lantern-br4", True, ["length"], []),
        ("Lant-b4", True, ["length"], ["length"]),
        ("lantern", True, ["length", "kinds"], ["length"]),
        ("fourteen-chars", False, ["kinds"], ["length"]),
    ],
)
def test_what_each_profile_finds_wrong(password, factor, mlps3, nist):
    found = [passwords.faults(password, profile, second_factor=factor) for profile in (MLPS3, NIST)]
    assert found == [mlps3, nist]


@pytest.mark.parametrize("weak", ["lantern-bridge-river", "Lantern-4", "wangwangwang-Wang-1"])
def test_a_weak_password_is_refused_wherever_it_is_set(cast, weak):
    """Own page, an administrator's, a proposal, a new person: one rule. `wang…` is too much like the name."""
    user = cast.colleague.user
    User.objects.filter(pk=user.pk).update(username="wangwangwang")
    user.refresh_from_db()
    user.set_password(PASSWORD)
    user.save()
    by, at = cast.system_admin.actor(), now()
    give = {"temporary_password": weak, "by": by, "at": at}
    tries = [
        lambda: change(user, weak),
        lambda: actions.set_temporary_password(user_id=user.pk, **give),
        lambda: actions.create_user(username="wangwangwang2", display_name="W", **give),
    ]
    for attempt in tries:
        with pytest.raises(actions.PasswordWeak):
            attempt()
    assert User.objects.get(pk=user.pk).check_password(PASSWORD)


def test_the_page_says_what_the_profile_asks(wang, nist):
    client = client_for(wang)
    assert "At least 15 characters." in client.get(PASSWORD_PAGE).content.decode()
    give_second_factor(wang)
    pass_second_step(client)
    page = client.get(PASSWORD_PAGE).content.decode()
    assert "At least 8 characters." in page
    assert "upper case" not in page


def test_a_refused_form_does_not_claim_that_passwords_are_still_there(wang):
    data = {"old_password": PASSWORD, "password": "Lantern-bridge-4", "password_again": "Lantern-bridge-5"}
    key = {"idempotency_key": "a-key-of-this-form"}
    page = client_for(wang).post(PASSWORD_PAGE, data | key, headers={"accept-language": "en"}).content.decode()
    assert "but give these again: Present password · New password · New password again" in page
    assert "What you typed is still here.<" not in page and "Lantern-bridge" not in page


def test_what_everybody_uses_is_refused_by_nist_too(wang, nist):
    give_second_factor(wang)
    for known in ("password123", "iloveyou", "qwertyuiop"):
        with pytest.raises(actions.PasswordWeak):
            change(wang, known)
    change(wang, "moon-rain")


def test_the_servers_command_asks_the_same(wang, monkeypatch):
    typed = iter(["lantern-bridge-river"] * 2 + ["Lantern-bridge-4"] * 2)
    monkeypatch.setattr("getpass.getpass", lambda prompt: next(typed))
    call_command("changepassword", "wang")
    wang.refresh_from_db()
    assert wang.check_password("Lantern-bridge-4")


@pytest.mark.parametrize("_number", range(50))
def test_proposed_temporary_passwords_fit_the_profiles(_number):
    proposed = readable_password()
    assert [passwords.faults(proposed, profile, second_factor=False) for profile in (MLPS3, NIST)] == [[], []]


# --- which do not come back -----------------------------------------------------------------------------------------------


def test_the_last_passwords_do_not_come_back(wang, settings):
    settings.PASSWORD_PROFILE = chosen("mlps3", {"history": 2})
    names = [PASSWORD, "Bridge-river-1", "Bridge-river-2", "Bridge-river-3"]
    for old, new in pairwise(names):
        change(wang, new, old)
    for former in names[1:3]:
        with pytest.raises(actions.PasswordUsed):
            change(wang, former, names[3])
    with pytest.raises(actions.PasswordSame):
        change(wang, names[3], names[3])
    assert FormerPassword.objects.filter(user=wang).count() == 2
    settings.PASSWORD_PROFILE = chosen("mlps3", {"history": 2, "kinds": 2})
    change(wang, PASSWORD, names[3])  # the third last may come back


def test_former_passwords_are_kept_as_hashes(wang):
    change(wang, "Bridge-river-1")
    kept = FormerPassword.objects.get().password
    assert PASSWORD not in kept
    assert check_password(PASSWORD, kept)


def test_history_is_ones_own(wang):
    other = make_user("li", password=PASSWORD)
    change(wang, "Bridge-river-1")
    change(other, "Bridge-river-1")
    assert FormerPassword.objects.count() == 2


def test_an_administrator_cannot_try_out_what_somebody_had(cast):
    """The refusal would say that a guess was right."""
    user = cast.colleague.user
    user.set_password("Bridge-river-1")
    user.save()
    change(user, "Bridge-river-2", "Bridge-river-1")
    actions.set_temporary_password(
        user_id=user.pk, temporary_password="Bridge-river-1", by=cast.system_admin.actor(), at=now()
    )


def test_what_an_administrator_replaced_does_not_come_back_either(cast):
    user = cast.colleague.user
    user.set_password("Bridge-river-1")
    user.save()
    actions.set_temporary_password(
        user_id=user.pk, temporary_password="Bridge-river-2", by=cast.system_admin.actor(), at=now()
    )
    with pytest.raises(actions.PasswordUsed):
        change(user, "Bridge-river-1", "Bridge-river-2")


def test_nist_keeps_no_history(wang, nist):
    change(wang, "moon over the river")
    assert not FormerPassword.objects.exists()


# --- how long it lasts ----------------------------------------------------------------------------------------------------


def made_old(user, **ago):
    User.objects.filter(pk=user.pk).update(password_set_at=now() - dt.timedelta(**ago))


def test_after_90_days_the_next_request_leads_to_the_page_that_changes_it(wang):
    client = client_for(wang)
    made_old(wang, days=90, seconds=-30)
    assert client.get(ME).status_code == 200
    made_old(wang, days=90)
    assert client.get(ME)["Location"] == PASSWORD_PAGE
    answer = client.get(REST_ME)
    assert (answer.status_code, answer.json()["code"]) == (403, "password-change-required")
    assert "90 days old" in client.get(PASSWORD_PAGE).content.decode()
    data = {"old_password": PASSWORD, "password": "Bridge-river-1", "password_again": "Bridge-river-1"}
    assert client.post(PASSWORD_PAGE, data | {"idempotency_key": "a-key-of-this-form"})["Location"] == ME
    assert client.get(ME).status_code == 200


def test_the_factor_comes_first_and_the_password_is_changed_then(db):
    user = make_user("lin", password=PASSWORD)
    hold(user, "CITY_REGULATOR", area_code="320100")
    client = client_for(user)
    made_old(user, days=91)
    assert client.get(ME)["Location"] == PASSWORD_PAGE


def test_nothing_expires_with_nist(wang, nist):
    client = client_for(wang)
    made_old(wang, days=4000)
    assert client.get(ME).status_code == 200


def test_a_session_as_old_as_the_password_does_not_escape(wang):
    """The page asks on each request, not at the sign-in."""
    client = client_for(wang)
    with time_machine.travel(now() + dt.timedelta(days=90, seconds=1), tick=False):
        fresh = client_for(wang)
        assert fresh.get(ME)["Location"] == PASSWORD_PAGE
    assert client.get(ME).status_code == 200


def test_without_the_factor_a_short_password_is_not_enough(wang, nist):
    """Long enough beside a factor, perhaps too short without: nobody can measure a hash."""
    factor = give_second_factor(wang)
    code = code_at(factor.secret.reveal(), now())
    actions.remove_second_factor(user_id=wang.pk, code=code, by=actor_for(wang, now()), at=now())
    wang.refresh_from_db()
    assert wang.must_change_password


# --- the profiles themselves ------------------------------------------------------------------------------------------------


def test_figures_may_be_changed_and_slips_are_refused():
    assert chosen("mlps3", {"max_age_days": 180, "history": 3}).max_age == dt.timedelta(days=180)
    for name, changes in [
        ("none", {}),
        ("mlps3", {"least_length": 4}),
        ("mlps3", {"tries": 0}),
        ("mlps3", {"history": "5"}),
        ("mlps3", {"history": True}),
        ("mlps3", {"name": "x"}),
        ("mlps3", {"kinds": 5}),
        ("mlps3", {"least_length_with_factor": 20}),
    ]:
        with pytest.raises(ProfileUnfit):
            chosen(name, changes)
