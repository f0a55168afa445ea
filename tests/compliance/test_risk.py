"""Bands: found anew for what changed alone, alerts of the officials that are born once and end once."""

import datetime as dt
import random

import pytest
from django.db import DatabaseError, connection, transaction

from common import apart, sweeps
from common.actor import system
from common.models import SweepFault
from compliance.actions import acknowledge_alert, escalate_all_due, replan, report_hazard, risk, take_hazard_step
from compliance.models import Alert, AlertCause, AlertPolicy, Hazard, News, RiskChange, RiskDue, RiskPolicy, RiskScore
from registry.actions import set_registration_state
from tests.compliance.conftest import find, moment, owed, plan
from tests.factories.due import many_elevators
from tests.factories.make import GULOU, make_elevator, make_unit

BY = system("tests")


@pytest.fixture
def elevator(law):
    unit, keeper = (
        make_unit("Using unit", area_code=GULOU),
        make_unit("Keeper", kind="MAINTENANCE_UNIT", area_code=GULOU),
    )
    return make_elevator(area_code=GULOU, using_unit=unit, maintenance_unit=keeper)


def band(elevator) -> str:
    return RiskScore.objects.get(elevator=elevator).band


def alerts(elevator) -> list[tuple]:
    return list(Alert.objects.filter(elevator=elevator, kind="RISK").order_by("pk").values_list("severity", "state"))


@pytest.mark.parametrize(
    ("clock", "found"),
    [
        ("2028-05-23 23:59", "GREEN"),
        ("2028-05-24 00:00", "YELLOW"),
        ("2028-05-31 23:59", "YELLOW"),
        ("2028-06-01 00:00", "RED"),
    ],
)
@pytest.mark.django_db
def test_what_the_calendar_alone_changes_is_found_at_its_midnight(elevator, law, clock, found):
    plan(elevator, law, "2028-01-01 09:00")
    find("2028-01-01 09:01")
    assert band(elevator) == "GREEN"
    assert not RiskDue.objects.exists()
    find(clock)
    assert band(elevator) == found


@pytest.mark.django_db
def test_among_red_ones_the_latest_stands_above_and_no_change_of_band_is_told(elevator, law):
    """Its own row comes due when its lateness counts more."""
    plan(elevator, law, "2028-01-01 09:00")
    scores = []
    for clock in (
        "2028-06-01 00:00",
        "2028-06-29 23:59",
        "2028-06-30 00:00",
        "2029-06-30 00:00",
    ):  # 394 days are 13 steps
        find(clock)
        scores.append(RiskScore.objects.get(elevator=elevator).score)
    assert scores == [315, 315, 318, 354]
    assert RiskChange.objects.filter(elevator=elevator, band="RED").count() == 1
    assert alerts(elevator) == [("RED", "OPEN")]


@pytest.mark.django_db
def test_of_alert_policies_only_that_of_bands_has_the_city_found_anew(elevator):
    RiskDue.objects.all().delete()
    new = AlertPolicy.objects.create(kind="TESTS", valid_from=dt.date(2028, 1, 1), source="tests", certainty="D")
    AlertPolicy.objects.exclude(kind="RISK").update(severity="RED")
    new.delete()
    assert not RiskDue.objects.exists()
    AlertPolicy.objects.filter(kind="RISK").update(severity="ORANGE")
    assert RiskDue.objects.filter(elevator=elevator).exists()


@pytest.mark.django_db
def test_an_alert_opens_with_red_once_and_ends_when_the_band_falls(elevator, law):
    plan(elevator, law, "2028-01-01 09:00")
    find("2028-06-01 00:01")
    RiskScore.objects.update(step_at=moment("2028-06-01 00:01"))
    find("2028-06-01 00:02")
    risk.note_all_for_bands()
    find("2028-06-01 00:03")
    assert alerts(elevator) == [("RED", "OPEN")]
    assert AlertCause.objects.exclude(source_id="").values_list("source_type", "ended_at").get() == (
        "compliance.riskscore",
        None,
    )
    assert not News.objects.filter(alert__kind="RISK").exists(), "told twice what the inspection's alert tells"
    plan(elevator, law, "2028-06-02 09:00", due="2028-09-30")
    find("2028-06-02 09:01")
    assert alerts(elevator) == [("RED", "RESOLVED")]
    find("2028-10-01 00:01")
    assert alerts(elevator) == [("RED", "RESOLVED"), ("RED", "OPEN")]
    changes = RiskChange.objects.filter(elevator=elevator).order_by("pk").values_list("before", "band")
    assert list(changes) == [("", "RED"), ("RED", "GREEN"), ("GREEN", "RED")]


@pytest.mark.django_db
def test_its_ladder_goes_from_officials_to_officials_and_is_silent(elevator, law):
    plan(elevator, law, "2028-01-01 09:00")
    find("2028-06-01 00:01")
    alert = Alert.objects.get(kind="RISK")
    assert alert.level == "SUBDISTRICT"
    acknowledge_alert(alert_id=alert.pk, note="seen", by=BY, at=moment("2028-06-02 09:00"))
    escalate_all_due(at=moment("2028-06-08 00:02"))
    alert.refresh_from_db()
    assert (alert.level, alert.state) == ("DISTRICT", "ACKNOWLEDGED")
    assert not News.objects.filter(alert=alert).exists()


@pytest.mark.django_db
def test_orange_opens_one_where_a_row_says_so(elevator, law):
    report_hazard(
        elevator=elevator,
        item="ALARM-DEAD",
        details="x",
        found_on=dt.date(2028, 5, 1),
        source="USING_UNIT",
        by=BY,
        at=moment("2028-05-01 09:00"),
    )
    find("2028-05-01 09:01")
    assert (band(elevator), alerts(elevator)) == ("ORANGE", [])
    AlertPolicy.objects.filter(kind="RISK").update(severity="ORANGE")
    find("2028-05-01 09:02")
    assert alerts(elevator) == [("ORANGE", "OPEN")]


@pytest.mark.django_db
def test_a_hazard_that_is_verified_and_a_stop_change_the_band(elevator, law):
    hazard = report_hazard(
        elevator=elevator,
        item="GB45067-5.6.4",
        details="x",
        found_on=dt.date(2028, 5, 1),
        source="INSPECTION",
        by=BY,
        at=moment("2028-05-01 09:00"),
        confirmed=True,
    )
    find("2028-05-01 09:01")
    assert band(elevator) == "RED"
    for step, who in (("claim", "one"), ("verify", "two")):
        take_hazard_step(hazard_id=hazard.pk, step=step, note="done", by=system(who), at=moment("2028-05-02 09:00"))
    find("2028-05-02 09:01")
    assert (band(elevator), alerts(elevator)) == ("GREEN", [("RED", "RESOLVED")])
    set_registration_state(
        elevator_id=elevator.pk, state="DEREGISTERED", reference="x", by=BY, at=moment("2028-05-03 09:00")
    )
    find("2028-05-03 09:01")
    assert band(elevator) == "NONE"


@pytest.mark.django_db
def test_a_new_row_of_law_has_everything_found_anew_and_a_coming_one_on_its_day(elevator, law):
    find("2028-05-01 09:00")
    new = RiskPolicy(
        fact="NO_USING_UNIT",
        code="",
        band="RED",
        points=1,
        valid_from=dt.date(2028, 6, 1),
        source="tests",
        certainty="D",
    )
    new.save()
    assert RiskDue.objects.filter(elevator=elevator).exists()
    find("2028-05-01 09:01")
    score = RiskScore.objects.get(elevator=elevator)
    assert (score.band, score.step_at) == ("GREEN", moment("2028-06-01 00:00"))


@pytest.mark.django_db
def test_what_changed_one_by_one_is_what_a_rebuild_finds(law):
    chance, city = random.Random(5), many_elevators(12)
    now = moment("2028-01-01 09:00")
    for _ in range(25):
        now += dt.timedelta(days=chance.randrange(20), hours=7)
        one = chance.choice(city)
        kind = chance.randrange(3)
        if kind == 0:
            due = now.date() + dt.timedelta(days=chance.randrange(-30, 60))
            law[one.pk] = [owed(opens=str(due - dt.timedelta(days=90)), due=str(due))]
            replan(elevator_ids=[one.pk], at=now)
        elif kind == 1:
            item = chance.choice(["DOOR", "ALARM-DEAD", "GB45067-5.6.2"])
            report_hazard(
                elevator=one,
                item=item,
                details="x",
                found_on=now.date(),
                source="INSPECTION",
                by=BY,
                at=now,
                confirmed=True,
            )
        elif (hazard := Hazard.objects.filter(elevator=one, state="CONFIRMED").first()) is not None:
            for step, who in (("claim", "one"), ("verify", "two")):
                take_hazard_step(hazard_id=hazard.pk, step=step, note="done", by=system(who), at=now)
        risk.find_all_bands(at=now)
    before, computed = list(risk.ledger_rows()), list(RiskScore.objects.order_by("pk").values())
    assert len({row[4] for row in before}) >= 3, "the walk shows too few bands to prove anything"
    risk.note_all_for_bands()
    assert risk.find_all_bands(at=now) >= 12
    assert list(RiskScore.objects.order_by("pk").values()) == computed, "written although nothing changed"
    standing = Alert.objects.standing().filter(kind="RISK").values_list("elevator_id", flat=True)
    assert set(standing) == set(RiskScore.objects.filter(band="RED").values_list("elevator_id", flat=True))
    RiskScore.objects.all().delete()
    AlertCause.objects.exclude(source_id="").update(ended_at=now)
    risk.note_all_for_bands()
    risk.find_all_bands(at=now)
    assert list(risk.ledger_rows()) == before


@pytest.mark.django_db
def test_an_elevator_whose_band_fails_holds_up_no_other(law, monkeypatch):
    city = many_elevators(9)
    RiskDue.objects.exclude(elevator__in=[e.pk for e in city]).delete()
    known = risk.known_of
    bad = city[4].pk
    monkeypatch.setattr(risk, "known_of", lambda ids, at: 1 / 0 if bad in ids else known(ids, at))
    at = moment("2028-06-01 09:00")
    RiskDue.objects.update(noted_at=at)
    sweeps.run(risk.SWEEP, clock=lambda: at)
    assert set(RiskScore.objects.values_list("elevator_id", flat=True)) == {e.pk for e in city} - {bad}
    assert SweepFault.objects.get().row_id == bad
    assert list(RiskDue.objects.values_list("elevator_id", flat=True)) == [bad]
    monkeypatch.setattr(risk, "known_of", known)
    later = at + apart.FIRST_WAIT
    sweeps.run(risk.SWEEP, clock=lambda: later)
    assert (RiskScore.objects.count(), SweepFault.objects.count()) == (9, 0)


@pytest.mark.django_db
def test_what_waits_is_told_and_history_cannot_be_changed(elevator, law):
    RiskDue.objects.update(noted_at=moment("2028-06-01 08:00"))
    sweep = sweeps.SWEEPS[risk.SWEEP]()
    assert sweep.oldest_due(moment("2028-06-01 09:00")) == moment("2028-06-01 08:00")
    find("2028-06-01 09:00")
    assert sweep.oldest_due(moment("2028-06-01 09:00")) is None
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE compliance_riskchange SET band = 'GREEN'")


@pytest.mark.django_db
def test_the_same_number_of_statements_for_one_and_three(law, django_assert_num_queries):
    for number in (1, 3):
        for elevator in many_elevators(number):
            law[elevator.pk] = [owed()]
            replan(elevator_ids=[elevator.pk], at=moment("2028-05-01 09:00"))
        with django_assert_num_queries(QUERIES):
            risk.find_bands(at=moment("2028-06-01 09:00"))


# claims 3, rows of law 3, facts 3, standing 1, write 1, alerts to open 2; three savepoints with their ends 6
QUERIES = 19
