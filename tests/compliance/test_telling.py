"""Who is told what, when, and that it is once."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from accounts.models import Membership
from common.actor import Actor, system
from common.messages.texts import text_of
from common.models import Delivery, Message
from compliance.actions import (
    escalate_all_due,
    extend_hazard,
    report_hazard,
    take_all_steps,
    take_hazard_step,
    take_steps,
)
from compliance.actions.telling import make_summaries, tell_all
from compliance.choices import Topic
from compliance.models import Alert, DutyAppointment, News, Notice, Obligation, OfficerBinding
from compliance.rules.telling import summary_day, tell_at
from tests.compliance.conftest import moment
from tests.factories.due import many_elevators, owe
from tests.factories.make import hold, make_elevator, make_unit, make_user

pytestmark = pytest.mark.django_db
MIDNIGHT, MORNING = "2028-06-01 00:01", "2028-06-01 08:00"


@pytest.fixture
def week_told(db):
    """The summary of that week was made before anything was late."""
    make_summaries(at=moment("2028-05-29 08:00"))


def told(player) -> list[tuple[str, dict]]:
    """[(kind, parameters)] of a person's messages, oldest first."""
    rows = Message.objects.filter(recipient_id=str(player.user.public_id)).order_by("pk")
    return [(row.kind.removeprefix("compliance."), row.params) for row in rows]


def owed(elevators, due: str, *, at: str = "2028-05-01 12:00"):
    owe(elevators, due_on=dt.date.fromisoformat(due), at=moment(at))


@pytest.mark.parametrize(
    ("topic", "at", "expected"),
    [
        ("OPENED", "2028-06-01 00:01", "2028-06-01 00:01"),
        ("SOON", "2028-06-01 00:01", "2028-06-01 08:00"),
        ("SOON", "2028-06-01 08:00", "2028-06-02 08:00"),
        ("RESOLVED", "2028-02-28 23:59", "2028-02-29 08:00"),
        ("ESCALATED", "2028-12-31 12:00", "2029-01-01 08:00"),
    ],
)
def test_what_is_overdue_is_told_at_once_and_the_rest_at_eight(topic, at, expected):
    assert tell_at(topic, moment(at)) == moment(expected)


@pytest.mark.parametrize(
    ("audience", "at", "expected"),
    [
        ("UNITS", "2028-06-01 07:59", None),
        ("UNITS", "2028-06-01 08:00", dt.date(2028, 6, 1)),
        ("AREAS", "2028-05-29 07:59", dt.date(2028, 5, 22)),  # a Monday
        ("AREAS", "2028-05-29 08:00", dt.date(2028, 5, 29)),
        ("AREAS", "2028-06-04 23:59", dt.date(2028, 5, 29)),
    ],
)
def test_a_summary_belongs_to_the_day_whose_hour_has_come(audience, at, expected):
    assert summary_day(audience, moment(at)) == expected


def test_a_warning_reaches_those_who_answer_in_the_morning_and_nobody_else(cast):
    owed([cast.elevator_own], "2028-06-30")
    take_all_steps(at=moment("2028-06-01 00:01"))
    tell_all(at=moment("2028-06-01 07:59"))
    assert told(cast.own_manager) == []
    tell_all(at=moment(MORNING))
    code = cast.elevator_own.main_code
    one = ("soon_one", {"code": code, "due_on": "2028-06-30"})
    assert (told(cast.own_manager), told(cast.maintainer)) == ([one], [one])
    others = ("stranger", "former", "colleague", "unit_admin", "dispatcher", "auditor", "system_admin")
    assert {name: told(cast.players[name]) for name in others} == {name: [] for name in others}


def test_what_becomes_overdue_is_told_at_once_and_each_morning_until_it_is_done(cast):
    owed([cast.elevator_own], "2028-05-31")
    take_all_steps(at=moment(MIDNIGHT))
    tell_all(at=moment(MIDNIGHT))
    alert = Alert.objects.get()
    [message] = Message.objects.filter(recipient_id=str(cast.own_manager.user.public_id))
    assert (message.kind, message.link) == ("compliance.overdue_one", f"/due/alerts/{alert.public_id}/")
    with translation.override("en"):
        assert text_of(message).title == f"Elevator {cast.elevator_own.main_code}: overdue since today"
    for at in (MORNING, "2028-06-01 18:00", "2028-06-02 08:00"):
        tell_all(at=moment(at))
    day = ("day", {"overdue": 1, "month": 0, "hazards": 0})
    assert told(cast.own_manager)[1:] == [day, day]
    assert told(cast.maintainer) == [("overdue_one", {"code": cast.elevator_own.main_code})]


def test_the_officers_of_the_level_whose_turn_it_is_are_told(cast):
    owed([cast.elevator_own], "2028-05-31")
    take_all_steps(at=moment(MIDNIGHT))
    heard = []
    for days in (7, 14, 30):
        at = moment(MIDNIGHT) + dt.timedelta(days=days, minutes=1)
        escalate_all_due(at=at)
        tell_all(at=at + dt.timedelta(hours=8))
        officers = ("subdistrict_officer", "district_regulator", "city_regulator", "jiangbei_regulator")
        heard.append([[kind for kind, _ in told(cast.players[name])].count("escalated") for name in officers])
    assert heard == [[1, 0, 0, 0], [1, 1, 0, 0], [1, 1, 1, 0]]


def test_the_end_of_an_alert_is_told(cast):
    owed([cast.elevator_own], "2028-05-31")
    take_all_steps(at=moment(MIDNIGHT))
    tell_all(at=moment(MIDNIGHT))
    owed([cast.elevator_own], "2028-12-31", at="2028-06-01 07:00")  # another date: the old alert has lost its cause
    assert Alert.objects.get().state == "RESOLVED"
    tell_all(at=moment(MORNING))
    assert ("resolved", {"count": 1}) in told(cast.own_manager)


def test_the_week_is_summed_up_for_district_and_city_on_mondays(cast):
    owed([cast.elevator_own], "2028-05-20")
    owed([cast.elevator_jiangbei], "2028-06-20")
    take_all_steps(at=moment("2028-05-29 00:01"))
    tell_all(at=moment("2028-05-29 08:00"))
    week = {
        name: [params for kind, params in told(cast.players[name]) if kind == "week"]
        for name in ("district_regulator", "jiangbei_regulator", "city_regulator", "other_district_regulator")
    }
    assert week == {
        "district_regulator": [{"overdue": 1, "month": 0, "hazards": 0}],
        "jiangbei_regulator": [{"overdue": 0, "month": 1, "hazards": 0}],
        "city_regulator": [{"overdue": 1, "month": 1, "hazards": 0}],
        "other_district_regulator": [],
    }


def test_many_at_once_are_one_message_for_each_person(week_told, cast):
    rows = many_elevators(40)
    type(rows[0]).objects.filter(pk__in=[row.pk for row in rows]).update(using_unit=cast.unit_a)
    owed(rows, "2028-05-31")
    take_all_steps(at=moment(MIDNIGHT))
    tell_all(at=moment(MIDNIGHT))
    assert told(cast.own_manager) == [("overdue", {"count": 40})]
    assert told(cast.city_regulator) == []


def test_two_looks_tell_once(cast):
    owed([cast.elevator_own], "2028-05-31")
    for _ in range(2):
        take_all_steps(at=moment(MIDNIGHT))
        tell_all(at=moment(MIDNIGHT))
        tell_all(at=moment(MORNING))
    assert [kind for kind, _ in told(cast.own_manager)] == ["overdue_one", "day"]
    assert not News.objects.exists()


def test_news_and_messages_are_one_transaction(week_told, cast, monkeypatch):
    owed([cast.elevator_own], "2028-05-31")
    take_all_steps(at=moment(MIDNIGHT))
    with monkeypatch.context() as broken:
        broken.setattr("compliance.actions.telling.queue_messages", lambda *a, **k: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            tell_all(at=moment(MIDNIGHT))
    assert (News.objects.count(), Message.objects.count()) == (2, 0)
    tell_all(at=moment(MIDNIGHT))
    assert (News.objects.count(), Message.objects.count()) == (0, 2)


def test_after_a_week_without_sweeps_only_the_newest_summary_is_made(cast):
    owed([cast.elevator_own], "2028-05-31")
    take_all_steps(at=moment("2028-06-08 09:00"))
    assert make_summaries(at=moment("2028-06-08 09:00")) == 2
    assert make_summaries(at=moment("2028-06-08 09:00")) == 0
    assert News.objects.filter(topic=Topic.DAY).count() == 1


def test_who_may_no_longer_sign_in_or_has_left_is_not_told(week_told, cast):
    owed([cast.elevator_own], "2028-05-31")
    cast.own_manager.user.is_active = False
    cast.own_manager.user.save()
    maintainer = cast.maintainer.user
    maintainer.memberships.update(ended_at=moment("2028-05-01 00:00"))
    take_all_steps(at=moment(MIDNIGHT))
    tell_all(at=moment(MIDNIGHT))
    assert Message.objects.count() == 0


def test_a_unit_that_answers_no_longer_is_not_told(cast):
    elevator = cast.elevator_own
    type(elevator).objects.filter(pk=elevator.pk).update(using_unit_until=moment("2028-05-31 12:00"))
    owed([elevator], "2028-05-31")
    take_all_steps(at=moment(MIDNIGHT))
    tell_all(at=moment(MIDNIGHT))
    assert told(cast.own_manager) == []
    assert told(cast.maintainer) == [("overdue_one", {"code": elevator.main_code})]


def test_a_major_hazard_is_told_at_once_by_every_way_and_once(cast, settings):
    settings.MESSAGE_CHANNELS = ["SMS"]
    at = moment("2028-06-01 23:30")
    hazard = report_hazard(
        elevator=cast.elevator_own,
        item="GB45067-5.6.4",
        details="bridged",
        found_on=dt.date(2028, 6, 1),
        source="INSPECTION",
        by=cast.district_regulator.actor(),
        at=at,
    )
    take_hazard_step(hazard_id=hazard.pk, step="confirm", note="seen", by=cast.district_regulator.actor(), at=at)
    everybody = ("own_manager", "maintainer", "subdistrict_officer", "district_regulator")
    said = ("hazard_major", {"code": cast.elevator_own.main_code})
    assert {name: told(cast.players[name]) for name in everybody} == {name: [said] for name in everybody}
    assert told(cast.stranger) == told(cast.city_regulator) == []
    assert set(Delivery.objects.values_list("emergency", "attempt_after")) == {(True, at)}  # in the middle of the night


def test_a_sweep_costs_the_same_statements_however_many_rows(week_told, cast):
    """A set of 500 that turns overdue, with 500 news to tell; one set more is the same again."""
    spent = []
    for number in (50, 500):
        rows = many_elevators(number)
        type(rows[0]).objects.filter(pk__in=[row.pk for row in rows]).update(using_unit=cast.unit_a)
        owed(rows, "2028-05-31")
        with CaptureQueriesContext(connection) as steps:
            assert take_steps(at=moment(MIDNIGHT)).alerts == number
        with CaptureQueriesContext(connection) as telling:
            tell_all(at=moment(MIDNIGHT))
        spent.append((len(steps), len(telling)))
    assert spent == [(16, 27), (16, 27)]


def test_news_of_many_units_cost_the_same_statements(week_told, cast):
    spent = []
    for number in (3, 60):
        owed([cast.elevator_own], "2028-05-31")
        for place in range(number):
            unit = make_unit(f"Unit {number} {place}", area_code="320106")
            hold(make_user(f"manager{number}x{place}"), "USING_UNIT_MANAGER", unit=unit)
            owed([make_elevator(area_code="320106", using_unit=unit)], "2028-05-31")
        take_all_steps(at=moment(MIDNIGHT))
        with CaptureQueriesContext(connection) as telling:
            assert tell_all(at=moment(MIDNIGHT)) >= number
        spent.append(len(telling))
    assert spent[0] == spent[1]


def test_a_notice_is_the_proof_that_somebody_was_warned(cast):
    owed([cast.elevator_own], "2028-06-30")
    assert take_steps(at=moment("2028-06-01 00:01")).told == 1
    assert list(Notice.objects.values_list("obligation", "step", "due_on")) == [
        (Obligation.objects.get().pk, 30, dt.date(2028, 6, 30))
    ]


def hazard_of(elevator, item="DOOR", by=None, at=MIDNIGHT):
    return report_hazard(
        elevator=elevator,
        item=item,
        details="rattles",
        found_on=dt.date(2028, 6, 1),
        source="SPOT_CHECK",
        confirmed=True,
        by=by or system("tests"),
        at=moment(at),
    )


def test_who_mends_hears_of_what_was_found_of_more_time_and_of_what_is_not_mended(cast, week_told):
    code, officer, mender = cast.elevator_own.main_code, Actor("PERSON", "officer"), Actor("PERSON", "mender")
    hazard = hazard_of(cast.elevator_own)
    tell_all(at=moment(MORNING))
    extend_hazard(hazard_id=hazard.pk, due_on=dt.date(2028, 7, 10), note="", by=officer, at=moment("2028-06-01 09:00"))
    tell_all(at=moment("2028-06-02 08:00"))
    for step, by in (("claim", mender), ("send_back", officer)):
        take_hazard_step(hazard_id=hazard.pk, step=step, note="", by=by, at=moment("2028-06-02 09:00"))
    tell_all(at=moment("2028-06-03 08:00"))
    expected = [
        ("hazard_found_one", {"code": code, "due_on": "2028-07-01"}),
        ("hazard_later_one", {"code": code, "due_on": "2028-07-10"}),
        ("hazard_back_one", {"code": code, "due_on": "2028-07-10"}),
    ]
    assert (told(cast.own_manager), told(cast.maintainer)) == (expected, expected)
    assert {name: told(cast.players[name]) for name in ("stranger", "former", "auditor")} == {
        "stranger": [],
        "former": [],
        "auditor": [],
    }
    message = Message.objects.filter(recipient_id=str(cast.own_manager.user.public_id)).latest("pk")
    assert message.link == f"/due/hazards/{hazard.public_id}/"


def test_several_hazards_are_one_message_and_nobody_hears_of_their_own_report(cast, week_told):
    for item in ("DOOR", "CAR"):
        finder = Actor("PERSON", "worker", acting_unit=cast.elevator_own.maintenance_unit_id)
        hazard_of(cast.elevator_own, item, by=finder)
    hazard_of(cast.elevator_own, "GB45067-5.6.4")  # of which its alert tells, at once
    tell_all(at=moment(MORNING))
    assert ("hazard_found", {"count": 2}) in told(cast.own_manager)
    names = {kind for kind, _params in told(cast.own_manager) + told(cast.maintainer)}
    assert names == {"hazard_found", "hazard_major"}
    assert "hazard_found" not in {kind for kind, _params in told(cast.maintainer)}


# --- who mends with their own hands, and who reported ------------------------------------------------------------------


def reported(cast, item="DOOR", at=MIDNIGHT):
    """By the manager of the using unit; an officer confirms it, or not."""
    return report_hazard(
        elevator=cast.elevator_own,
        item=item,
        details="rattles",
        found_on=dt.date(2028, 6, 1),
        source="USING_UNIT",
        by=cast.own_manager.actor(moment(at)),
        at=moment(at),
    )


def taken(hazard, step, player, at):
    take_hazard_step(hazard_id=hazard.pk, step=step, note="seen", by=player.actor(moment(at)), at=moment(at))


@pytest.fixture
def hands(cast):
    """{role: person} of those who mend and take note of nothing: two workers, a safety officer of each using unit."""
    units = {
        "worker": (cast.maintenance_unit, "MAINTENANCE_WORKER"),
        "former_worker": (cast.former_maintenance_unit, "MAINTENANCE_WORKER"),
        "officer": (cast.unit_a, "SAFETY_OFFICER"),
        "officer_elsewhere": (cast.unit_b, "SAFETY_OFFICER"),
    }
    people = {name: make_user() for name in units}
    for name, (unit, role) in units.items():
        hold(people[name], role, unit=unit)
    return people


def heard(people) -> dict[str, list[str]]:
    return {
        name: [
            row.kind.removeprefix("compliance.hazard_")
            for row in Message.objects.filter(recipient_id=str(user.public_id)).order_by("pk")
        ]
        for name, user in people.items()
    }


def test_what_is_to_be_mended_reaches_hands_in_the_morning_after_it_was_confirmed(cast, hands, week_told):
    hazard = reported(cast)
    tell_all(at=moment(MORNING))
    assert heard(hands) == {name: [] for name in hands}  # nobody has confirmed it
    taken(hazard, "confirm", cast.district_regulator, "2028-06-01 09:00")
    tell_all(at=moment("2028-06-02 07:59"))
    assert heard(hands) == {name: [] for name in hands}
    for _ in range(2):
        tell_all(at=moment("2028-06-02 08:00"))
    assert heard(hands) == {
        "worker": ["mend_one"],
        "officer": ["mend_one"],
        "former_worker": [],
        "officer_elsewhere": [],
    }


def test_many_to_mend_are_one_message_and_offices_hear_of_each_hazard_once(cast, hands, week_told):
    for item in ("DOOR", "CAR", "SHAFT"):
        hazard_of(cast.elevator_own, item)
    tell_all(at=moment(MORNING))
    [message] = Message.objects.filter(recipient_id=str(hands["worker"].public_id))
    assert (message.kind, message.params) == ("compliance.hazard_mend", {"count": 3})
    assert told(cast.own_manager) == told(cast.maintainer) == [("hazard_found", {"count": 3})]


def test_only_the_officer_to_whom_the_elevator_is_bound_is_told(cast, hands, week_told):
    bound = make_user()
    hold(bound, "SAFETY_OFFICER", unit=cast.unit_a)
    since = {"started_on": dt.date(2028, 1, 1)}
    letter = DutyAppointment.objects.create(
        unit=cast.unit_a, user=bound, role="OFFICER", appointed_at=moment(MIDNIGHT), **since
    )
    OfficerBinding.objects.create(elevator=cast.elevator_own, unit=cast.unit_a, appointment=letter, **since)
    hazard_of(cast.elevator_own)
    tell_all(at=moment(MORNING))
    assert heard({**hands, "bound": bound}) == {
        "worker": ["mend_one"],
        "bound": ["mend_one"],
        "officer": [],
        "former_worker": [],
        "officer_elsewhere": [],
    }


@pytest.mark.parametrize(("step", "expected"), [("confirm", "hazard_yes_one"), ("reject", "hazard_no_one")])
def test_who_reported_hears_what_became_of_it(cast, week_told, step, expected):
    hazard = reported(cast)
    taken(hazard, step, cast.district_regulator, "2028-06-01 00:02")
    tell_all(at=moment(MORNING))
    assert told(cast.own_manager)[-1][0] == expected
    assert {name: told(cast.players[name]) for name in ("district_regulator", "stranger", "colleague")} == {
        "district_regulator": [],
        "stranger": [],
        "colleague": [],
    }


def test_who_has_left_does_not_hear_what_became_of_their_report(cast, week_told):
    hazard = reported(cast)
    Membership.objects.filter(user=cast.own_manager.user).update(ended_at=moment("2028-06-01 00:02"))
    taken(hazard, "reject", cast.district_regulator, "2028-06-01 00:03")
    tell_all(at=moment(MORNING))
    assert told(cast.own_manager) == []


def test_what_was_rejected_or_mended_before_eight_is_no_longer_told(cast, hands, week_told):
    rejected, mended = hazard_of(cast.elevator_own), hazard_of(cast.elevator_own, "CAR")
    taken(rejected, "reject", cast.district_regulator, "2028-06-01 07:59")
    taken(mended, "claim", cast.maintainer, "2028-06-01 07:59")
    tell_all(at=moment(MORNING))
    assert [kind for kind, _params in told(cast.own_manager)] == ["hazard_found_one"]  # of what is mended: it is theirs
    assert heard(hands) == {name: [] for name in hands}
    assert not News.objects.exists()
