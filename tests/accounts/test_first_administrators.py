"""An empty platform gets its first three people at the server, once; everybody else comes in through pages."""

import re
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from accounts.models import AreaGrant, User
from common.models import AuditRecord
from tests.accounts.pages import post, text_of
from tests.factories.make import client_for

NAMES = {"system": "li.wei", "security": "wang.fang", "audit": "zhao.min"}


def enter(**names) -> str:
    said = StringIO()
    call_command("first_administrators", stdout=said, **(NAMES | names))
    return said.getvalue()


def test_three_people_come_in_and_their_passwords_lead_to_one_of_their_own(db, client):
    said = enter()
    passwords = dict(re.findall(r"(\S+)  (\w{4}-\w{4}-\w{4}-\w{4})", said))
    assert set(passwords) == set(NAMES.values()) and len(set(passwords.values())) == 3
    held = AreaGrant.objects.order_by("role").values_list("role", "user__username", "area")
    assert list(held) == [
        ("AUDIT_ADMIN", "zhao.min", None),
        ("SECURITY_ADMIN", "wang.fang", None),
        ("SYSTEM_ADMIN", "li.wei", None),
    ]
    answer = client.post("/accounts/sign-in/", {"username": "li.wei", "password": passwords["li.wei"]})
    assert (answer.status_code, client.get("/accounts/people/")["Location"]) == (302, "/accounts/me/password/")
    recorded = AuditRecord.objects.filter(actor_kind="SYSTEM", actor_id="first_administrators")
    assert (
        sorted(recorded.values_list("action", flat=True)) == ["accounts.create_user"] * 3 + ["accounts.grant_area"] * 3
    )
    # from here on through pages
    answer = post(
        client_for(User.objects.get(username="li.wei")),
        "/accounts/people/new/",
        display_name="Somebody",
        username="somebody",
        password="fourteen-horses-7",
    )
    assert answer.status_code == 302, text_of(answer)


def test_only_once_and_only_on_an_empty_platform(cast):
    with pytest.raises(CommandError, match="has administrators already"):
        enter()
    assert not User.objects.filter(username="li.wei").exists()


@pytest.mark.parametrize("names", [{"audit": "LI.WEI"}, {"security": "not a name"}])
def test_all_three_or_none(db, names):
    with pytest.raises(CommandError):
        enter(**names)
    assert (User.objects.count(), AreaGrant.objects.count()) == (0, 0)
