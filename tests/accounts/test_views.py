"""Pages of people and units: who may open and send what, and what they show."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Unit
from accounts.queries import units_found
from tests.accounts.pages import TEMPORARY, UNKNOWN, person_path, post, text_of
from tests.factories.make import GULOU, PASSWORD, credit_code, hold, make_unit, make_user

ADMINISTRATORS = {"auditor", "system_admin", "security_admin", "audit_admin"}


# --- who may open what --------------------------------------------------------------------------------------------------

# step on a person of unit A, data to send, who may do it (everybody else is refused)
STEPS = [
    ("change/", {"display_name": "x"}, {"system_admin", "security_admin"}),
    ("deactivate/", {}, {"system_admin", "security_admin"}),
    ("reactivate/", {}, {"system_admin", "security_admin"}),
    ("password/", {"password": TEMPORARY}, {"system_admin"}),
    ("unlock/", {}, {"system_admin", "security_admin"}),
    ("grants/new/", {"role": "AUDITOR", "reference": "No. 1"}, {"security_admin"}),
    ("memberships/new/", {"role": "SAFETY_OFFICER"}, {"security_admin", "unit_admin"}),
]


@pytest.mark.parametrize(("step", "data", "allowed"), STEPS)
def test_person_steps_are_for_those_who_may(cast, step, data, allowed):
    """403 for those who see the person, 404 for those who do not; the same for looking and sending."""
    if step == "memberships/new/":
        data = data | {"unit": str(cast.unit_a.public_id)}
    path = person_path(cast.colleague.user, step)
    found = {}
    for name, player in cast.players.items():
        client = player.client()
        found[name] = client.get(path).status_code, None if name in allowed else post(client, path, **data).status_code
    seers = ADMINISTRATORS | {"unit_admin"}
    expected = dict.fromkeys(cast.players, (404, 404)) | dict.fromkeys(seers, (403, 403))
    assert found == expected | dict.fromkeys(allowed, (200, None))
    for name in sorted(allowed):
        assert post(getattr(cast, name).client(), path, **data).status_code == 302


@pytest.mark.parametrize("step", [step for step, _data, _allowed in STEPS])
def test_person_steps_know_nobody_by_an_unknown_id(cast, step):
    for player in cast.players.values():
        assert player.client().get(f"/accounts/people/{UNKNOWN}/{step}").status_code == 404


def test_strangers_to_the_platform_are_sent_to_sign_in(cast, client_for):
    for path in ("/accounts/people/", person_path(cast.colleague.user), "/accounts/units/", "/accounts/pickers/areas/"):
        assert client_for(None).get(path)["Location"] == f"/accounts/sign-in/?next={path}"


@pytest.mark.parametrize(
    ("whose", "statuses"),
    [
        ("colleague", {"unit_admin": 200, "security_admin": 200, "system_admin": 403, "auditor": 403, "stranger": 404}),
        ("stranger", {"unit_admin": 404, "security_admin": 200, "system_admin": 403, "own_manager": 404}),
    ],
)
def test_end_membership_page(cast, whose, statuses):
    row = getattr(cast, whose).user.memberships.get()
    path = f"/accounts/memberships/{row.public_id}/end/"
    assert {name: getattr(cast, name).client().get(path).status_code for name in statuses} == statuses
    refused = [name for name, status in statuses.items() if status != 200]
    assert [post(getattr(cast, name).client(), path).status_code for name in refused] == [statuses[n] for n in refused]
    row.refresh_from_db()
    assert row.ended_at is None


def test_end_membership_says_what_ends_and_leads_back(cast):
    row, client = cast.colleague.user.memberships.get(), cast.unit_admin.client()
    path = f"/accounts/memberships/{row.public_id}/end/"
    assert "Colleague is no longer viewer (Using unit A), at once." in text_of(client.get(path))
    # the last role in the unit: the person is out of sight now
    assert post(client, path)["Location"] == "/accounts/people/"
    assert client.get(person_path(cast.colleague.user)).status_code == 404


def test_end_grant_page(cast):
    row = cast.dispatcher.user.area_grants.get()
    path = f"/accounts/grants/{row.public_id}/end/"
    statuses = {name: getattr(cast, name).client().get(path).status_code for name in (*ADMINISTRATORS, "unit_admin")}
    expected = dict.fromkeys(ADMINISTRATORS, 403) | {"security_admin": 200, "unit_admin": 404}
    assert statuses == expected
    assert post(cast.security_admin.client(), path)["Location"] == person_path(cast.dispatcher.user)


# --- what pages show ----------------------------------------------------------------------------------------------------


def test_person_page_shows_a_unit_administrator_the_own_unit_only(cast):
    hold(cast.strong_weak.user, "DISTRICT_REGULATOR", area_code=GULOU)
    page = text_of(cast.unit_admin.client().get(person_path(cast.strong_weak.user)))
    assert "Using unit A" in page
    for foreign in ("Using unit B", "district regulator", "using unit manager", "Roles over areas", 'id="history"'):
        assert foreign not in page
    whole = text_of(cast.security_admin.client().get(person_path(cast.strong_weak.user)))
    assert all(words in whole for words in ("Using unit A", "Using unit B", "district regulator"))


def test_history_is_for_those_who_read_the_audit_log(cast):
    post(cast.security_admin.client(), person_path(cast.colleague.user, "change/"), display_name="李四")
    hold(cast.colleague.user, "DISPATCHER", area_code="320100")
    shown = {
        name: "renamed" in text_of(getattr(cast, name).client().get(person_path(cast.colleague.user)))
        for name in ADMINISTRATORS
    }
    assert shown == {"auditor": True, "audit_admin": True, "system_admin": False, "security_admin": False}


def test_my_page_says_what_i_hold_where_and_who_may(cast):
    page = text_of(cast.strong_weak.client().get("/accounts/me/"))
    for words in (
        "Using unit manager",
        "Using unit B",
        "Viewer",
        "Using unit A",
        "enter elevators",
        "who needs to look",
    ):
        assert words in page
    assert "You hold no role yet" in text_of(cast.nobody.client().get("/accounts/me/"))


def test_unit_page_shows_people_to_those_who_manage_them(cast):
    path = f"/accounts/units/{cast.unit_a.public_id}/"
    shown = {
        name: "Colleague" in text_of(getattr(cast, name).client().get(path))
        for name in ("own_manager", "unit_admin", "auditor", "city_regulator")
    }
    assert shown == {"own_manager": False, "unit_admin": True, "auditor": True, "city_regulator": False}


# --- lists --------------------------------------------------------------------------------------------------------------


def found(client, query="") -> list[str]:
    answer = client.get(f"/accounts/people/{query}")
    assert answer.status_code == 200
    return sorted(person.username for person in answer.context["page"].rows)


def test_people_list_is_scoped_and_filtered(cast):
    admin = cast.unit_admin.client()
    assert found(admin) == ["colleague", "own_manager", "strong_weak", "unit_admin"]
    assert found(admin, "?q=stranger") == []
    assert found(admin, "?q=COLLEAGUE") == ["colleague"]
    assert found(admin, "?q=Coll") == ["colleague"]
    assert found(admin, "?role=UNIT_VIEWER") == ["colleague", "strong_weak"]
    # held in unit B, which is none of this administrator's business
    assert found(admin, "?role=USING_UNIT_MANAGER") == ["own_manager"]
    assert found(admin, "?role=NO_SUCH") == []
    everything = cast.system_admin.client()
    assert found(everything, "?role=NONE") == ["nobody"]
    assert found(everything, "?role=DISPATCHER&active=true") == ["dispatcher"]
    assert found(everything, "?active=false") == []


def test_people_list_shows_a_filter_as_a_chip(cast):
    page = text_of(cast.system_admin.client().get("/accounts/people/?role=DISPATCHER"))
    assert 'class="chip"' in page
    assert "96333 dispatcher" in page


def test_people_list_turns_pages(cast):
    for number in range(60):
        make_user(f"page-{number:02d}")
    client = cast.system_admin.client()
    first = client.get("/accounts/people/?q=Page")
    second = client.get(f"/accounts/people/{first.context['next_url']}")
    seen = [person.username for answer in (first, second) for person in answer.context["page"].rows]
    assert seen == [f"page-{number:02d}" for number in reversed(range(60))]
    assert client.get("/accounts/people/?cursor=nonsense").status_code == 400


def queries(client, path) -> int:
    client.get(path)
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get(path).status_code == 200
    return len(caught)


def test_people_list_asks_the_same_with_1_and_3_rows(cast):
    """Session, person with holdings, people, their memberships, their grants."""
    client, counts = cast.security_admin.client(), []
    for number in range(3):
        hold(person := make_user(f"row-{number}"), "UNIT_VIEWER", unit=make_unit())
        hold(person, "DISTRICT_REGULATOR", area_code=GULOU)
        if number in (0, 2):
            counts.append((queries(client, "/accounts/people/?q=Row"), len(found(client, "?q=Row"))))
    assert counts == [(5, 1), (5, 3)]


def test_unit_list_asks_the_same_with_1_and_3_rows(cast):
    """Session, person with holdings, units with their areas."""
    client, counts = cast.city_regulator.client(), []
    for number in range(3):
        make_unit(f"Row {number}")
        if number in (0, 2):
            counts.append(queries(client, "/accounts/units/?q=Row"))
    assert counts == [3, 3]


def test_unit_list_is_scoped_and_filtered(cast):
    def names(client, query=""):
        return sorted(unit.name for unit in client.get(f"/accounts/units/{query}").context["page"].rows)

    assert names(cast.own_manager.client()) == ["Using unit A"]
    assert names(cast.own_manager.client(), "?q=Using") == ["Using unit A"]
    regulator = cast.city_regulator.client()
    assert names(regulator, f"?q={cast.unit_b.credit_code.lower()}") == ["Using unit B"]
    assert names(regulator, "?kind=MAINTENANCE_UNIT") == ["Former maintenance unit", "Present maintenance unit"]
    assert names(regulator, "?closed=true") == []


# --- pickers ------------------------------------------------------------------------------------------------------------


def test_pickers_offer_what_one_may_see(cast):
    def labels(player, path):
        return sorted(row["label"] for row in player.client().get(f"/accounts/pickers/{path}").json()["results"])

    assert labels(cast.own_manager, "units/") == ["Using unit A"]
    assert labels(cast.own_manager, "units/?q=Using unit B") == []
    assert labels(cast.city_regulator, "units/?q=Using") == ["Using unit A", "Using unit B"]
    assert labels(cast.unit_admin, "people/") == ["Colleague", "Own manager", "Strong weak", "Unit admin"]
    assert labels(cast.unit_admin, "people/?q=Stranger") == []
    assert cast.own_manager.client().get("/accounts/pickers/people/").status_code == 403
    assert labels(cast.nobody, "areas/?q=320106") != []
    assert labels(cast.nobody, "areas/?q=Gulou") == ["Gulou"]


def test_pickers_answer_htmx_with_options(cast):
    client = cast.security_admin.client()
    answer = client.get("/accounts/pickers/units/?unit=Using unit A", headers={"HX-Request": "true"})
    assert text_of(answer).strip() == f'<option value="{cast.unit_a.credit_code}">Using unit A</option>'
    answer = client.get("/accounts/pickers/people/?user=colleague", headers={"HX-Request": "true"})
    assert text_of(answer).strip() == '<option value="colleague">Colleague</option>'


# --- units --------------------------------------------------------------------------------------------------------------


def test_unit_steps_are_for_those_who_may(cast):
    unit, found = cast.unit_a, {}
    for name, player in cast.players.items():
        client = player.client()
        paths = (
            "/accounts/units/new/",
            f"/accounts/units/{unit.public_id}/change/",
            f"/accounts/units/{unit.public_id}/close/",
        )
        found[name] = tuple(client.get(path).status_code for path in paths)
    writers, seers = {"city_regulator", "system_admin"}, {
        "own_manager", "unit_admin", "district_regulator", "other_district_regulator", "jiangbei_regulator",
        "subdistrict_officer", "industry_officer", "dispatcher", "auditor", "security_admin",
    }  # fmt: skip
    expected = dict.fromkeys(cast.players, (403, 404, 404))
    expected |= dict.fromkeys(seers, (403, 403, 403)) | dict.fromkeys(writers, (200, 200, 200))
    assert found == expected


@pytest.mark.parametrize(
    ("code", "words"), [("12", "18 characters"), ("I" * 18, "without I, O"), ("1" * 18, "does not fit the others")]
)
def test_unit_form_says_what_is_wrong_with_the_code(cast, code, words):
    data = {"name": "x", "kind": "INSURER", "area": GULOU, "credit_code": code}
    answer = post(cast.city_regulator.client(), "/accounts/units/new/", **data)
    assert list(answer.context["form"].errors) == ["credit_code"]
    assert words in text_of(answer)


def test_unit_form_saves_and_notices_somebody_else(cast):
    client, path = cast.city_regulator.client(), f"/accounts/units/{cast.unit_a.public_id}/change/"
    code = credit_code()
    data = {"name": "新名", "kind": "OWNERS_COMMITTEE", "area": GULOU, "credit_code": code, "version": "1"}
    more = {"closed_on": "2026-01-01", "source": "x", "synthetic": ""}
    assert post(client, path, **data, **more).status_code == 302
    cast.unit_a.refresh_from_db()
    unit = cast.unit_a
    assert (unit.name, unit.credit_code, unit.closed_on, unit.source, unit.synthetic) == ("新名", code, None, "", True)
    answer = post(client, path, **data | {"name": "又名"})
    assert answer.status_code == 422
    assert "Somebody changed this record" in text_of(answer)


# --- home, navigation, search -------------------------------------------------------------------------------------------


def test_home_and_navigation_say_what_one_may_open(cast):
    def places(player):
        return [item["url"] for item in player.client().get("/accounts/me/").context["nav_items"]]

    assert places(cast.unit_admin) == [
        "/messages/",
        "/imports/",
        *(f"/accounts/{name}/" for name in ("units", "people", "certificates", "machines")),
        "/messages/deliveries/",
        "/messages/webhooks/",
    ]
    assert "/accounts/people/" not in places(cast.own_manager)
    assert places(cast.nobody) == ["/messages/"]
    page = text_of(cast.security_admin.client().get("/"))
    assert "People without a role" in page


def test_search_finds_units_and_people_within_ones_scope(cast):
    def hit(player, text):
        return player.client().get("/elevators/search/", {"q": text}).get("Location")

    assert hit(cast.city_regulator, cast.unit_a.credit_code) == f"/accounts/units/{cast.unit_a.public_id}/"
    assert hit(cast.stranger, cast.unit_a.credit_code) is None
    assert hit(cast.unit_admin, "colleague") == person_path(cast.colleague.user)
    assert hit(cast.unit_admin, "stranger") is None


def test_refusal_names_the_roles_that_may(cast):
    page = text_of(cast.colleague.client().get("/accounts/people/"))
    assert "security administrator" in page


def test_pages_work_in_chinese(cast):
    client = cast.security_admin.client(**{"accept-language": "zh-hans"})
    paths = ["/accounts/me/", "/accounts/people/", person_path(cast.colleague.user), "/accounts/units/"]
    assert [client.get(path).status_code for path in paths] == [200] * 4


def test_sign_in_page_needs_nobody(client_for):
    assert "Sign in" in text_of(client_for(None).get("/accounts/sign-in/"))
    assert make_user(password=PASSWORD).check_password(PASSWORD)


def test_units_are_found_by_any_part_of_the_name_and_by_pinyin_initials(cast):
    for name in ("南京松风物业管理有限公司", "江苏安达电梯工程有限公司", "南京安达物业服务中心"):
        make_unit(name)
    client = cast.system_admin.client()

    def found(text):
        names = [unit.name for unit in client.get("/accounts/units/", {"q": text}).context["page"].rows]
        return {part for part in ("松风", "江苏安达", "南京安达") if any(part in name for name in names)}

    assert found("南京") == {"松风", "南京安达"}
    assert found("安达") == {"江苏安达", "南京安达"}
    assert found("安达 物业") == {"南京安达"}
    assert found("sfwy") == {"松风"}
    assert found("songfeng") == {"松风"}
    assert found("达安") == set()


def test_a_unit_search_asks_indexes_and_reads_no_table_of_entries_whole(cast):
    for number in range(300):
        make_unit(f"南京第{number}物业管理有限公司")
    make_unit("江苏安达电梯工程有限公司")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE registry_searchentry; ANALYZE accounts_unit; SET LOCAL enable_seqscan = off")
        plan = units_found(Unit.objects.all(), "安达").order_by("-id")[:50].explain()
    assert "searchentry_grams" in plan and "Seq Scan" not in plan, plan
