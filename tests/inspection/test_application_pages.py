"""Applications as a unit, a body and an officer work with them: pages, REST, what each side is told."""

import datetime as dt
import json
import uuid

import pytest

from common import clock, retention
from common.ids import new_public_id
from common.models import AuditRecord, Message, RetentionRule
from compliance.actions import replan
from compliance.models import Obligation
from inspection.actions import apply_for_inspection, appoint_inspection
from inspection.models import Application
from inspection.views.applications.lists import tiles
from registry.actions import assign_responsibility
from registry.models import Elevator
from tests.factories.make import GULOU, client_for, hold, make_unit, make_user
from tests.factories.reports import BY, LONG, make_body, make_inspected, make_inspector

pytestmark = pytest.mark.django_db
EN = {"accept-language": "en"}
LIST, API = "/inspections/applications/", "/api/v1/inspection/applications/"


def months_ago(count: int) -> str:
    """The first of a month: an elevator installed then owes its first inspection at the end of the month a year later."""
    first = clock.today().replace(day=1)
    for _ in range(count):
        first = (first - dt.timedelta(days=1)).replace(day=1)
    return str(first)


IN_TIME, LATE = 11, 12  # its last day to apply is the end of this month; or of the last one


class Person:
    def __init__(self, role, **where):
        self.user = make_user(f"{role.lower()}-{uuid.uuid4().hex[:8]}", created_at=LONG)
        hold(self.user, role, started_at=LONG, **where)
        self.client = client_for(self.user, **EN)

    def actor(self):
        from accounts.queries import actor_for

        return actor_for(self.user, clock.now())

    def text(self, address: str) -> str:
        answer = self.client.get(address)
        assert answer.status_code == 200, answer.status_code
        return answer.content.decode()

    def send(self, address: str, **values):
        return self.client.post(address, {"idempotency_key": str(uuid.uuid4()), **values})

    def post(self, address: str, body: dict, key: str = ""):
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        return self.client.post(address, json.dumps(body), content_type="application/json", headers=headers)

    def inbox(self) -> list[str]:
        rows = Message.objects.filter(recipient_id=str(self.user.public_id)).order_by("pk")
        return [row.kind.removeprefix("inspection.") for row in rows]


@pytest.fixture
def body(db):
    return make_body()


@pytest.fixture
def unit(db):
    return make_unit("Using unit", created_at=LONG)


@pytest.fixture
def manager(unit):
    return Person("USING_UNIT_MANAGER", unit=unit)


@pytest.fixture
def office(body):
    return Person("INSPECTION_OFFICE", unit=body)


def owned(unit, months=IN_TIME, **values) -> Elevator:
    former = make_unit("Former body", created_at=LONG)
    made = make_inspected(former, role="MANUFACTURER", installed=months_ago(months), **values)
    assign_responsibility(elevator=made, unit=unit, role="USING_UNIT", started_at=LONG, by=BY, at=LONG)
    replan(elevator_ids=[made.pk], at=clock.now())
    return Elevator.objects.get(pk=made.pk)


@pytest.fixture
def elevator(unit):
    return owned(unit)


def due(elevator) -> Obligation:
    return Obligation.objects.get(elevator=elevator, kind="PERIODIC_INSPECTION", status="PENDING")


def days(offset=3, length=2) -> dict:
    first = clock.today() + dt.timedelta(days=offset)
    return {"wanted_from": first, "wanted_until": first + dt.timedelta(days=length)}


def applied(elevator, body, manager, **values) -> Application:
    values = {**days(0, 0), **values}
    return apply_for_inspection(obligation=due(elevator), body=body, by=manager.actor(), at=clock.now(), **values)


def asking(body, *obligations, **values) -> dict:
    today = clock.today()
    given = {"body": body.public_id, "wanted_from": today, "wanted_until": today, "contact": "13912345678"}
    return {**given, "ids": [str(row.public_id) for row in obligations], **values}


def test_what_is_due_opens_the_application_and_says_until_when(elevator, body, manager):
    listed, address = manager.text("/due/"), f"{LIST}apply/?ids={due(elevator).public_id}"
    assert (address in listed, f"apply by {due(elevator).apply_by}" in listed) == (True, True)
    assert address in manager.text(f"/elevators/{elevator.public_id}/")
    assert "Inspections to apply for" in manager.text("/")
    applied(elevator, body, manager)
    assert "applied for, no day yet" in manager.text("/due/")
    assert address not in manager.text("/due/")


def missed_twice(unit) -> tuple[Elevator, list[Obligation]]:
    """An elevator of the unit that owes this inspection and one of a year before, the older first."""
    elevator = owned(unit, LATE)
    row = due(elevator)
    older, day = Obligation.objects.get(pk=row.pk), row.due_on - dt.timedelta(days=365)
    older.pk, older.public_id, older.period, older.apply_by = None, new_public_id(), "earlier", None
    older.opens_on = older.due_on = older.alert_after = day
    older.save(force_insert=True)
    return elevator, [older, row]


def test_what_is_to_be_applied_for_twice_is_one_line_and_one_in_the_number_that_leads_there(unit, body, manager):
    elevator, rows = missed_twice(unit)
    owned(unit)
    both = [row.public_id for row in rows]

    def listed() -> list:
        page, home = manager.client.get(LIST + "due/"), manager.client.get("/")
        found = [row for row in page.context["page"].rows if row.elevator_id == elevator.pk]
        [tile] = [tile for tile in home.context["tiles"] if tile.url == LIST + "due/"]
        assert tile.value == len(page.context["page"].rows) == len(found) + 1
        return [(row.public_id, row.owed_ids, row.owed) for row in found]

    assert listed() == [(both[0], both, f"earlier and {rows[1].period} are due")]
    box = ",".join(str(one) for one in both)
    assert f'value="{box}"' in manager.text(LIST + "due/")
    form = manager.text(f"{LIST}apply/?ids={box}")
    assert [form.count(f'name="ids" value="{one}"') for one in both] == [1, 1]
    assert manager.client.get(f"{LIST}apply/?ids={box},x").status_code == 404
    apply_for_inspection(obligation=rows[0], body=body, by=manager.actor(), at=clock.now(), **days(0, 0))
    Obligation.objects.filter(pk=rows[0].pk).update(status="PENDING")  # planned anew, this elevator owes no such year
    assert listed() == [(both[1], both[1:], "")]


def test_of_what_is_owed_twice_the_rest_is_asked_for_when_one_is_applied_for(unit, body, manager):
    elevator, (older, row) = missed_twice(unit)
    rest = row.public_id
    apply_for_inspection(obligation=older, body=body, by=manager.actor(), at=clock.now(), **days(0, 0))
    Obligation.objects.filter(pk=older.pk).update(status="PENDING")  # planned anew, this elevator owes no such year
    for text in (manager.text("/"), manager.text("/due/"), manager.text(f"/elevators/{elevator.public_id}/")):
        assert "applied for, no day yet" in text and "Apply for the rest" in text
        assert f'/inspections/applications/apply/?ids={rest}"' in text


def test_a_late_application_is_called_late_and_is_taken(unit, body, manager):
    elevator = owned(unit, LATE)
    for page in (
        manager.text("/due/"),
        manager.text("/"),
    ):  # its last day is within the month: the home page leads to it
        assert f"application is late, due on {due(elevator).apply_by}" in page
        assert f"{LIST}apply/?ids={due(elevator).public_id}" in page
    assert manager.send(LIST + "apply/", **asking(body, due(elevator))).status_code == 302
    assert Application.objects.get().in_time is False


def test_who_applies_for_what_must_not_be_used_is_told_to_stop_it(unit, manager):
    """The button says "stop it and apply"; the page behind it does one of the two, and says which."""
    elevators = [owned(unit), owned(unit)]
    late, in_time = (due(elevator) for elevator in elevators)
    over = clock.today() - dt.timedelta(days=1)
    Obligation.objects.filter(pk=late.pk).update(due_on=over, alert_after=over)
    said = f"{elevators[0].main_code} must not be used until it has been inspected. Stop it now"
    assert said in manager.text(f"{LIST}apply/?ids={late.public_id}&ids={in_time.public_id}")
    assert "must not be used" not in manager.text(f"{LIST}apply/?ids={in_time.public_id}")


def test_one_applies_on_a_page_once_however_often_one_clicks(elevator, body, manager, office):
    sent = {"idempotency_key": str(uuid.uuid4()), **asking(body, due(elevator))}
    answers = [manager.client.post(LIST + "apply/", sent) for _ in range(2)]
    made = Application.objects.get()
    assert [answer["Location"] for answer in answers] == [f"{LIST}{made.public_id}/"] * 2
    assert (made.state, made.contact.masked, made.in_time) == ("APPLIED", "139****5678", True)
    assert office.inbox() == ["applied_one"]


def test_several_are_judged_each_and_the_body_gets_one_message(unit, elevator, body, manager, office):
    second, there = owned(unit), owned(unit)
    Application.objects.all().delete()
    applied(there, body, manager, **days(1, 0))
    answer = manager.client.post(
        LIST + "apply/",
        {"idempotency_key": str(uuid.uuid4()), **asking(body, due(elevator), due(second), due(there))},
        follow=True,
    )
    text = answer.content.decode()
    assert "2 inspections are applied for." in text
    assert f"Not done for {there.main_code}: This inspection has been applied for already." in text
    assert office.inbox() == ["applied_one", "applied"]


def test_a_wrong_day_is_shown_at_its_field_and_nothing_is_kept(elevator, body, manager):
    yesterday = clock.today() - dt.timedelta(days=1)
    answer = manager.send(LIST + "apply/", **asking(body, due(elevator), wanted_from=yesterday))
    text = answer.content.decode()
    assert answer.status_code == 422
    assert "This day is over." in text and 'id="id_wanted_from_error"' in text
    assert not Application.objects.exists()


def test_the_body_appoints_and_both_sides_and_the_day_list_say_so(elevator, body, manager, office):
    row, inspector = applied(elevator, body, manager), make_inspector(body)
    page = f"{LIST}{row.public_id}/"
    assert str(row.public_id) in office.text(LIST + "?turn=open")
    sent = {"day": clock.today(), "inspector": inspector.public_id, "version": 1}
    assert office.send(page + "appoint/", **sent).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.appointed_on, row.inspector) == ("APPOINTED", clock.today(), inspector)
    assert manager.inbox() == ["appointed_one"]
    listed = office.text(f"{LIST}days/?inspector={inspector.public_id}")
    assert str(inspector) in listed and str(row.public_id) in listed
    assert str(row.public_id) not in office.text(f"{LIST}days/?inspector={office.user.public_id}")
    assert f"appointed for {clock.today()}" in manager.text("/due/")


def test_an_inspector_finds_on_the_home_page_where_to_go_this_week(unit, body, manager, office):
    """As many as the days to which it leads show; nobody else's, and none of the week after."""
    me, other = Person("INSPECTOR", unit=body), make_inspector(body)
    for ahead, who in ((0, me.user), (6, me.user), (7, me.user), (0, other), (0, None)):
        row, on = applied(owned(unit), body, manager, **days(0, 9)), clock.today() + dt.timedelta(days=ahead)
        appoint_inspection(application=row, day=clock.today(), by=office.actor(), at=clock.now())
        Application.objects.filter(pk=row.pk).update(appointed_on=on, inspector=who)

    def found(person):
        return [(tile.value, tile.url) for tile in tiles(person.actor(), clock.now()) if "days/" in tile.url]

    address = f"{LIST}days/?inspector={me.user.public_id}"
    assert (found(me), found(office)) == ([(2, address)], [])
    shown = me.client.get(address).context["days"]
    assert sum(len(rows) for day in shown for _person, rows in day.people) == 2


def test_a_day_after_the_last_good_one_is_warned_about_taken_and_told(elevator, body, manager, office):
    row = applied(elevator, body, manager)
    page, late = f"{LIST}{row.public_id}/", row.due_on + dt.timedelta(days=1)
    answer = office.send(page + "appoint/", day=late, version=1)
    assert answer.status_code == 422
    assert f"after the last good day, {row.due_on}" in answer.content.decode()
    assert office.send(page + "appoint/", day=late, version=1, late="on").status_code == 302
    assert manager.inbox() == ["late_one"]
    officer = Person("DISTRICT_REGULATOR", area_code=GULOU)
    assert str(row.public_id) in officer.text(LIST + "?turn=late")
    assert str(row.public_id) not in officer.text(LIST + "?turn=unit")
    assert "the body is late: applied for in time" in officer.text(page)
    assert "Inspections late with the body" in officer.text("/")
    assert officer.send(page + "appoint/", day=late, version=2).status_code == 403


def test_two_clerks_at_once_and_a_stale_page_are_told(elevator, body, manager, office):
    row = applied(elevator, body, manager)
    page, other = f"{LIST}{row.public_id}/", Person("INSPECTION_OFFICE", unit=body)
    assert office.send(page + "appoint/", day=clock.today(), version=1).status_code == 302
    tomorrow = clock.today() + dt.timedelta(days=1)
    second = other.send(page + "appoint/", day=tomorrow, version=1, late="on")
    assert second.status_code == 422 and "Somebody changed this record" in second.content.decode()
    assert manager.send(page + "withdraw/", reason="sold", version=2).status_code == 302
    stale = office.send(page + "appoint/", day=tomorrow, version=2, late="on")
    assert stale.status_code == 422 and "has moved on" in stale.content.decode()
    row.refresh_from_db()
    assert (row.state, row.appointed_on) == ("WITHDRAWN", clock.today())
    assert office.inbox()[-1] == "withdrawn_one"


def test_only_certified_people_of_the_body_are_appointed(elevator, body, manager, office):
    row = applied(elevator, body, manager)
    page = f"{LIST}{row.public_id}/appoint/"
    stranger = make_inspector(make_body("Other body"))
    for person in (stranger, office.user):  # of another body; without a certificate
        answer = office.send(page, day=clock.today(), inspector=person.public_id, version=1)
        assert answer.status_code == 422 and 'id="id_inspector_error"' in answer.content.decode()
    row.refresh_from_db()
    assert row.state == "APPLIED"


def test_several_of_one_site_are_appointed_together(unit, body, manager, office):
    rows = [applied(owned(unit), body, manager) for _ in range(3)]
    sent = {"day": clock.today(), "ids": [str(row.public_id) for row in rows]}
    sent |= {f"version_{row.public_id}": 1 for row in rows} | {f"version_{rows[2].public_id}": 7}
    answer = office.client.post(LIST + "appoint/", {"idempotency_key": str(uuid.uuid4()), **sent}, follow=True)
    text = answer.content.decode()
    assert "2 inspections are appointed." in text
    assert f"Not done for {rows[2].elevator.main_code}: Somebody changed" in text
    assert manager.inbox() == ["appointed"]
    assert Application.objects.filter(state="APPOINTED").count() == 2


def test_a_refusal_says_why_and_the_inspection_is_to_be_applied_for_again(elevator, body, manager, office):
    row = applied(elevator, body, manager)
    page = f"{LIST}{row.public_id}/"
    assert office.send(page + "decline/", reason=" ", version=1).status_code == 422
    assert office.send(page + "decline/", reason="no free inspector", version=1).status_code == 302
    assert "no free inspector" in manager.text(page)
    assert manager.inbox() == ["declined_one"]
    assert str(due(elevator).public_id) in manager.text(LIST + "due/")


def test_the_phone_is_for_the_body_that_was_asked_and_each_look_is_noted(elevator, body, manager, office):
    row = applied(elevator, body, manager, contact="13912345678")
    page = f"{LIST}{row.public_id}/"
    answer = office.client.post(page + "contact/", {"purpose": "to find the door"})
    assert "13912345678" in answer.content.decode() and answer["Cache-Control"] == "no-store"
    assert AuditRecord.objects.filter(action="inspection.reveal_contact").count() == 1
    assert manager.client.post(page + "contact/", {"purpose": "x"}).status_code == 403
    for person in (manager, office):
        assert "13912345678" not in person.text(page) + person.client.get(f"{API}{row.public_id}/").content.decode()


def test_the_phone_of_what_has_ended_is_nobodys_to_look_at(elevator, body, manager, office):
    row = applied(elevator, body, manager, contact="13912345678")
    page = f"{LIST}{row.public_id}/"
    assert page + "contact/" in office.text(page)
    manager.send(page + "withdraw/", reason="another body comes", version=1)
    answer = office.client.post(page + "contact/", {"purpose": "to find the door"})
    assert answer.status_code == 422 and "13912345678" not in answer.content.decode()
    assert page + "contact/" not in office.text(page)
    assert not AuditRecord.objects.filter(action="inspection.reveal_contact").exists()


def test_what_one_request_names_twice_is_told_once_as_it_is_at_last(elevator, body, manager, office):
    asked = {"obligation": str(due(elevator).public_id), "body": str(body.public_id)} | {
        name: str(day) for name, day in days(0, 3).items()
    }
    assert manager.post(API, {"applications": [asked, asked]}).json()["done"] == 2
    assert office.inbox() == ["applied_one"]
    named = [
        {"application": str(Application.objects.get().public_id), "day": str(clock.today() + dt.timedelta(days=ahead))}
        for ahead in (1, 2)
    ]
    assert office.post(API + "appoint/", {"appointments": named}).json()["done"] == 2
    assert manager.inbox() == ["appointed_one"]
    assert (
        Message.objects.get(kind="inspection.appointed_one", recipient_id=str(manager.user.public_id)).params["day"]
        == named[1]["day"]
    )


def test_other_units_and_other_bodies_find_nothing(elevator, body, manager, office):
    row = applied(elevator, body, manager)
    others = (
        Person("USING_UNIT_MANAGER", unit=make_unit("Stranger", created_at=LONG)),
        Person("INSPECTION_OFFICE", unit=make_body("Other body")),
    )
    for person in others:
        for tail in ("", "appoint/", "decline/", "withdraw/", "contact/"):
            assert person.client.get(f"{LIST}{row.public_id}/{tail}").status_code in (403, 404), tail
        assert person.client.get(f"{LIST}{row.public_id}/").status_code == 404
        assert str(row.public_id) not in person.text(LIST) + person.text(LIST + "days/")
        assert person.client.get(f"{API}{row.public_id}/").status_code == 404
    assert others[0].send(LIST + "apply/", **asking(body, due(elevator))).status_code == 404
    assert others[0].post(API + f"{row.public_id}/withdraw/", {"reason": "x"}).status_code == 404
    assert others[1].post(API + f"{row.public_id}/appoint/", {"day": str(clock.today())}).status_code == 404
    row.refresh_from_db()
    assert row.state == "APPLIED"


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({}, "application-inspector"),
        ({"day": "2020-01-01"}, "application-days-past"),
        ({"version": 7}, "changed-meanwhile"),
    ],
)
def test_an_inspector_of_another_body_is_refused_as_one_who_does_not_exist(
    elevator, body, manager, office, values, code
):
    """An unknown one was refused before anything else was looked at, so a day in the past told which ids are people."""
    row = applied(elevator, body, manager)
    foreign = make_inspector(make_body("Other body"))
    for inspector in (foreign.public_id, uuid.uuid4()):
        given = {"day": str(clock.today()), "inspector": str(inspector)} | values
        one = office.post(f"{API}{row.public_id}/appoint/", given).json()
        [many] = office.post(API + "appoint/", {"appointments": [given | {"application": str(row.public_id)}]}).json()[
            "results"
        ]
        assert (one["code"], many["code"]) == (code, code)


def test_rest_applies_row_by_row_and_the_same_key_answers_the_same(elevator, body, manager):
    today = str(clock.today())
    row = {"obligation": str(due(elevator).public_id), "body": str(body.public_id)}
    row |= {"wanted_from": today, "wanted_until": today}
    sent = {"applications": [row, row | {"obligation": str(uuid.uuid4())}, row | {"body": str(uuid.uuid4())}, {"x": 1}]}
    first, again = (manager.post(API, sent, key="k-1") for _ in range(2))
    assert first.json() == again.json() and again["Idempotency-Replayed"] == "true"
    codes = [each["code"] or each["application"]["state"] for each in first.json()["results"]]
    assert codes == ["APPLIED", "not-found", "application-body-unknown", "invalid"]
    anew = manager.post(API, {"applications": [row]}).json()["results"][0]
    assert anew["application"]["id"] == first.json()["results"][0]["application"]["id"]
    assert Application.objects.count() == 1


def test_rest_appoints_warns_declines_and_withdraws(unit, elevator, body, manager, office):
    row, second = applied(elevator, body, manager), applied(owned(unit), body, manager)
    address, late = f"{API}{row.public_id}/", str(row.due_on + dt.timedelta(days=1))
    answer = office.post(address + "appoint/", {"day": late, "version": 1}).json()
    assert (answer["state"], answer["warnings"], answer["late_by"]) == ("APPOINTED", ["APPOINTED_LATE"], "BODY")
    stale = office.post(address + "appoint/", {"day": str(clock.today()), "version": 1})
    assert (stale.status_code, stale.json()["code"]) == (412, "changed-meanwhile")
    moved = office.post(address + "decline/", {"reason": "no"})
    assert (moved.status_code, moved["Content-Type"]) == (409, "application/problem+json")
    unknown = office.post(address + "appoint/", {"day": late, "state": "DONE"})
    assert unknown.status_code == 400 and unknown.json()["errors"][0]["pointer"] == "/state"
    sent = {"appointments": [{"application": str(one.public_id), "day": str(clock.today())} for one in (row, second)]}
    results = office.post(API + "appoint/", sent).json()
    assert (results["done"], results["refused"]) == (2, 0)
    withdrawn = manager.post(address + "withdraw/", {"reason": "out of use"}).json()
    assert (withdrawn["state"], withdrawn["reason"]) == ("WITHDRAWN", "out of use")
    listed = office.client.get(API + "?turn=appointed").json()["results"]
    assert [each["id"] for each in listed] == [str(second.public_id)]


@pytest.mark.parametrize("count", [1, 3])
def test_lists_ask_as_often_for_one_row_as_for_three(unit, body, manager, office, count, django_assert_num_queries):
    for _ in range(count):
        row = applied(owned(unit), body, manager)
        appoint_inspection(application=row, day=clock.today(), by=office.actor(), at=clock.now())
        owned(unit)
    asked = ((office, LIST), (manager, LIST + "due/"), (office, LIST + "days/"), (office, API), (manager, "/due/"))
    for (person, address), statements in zip(asked, STATEMENTS, strict=True):
        person.client.get(address)
        with django_assert_num_queries(statements):
            assert person.client.get(address).status_code == 200


STATEMENTS = (12, 11, 11, 5, 10)  # the body's list and its days: two for what it may file reports of


def test_the_phone_goes_some_days_after_the_end_and_not_while_it_stands(elevator, body, office, manager):
    row = applied(elevator, body, manager, contact="13912345678")
    days = dt.timedelta(days=RetentionRule.objects.get(kind="inspection.application_phones").days)
    assert retention.sweep(at=clock.now() + 20 * days)["inspection.application_phones"] == 0
    manager.send(f"{LIST}{row.public_id}/withdraw/", reason="sold", version=1)
    ended = Application.objects.get(pk=row.pk).decided_at
    assert retention.sweep(at=ended + days)["inspection.application_phones"] == 0
    assert retention.sweep(at=ended + days + dt.timedelta(seconds=1))["inspection.application_phones"] == 1
    assert Application.objects.get(pk=row.pk).contact is None


@pytest.mark.parametrize("role", ["INSPECTOR", "INSPECTION_OFFICE", "MAINTENANCE_WORKER"])
def test_who_goes_to_appointments_finds_them_in_the_navigation(role):
    """An inspector answers no application and makes none, but goes there."""
    kind = "MAINTENANCE_UNIT" if role == "MAINTENANCE_WORKER" else "INSPECTION_BODY"
    person = Person(role, unit=make_unit("Sample unit", kind=kind))
    assert (f'href="{LIST}"' in person.text("/")) == (role != "MAINTENANCE_WORKER")


def test_who_comes_is_told_and_who_does_not_come_any_more(unit, body, manager, office):
    (first, second), today = [make_inspector(body) for _each in range(2)], clock.today()
    one, other = (applied(owned(unit), body, manager) for _each in range(2))

    def appoint(inspector, *rows):
        who = {"day": str(today), "inspector": str(inspector.public_id)}
        named = [{"application": str(row.public_id)} | who for row in rows]
        assert office.post(API + "appoint/", {"appointments": named}).json()["done"] == len(rows)

    def told(inspector):
        rows = Message.objects.filter(recipient_id=str(inspector.public_id)).order_by("pk")
        return [(row.kind.removeprefix("inspection."), row.link) for row in rows]

    for _again in range(2):
        appoint(first, one, other)
    assert told(first) == [("coming", f"{LIST}days/?inspector={first.public_id}")]
    appoint(second, one)
    moved = {"day": today + dt.timedelta(days=1), "inspector": second.public_id, "version": 3}
    assert office.send(f"{LIST}{one.public_id}/appoint/", **moved).status_code == 302
    assert manager.send(f"{LIST}{other.public_id}/withdraw/", reason="another body comes", version=2).status_code == 302
    assert [kind for kind, _link in told(first)] == ["coming", "not_yours_one", "off_one"]
    assert told(second) == [("coming_one", f"{LIST}{one.public_id}/")] * 2
