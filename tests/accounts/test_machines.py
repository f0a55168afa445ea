"""Machines of units: client credentials, what they may do and never more, and everything somebody may try with them."""

import base64
import datetime as dt
import io
import json
import logging

import pytest
import structlog
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.actions import deactivate_user, end_membership
from accounts.actions import machines as actions
from accounts.actions.refusals import UnitClosed
from accounts.api.oauth import BadTokenThrottle
from accounts.models import AccessToken, ApiClient, ClientSecret, Membership
from accounts.queries import actor_for, machine_again, machine_of_token
from accounts.roles import Permission
from accounts.rules import Unfit
from accounts.rules.machines import FOR_MACHINES, checked_scope, permissions_of_unit
from common.actor import system
from common.clock import now
from common.models import AuditRecord
from registry.models import Elevator
from tests.factories.make import hold

BY, TOKEN, ELEVATORS = system("tests"), "/api/v1/oauth/token/", "/api/v1/registry/elevators/"
VIEW, CHANGE = "registry.view_elevator", "registry.change_elevator"


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()
    yield
    cache.clear()


# --- rules ------------------------------------------------------------------------------------------------------------


def test_no_machine_administers_people_reads_numbers_or_the_audit_log():
    never = {each for each in Permission if each.startswith("accounts.") and each not in FOR_MACHINES}
    assert never >= {
        Permission.VIEW_USER,
        Permission.REVEAL_DETAILS,
        Permission.SET_PASSWORD,
        Permission.GRANT_UNIT_ROLE,
        Permission.MANAGE_CLIENT,
    }
    assert Permission.VIEW_AUDIT not in FOR_MACHINES


def test_a_unit_s_machine_may_at_most_what_its_people_may():
    assert permissions_of_unit("INSURER") >= {Permission.VIEW_ELEVATOR, Permission.VIEW_UNIT}
    assert Permission.CHANGE_ELEVATOR not in permissions_of_unit("INSURER")
    assert Permission.CHANGE_ELEVATOR in permissions_of_unit("PROPERTY_MANAGER")


@pytest.mark.parametrize("wanted", [[], [CHANGE], [VIEW, "registry.no_such"], ["*"]])
def test_a_scope_is_a_subset_and_never_empty(wanted):
    with pytest.raises(Unfit):
        checked_scope(wanted, {VIEW})


# --- a machine and its requests ---------------------------------------------------------------------------------------


def enter(unit, permissions=(VIEW, CHANGE), rate=600) -> ApiClient:
    return actions.create_client(
        unit=unit, name="A program", permissions=permissions, rate_per_minute=rate, by=BY, at=now()
    )


def secret_of(client) -> str:
    return actions.issue_secret(client=client, by=BY, at=now()).text


def post_form(form: dict, **headers):
    body = "&".join(f"{name}={value}" for name, value in form.items())
    return Client().post(TOKEN, body, content_type="application/x-www-form-urlencoded", headers=headers)


def fetch(client_id, secret, scope="", **headers):
    basic = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    form = {"grant_type": "client_credentials", "scope": scope.replace(" ", "+")}
    return post_form(form, Authorization=f"Basic {basic}", **headers)


def token_of(client, secret=None, scope="") -> str:
    return fetch(client.public_id, secret or secret_of(client), scope).json()["access_token"]


def ask(token, path=ELEVATORS, **options):
    return Client(raise_request_exception=False).get(path, headers={"Authorization": f"Bearer {token}"}, **options)


def codes(answer) -> list[str]:
    return sorted(row["id"] for row in answer.json()["results"])


def test_a_machine_sees_what_its_unit_sees_and_nothing_else(cast):
    token = token_of(enter(cast.unit_a))
    answer = ask(token)
    assert (answer.status_code, codes(answer)) == (200, [str(cast.elevator_own.public_id)])
    assert answer["Cache-Control"] == "no-store, private"
    assert ask(token, f"{ELEVATORS}{cast.elevator_foreign.public_id}/").status_code == 404
    assert ask(token, f"{ELEVATORS}{cast.elevator_own.public_id}/").status_code == 200


def test_a_token_answers_as_rfc_6749_says_and_by_the_form_as_well(cast):
    client = enter(cast.unit_a)
    secret = secret_of(client)
    answer = fetch(client.public_id, secret, VIEW)
    body = answer.json()
    assert (answer.status_code, body["token_type"], body["expires_in"], body["scope"]) == (200, "Bearer", 1800, VIEW)
    assert (answer["Cache-Control"], answer["Pragma"]) == ("no-store", "no-cache")
    form = {"grant_type": "client_credentials", "client_id": client.public_id, "client_secret": secret}
    assert post_form(form).json()["scope"] == f"{CHANGE} {VIEW}"


def test_a_narrow_token_may_only_what_it_was_fetched_for(cast):
    client = enter(cast.unit_a)
    path = f"{ELEVATORS}{cast.elevator_own.public_id}/"
    body, results = json.dumps({"brand": "Matrix"}), []
    for scope in (VIEW, f"{VIEW} {CHANGE}"):
        token = (
            token_of(client, scope=scope) if not results else token_of(client, secret=secret_of(client), scope=scope)
        )
        tag = ask(token, path)["ETag"]
        headers = {"Authorization": f"Bearer {token}", "If-Match": tag}
        results.append(Client().patch(path, body, content_type="application/json", headers=headers).status_code)
    assert results[0] == 403
    assert results[1] in (200, 400)  # it got past the permission


def test_more_than_the_client_may_is_refused(cast):
    client = enter(cast.unit_a, [VIEW])
    secret = secret_of(client)
    for scope in (CHANGE, f"{VIEW} {CHANGE}", "accounts.grant_unit_role", "*", "registry"):
        answer = fetch(client.public_id, secret, scope)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")
    for permissions in ([], ["accounts.grant_unit_role"], ["common.view_audit"], ["no"]):
        with pytest.raises(actions.ScopeUnfit):
            enter(cast.unit_a, permissions)
    with pytest.raises(actions.ScopeUnfit):
        enter(cast.former_maintenance_unit, [CHANGE])


def test_what_is_taken_from_a_machine_is_gone_from_its_token_at_once(cast):
    client = enter(cast.unit_a)
    token = token_of(client)
    actions.change_client(
        client=client, name="A program", permissions=["accounts.view_unit"], rate_per_minute=600, version=1, by=BY
    )
    assert ask(token).status_code == 403


# --- endings ----------------------------------------------------------------------------------------------------------


def end_client(client):
    actions.revoke_client(client=client, by=BY, at=now())


def end_secret(client):
    actions.revoke_secret(secret=client.secrets.get(), by=BY, at=now())


def end_unit(client):
    client.unit.closed_on = now().date()
    client.unit.save()


def end_token(_client):
    AccessToken.objects.update(expires_at=now())


def end_of_secret(_client):
    ClientSecret.objects.update(expires_at=now())


@pytest.mark.parametrize("end", [end_client, end_secret, end_unit, end_token, end_of_secret])
def test_a_token_ends_at_once_with_whatever_it_hangs_on(cast, end):
    client = enter(cast.unit_a)
    secret = secret_of(client)
    token = token_of(client, secret)
    assert ask(token).status_code == 200
    end(client)
    answer = ask(token)
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid-token")
    assert answer["WWW-Authenticate"].startswith("Bearer")
    refused = fetch(client.public_id, secret)
    assert refused.status_code == (200 if end is end_token else 401)


def test_two_secrets_live_side_by_side_and_a_third_is_refused(cast):
    client = enter(cast.unit_a)
    first, second = secret_of(client), secret_of(client)
    with pytest.raises(actions.TwoSecrets):
        secret_of(client)
    old, new = token_of(client, first), token_of(client, second)
    actions.revoke_secret(secret=client.secrets.get(slot=1), by=BY, at=now())
    assert [ask(old).status_code, ask(new).status_code, fetch(client.public_id, first).status_code] == [401, 200, 401]
    assert secret_of(client)  # the slot is free again
    end_client(client)
    with pytest.raises(actions.ClientRevoked):
        secret_of(client)


def test_a_closed_unit_gets_no_machine(cast):
    cast.unit_a.closed_on = now().date()
    with pytest.raises(UnitClosed):
        enter(cast.unit_a)


# --- hostile ----------------------------------------------------------------------------------------------------------


def test_who_has_no_secret_learns_nothing_of_clients(cast):
    live, gone = enter(cast.unit_a), enter(cast.unit_a)
    secret_of(live)
    good = secret_of(gone)
    end_client(gone)
    tries = [
        (live.public_id, "nes_wrong"),
        ("0198c0de-0000-7000-8000-000000000001", "nes_wrong"),
        ("no uuid", "nes_wrong"),
        (gone.public_id, good),
        ("", ""),
    ]
    answers, work = [], []
    for client_id, secret in tries:
        with CaptureQueriesContext(connection) as asked:
            answer = fetch(client_id, secret)
        work.append([query["sql"].partition(" ")[0] for query in asked if "SESSION" not in query["sql"].upper()])
        answers.append((answer.status_code, answer.content, answer["WWW-Authenticate"]))
    assert work == [["SAVEPOINT", "SELECT", "ROLLBACK", "RELEASE"]] * len(tries)  # the same for each
    assert set(answers) == {(401, b'{"error": "invalid_client"}', 'Basic realm="token"')}


def test_guessing_waits_and_a_wrong_guess_never_counts_as_a_token(cast):
    client = enter(cast.unit_a)
    secret, limit = secret_of(client), BadTokenThrottle().num_requests
    assert [fetch(client.public_id, f"nes_{n}").status_code for n in range(limit)] == [401] * limit
    answer = fetch(client.public_id, secret)
    assert (answer.status_code, 1 <= int(answer["Retry-After"]) <= 60) == (429, True)
    assert AccessToken.objects.count() == 0


def test_the_endpoint_is_limited_for_whoever_knows_the_secret_too(cast):
    client = enter(cast.unit_a)
    secret = secret_of(client)
    answers = [fetch(client.public_id, secret).status_code for _n in range(61)]
    assert (answers[:60], answers[60]) == ([200] * 60, 429)


def test_each_machine_has_its_own_limit(cast):
    slow, other = token_of(enter(cast.unit_a, rate=2)), token_of(enter(cast.unit_a))
    answers = [ask(slow, f"{ELEVATORS}?limit=1") for _n in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 1 <= int(answers[2]["Retry-After"]) <= 60
    assert ask(other).status_code == 200


@pytest.mark.parametrize("token", ["", "x", "net_" + "A" * 43, "\u00e9", "a b"])
def test_what_is_no_token_is_refused_even_beside_a_session(cast, token):
    client = cast.own_manager.client()
    answer = client.get(ELEVATORS, headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["code"]) == (401, "invalid-token")


def test_a_token_counts_alone_beside_a_session(cast):
    token = token_of(enter(cast.unit_a))
    answer = cast.stranger.client().get(ELEVATORS, headers={"Authorization": f"Bearer {token}"})
    assert codes(answer) == [str(cast.elevator_own.public_id)]


def test_tokens_and_secrets_in_addresses_are_refused(cast):
    client = enter(cast.unit_a)
    secret = secret_of(client)
    token = token_of(client, secret)
    answer = ask(token, f"{ELEVATORS}?access_token={token}")
    assert (answer.status_code, answer.json()["code"]) == (400, "token-in-address")
    address = f"{TOKEN}?client_id={client.public_id}&client_secret={secret}"
    refused = Client().post(address, "grant_type=client_credentials", content_type="application/x-www-form-urlencoded")
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")


def test_a_token_opens_no_page_and_not_what_belongs_to_people(cast):
    token = token_of(enter(cast.unit_a))
    page = ask(token, "/elevators/")
    assert (page.status_code, page["Location"].startswith("/accounts/sign-in/")) == (302, True)
    assert [ask(token, f"/api/v1/accounts/{name}/").status_code for name in ("me", "users", "certificates")] == [
        403
    ] * 3


def test_neither_secret_nor_token_stands_in_a_row_a_log_or_a_repr(cast, caplog):
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logging.getLogger().addHandler(handler)
    try:
        client = enter(cast.unit_a)
        issued = actions.issue_secret(client=client, by=BY, at=now())
        token = token_of(client, issued.text)
        ask(token)
        with structlog.testing.capture_logs() as said:
            fetch(client.public_id, "nes_canary-of-the-tests")
            ask("net_canary-of-the-tests")
    finally:
        logging.getLogger().removeHandler(handler)
    kept = [
        repr(issued),
        str(list(AuditRecord.objects.values_list("changes", "subject_id", "actor_id"))),
        str(list(ClientSecret.objects.values())),
        str(list(AccessToken.objects.values())),
        stream.getvalue() + caplog.text + str(said),
    ]
    wanted = (issued.text, token, "canary-of-the-tests")
    assert [text for text in wanted for place in kept if text in place] == []
    assert (
        next(each["event"] for each in said if each["event"] == "token_refused"),
        repr(issued),
    ) == ("token_refused", "***")


def test_everything_that_happens_to_a_machine_is_on_the_audit_log(cast):
    client = enter(cast.unit_a)
    token_of(client)
    actions.revoke_secret(secret=client.secrets.get(), by=BY, at=now())
    end_client(client)
    rows = AuditRecord.objects.filter(subject_id=str(client.public_id)).order_by("pk")
    assert [row.action.removeprefix("accounts.") for row in rows] == [
        "create_client",
        "issue_secret",
        "issue_token",
        "revoke_secret",
        "revoke_client",
    ]
    row = rows.get(action="accounts.issue_token")
    assert (row.actor_kind, row.actor_id, row.acting_unit_id) == ("API_CLIENT", str(client.public_id), cast.unit_a.pk)


def test_last_use_is_noted_to_the_minute(cast, django_assert_num_queries):
    client = enter(cast.unit_a)
    token = token_of(client)
    ask(token)
    client.refresh_from_db()
    first = client.last_used_at
    assert (client.last_used_address, abs(now() - first) < dt.timedelta(minutes=1)) == ("127.0.0.1", True)
    ask(token)
    client.refresh_from_db()
    assert client.last_used_at == first
    with django_assert_num_queries(1):
        machine_of_token(actions.digest_of(token), now())


def test_old_tokens_go_when_a_new_one_is_fetched(cast):
    client = enter(cast.unit_a)
    secret = secret_of(client)
    token_of(client, secret)
    end_token(client)
    token_of(client, secret)
    assert AccessToken.objects.count() == 1


def test_a_stored_machine_acts_again_until_it_is_revoked(cast):
    client = enter(cast.unit_a)
    again = machine_again("API_CLIENT", str(client.public_id), None, now())
    assert list(Elevator.objects.visible_to(again, Permission.VIEW_ELEVATOR)) == [cast.elevator_own]
    end_client(client)
    assert machine_again("API_CLIENT", str(client.public_id), None, now()) is None


# --- pages ------------------------------------------------------------------------------------------------------------


def test_a_using_unit_s_manager_enters_a_machine_and_sees_its_secret_once(cast):
    browser = cast.own_manager.client()
    form = {
        "unit": str(cast.unit_a.public_id),
        "name": "A program",
        "permissions": [VIEW],
        "rate_per_minute": 60,
        "idempotency_key": "0198c0de-0000-7000-8000-00000000000b",
    }
    made = browser.post("/accounts/machines/new/", form)
    assert browser.post("/accounts/machines/new/", form)["Location"] == made["Location"]
    client = ApiClient.objects.get()
    shown = browser.post(f"{made['Location']}secrets/new/", {"idempotency_key": "0198c0de-0000-7000-8000-00000000000c"})
    text = shown.content.decode()
    secret = "nes_" + text.partition("nes_")[2][:43]
    assert fetch(client.public_id, secret).status_code == 200
    assert secret not in browser.get(made["Location"]).content.decode()
    assert form["name"] in browser.get("/accounts/machines/").content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_costs_the_same_for_one_and_three(cast, django_assert_num_queries, rows):
    for _number in range(rows):
        enter(cast.unit_a)
    client = cast.unit_admin.client()
    with django_assert_num_queries(3):
        answer = client.get("/accounts/machines/")
    assert answer.content.decode().count("<tr data-href") == rows


# --- a machine is no way to rights that its maker lacks ----------------------------------------------------------------


def actor_of(player):
    return actor_for(player.user, now())


def made_by(player, unit, permissions=(VIEW,)):
    return actions.create_client(
        unit=unit, name="A program", permissions=permissions, rate_per_minute=60, by=actor_of(player), at=now()
    )


def test_a_maker_gives_a_machine_no_more_than_they_hold_in_that_unit(cast):
    """A unit administrator sees no elevator: neither does a machine of theirs."""
    with pytest.raises(actions.BeyondOneself):
        made_by(cast.unit_admin, cast.unit_a)
    with pytest.raises(actions.BeyondOneself):
        made_by(cast.own_manager, cast.unit_b)
    assert made_by(cast.own_manager, cast.unit_a, (VIEW, CHANGE)).permissions == [CHANGE, VIEW]
    assert made_by(cast.unit_admin, cast.unit_a, ("accounts.view_unit",)).permissions == ["accounts.view_unit"]


def test_changing_a_machine_adds_nothing_that_one_lacks_and_keeps_what_is_there(cast):
    client = made_by(cast.own_manager, cast.unit_a)
    given = {"name": "Renamed", "rate_per_minute": 60, "version": None, "by": actor_of(cast.unit_admin)}
    assert actions.change_client(client=client, permissions=[VIEW], **given).name == "Renamed"
    with pytest.raises(actions.BeyondOneself):
        actions.change_client(client=client, permissions=[VIEW, CHANGE], **given)


def test_nobody_is_shown_the_secret_of_a_machine_that_may_more_than_they(cast):
    client = made_by(cast.own_manager, cast.unit_a)
    with pytest.raises(actions.BeyondOneself):
        actions.issue_secret(client=client, by=actor_of(cast.unit_admin), at=now())
    assert actions.issue_secret(client=client, by=actor_of(cast.own_manager), at=now()).text


@pytest.mark.parametrize("ending", ["deactivated", "left", "came back"])
def test_a_secret_ends_with_the_person_who_was_shown_it(cast, ending):
    client = made_by(cast.own_manager, cast.unit_a)
    secret = actions.issue_secret(client=client, by=actor_of(cast.own_manager), at=now()).text
    token = token_of(client, secret)
    assert ask(token).status_code == 200
    person = cast.own_manager.user
    if ending == "deactivated":
        deactivate_user(user_id=person.pk, by=BY, at=now())
    else:
        for row in Membership.objects.current(now()).filter(user=person):
            end_membership(membership_id=row.pk, by=BY, at=now())
    if ending == "came back":
        hold(person, "USING_UNIT_MANAGER", unit=cast.unit_a, started_at=now())
    assert ask(token).status_code == 401
    assert fetch(client.public_id, secret).status_code == 401
    assert ClientSecret.objects.live(now()).filter(client=client).count() == 0
