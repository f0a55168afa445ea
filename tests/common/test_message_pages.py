"""The inbox, the preferences, the log and the webhooks as people see them; the calendar of working days as one keeps it."""

import datetime as dt

import pytest

from common.actor import system
from common.calendar.actions import DaysUnfit, set_days
from common.clock import now, today
from common.messages import pages, permissions, webhooks
from common.messages.actions import person
from common.models import AuditRecord, CalendarDay, Delivery, Message, MessagePreference, WebhookEndpoint
from common.workdays import after_working_days, moved_days
from tests.common.test_messages import say

BY = system("tests")
KEY = "0198c0de-0000-7000-8000-0000000000{:02x}"

pytestmark = pytest.mark.usefixtures("spoken")


def text_of(client, path, **options) -> str:
    answer = client.get(path, **options)
    assert answer.status_code == 200
    return answer.content.decode()


def tell(player, key="k1", **options):
    say(person(player.user.public_id), key=key, at=now(), **options)
    return Message.objects.get(key=key, recipient_id=str(player.user.public_id))


def endpoint_of(unit, number=1) -> WebhookEndpoint:
    return webhooks.create_endpoint(
        unit_id=unit.pk,
        name=f"Program {number}",
        url=f"https://h{number}.example.org/",
        groups=["ALERT"],
        by=BY,
        at=now(),
    ).endpoint


# --- inbox ------------------------------------------------------------------------------------------------------------


def test_inbox_shows_words_and_how_many_are_unread_in_the_navigation(cast):
    for key in ("k1", "k2"):
        tell(cast.own_manager, key, link="/elevators/")
    page = text_of(cast.own_manager.client(), "/messages/")
    assert (page.count("Overdue: inspection</th>") or page.count("Overdue: inspection<p")) == 2
    assert 'Messages <span class="count">2</span>' in page
    assert 'Messages <span class="count">' not in text_of(cast.colleague.client(), "/messages/")


def test_opening_a_message_marks_it_and_leads_where_it_is_about(cast):
    client, row = cast.own_manager.client(), tell(cast.own_manager, link="/elevators/")
    answer = client.post(f"/messages/{row.public_id}/read/")
    assert (answer.status_code, answer["Location"]) == (302, "/elevators/")
    row.refresh_from_db()
    assert row.read_at is not None
    assert '<a href="/elevators/">Overdue: inspection</a>' in text_of(client, "/messages/")
    assert "Overdue" not in text_of(client, "/messages/?unread=yes")


def test_all_are_marked_up_to_the_newest_that_was_shown(cast):
    client = cast.own_manager.client()
    shown = tell(cast.own_manager, "k1")
    tell(cast.own_manager, "k2")
    assert client.post("/messages/read/", {"up_to": str(shown.public_id)}).status_code == 302
    assert list(Message.objects.unread().values_list("key", flat=True)) == ["k2"]
    assert client.post("/messages/read/", {"up_to": "nonsense"}).status_code == 404
    other = tell(cast.stranger, "k3")
    assert client.post("/messages/read/", {"up_to": str(other.public_id)}).status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_inbox_costs_the_same_for_one_and_three(cast, django_assert_num_queries, rows):
    for number in range(rows):
        tell(cast.own_manager, f"k{number}")
    client = cast.own_manager.client()
    with django_assert_num_queries(3):  # session, person with holdings and unread, page
        assert text_of(client, "/messages/").count("Mark as read: ") == rows


def test_inbox_over_rest_in_the_reader_s_language(cast):
    client, row = cast.own_manager.client(), tell(cast.own_manager, link="/elevators/")
    listed = client.get("/api/v1/messages/?unread=yes").json()["results"]
    assert [(each["id"], each["title"], each["read_at"]) for each in listed] == [
        (str(row.public_id), "Overdue: inspection", None)
    ]
    answers = [
        client.post(
            f"/api/v1/messages/{row.public_id}/read/", content_type="application/json", headers={"Idempotency-Key": key}
        )
        for key in (KEY.format(20), KEY.format(20), KEY.format(21))
    ]
    assert [answer.status_code for answer in answers] == [200] * 3
    assert len({answer.json()["read_at"] for answer in answers}) == 1
    assert client.get("/api/v1/messages/?unread=yes").json()["results"] == []


@pytest.mark.parametrize("rows", [1, 3])
def test_inbox_over_rest_costs_the_same_for_one_and_three(cast, django_assert_num_queries, rows):
    for number in range(rows):
        tell(cast.own_manager, f"k{number}")
    client = cast.own_manager.client()
    with django_assert_num_queries(3):
        assert len(client.get("/api/v1/messages/").json()["results"]) == rows


# --- preferences ------------------------------------------------------------------------------------------------------


def test_preferences_are_shown_as_they_are_and_kept_as_they_are_sent(cast):
    client = cast.own_manager.client()
    page = text_of(client, "/messages/preferences/")
    assert 'value="22:00"' in page
    assert 'name="channels_ALERT" value="SMS" id="id_channels_ALERT_0" aria-describedby' in page or "checked" in page
    form = {"quiet_from": "23:00", "quiet_until": "06:30", "digest_hour": "9", "channels_NEWS": ["SMS"]}
    answer = client.post("/messages/preferences/", form | {"idempotency_key": KEY.format(1)})
    assert (answer.status_code, answer["Location"]) == (302, "/messages/")
    row = MessagePreference.objects.get()
    assert (row.quiet_from, row.quiet_until, row.digest_hour) == (dt.time(23), dt.time(6, 30), 9)
    assert row.channels == {"ALERT": [], "DUE": [], "DECISION": [], "NEWS": ["SMS"]}


def test_without_another_way_only_hours_are_asked(cast, settings):
    settings.MESSAGE_CHANNELS = []
    page = text_of(cast.own_manager.client(), "/messages/preferences/")
    assert "channels_ALERT" not in page
    assert "There is no other way yet." in page


@pytest.mark.parametrize("wrong", [{"quiet_from": "25:00"}, {"digest_hour": "24"}, {"channels_NEWS": ["PIGEON"]}])
def test_preferences_that_make_no_sense_are_refused(cast, wrong):
    form = {"quiet_from": "22:00", "quiet_until": "07:00", "digest_hour": "", "idempotency_key": KEY.format(2)} | wrong
    assert cast.own_manager.client().post("/messages/preferences/", form).status_code == 422
    assert MessagePreference.objects.count() == 0


# --- log --------------------------------------------------------------------------------------------------------------


def test_log_says_what_became_of_a_message_and_neither_words_nor_numbers(cast):
    tell(cast.own_manager)
    Delivery.objects.update(state="GIVEN_UP", reason="refused", status_code=400, address="139****0001", ended_at=now())
    page = text_of(cast.system_admin.client(), "/messages/deliveries/?state=GIVEN_UP")
    assert [word in page for word in ("139****0001", "given up", "(400)", "test alert", "Send again")] == [True] * 5
    assert "inspection" not in page


def test_home_says_how_many_were_given_up_and_to_whom_it_matters(cast):
    delivery = webhooks.try_endpoint(endpoint=endpoint_of(cast.unit_a), by=BY, at=now())
    Delivery.objects.filter(pk=delivery.pk).update(state="GIVEN_UP", reason="status", ended_at=now())
    endpoint_of(cast.unit_b, 2)
    for player, said in ((cast.unit_admin, "1"), (cast.system_admin, "1"), (cast.own_manager, None)):
        found = pages.tiles(player.actor(), now())
        assert [tile.value for tile in found] == ([said] if said else [])
    assert "essages given up within a week" in text_of(cast.unit_admin.client(), "/")
    assert pages.tiles(cast.unit_admin.actor(), now() + dt.timedelta(days=8))[0].value == "0"


def test_who_has_no_number_does_not_hide_what_failed(cast):
    """Apart in the log with what to do, and no alarm on the home page."""
    for key, reason in (("k1", "no-address"), ("k2", "refused")):
        row = tell(cast.own_manager, key)
        Delivery.objects.filter(message=row).update(state="GIVEN_UP", reason=reason, ended_at=now())
    assert [tile.value for tile in pages.tiles(cast.system_admin.actor(), now())] == ["1"]
    browser, log = cast.system_admin.client(), "/messages/deliveries/"
    failed, nobody = text_of(browser, f"{log}?state=GIVEN_UP"), text_of(browser, f"{log}?state=NOBODY")
    said = "Nothing is on record by which to reach the person this way."
    assert [(said in page, "the provider refused it" in page) for page in (failed, nobody)] == [
        (False, True),
        (True, False),
    ]
    assert [said in text_of(browser, f"{log}{asked}") for asked in ("", "?state=DELIVERED")] == [True, False]


@pytest.mark.parametrize("rows", [1, 3])
def test_log_and_webhooks_cost_the_same_for_one_and_three(cast, django_assert_num_queries, rows):
    for number in range(rows):
        webhooks.try_endpoint(endpoint=endpoint_of(cast.unit_a, number), by=BY, at=now())
    client = cast.unit_admin.client()
    with django_assert_num_queries(4):  # session, person, page, names of units
        assert text_of(client, "/messages/deliveries/").count("test of a webhook") == rows
    with django_assert_num_queries(4):
        assert text_of(client, "/messages/webhooks/").count("<tr data-href") == rows


def test_what_has_been_delivered_is_not_sent_again(cast):
    tell(cast.own_manager)
    Delivery.objects.update(state="DELIVERED", ended_at=now())
    path = f"/messages/deliveries/{Delivery.objects.get().public_id}/again/"
    assert cast.system_admin.client().post(path).status_code == 409


# --- webhooks ---------------------------------------------------------------------------------------------------------


def test_a_unit_s_administrator_enters_a_webhook_and_sees_its_secret_once(cast):
    browser = cast.unit_admin.client()
    form = {
        "unit": str(cast.unit_a.public_id),
        "name": "A program",
        "url": "https://hooks.example.org/in",
        "groups": ["ALERT", "DUE"],
        "idempotency_key": KEY.format(3),
    }
    first = browser.post("/messages/webhooks/new/", form)
    row = WebhookEndpoint.objects.get()
    secret = row.secret.reveal()
    assert (first.status_code, secret in first.content.decode(), row.unit_id) == (200, True, cast.unit_a.pk)
    again = browser.post("/messages/webhooks/new/", form)
    assert (again.status_code, secret in again.content.decode()) == (422, False)
    page = text_of(browser, f"/messages/webhooks/{row.public_id}/")
    assert (secret in page, "alerts and what is overdue, what will be due" in page) == (False, True)
    rotated = browser.post(f"/messages/webhooks/{row.public_id}/secret/", {"idempotency_key": KEY.format(4)})
    row.refresh_from_db()
    assert (row.secret.reveal() in rotated.content.decode(), row.secret_number) == (True, 2)
    assert "the former one signs beside it until" in text_of(browser, f"/messages/webhooks/{row.public_id}/")


def test_a_webhook_of_another_unit_cannot_be_chosen(cast):
    form = {
        "unit": str(cast.unit_b.public_id),
        "name": "A program",
        "url": "https://hooks.example.org/in",
        "groups": ["ALERT"],
        "idempotency_key": KEY.format(5),
    }
    assert cast.unit_admin.client().post("/messages/webhooks/new/", form).status_code == 422
    assert WebhookEndpoint.objects.count() == 0


def test_an_unfit_address_is_told_at_its_field(cast):
    form = {
        "unit": str(cast.unit_a.public_id),
        "name": "A program",
        "url": "http://10.0.0.8/",
        "groups": ["ALERT"],
        "idempotency_key": KEY.format(6),
    }
    page = cast.unit_admin.client().post("/messages/webhooks/new/", form).content.decode()
    assert "The address must begin with https://" in page


def test_the_test_button_queues_and_the_page_tells(cast):
    row = endpoint_of(cast.unit_a)
    browser = cast.unit_admin.client()
    assert browser.post(f"/messages/webhooks/{row.public_id}/test/").status_code == 302
    page = text_of(browser, f"/messages/webhooks/{row.public_id}/")
    assert [word in page for word in ("test of a webhook", "waiting", 'hx-trigger="every 2s"')] == [True] * 3


def test_permissions_of_common_are_those_of_the_roles():
    from accounts.roles import Permission

    named = {name: value for name, value in vars(permissions).items() if name.isupper()}
    assert {name: Permission[name].value for name in named} == named


# --- working days -----------------------------------------------------------------------------------------------------


def days_form(**values):
    usual = {
        "first": "2027-01-01",
        "until": "2027-01-03",
        "working": "no",
        "name": "元旦",
        "source": "Notice 9 of 2026",
    }
    return usual | values


def test_days_are_entered_changed_and_removed_and_terms_follow(cast):
    client = cast.system_admin.client()
    assert after_working_days(dt.date(2026, 12, 31), 1, moved_days(dt.date(2026, 12, 31))) == dt.date(2027, 1, 1)
    answer = client.post("/calendar/days/", days_form(idempotency_key=KEY.format(7)))
    assert (answer.status_code, answer["Location"]) == (302, "/calendar/?year=2027")
    assert after_working_days(dt.date(2026, 12, 31), 1, moved_days(dt.date(2026, 12, 31))) == dt.date(2027, 1, 4)
    client.post("/calendar/days/", days_form(until="", working="yes", idempotency_key=KEY.format(8)))
    assert CalendarDay.objects.get(day="2027-01-01").working is True
    client.post("/calendar/days/2027-01-01/remove/", {"idempotency_key": KEY.format(9)})
    assert list(CalendarDay.objects.filter(day__year=2027).values_list("day", "working")) == [
        (dt.date(2027, 1, 2), False),
        (dt.date(2027, 1, 3), False),
    ]
    rows = AuditRecord.objects.filter(subject_type="common.calendarday").order_by("pk")
    assert [(row.action, row.subject_id) for row in rows] == [
        ("common.set_calendar_day", "2027-01-01"),
        ("common.set_calendar_day", "2027-01-02"),
        ("common.set_calendar_day", "2027-01-03"),
        ("common.set_calendar_day", "2027-01-01"),
        ("common.remove_calendar_day", "2027-01-01"),
    ]
    assert rows[3].changes == {"working": [False, True]}
    assert client.post("/calendar/days/2027-01-01/remove/", {"idempotency_key": KEY.format(10)}).status_code == 404


def test_entering_the_same_again_changes_nothing(db):
    given = {
        "first": dt.date(2027, 1, 1),
        "until": dt.date(2027, 1, 2),
        "working": False,
        "name": "元旦",
        "source": "x",
        "by": BY,
        "at": now(),
    }
    assert [set_days(**given), set_days(**given), AuditRecord.objects.count()] == [2, 0, 2]


@pytest.mark.parametrize(
    ("first", "until"),
    [
        ("2027-01-03", "2027-01-01"),
        ("2027-01-01", "2027-01-16"),
        ("2019-12-31", "2020-01-01"),
        ("2100-12-31", "2101-01-01"),
    ],
)
def test_days_that_no_holiday_has_are_refused(db, first, until):
    with pytest.raises(DaysUnfit):
        set_days(
            first=dt.date.fromisoformat(first),
            until=dt.date.fromisoformat(until),
            working=False,
            name="x",
            source="x",
            by=BY,
            at=now(),
        )


def test_a_missing_year_is_said_plainly(cast):
    client = cast.colleague.client()
    assert "No day of 2026 has been entered" not in text_of(client, "/calendar/?year=2026")
    assert "Only weekends are known of this year." in text_of(client, "/calendar/?year=2099")
    CalendarDay.objects.all().delete()
    page = text_of(client, "/calendar/")
    assert f"No day of {today().year} has been entered" in page
    assert "end too early" in page
    for text in ("²⁰²⁶", "20x6", "99999", "0001", "-1"):
        assert client.get("/calendar/", {"year": text}).status_code == 200


def test_the_year_costs_the_same_however_many_days_it_has(cast, django_assert_num_queries):
    client = cast.system_admin.client()
    for year, rows in ((2025, 33), (2099, 0)):
        with django_assert_num_queries(3):
            page = text_of(client, f"/calendar/?year={year}")
        assert page.count('<tr><th scope="row">') == rows
