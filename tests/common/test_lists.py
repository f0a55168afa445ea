"""Lists as people keep them: orders that page through everything, saved filters, chosen columns, counts."""

import datetime as dt
import uuid

import pytest

from accounts.models import Membership
from common.clock import now
from common.errors import Refusal
from common.lists import actions
from common.models import ListView
from common.pagination import BadCursor, page_of
from registry.models import Elevator
from tests.common.conftest import make_manager
from tests.factories.make import hold, make_elevator, make_unit, make_user

LIST, SAVE, COLUMNS = "/elevators/", "/lists/registry.elevators/save/", "/lists/registry.elevators/columns/"
SUBDISTRICT = "320106001"


@pytest.fixture
def manager(db):
    return make_manager()


# --- order ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def dated(manager):
    """Elevators with and without a date, some on the same day."""
    days = [None, "2001-02-03", "1999-01-01", None, "2001-02-03", "2020-05-05", None, "2001-02-03"]
    for day in days:
        make_elevator(area_code=SUBDISTRICT, using_unit=manager.unit, commissioned_on=day)
    return manager


def wanted(sign) -> list[int]:
    rows = Elevator.objects.values_list("commissioned_on", "pk")
    dated = [row for row in rows if row[0]]
    undated = [row[1] for row in rows if not row[0]]
    dated.sort(key=lambda row: (row[0].toordinal() * sign, -row[1] * sign))
    return [pk for _day, pk in dated] + sorted(undated, reverse=sign > 0)


@pytest.mark.parametrize("keys_first", [False, True])
@pytest.mark.parametrize("size", [1, 2, 3, 4, 20])
@pytest.mark.parametrize(("order", "sign"), [(("commissioned_on", "-id"), 1), (("-commissioned_on", "id"), -1)])
def test_pages_of_a_column_with_gaps_show_each_row_once_there_and_back(dated, order, sign, size, keys_first):
    options = {"order": order, "size": size, "nulls_last": True, "keys_first": keys_first}
    rows, pages, cursor = Elevator.objects.all(), [], ""
    while True:
        page = page_of(rows, cursor=cursor, **options)
        pages.append(page)
        if not page.next:
            break
        cursor = page.next
    assert [row.pk for page in pages for row in page] == wanted(sign)
    back, cursor = [], pages[-1].previous
    while cursor:
        page = page_of(rows, cursor=cursor, **options)
        back.insert(0, page)
        cursor = page.previous
    assert [[row.pk for row in page] for page in back] == [[row.pk for row in page] for page in pages[:-1]]


def test_cursor_of_another_order_is_refused(dated):
    rows = Elevator.objects.all()
    undated = page_of(rows, order=("commissioned_on", "-id"), size=8, nulls_last=True).next
    with pytest.raises(BadCursor):
        page_of(rows, order=("-id",), size=2, cursor=undated)
    with pytest.raises(BadCursor):
        page_of(rows, order=("commissioned_on", "-id"), size=2, cursor=undated)


@pytest.mark.parametrize("order", ["newest", "first", "oldest", "youngest", "nonsense", "\0x"])
def test_list_page_offers_orders_and_pages_through_them(dated, monkeypatch, order):
    from registry.views.lists import ElevatorListPage

    monkeypatch.setattr(ElevatorListPage, "page_size", 4)
    seen, address = [], f"{LIST}?order={order}&place_type=OTHER" if "\0" not in order else LIST
    while address:
        context = dated.client.get(address).context
        seen += [row.pk for row in context["page"]]
        address = LIST + context["next_url"] if context["next_url"] else ""
    newest = sorted(Elevator.objects.values_list("pk", flat=True), reverse=True)
    assert seen == {"first": newest[::-1], "oldest": wanted(1), "youngest": wanted(-1)}.get(order, newest)


def test_order_by_a_hidden_column_shows_it_and_says_which_way(dated):
    text = dated.client.get(f"{LIST}?order=oldest").content.decode()
    assert 'aria-sort="ascending"' in text
    assert "order=youngest" in text
    assert "2001-02-03" in text
    assert "2001-02-03" not in dated.client.get(LIST).content.decode()


# --- count ----------------------------------------------------------------------------------------------------------------


def test_count_follows_the_page_and_comes_without_script_too(manager, monkeypatch):
    from registry.views.lists import ElevatorListPage

    monkeypatch.setattr(ElevatorListPage, "page_size", 2)
    for _ in range(4):
        make_elevator(area_code=SUBDISTRICT, using_unit=manager.unit)
    page = manager.client.get(LIST).content.decode()
    assert ("<noscript>" in page, 'hx-get="?count=1"' in page, "shown of" in page) == (True, True, False)
    fragment = manager.client.get(f"{LIST}?count=1", headers={"HX-Request": "true"}).content.decode()
    assert (fragment.strip(), "<html" in fragment) == ("<span> of 5</span>", False)
    assert "2 shown of 5" in manager.client.get(f"{LIST}?count=1").content.decode()


# --- saved filters --------------------------------------------------------------------------------------------------------


def save(person, **form):
    sent = {"idempotency_key": str(uuid.uuid4()), "name": "Mine", "query": "place_type=SCHOOL", **form}
    return person.client.post(SAVE, sent)


def colleague_of(manager):
    user = make_user()
    hold(user, "UNIT_VIEWER", unit=manager.unit)
    return type(manager)(user, manager.unit, manager.elevator)


def test_saved_filter_keeps_filters_and_order_and_nothing_else(manager):
    answer = save(manager, query="place_type=SCHOOL&order=oldest&cursor=x&count=1&view=all&nonsense=1&place_type=")
    assert (answer.status_code, answer["Location"]) == (302, f"{LIST}?place_type=SCHOOL&order=oldest")
    assert ListView.objects.get().parameters == [["place_type", "SCHOOL"], ["order", "oldest"]]
    menu = manager.client.get(LIST).context["saved"]
    assert [(one["url"], one["active"], one["mine"]) for one in menu] == [
        (f"{LIST}?place_type=SCHOOL&order=oldest", False, True)
    ]
    assert manager.client.get(answer["Location"]).context["saved"][0]["active"] is True


def test_filter_that_opens_first_opens_first_and_lets_go(manager):
    save(manager, opens_first="on")
    answer = manager.client.get(LIST)
    assert (answer.status_code, answer["Location"]) == (302, f"{LIST}?place_type=SCHOOL")
    filtered = manager.client.get(answer["Location"]).context
    for way_out in (filtered["clear_url"], filtered["chips"][0]["remove_url"]):
        assert way_out == f"{LIST}?view=all"
        assert manager.client.get(way_out).status_code == 200
    save(manager, name="Second", query="place_type=OFFICE", opens_first="on")
    assert manager.client.get(LIST)["Location"] == f"{LIST}?place_type=OFFICE"
    assert ListView.objects.filter(opens_first=True).count() == 1


def test_saved_filter_is_shared_with_the_unit_and_nobody_else(manager):
    colleague, stranger = colleague_of(manager), make_manager()
    save(manager, shared="on", opens_first="on")
    assert [one["mine"] for one in colleague.client.get(LIST).context["saved"]] == [False]
    assert colleague.client.get(LIST).status_code == 200  # it opens first for its owner only
    assert stranger.client.get(LIST).context["saved"] == []
    view = ListView.objects.get()
    for person in (colleague, stranger):
        for tail in ("", "delete/"):
            assert person.client.get(f"/lists/saved/{view.public_id}/{tail}").status_code == 404
            sent = {"idempotency_key": "a-form-key", "name": "Theirs"}
            assert person.client.post(f"/lists/saved/{view.public_id}/{tail}", sent).status_code == 404
    view.refresh_from_db()
    assert view.name == "Mine"
    Membership.objects.filter(user=colleague.user).update(ended_at=now())
    hold(colleague.user, "UNIT_VIEWER", unit=make_unit())
    assert colleague.client.get(LIST).context["saved"] == []


def test_shared_filter_shows_each_their_own_rows(manager):
    save(manager, shared="on", query=f"using_unit={manager.unit.public_id}")
    other = make_manager()
    assert manager.elevator.rescue_code not in other.client.get(
        f"{LIST}?using_unit={manager.unit.public_id}"
    ).content.decode().replace(str(manager.unit.public_id), "")


def test_saved_filter_is_renamed_unshared_and_deleted(manager):
    save(manager, shared="on")
    view = ListView.objects.get()
    page = f"/lists/saved/{view.public_id}/"
    assert manager.client.get(page).context["form"].initial == {"name": "Mine", "opens_first": False, "shared": True}
    assert manager.client.post(page, {"idempotency_key": "first-key", "name": " Schools  of mine "}).status_code == 302
    view.refresh_from_db()
    assert (view.name, view.shared_unit_id, view.parameters) == ("Schools of mine", None, [["place_type", "SCHOOL"]])
    assert "goes" in manager.client.get(f"{page}delete/").content.decode()
    assert manager.client.post(f"{page}delete/", {"idempotency_key": "second-key"}).status_code == 302
    assert not ListView.objects.exists()


def test_same_name_twice_is_told_at_its_field(manager):
    save(manager)
    again = save(manager, query="place_type=OFFICE")
    assert (again.status_code, "of this name already" in again.content.decode()) == (422, True)
    assert save(make_manager()).status_code == 302
    assert ListView.objects.count() == 2


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "\0"])
def test_name_that_is_none_is_refused(manager, name):
    assert save(manager, name=name).status_code == 422


def test_so_many_filters_and_no_more(manager, monkeypatch):
    monkeypatch.setattr(actions, "MOST_VIEWS", 1)
    save(manager)
    assert save(manager, name="Second").status_code == 422


def test_somebody_of_no_unit_shares_with_nobody(manager):
    two = make_user()
    for _ in range(2):
        hold(two, "USING_UNIT_MANAGER", unit=make_unit())
    person = type(manager)(two, None, None)
    assert "shared" not in person.client.get(SAVE).context["form"].fields
    with pytest.raises(Refusal):
        actions.save_view(
            list_key="registry.elevators",
            name="x",
            parameters=[],
            opens_first=False,
            shared=True,
            by=person.actor,
            at=now(),
        )


def test_unknown_lists_and_people_without_the_list_get_nothing(manager):
    assert manager.client.get("/lists/nothing/save/").status_code == 404
    admin = make_user()
    hold(admin, "UNIT_ADMIN", unit=manager.unit)
    for address in (SAVE, COLUMNS):
        assert type(manager)(admin, None, None).client.get(address).status_code == 403


# --- columns --------------------------------------------------------------------------------------------------------------


def choose(person, *columns):
    return person.client.post(
        COLUMNS, {"idempotency_key": str(uuid.uuid4()), "columns": columns, "query": "order=first"}
    )


def headings(person):
    """Without the boxes of those who may change many at once."""
    labels = [str(column["label"]) for column in person.client.get(LIST).context["columns"]]
    return [label for label in labels if label != "Choose"]


USUAL = ["Code", "Place", "Area", "Class", "State", "Risk band", "Using unit", "Maintenance unit"]


def test_columns_are_chosen_and_remembered_for_this_person_alone(manager):
    assert headings(manager) == USUAL
    assert choose(manager, "floors", "area")["Location"] == f"{LIST}?order=first"
    assert headings(manager) == ["Code", "Area", "Floors"]
    assert headings(colleague_of(manager)) == USUAL
    shown = manager.client.get(COLUMNS).context["form"].initial["columns"]
    assert shown == ["area", "floors"]
    choose(manager)
    assert headings(manager) == USUAL


def test_every_column_has_a_cell(manager):
    from registry.views.lists import ElevatorListPage

    names = [column["name"] for column in ElevatorListPage.columns if "name" in column]
    names += ["risk", "overdue"]
    Elevator.objects.update(commissioned_on=dt.date(2001, 2, 3), floors=17)
    for name in names:
        choose(manager, name)
        row = manager.client.get(LIST).content.decode().split("<tbody>")[1].split("</tbody>")[0]
        assert row.count("<td") - row.count('class="select"') == 1, name
    choose(manager, *names)
    row = manager.client.get(LIST).content.decode().split("<tbody>")[1].split("</tbody>")[0]
    assert row.count("<td") - row.count('class="select"') == len(names)


def test_unknown_column_is_refused(manager):
    assert choose(manager, "password").status_code == 422
