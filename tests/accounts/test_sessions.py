"""Sessions: their end by themselves, the list of one's own, ending them, and what must not bring them back."""

import datetime as dt
import uuid
from pathlib import Path

import pytest
import time_machine
from django.contrib.sessions.backends.base import UpdateError
from django.core.management import call_command
from django.test import Client

from accounts import actions
from accounts.models import OpenSession
from accounts.profiles import chosen
from accounts.queries import actor_for
from accounts.rules.sessions import device_of, mask_address
from accounts.session_store import SessionStore
from common.clock import now
from common.models import AuditRecord
from tests.accounts.pages import person_path, post
from tests.factories.make import PASSWORD, client_for, give_second_factor, hold, make_unit, make_user

ME, MINE, SIGN_IN = "/accounts/me/", "/accounts/me/sessions/", "/accounts/sign-in/"
CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)
WECHAT = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile MicroMessenger/8"
START = dt.datetime(2026, 11, 24, 1, 0, tzinfo=dt.UTC)


@pytest.fixture
def wang(db):
    return make_user("wang", password=PASSWORD)


def sign_in(user, *, agent=CHROME, address="192.0.2.17") -> Client:
    client = Client(HTTP_USER_AGENT=agent, REMOTE_ADDR=address)
    assert client.post(SIGN_IN, {"username": user.username, "password": PASSWORD}).status_code == 302
    assert client.get(ME).status_code == 200
    return client


def alive(client) -> bool:
    return client.get(ME).status_code == 200


def ids(user) -> list[str]:
    return [str(row.public_id) for row in OpenSession.objects.filter(user=user).order_by("began_at")]


# --- ending by themselves -------------------------------------------------------------------------------------------------


def test_half_an_hour_without_anything_ends_a_session_and_says_so(wang):
    with time_machine.travel(START, tick=False) as clock:
        client = sign_in(wang)
        clock.shift(dt.timedelta(minutes=29, seconds=59))
        assert alive(client)
        clock.shift(dt.timedelta(minutes=30))
        answer = client.get(ME)
        assert answer["Location"] == f"{SIGN_IN}?next={ME}"
        assert "nothing was done for 30 minutes" in client.get(answer["Location"]).content.decode()
        assert "nothing was done" not in client.get(SIGN_IN).content.decode()  # once
    assert not OpenSession.objects.filter(user=wang).exists()


def test_a_session_in_use_goes_on_until_twelve_hours_after_the_sign_in(wang):
    with time_machine.travel(START, tick=False) as clock:
        client = sign_in(wang)
        for _quarter in range(47):
            clock.shift(dt.timedelta(minutes=15))
            assert alive(client)
        clock.shift(dt.timedelta(minutes=15))
        answer = client.get(ME)
        assert answer.status_code == 302
        assert "12 hours at most" in client.get(answer["Location"]).content.decode()


def test_a_new_key_makes_no_session_younger(wang):
    """Changing the password gives a new key; the twelve hours go on."""
    with time_machine.travel(START, tick=False) as clock:
        client = sign_in(wang)
        clock.shift(dt.timedelta(minutes=20))
        data = {"old_password": PASSWORD, "password": "Bridge-river-1", "password_again": "Bridge-river-1"}
        client.post("/accounts/me/password/", data | {"idempotency_key": "a-key-of-this-form"})
        assert alive(client)
        assert OpenSession.objects.get(user=wang).began_at == START


def test_what_a_page_asks_by_itself_keeps_nobody_signed_in(wang):
    with time_machine.travel(START, tick=False) as clock:
        client = sign_in(wang)
        for _poll in range(6):
            clock.shift(dt.timedelta(minutes=5))
            last = client.get(ME, headers={"X-Poll": "1"})
        assert last.status_code == 302


def test_pages_that_ask_by_themselves_say_so():
    """Every template with a timer sends the header, or an open page would never end."""
    timed = [file for file in Path("templates").rglob("*.html") if 'hx-trigger="every' in file.read_text("utf-8")]
    assert timed
    for file in timed:
        assert """hx-headers='{"X-Poll": "1"}' hx-trigger="every""" in file.read_text("utf-8"), file


def test_rest_ends_as_well(wang):
    with time_machine.travel(START, tick=False) as clock:
        client = sign_in(wang)
        clock.shift(dt.timedelta(minutes=30))
        assert client.get("/api/v1/accounts/me/").status_code == 401


def test_the_profile_says_how_long(wang, settings):
    settings.PASSWORD_PROFILE = chosen("nist", {"idle_minutes": 2})
    with time_machine.travel(START, tick=False) as clock:
        client = sign_in(wang)
        for _request in range(6):
            clock.shift(dt.timedelta(seconds=50))
            assert alive(client)  # noted often enough, though idle ends soon
        clock.shift(dt.timedelta(minutes=2))
        assert not alive(client)


def test_being_there_is_written_once_a_minute(wang):
    with time_machine.travel(START, tick=False) as clock:
        client = sign_in(wang)
        seen = []
        for seconds in (10, 40, 20):
            clock.shift(dt.timedelta(seconds=seconds))
            client.get(ME)
            seen.append(OpenSession.objects.get(user=wang).seen_at)
        assert seen == [START, START, START + dt.timedelta(seconds=70)]


def test_housekeeping_removes_what_is_over(wang):
    with time_machine.travel(START, tick=False) as clock:
        sign_in(wang)
        clock.shift(dt.timedelta(minutes=20))
        kept = sign_in(wang)
        clock.shift(dt.timedelta(minutes=10))
        call_command("clearsessions")
        assert [row.session_key for row in OpenSession.objects.all()] == [kept.session.session_key]


# --- the list -------------------------------------------------------------------------------------------------------------


def test_the_list_shows_device_and_half_an_address(wang):
    here = sign_in(wang)
    sign_in(wang, agent=WECHAT, address="2001:db8:5:6::7")
    page = here.get(MINE).content.decode()
    for text in ("Chrome · Windows", "192.0.*.*", "WeChat · iPhone", "2001:0db8:0005:*", "this one"):
        assert text in page
    for text in ("192.0.2.17", "2001:db8:5:6", "AppleWebKit", here.session.session_key):
        assert text not in page
    row = OpenSession.objects.get(public_id=ids(wang)[0])
    assert (row.address, row.device) == ("192.0.*.*", "Chrome · Windows")
    assert "192.0.2.17" not in str(dict(here.session))


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("203.0.113.9", "203.0.*.*"),
        ("::ffff:203.0.113.9", "203.0.*.*"),
        ("2001:db8:1:2:3:4:5:6", "2001:0db8:0001:*"),
        ("", ""),
        ("<script>", ""),
    ],
)
def test_addresses_are_masked(address, masked):
    assert mask_address(address) == masked


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (CHROME, "Chrome · Windows"),
        (CHROME.replace("Safari/537.36", "Safari/537.36 Edg/140.0"), "Edge · Windows"),
        (WECHAT, "WeChat · iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox · Linux"),
        ("curl/8", ""),
        ("<script>alert(1)</script>" * 100, ""),
    ],
)
def test_devices_are_named_by_known_words_only(agent, device):
    assert device_of(agent) == device


def test_the_list_shows_ones_own_only_and_none_that_is_over(wang):
    other = make_user("li", password=PASSWORD)
    with time_machine.travel(START, tick=False) as clock:
        sign_in(wang, agent=WECHAT)
        sign_in(other, agent="Firefox")
        clock.shift(dt.timedelta(minutes=31))
        page = sign_in(wang).get(MINE).content.decode()
    assert page.count('name="end"') == 1
    assert "WeChat" not in page
    assert "Firefox" not in page


# --- ending them ----------------------------------------------------------------------------------------------------------


def test_ending_one_takes_effect_at_its_next_request(wang):
    here, there = sign_in(wang), sign_in(wang)
    first, second = ids(wang)
    assert here.post(MINE, {"end": second})["Location"] == MINE
    assert (alive(here), alive(there)) == (True, False)
    assert AuditRecord.objects.get(action="accounts.end_sessions").changes == {"sessions": [1, 0]}
    assert here.post(MINE, {"end": second}).status_code == 404  # twice
    assert here.post(MINE, {"end": first})["Location"] == SIGN_IN  # this one: out
    assert not alive(here)


def test_ending_all_others_leaves_this_one(wang):
    here, *others = (sign_in(wang) for _each in range(4))
    here.post(MINE, {"end": "others"})
    assert [alive(client) for client in (here, *others)] == [True, False, False, False]


def test_somebody_elses_session_does_not_exist(wang):
    other = make_user("li", password=PASSWORD)
    theirs, mine = sign_in(other), sign_in(wang)
    for wanted in (ids(other)[0], str(uuid.uuid4()), "", "x", theirs.session.session_key):
        assert mine.post(MINE, {"end": wanted}).status_code == 404
    mine.post(MINE, {"end": "others"})
    assert alive(theirs)


def test_an_ended_session_cannot_save_itself_back(wang):
    """A request that was under way when its session was ended."""
    client = sign_in(wang)
    under_way = SessionStore(client.session.session_key)
    under_way["something"] = "new"
    OpenSession.objects.filter(user=wang).delete()
    with pytest.raises(UpdateError):
        under_way.save()
    assert not alive(client)


def test_an_administrator_ends_all_of_a_persons_sessions(cast):
    client, again = (client_for(cast.own_manager.user) for _each in range(2))
    for player in (cast.unit_admin, cast.system_admin, cast.security_admin):
        page = player.client().get(person_path(cast.own_manager.user)).content.decode()
        assert person_path(cast.own_manager.user, "sessions/end/") in page
    assert post(cast.unit_admin.client(), person_path(cast.own_manager.user, "sessions/end/")).status_code == 302
    assert not alive(client)
    assert not alive(again)
    assert not OpenSession.objects.filter(user=cast.own_manager.user).exists()
    cast.own_manager.user.refresh_from_db()
    assert alive(client_for(cast.own_manager.user))  # and may sign in again


def test_a_foreign_units_people_are_not_signed_out(cast):
    client = client_for(cast.stranger.user)
    assert post(cast.unit_admin.client(), person_path(cast.stranger.user, "sessions/end/")).status_code == 404
    assert post(cast.own_manager.client(), person_path(cast.colleague.user, "sessions/end/")).status_code in (403, 404)
    assert alive(client)


def test_a_session_opened_at_that_moment_does_not_survive(cast):
    """Its hash was made before the epoch moved on, its row after the others were deleted."""
    user = cast.colleague.user
    client = client_for(user)
    data = dict(client.session)
    actions.end_sessions_of(user_id=user.pk, by=cast.system_admin.actor(), at=now())
    late = SessionStore()
    late.update(data)
    late.create()
    late.save()
    client.cookies["sessionid"] = late.session_key
    assert not alive(client)


@pytest.mark.parametrize("what", ["own password", "temporary password", "deactivation", "privileged role"])
def test_what_ends_all_sessions_leaves_none_in_the_list(cast, what):
    user = cast.colleague.user
    user.set_password(PASSWORD)
    user.save()
    give_second_factor(user)
    client = client_for(user)
    by, at = cast.system_admin.actor(), now()
    if what == "own password":
        actions.change_own_password(
            user_id=user.pk, old_password=PASSWORD, password="Bridge-river-1", by=actor_for(user, at), at=at
        )
    elif what == "temporary password":
        actions.set_temporary_password(user_id=user.pk, temporary_password="Bridge-river-1", by=by, at=at)
    elif what == "deactivation":
        actions.deactivate_user(user_id=user.pk, by=by, at=at)
    else:
        actions.grant_area(user_id=user.pk, role="AUDITOR", area=None, by=cast.security_admin.actor(), at=at)
    assert not OpenSession.objects.filter(user=user).exists()
    assert not alive(client)


def test_signing_out_takes_the_row_away(wang):
    client = sign_in(wang)
    client.post("/accounts/sign-out/")
    assert not OpenSession.objects.filter(user=wang).exists()


def test_an_end_of_a_membership_elsewhere_leaves_no_key_to_the_page(cast):
    """Whoever administered a unit sees its people's sessions no more."""
    hold(cast.unit_admin.user, "UNIT_ADMIN", unit=make_unit())
    cast.unit_admin.user.memberships.filter(unit=cast.unit_a).update(ended_at=now())
    assert post(cast.unit_admin.client(), person_path(cast.colleague.user, "sessions/end/")).status_code == 404


def test_a_sign_in_whose_code_was_never_given_is_told_from_a_whole_one(cast, wang):
    words, english = "password only, code not given", {"Accept-Language": "en"}
    person = give_second_factor(wang).user
    whole = client_for(person, **english)
    assert words not in whole.get("/accounts/me/sessions/").content.decode()
    half = Client(headers=english)
    half.post(SIGN_IN, {"username": person.username, "password": PASSWORD})
    half.get("/accounts/sign-in/code/")
    assert whole.get("/accounts/me/sessions/").content.decode().count(words) == 1
    theirs = (
        client_for(cast.security_admin.user, **english).get(f"/accounts/people/{person.public_id}/").content.decode()
    )
    assert theirs.count(words) == 1
    without_factor = client_for(cast.own_manager.user, **english)
    assert words not in without_factor.get("/accounts/me/sessions/").content.decode()
