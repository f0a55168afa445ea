"""What is due as a calendar: the month on a page, the address for calendar programs."""

import datetime as dt

import pytest
from icalendar import Calendar

from common import clock
from common.models import CalendarDay
from compliance.models import CalendarFeed
from compliance.queries.calendar import weeks_of
from tests.factories.due import owe

pytestmark = pytest.mark.django_db
EN = {"accept-language": "en"}
TODAY = clock.today


def page(client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content.decode()[:400]
    return answer.content.decode()


@pytest.fixture
def due(cast):
    """Own and foreign have their last day in the middle of the month after next."""
    day = (TODAY().replace(day=1) + dt.timedelta(days=70)).replace(day=15)
    owe([cast.elevator_own, cast.elevator_foreign], due_on=day)
    return cast, day


@pytest.mark.parametrize(
    ("month", "first", "last", "weeks"),
    [
        ("2028-02-01", "2028-01-31", "2028-03-05", 5),  # 29 days
        ("2027-02-01", "2027-02-01", "2027-02-28", 4),
        ("2028-12-01", "2028-11-27", "2028-12-31", 5),
        ("2026-11-30", "2026-10-26", "2026-12-06", 6),
    ],
)
def test_weeks_begin_on_monday_and_hold_the_month(month, first, last, weeks):
    found = weeks_of(dt.date.fromisoformat(month))
    assert (str(found[0][0]), str(found[-1][-1]), len(found)) == (first, last, weeks)
    assert {(week[0].weekday(), len(week)) for week in found} == {(0, 7)}


def test_a_day_leads_to_what_has_its_last_day_then(due):
    cast, day = due
    client = cast.own_manager.client(**EN)
    text = page(client, f"/due/calendar/?month={day:%Y-%m}")
    assert "1 last day in this month" in text
    assert f'href="/due/?on={day}"' in text
    listed = page(client, f"/due/?on={day}")
    assert str(cast.elevator_own.public_id) in listed and str(cast.elevator_foreign.public_id) not in listed
    assert str(cast.elevator_own.public_id) not in page(client, f"/due/?on={day + dt.timedelta(days=1)}")


def test_a_month_is_narrowed_to_a_district_or_a_unit_and_never_widened(due):
    cast, day = due
    month = f"month={day:%Y-%m}"
    found = {
        (who, where): cast.players[who].client(**EN).get(f"/due/calendar/?{month}{where}").context["total"]
        for who in ("city_regulator", "own_manager")
        for where in (
            "",
            "&district=320106",
            f"&unit={(cast.unit_b if who == 'city_regulator' else cast.unit_a).public_id}",
        )
    }
    assert list(found.values()) == [2, 1, 1, 1, 1, 1]
    assert cast.city_regulator.client().get("/due/calendar/?district=1").status_code == 404


@pytest.mark.parametrize("month", ["", "x", "2026-13", "0001-01", "9999-12", "2026-1", "2026-02-30", "1999-12"])
def test_a_month_that_there_is_not_is_this_one(cast, month):
    assert cast.own_manager.client().get(f"/due/calendar/?month={month}").context["month"] == TODAY().replace(day=1)


def test_days_that_are_not_worked_are_marked(cast):
    CalendarDay.objects.update_or_create(day="2031-05-01", defaults={"working": False, "name": "May", "source": "test"})
    CalendarDay.objects.update_or_create(day="2031-05-04", defaults={"working": True, "name": "May", "source": "test"})
    weeks = cast.own_manager.client().get("/due/calendar/?month=2031-05").context["weeks"]
    free = [cell.day.day for week in weeks for cell in week if cell.inside and not cell.working]
    assert free == [1, 3, 10, 11, 17, 18, 24, 25, 31]  # the first a Thursday, the fourth a Sunday


@pytest.mark.parametrize("count", [1, 3])
def test_a_month_costs_the_same_with_one_day_and_three(cast, django_assert_num_queries, count):
    rows = [cast.elevator_foreign, cast.elevator_former, cast.elevator_jiangbei][:count]
    for number, elevator in enumerate(rows):
        owe([elevator], due_on=dt.date(2031, 5, 6 + number))
    client, address = cast.city_regulator.client(), "/due/calendar/?month=2031-05"
    client.get(address)
    with django_assert_num_queries(5):  # last days, and last days to apply
        assert client.get(address).context["total"] == count


# --- addresses ----------------------------------------------------------------------------------------------------------


def make(client, **data):
    """The path of a new address."""
    answer = client.post("/due/calendar/addresses/new/", {"idempotency_key": "k" * 12, "name": "phone", **data})
    assert answer.status_code == 200
    return answer.context["url"].removeprefix("http://testserver")


def events(client, path: str) -> list:
    answer = client.get(path)
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    return Calendar.from_ical(answer.content).walk("VEVENT")


def test_a_calendar_program_reads_whole_days_without_signing_in(due, client):
    cast, day = due
    path = make(cast.own_manager.client(**EN))
    [event] = events(client, path)
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (day, day + dt.timedelta(days=1))
    assert event["SUMMARY"] == "Last day: periodic inspection (1)"
    assert event["DESCRIPTION"].split("\n")[0] == cast.elevator_own.main_code
    assert event["URL"].startswith(f"http://testserver/due/?on={day}")


def test_the_last_day_to_apply_is_an_entry_of_its_own(cast, client):
    """In the month, in the list of the day and in the program, under a name that tells it from the last good day of its kind."""
    last = dt.date(TODAY().year + 1, 5, 20)
    owe([cast.elevator_own], due_on=last, apply_by=last - dt.timedelta(days=10))
    owe([cast.elevator_foreign], due_on=last - dt.timedelta(days=10))
    person = cast.city_regulator.client(**EN)
    weeks = person.get(f"/due/calendar/?month={last:%Y-%m}").context["weeks"]
    shown = {
        cell.day.day: [words for _kind, words, _number in cell.shown] for week in weeks for cell in week if cell.total
    }
    assert shown == {10: ["periodic inspection", "apply by: periodic inspection"], 20: ["periodic inspection"]}
    assert len(person.get(f"/due/?on={last - dt.timedelta(days=10)}").context["page"].rows) == 2
    path = make(person)
    found = [(str(e["DTSTART"].dt), str(e["SUMMARY"]), str(e["UID"])[36:]) for e in events(client, path)]
    assert found == [
        (str(last - dt.timedelta(days=10)), "Last day: periodic inspection (1)", f"-{last:%Y}0510-PERIODIC_INSPECTION"),
        (
            str(last - dt.timedelta(days=10)),
            "Apply by: periodic inspection (1)",
            f"-{last:%Y}0510-PERIODIC_INSPECTION-apply",
        ),
        (str(last), "Last day: periodic inspection (1)", f"-{last:%Y}0520-PERIODIC_INSPECTION"),
    ]
    named = [str(e["DESCRIPTION"]).split("\n")[0] for e in events(client, path)]
    assert named == [cast.elevator_foreign.main_code, cast.elevator_own.main_code, cast.elevator_own.main_code]


def test_lines_are_folded_and_words_escaped_as_the_standard_wants(due, client):
    cast, _day = due
    path = make(cast.own_manager.client(), name="电梯，到期；" * 9 + "a,b;c\\d")
    raw = client.get(path).content
    assert raw.startswith(b"BEGIN:VCALENDAR\r\n") and raw.endswith(b"END:VCALENDAR\r\n")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 75
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert Calendar.from_ical(raw)["X-WR-CALNAME"].endswith("a,b;c\\d")


def test_an_event_keeps_its_name_and_an_unchanged_calendar_is_not_sent_again(due, client):
    cast, day = due
    path = make(cast.own_manager.client())
    first = client.get(path)
    uid = Calendar.from_ical(first.content).walk("VEVENT")[0]["UID"]
    assert client.get(path).content == first.content
    unchanged = client.get(path, headers={"if-none-match": f'"x", W/{first["ETag"]}'})
    assert (unchanged.status_code, unchanged.content, unchanged["ETag"]) == (304, b"", first["ETag"])
    owe([cast.elevator_own], due_on=day + dt.timedelta(days=1))
    changed = client.get(path, headers={"if-none-match": first["ETag"]})
    assert changed.status_code == 200
    assert Calendar.from_ical(changed.content).walk("VEVENT")[0]["UID"] != uid


def test_a_token_is_long_shown_once_and_kept_as_a_hash(due):
    cast, _day = due
    client = cast.own_manager.client()
    token = make(client).removeprefix("/due/calendar/").removesuffix(".ics")
    assert len(token) == 43  # 256 bits
    feed = CalendarFeed.objects.get()
    assert token not in repr(list(CalendarFeed.objects.values()))
    assert token not in page(client, "/due/calendar/addresses/")
    assert feed.token_hash != token and len(feed.token_hash) == 64


def test_who_lost_the_role_is_inactive_or_revoked_it_reads_nothing(due, client):
    cast, _day = due
    paths = {name: make(cast.players[name].client()) for name in ("own_manager", "stranger", "maintainer")}
    assert [client.get(path).status_code for path in paths.values()] == [200] * 3
    cast.own_manager.user.memberships.update(ended_at=clock.now())
    type(cast.stranger.user).objects.filter(pk=cast.stranger.user.pk).update(is_active=False)
    feed = CalendarFeed.objects.get(user=cast.maintainer.user)
    for _ in range(2):
        answer = cast.maintainer.client().post(f"/due/calendar/addresses/{feed.public_id}/revoke/")
        assert answer.status_code == 302
    assert [client.get(path).status_code for path in paths.values()] == [404] * 3


@pytest.mark.parametrize("token", ["x", "A" * 43, "%00", "..%2f..", "电梯"])
def test_a_token_that_there_is_not_is_not_found(client, db, token):
    assert client.get(f"/due/calendar/{token}.ics").status_code in (400, 404)


def test_an_address_of_a_unit_or_district_holds_no_more_and_follows_what_one_may_see(due, client):
    cast, _day = due
    city = cast.city_regulator.client()
    assert len(events(client, make(city))) == 1  # one day, one kind, two elevators
    [gulou] = events(client, make(city, scope="area:320106"))
    assert str(gulou["SUMMARY"]).endswith(("(1)", "（1）"))
    answer = cast.own_manager.client().post(
        "/due/calendar/addresses/new/",
        {"idempotency_key": "s" * 12, "name": "x", "scope": f"unit:{cast.unit_b.public_id}"},
    )
    assert answer.status_code == 422  # not one's own


def test_the_last_use_is_shown_and_written_once_an_hour(due, client, django_assert_num_queries):
    cast, _day = due
    path = make(cast.own_manager.client())
    assert CalendarFeed.objects.get().used_at is None
    client.get(path)
    used = CalendarFeed.objects.get().used_at
    client.get(path)
    assert CalendarFeed.objects.get().used_at == used
    assert "just now" in page(cast.own_manager.client(**EN), "/due/calendar/addresses/")


def test_nobody_sees_or_revokes_another_ones_address(due):
    cast, _day = due
    make(cast.own_manager.client())
    feed = CalendarFeed.objects.get()
    other = cast.stranger.client(**EN)
    assert other.post(f"/due/calendar/addresses/{feed.public_id}/revoke/").status_code == 404
    assert "You have no calendar address yet." in page(other, "/due/calendar/addresses/")


def test_a_person_has_ten_at_most(due):
    cast, _day = due
    client = cast.own_manager.client(**EN)
    for _ in range(10):
        make(client)
    answer = client.post("/due/calendar/addresses/new/", {"idempotency_key": "k" * 12, "name": "one more"})
    assert answer.status_code == 422
    assert "Revoke one" in answer.content.decode()
