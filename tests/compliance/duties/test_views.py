"""Pages of the safety duties: what each sees, what each may file, one cost for one row and three."""

import datetime as dt
import re
import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from common.clock import now
from common.models import Attachment
from compliance.actions.duties import Finding, bind_elevators, plan_all_due_units
from compliance.forms.duties import REPORT_LABELS
from compliance.models import DutyAppointment, DutyRecord, Hazard, Obligation, OfficerBinding, RiskList
from compliance.queries.duties import week_of
from compliance.views.duties.units import SHOWN
from registry.models import Elevator, Site
from tests.compliance.duties.conftest import at, day
from tests.factories.make import GULOU, hold, make_elevator, make_unit, make_user

DUTIES = "/due/duties/"
EN = {"accept-language": "en"}


def unit_url(stage, tail="") -> str:
    return f"{DUTIES}{stage.unit.public_id}/{tail}"


def check_url(stage, **more) -> str:
    query = "".join(f"&{name}={value}" for name, value in more.items())
    return f"{unit_url(stage, 'check/')}?site={stage.site.public_id}{query}"


def key() -> dict:
    return {"idempotency_key": str(uuid.uuid4())}


def picture() -> SimpleUploadedFile:
    from io import BytesIO

    from PIL import Image

    file = BytesIO()
    Image.new("RGB", (8, 8), "white").save(file, "PNG")
    return SimpleUploadedFile("seen.png", file.getvalue())


@pytest.fixture(autouse=True)
def sealed(tmp_path, settings):
    settings.SEALED_DIR = tmp_path


# --- filing -----------------------------------------------------------------------------------------------------------


def test_the_officers_home_page_leads_to_todays_check_until_it_is_filed(stage):
    client = stage.officer.client()
    assert "site" in client.get(f"{DUTIES}today/").content.decode()
    page = client.get("/")
    [tile] = [tile for tile in page.context["tiles"] if tile.url == f"{DUTIES}today/"]
    assert (tile.value, tile.state) == (1, "warning")
    answer = client.post(check_url(stage), key())
    assert (answer.status_code, answer["Location"]) == (302, f"{DUTIES}today/")
    [tile] = [tile for tile in client.get("/").context["tiles"] if tile.url == f"{DUTIES}today/"]
    assert (tile.value, tile.state) == (0, "ok")
    assert (
        "This check has been filed." in client.get(check_url(stage), headers={"accept-language": "en"}).content.decode()
    )


def test_what_is_due_leads_whom_it_falls_to_straight_to_its_form(stage):
    """Others of the unit are told whose turn it is; nobody has to look for the form on the page of the unit."""
    owed = {
        "WEEKLY_REVIEW": "review/",
        "MONTHLY_MEETING": "meeting/",
        "DAILY_CHECK": "check/",
        "OFFICER_NAMED": "bind/",
    }
    make_elevator(using_unit=stage.unit, area_code=GULOU)
    Elevator.objects.filter(using_unit=stage.unit).update(registration_state="IN_USE")
    plan_all_due_units(at=at())
    leads, told = {}, {}
    daily, weekly, monthly = OTHERS
    for player in (stage.head, stage.director, stage.officer):
        client = player.client(**{"accept-language": "en"})
        home, listed = (client.get(page).content.decode() for page in ("/", "/due/"))
        assert "falls to: " in listed
        told[player] = {words for words in OTHERS if len(re.findall(words, home)) == 1}
        leads[player] = {kind for kind, end in owed.items() if f'href="{unit_url(stage, end)}' in home}
        assert leads[player] == {kind for kind, end in owed.items() if f'href="{unit_url(stage, end)}' in listed}
    assert leads == {
        stage.head: {"MONTHLY_MEETING", "OFFICER_NAMED"},
        stage.director: {"WEEKLY_REVIEW", "OFFICER_NAMED"},
        stage.officer: {"DAILY_CHECK"},
    }
    assert told == {stage.head: {daily, weekly}, stage.director: {daily, monthly}, stage.officer: {weekly, monthly}}


OTHERS = (
    r"\d daily checks? (is an officer&#x27;s|are the officers&#x27;): Duty officer<",
    r"\d weekly reviews? (is|are) the director&#x27;s<",
    r"\d monthly meetings? (is|are) the head&#x27;s<",
)  # one line of home for each kind, and no button


def wrong(stage, **more) -> dict:
    elevator, item = stage.elevator.public_id.hex, stage.item().public_id.hex
    return {f"wrong_{elevator}": [item], f"remark_{elevator}": "门夹人", f"stopped_{elevator}": "on"} | more


def test_a_cross_with_its_photograph_is_filed_and_the_photograph_is_for_those_who_see_the_record(stage):
    client = stage.officer.client()
    answer = client.post(
        check_url(stage), key() | wrong(stage, **{f"photos_{stage.elevator.public_id.hex}": picture()})
    )
    assert answer.status_code == 302
    record, file = DutyRecord.objects.get(), Attachment.objects.get()
    assert (record.findings.get().stopped, Hazard.objects.get().details) == (True, "门开关不正常或夹人: 门夹人")
    assert (file.subject_type, file.subject_id) == ("compliance.dutyfinding", record.findings.get().pk)
    path = f"{DUTIES}records/{record.public_id}/files/{file.public_id}/"
    assert path in stage.director.client().get(f"{DUTIES}records/{record.public_id}/").content.decode()
    assert stage.director.client().get(path).status_code == 200
    assert stage.cast.stranger.client().get(path).status_code == 404


def test_what_is_ticked_needs_words_and_words_need_a_tick(stage):
    client, elevator = stage.officer.client(), stage.elevator.public_id.hex
    answer = client.post(check_url(stage), key() | wrong(stage, **{f"remark_{elevator}": ""}))
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [f"remark_{elevator}"]
    answer = client.post(check_url(stage), key() | {f"remark_{elevator}": "x"})
    assert list(answer.context["form"].errors) == [f"wrong_{elevator}"]
    answer = client.post(check_url(stage), key() | wrong(stage, **{f"remark_{elevator}": "call 13912345678"}))
    assert list(answer.context["form"].errors) == [f"remark_{elevator}"]
    assert DutyRecord.objects.count() == 0


def test_the_same_form_sent_again_is_one_record(stage):
    client, once = stage.officer.client(), key()
    assert [client.post(check_url(stage), once).status_code for _time in range(3)] == [302] * 3
    assert client.post(check_url(stage), key()).status_code == 302  # opened anew, the same content
    answer = client.post(check_url(stage), key() | wrong(stage))
    assert answer.status_code == 422
    assert DutyRecord.objects.count() == 1


def test_another_day_of_the_address_is_late_or_refused(stage):
    client = stage.officer.client()
    assert client.post(check_url(stage, day=day(-1)), key()).status_code == 302
    assert DutyRecord.objects.get().days_late == 1
    for offset in (-9, 1):
        assert client.post(check_url(stage, day=day(offset)), key()).status_code == 422
    for hostile in ("2026-13-77", "9999-12-31", "0001-01-01", "<script>"):
        assert client.get(check_url(stage, day=hostile)).status_code in (200, 404)
        assert client.get(f"{unit_url(stage, 'week/')}?day={hostile}").status_code == 200


def test_rounds_of_others_are_no_page(stage):
    client = stage.officer.client()
    for site in (uuid.uuid4(), "nonsense"):
        assert client.get(f"{unit_url(stage, 'check/')}?site={site}").status_code == 404
    assert stage.cast.stranger.client().get(check_url(stage)).status_code == 404
    assert stage.cast.colleague.client().get(check_url(stage)).status_code == 403
    own = f"{check_url(stage)}&officer={stage.officer.user.public_id}"
    assert stage.head.client().post(own, key()).status_code == 422  # neither the officer nor the director
    assert stage.director.client().post(own, key()).status_code == 302


def test_the_page_of_a_check_names_nobody_whom_the_unit_never_appointed(stage):
    """Without ?site= there is a page without elevators; with a person's id it said the person's name."""
    page = f"{unit_url(stage, 'check/')}?officer="
    client = stage.director.client()
    assert client.get(f"{page}{stage.cast.stranger.user.public_id}").status_code == 404
    assert client.get(f"{page}{stage.officer.user.public_id}").status_code == 200


def test_reviews_and_minutes_are_filed_by_whom_they_fall_to(stage):
    stage.check(findings=[Finding(stage.elevator.pk, stage.item().pk, "x")])
    texts = dict.fromkeys(("summary", "analysis", "supervision", "plan"), "a\nb")
    page = unit_url(stage, "review/")
    assert "form" not in stage.head.client().get(page).content.decode().partition("<h1>")[2].partition("idempotency")[1]
    assert stage.head.client().post(page, key() | texts).status_code == 422
    answer = stage.director.client().post(page, key() | texts)
    assert (answer.status_code, DutyRecord.objects.get(kind="WEEKLY_REVIEW").content["plan"]) == (302, "a\nb")
    minutes = dict.fromkeys(("attendees", "heard", "decisions", "tasks"), "nothing")
    assert stage.head.client().post(unit_url(stage, "meeting/"), key() | minutes).status_code == 302
    record = DutyRecord.objects.get(kind="WEEKLY_REVIEW")
    said = [
        label for label, _text in stage.head.client().get(f"/due/duties/records/{record.public_id}/").context["texts"]
    ]
    assert said == [REPORT_LABELS[name][0] for name in ("summary", "analysis", "supervision", "plan")]
    assert "-W" not in stage.director.client().get(page).content.decode().partition("<h1>")[2].partition("</h1>")[0]
    week = stage.director.client().get(unit_url(stage, "week/"))
    assert (len(week.context["findings"]), week.context["record"].kind) == (1, "WEEKLY_REVIEW")


def test_a_day_with_a_site_still_to_check_is_not_filed(stage):
    """The director reviews the week by these words: two sites, one of them looked at, is a day that stays open."""
    ids = [one.pk for one in make_more(stage, 1)]  # at no site: a round of its own
    bind_elevators(appointment=stage.appointment, elevator_ids=ids, from_on=day(), by=stage.head.actor(), at=at())
    plan_all_due_units(at=at(0, "10:00"))
    shown = []
    for round_of in ({}, {"site": None, "elevators": ids}):
        stage.check(**round_of)
        (row,) = week_of(stage.unit, day() - dt.timedelta(days=day().weekday()), day())
        shown.append(dict(row.days)[day()])
    assert shown == ["open", "ok"]


# --- people and lists -------------------------------------------------------------------------------------------------


def test_an_appointment_is_entered_with_its_letter_and_ended(stage):
    user = make_user("second")
    hold(user, "SAFETY_OFFICER", unit=stage.unit)
    client = stage.head.client()
    form = {"role": "OFFICER", "person": user.public_id, "day": day(), "reference": "2026-7", "files": picture()}
    assert client.post(unit_url(stage, "appoint/"), key() | form).status_code == 302
    made = DutyAppointment.objects.get(user=user)
    file = Attachment.objects.kept_for(made).get()
    path = f"{DUTIES}appointments/{made.public_id}/files/{file.public_id}/"
    assert client.get(path).status_code == 200
    assert stage.cast.stranger.client().get(path).status_code == 404
    form |= {"person": stage.cast.stranger.user.public_id, "files": picture()}
    assert client.post(unit_url(stage, "appoint/"), key() | form).status_code == 422
    ended = f"{DUTIES}appointments/{made.public_id}/end/"
    assert client.post(ended, key() | {"day": day(-1), "reason": "left"}).context["form"].errors.keys() == {"day"}
    assert client.post(ended, key() | {"day": day(), "reason": "left"}).status_code == 302


def test_elevators_are_bound_by_site_by_what_nobody_has_and_one_by_one(stage):
    OfficerBinding.objects.all().delete()
    client, officer = stage.head.client(), {"officer": stage.appointment.public_id, "day": day()}
    page = unit_url(stage, "bind/")
    assert client.post(page, key() | officer).status_code == 422
    foreign = {"elevators": [stage.cast.elevator_foreign.public_id]}
    assert client.post(page, key() | officer | foreign).status_code == 422
    for chosen in ({"sites": [stage.site.public_id]}, {"unbound": "on"}, {"elevators": [stage.elevator.public_id]}):
        OfficerBinding.objects.all().delete()
        assert client.post(page, key() | officer | chosen).status_code == 302
        assert OfficerBinding.objects.get().elevator == stage.elevator


def test_a_list_is_drafted_changed_and_approved_on_pages(stage):
    head, director = stage.head.client(), stage.director.client()
    draft = head.post(unit_url(stage, "list/"), key())["Location"]
    row = RiskList.objects.get(state="DRAFT")
    assert draft == f"{DUTIES}lists/{row.public_id}/"
    line = {"scope": "ALL", "frequency": "DAILY", "owner": "OFFICER", "hazard_item": "DOOR"}
    assert head.post(f"{draft}line/", key() | line | {"risk": "own", "measure": "look"}).status_code == 302
    first = row.items.get(position=1)
    gone = line | {"risk": first.risk, "measure": first.measure, "remove": "on"}
    assert head.post(f"{draft}line/?item={first.public_id}", key() | gone).status_code == 302
    assert head.get(f"{draft}line/?item={stage.item().public_id}").status_code == 404  # of the approved list
    assert head.post(f"{draft}approve/", key()).status_code == 422
    assert director.post(f"{draft}approve/", key()).status_code == 302
    row.refresh_from_db()
    assert (row.state, row.items.count(), row.items.filter(risk="own").count()) == ("APPROVED", 14, 1)


# --- looking ----------------------------------------------------------------------------------------------------------


def test_the_file_of_a_unit_says_what_was_filed_missed_and_who_is_wanting(stage):
    plan_all_due_units(at=at(-19))
    plan_all_due_units(at=at(-15))
    stage.check(-15)
    make_more(stage, 1)
    page = stage.cast.district_regulator.client().get(unit_url(stage))
    states = {(one.day - day()).days: one.state for one in page.context["calendar"] if one.state}
    assert states == {-20: "danger", -19: "danger", -18: "danger", -17: "danger", -16: "danger", -15: "ok"}
    assert (page.context["gap_count"], page.context["keeps"]) == (1, False)
    assert [len(rows) for _label, rows in page.context["people"]] == [1, 1, 1]


def make_more(stage, number) -> list:
    made = [make_elevator(area_code=stage.elevator.area.code, using_unit=stage.unit) for _n in range(number)]
    Elevator.objects.filter(pk__in=[one.pk for one in made]).update(registration_state="IN_USE")
    return made


def test_who_has_one_unit_is_led_to_it_and_the_regulator_finds_what_is_wanting(stage):
    Elevator.objects.update(registration_state="IN_USE")
    plan_all_due_units(at=now())  # the units were noted a moment ago, whatever the hour
    assert stage.officer.client().get(DUTIES)["Location"] == unit_url(stage)
    client = stage.cast.city_regulator.client()
    assert [row.name for row in client.get(DUTIES).context["page"].rows] == ["Using unit A", "Using unit B"]
    for wanting, names in (("director", ["Using unit B"]), ("officer", ["Using unit B"]), ("late", ["Using unit A"])):
        rows = client.get(f"{DUTIES}?wanting={wanting}").context["page"].rows
        assert [row.name for row in rows] == names, wanting


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_cost_the_same_for_one_and_three(stage, django_assert_num_queries, rows):
    for offset in range(rows):
        stage.check(-offset)
    for number in range(rows - 1):
        more = make_elevator(area_code="320106001", using_unit=make_unit(f"Further unit {number}"))
        Elevator.objects.filter(pk=more.pk).update(registration_state="IN_USE")
    client = stage.cast.district_regulator.client()
    client.get(DUTIES)
    with django_assert_num_queries(6):  # session, person, units; people, obligations, newest records of these
        assert len(client.get(DUTIES).context["page"].rows) == rows
    with django_assert_num_queries(3):  # session, person, records
        assert len(client.get(f"{DUTIES}records/").context["page"].rows) == rows


@pytest.mark.parametrize("rows", [1, 3])
def test_the_day_and_the_file_cost_the_same_for_one_and_three(stage, django_assert_num_queries, rows):
    more = make_more(stage, rows - 1)
    by = stage.head.actor()
    ids = [one.pk for one in more]
    bind_elevators(appointment=stage.appointment, elevator_ids=ids, from_on=day(), by=by, at=at())
    client = stage.officer.client()
    client.get(f"{DUTIES}today/")
    with django_assert_num_queries(7):  # session, person, the officer, rounds, units, sites, what was filed
        assert sum(stop.elevators for stop in client.get(f"{DUTIES}today/").context["stops"]) == rows
    plan_all_due_units(at=at(0, "10:00"))
    client.get(unit_url(stage))
    # session, person, unit, access; people, counts, letters; elevators without (rows, count), list, calendar (two),
    # reports, and whether the actor keeps and files it
    with django_assert_num_queries(15):
        client.get(unit_url(stage))


def test_what_units_and_people_owe_stands_in_the_list_and_the_alerts(stage):
    from compliance.actions import take_all_steps

    plan_all_due_units(at=at(-19))
    take_all_steps(at=at(-19))
    for player in (stage.officer, stage.head, stage.cast.colleague, stage.cast.district_regulator):
        rows = player.client().get("/due/").context["page"].rows
        kinds = {row.kind for row in rows}
        assert {"DAILY_CHECK", "WEEKLY_REVIEW"} <= kinds, player
        alerts = player.client().get("/due/alerts/").context["page"].rows
        assert "OVERDUE_DAILY_CHECK" in {row.kind for row in alerts}
        alert = next(row for row in alerts if row.kind == "OVERDUE_DAILY_CHECK")
        page = player.client().get(f"/due/alerts/{alert.public_id}/").content.decode()
        assert stage.officer.user.display_name in page
    for player in (stage.cast.stranger, stage.cast.jiangbei_regulator, stage.cast.maintainer):
        rows = player.client().get("/due/").context["page"].rows
        assert [row for row in rows if row.for_unit_id == stage.unit.pk] == []
    assert Obligation.objects.filter(due_on__lt=day(-18) - dt.timedelta(days=1)).exists()


def test_an_alert_about_a_person_is_taken_note_of_by_the_unit(stage):
    from compliance.actions import take_all_steps
    from compliance.models import Alert

    plan_all_due_units(at=at(-19))
    take_all_steps(at=at(-19))
    alert = Alert.objects.get(kind="OVERDUE_DAILY_CHECK")
    path = f"/due/alerts/{alert.public_id}/acknowledge/"
    assert stage.head.client().get(path).status_code == 200
    assert stage.head.client().post(path, key() | {"note": "seen"}).status_code == 302


# --- what users with fresh eyes stumbled over -------------------------------------------------------------------------


def more_sites(stage, *names) -> None:
    """Further places of the officer's day, one elevator each; the last name may be "": an elevator without a site."""
    made = make_more(stage, len(names))
    for name, elevator in zip(names, made, strict=True):
        values = {"area": elevator.area, "city": elevator.city, "managing_district": elevator.managing_district}
        site = Site.objects.create(name=name, created_at=at(), **values) if name else None
        Elevator.objects.filter(pk=elevator.pk).update(site=site)
    ids = [one.pk for one in made]
    bind_elevators(appointment=stage.appointment, elevator_ids=ids, from_on=day(), by=stage.head.actor(), at=at())


def test_the_rounds_of_a_day_are_told_apart_by_their_places(stage):
    more_sites(stage, "North court", "")
    plan_all_due_units(at=at(0, "10:00"))
    client = stage.officer.client(**EN)
    rows = [row for row in client.get("/due/?kind=DAILY_CHECK&when=month").context["page"].rows if row.due_on == day()]
    assert {row.site.name if row.site else None for row in rows} == {"Test gardens", "North court", None}
    for address in ("/due/?kind=DAILY_CHECK&when=month", "/"):
        words = client.get(address).content.decode()
        for place in ("Test gardens", "North court", "elevators without a site"):
            assert place in words, (address, place)


def test_the_first_elevators_without_officer_lead_to_all_of_them(stage):
    make_more(stage, SHOWN + 1)
    client, every = stage.head.client(**EN), unit_url(stage, "unbound/")
    assert f'href="{every}"' in client.get(unit_url(stage)).content.decode()
    page = client.get(every)
    assert len(page.context["page"].rows) == SHOWN + 1
    assert stage.elevator.pk not in {row.pk for row in page.context["page"].rows}  # it has an officer
    assert stage.cast.stranger.client().get(every).status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_all_without_officer_cost_the_same_for_one_and_three(stage, django_assert_num_queries, rows):
    make_more(stage, rows)
    client = stage.head.client()
    client.get(unit_url(stage, "unbound/"))
    with django_assert_num_queries(5):  # session, person, unit, as what it answers for elevators, elevators
        assert len(client.get(unit_url(stage, "unbound/")).context["page"].rows) == rows


def test_the_units_morning_message_counts_what_its_list_shows(stage):
    from common.models import Message
    from compliance.actions import take_all_steps
    from compliance.actions.telling import tell_all

    plan_all_due_units(at=at(-1, "00:10"))
    plan_all_due_units(at=at(0, "00:10"))
    take_all_steps(at=at(0, "00:20"))
    tell_all(at=at(0, "08:01"))
    found = Message.objects.filter(recipient_id=str(stage.head.user.public_id), kind="compliance.day")
    late = Obligation.objects.overdue(day()).filter(for_unit=stage.unit)
    assert late.filter(kind="DAILY_CHECK", person=stage.officer.user).exists()  # what an officer owes for the unit
    assert [message.params["overdue"] for message in found] == [late.count()]


def test_an_officer_of_two_units_has_an_alert_for_each(stage):
    from compliance.actions import take_all_steps
    from compliance.models import Alert, AlertCause

    plan_all_due_units(at=at(-1, "00:10"))
    other = stage.cast.unit_b
    mine = Obligation.objects.filter(kind="DAILY_CHECK", due_on=day(-1), person=stage.officer.user).get()
    mine.pk, mine.public_id, mine.for_unit, mine.period = None, uuid.uuid4(), other, f"{day(-1)} zz.0"
    mine.save()
    for _again in range(2):
        take_all_steps(at=at(0, "00:20"))
    alerts = Alert.objects.filter(kind="OVERDUE_DAILY_CHECK", person=stage.officer.user, state="OPEN")
    assert set(alerts.values_list("for_unit__name", flat=True)) == {stage.unit.name, other.name}
    causes = AlertCause.objects.filter(alert__in=alerts).values_list("alert__for_unit", "obligation__for_unit")
    assert all(of_alert == of_cause for of_alert, of_cause in causes)
    assert alerts.count() == 2
    words = stage.officer.client().get("/due/alerts/").content.decode()
    assert (stage.unit.name in words, other.name in words) == (True, True)


def test_alerts_that_stood_for_two_units_are_parted_when_the_platform_is_renewed(stage):
    from importlib import import_module

    from django.db import connection

    from compliance.actions import take_all_steps
    from compliance.models import Alert, AlertCause

    plan_all_due_units(at=at(-1, "00:10"))
    mine = Obligation.objects.filter(kind="DAILY_CHECK", due_on=day(-1), person=stage.officer.user).get()
    take_all_steps(at=at(0, "00:20"))
    mine.pk, mine.public_id, mine.for_unit, mine.period = None, uuid.uuid4(), stage.cast.unit_b, f"{day(-1)} zz.0"
    mine.step_at = None
    mine.save()
    one = Alert.objects.get(kind="OVERDUE_DAILY_CHECK")
    AlertCause.objects.create(alert=one, obligation=mine, since=at())
    for _again in range(2):
        with connection.cursor() as cursor:
            cursor.execute(import_module("compliance.migrations.0014_duties_items").SPLIT)
    alerts = Alert.objects.filter(kind="OVERDUE_DAILY_CHECK", state="OPEN").order_by("pk")
    assert [alert.for_unit for alert in alerts] == [stage.unit, stage.cast.unit_b]
    assert AlertCause.objects.get(obligation=mine).alert == alerts[1]
    assert alerts[1].steps.count() == one.steps.count() > 0
