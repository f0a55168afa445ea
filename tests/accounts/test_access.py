"""Reading the access log and sign-ins: whose they are, what they say in words, and that reading them is noted."""

import datetime as dt
import re

import pytest
from django.test import Client
from django.utils.translation import override

from common.action_labels import action_label
from common.api.views import ScopedReadOnlyViewSet
from common.audit import record_access
from common.clock import local_date, now
from common.models import AccessRecord
from common.views import ScopedDetailPage
from tests.factories.make import PASSWORD, client_for, make_user

EN = {"Accept-Language": "en"}
ACCESS, SIGN_INS = "/accounts/audit/access/", "/accounts/audit/sign-ins/"


def reader(cast) -> Client:
    return client_for(cast.audit_admin.user, **EN)


def looked(cast, player="own_manager", kind="registry.elevator", via="page"):
    record_access(subject_type=kind, subject_id="7", via=via, by=cast.players[player].actor())


def rows_of(answer) -> list:
    return [(row.who, str(row.how), str(row.what)) for row in answer.context["page"].rows]


def test_the_log_says_in_words_who_read_what(cast):
    looked(cast)
    looked(cast, "city_regulator", "registry.platebatch", "api")
    manager, officer = str(cast.own_manager.user), str(cast.city_regulator.user)
    answer = reader(cast).get(ACCESS)
    assert rows_of(answer)[:2] == [
        (officer, "over the interface", "sheets of nameplates"),
        (manager, "on a page", "e-file of an elevator"),
    ]


def test_it_is_filtered_by_person_and_day(cast):
    looked(cast)
    looked(cast, "city_regulator")
    client, today = reader(cast), local_date(now())
    name, manager = cast.own_manager.user.username, str(cast.own_manager.user)
    assert {row[0] for row in rows_of(client.get(f"{ACCESS}?actor={name}"))} == {manager}
    assert rows_of(client.get(f"{ACCESS}?until={today - dt.timedelta(days=1)}")) == []
    assert len(rows_of(client.get(f"{ACCESS}?since={today}&actor={name}"))) == 1


def test_its_pages_follow_each_other_without_gap(cast, monkeypatch):
    monkeypatch.setattr("accounts.views.access.AccessPage.page_size", 2)
    for number in range(5):
        record_access(subject_type="registry.site", subject_id=str(number), via="page", by=cast.own_manager.actor())
    client, seen = reader(cast), []
    address = f"{ACCESS}?actor={cast.own_manager.user.username}"
    while address:
        answer = client.get(address)
        seen += [row.subject_id for row in answer.context["page"].rows]
        following = answer.context["next_url"]
        address = following and ACCESS + following.removeprefix(ACCESS)
    assert seen == ["4", "3", "2", "1", "0"]


@pytest.mark.parametrize(("path", "kind"), [(ACCESS, "common.access"), (SIGN_INS, "accounts.sign_ins")])
def test_reading_it_is_itself_noted(cast, path, kind):
    reader(cast).get(path)
    noted = AccessRecord.objects.get(subject_type=kind)
    assert (noted.actor_id, noted.via) == (cast.audit_admin.actor().id, "page")


def test_sign_ins_say_who_when_how_it_ended_and_half_an_address(db, cast):
    wang = make_user("wang", password=PASSWORD)
    client = Client(REMOTE_ADDR="192.0.2.17")
    for name, password in (("wang", "wrong-wrong"), ("MyPassw0rd-typed-here", "x"), ("wang", PASSWORD)):
        client.post("/accounts/sign-in/", {"username": name, "password": password})
    refused = reader(cast).get(SIGN_INS)
    assert [row.person for row in refused.context["page"].rows] == [None, wang]
    page = refused.content.decode()
    assert "192.0.2.17" not in page and "MyPassw0rd" not in page.replace("mypassw0rd", "MyPassw0rd")
    assert "192.0." in page and "a name that nobody has" in page
    entered = reader(cast).get(f"{SIGN_INS}?outcome=in&person=WANG")
    assert [(row.person, row.refused) for row in entered.context["page"].rows] == [(wang, False)]
    gone = local_date(now()) - dt.timedelta(days=1)
    assert reader(cast).get(f"{SIGN_INS}?until={gone}").context["page"].rows == []


@pytest.mark.parametrize("path", [ACCESS, SIGN_INS])
@pytest.mark.parametrize("name", ["system_admin", "security_admin", "city_regulator", "unit_admin", "own_manager"])
def test_nobody_else_reads_either(cast, path, name):
    assert cast.players[name].client().get(path).status_code == 403


@pytest.mark.parametrize("rows", [1, 3])
def test_both_lists_cost_the_same_for_one_and_three(cast, django_assert_num_queries, rows):
    for number in range(rows):
        record_access(subject_type="registry.site", subject_id="1", via="page", by=cast.own_manager.actor())
        Client().post("/accounts/sign-in/", {"username": f"nobody-{number}", "password": "x"})
    client = reader(cast)
    client.get("/accounts/me/")
    name = cast.own_manager.user.username
    with django_assert_num_queries(7):  # session, person, named person, rows, people, units, the note of the look
        assert len(rows_of(client.get(f"{ACCESS}?actor={name}"))) == rows
    with django_assert_num_queries(5):  # session, person, rows, people of these names, the note
        assert len(client.get(SIGN_INS).context["page"].rows) == rows


APPS = ("common", "accounts", "registry", "compliance", "inspection")


def kinds_read() -> set[str]:
    def below(base):
        for each in base.__subclasses__():
            yield each
            yield from below(each)

    pages = [*below(ScopedDetailPage), *below(ScopedReadOnlyViewSet)]
    return {page.queryset.model._meta.label_lower for page in pages if getattr(page, "queryset", None) is not None}


def test_every_record_that_can_be_read_has_a_name_in_words(client):
    client.get("/accounts/sign-in/")  # addresses are loaded, so all pages are
    kinds = {kind for kind in kinds_read() if kind.partition(".")[0] in APPS}
    assert len(kinds) > 12
    with override("zh-hans"):
        assert sorted(kind for kind in kinds if not re.search("[\u4e00-\u9fff]", str(action_label(kind)))) == []
