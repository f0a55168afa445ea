"""The bench's measures of what is due, small: the same code and the same ratios, at a city of 600.

Small sets pay for their round trips, so the ratios allowed here are wider than those of `make bench`.
"""

import pytest
from django.core.management import call_command
from django.db import connection

from accounts.models import User
from bench import duties, nights, owners, risks, rounds
from bench.plans import recorded
from common import clock, sweeps
from compliance.actions import steps
from compliance.models import Alert, DutyClock, Notice, Obligation, RiskChange, RiskScore

SIZE, TOUCHED = 600, 300
WIDER = 3  # times what the bench allows
MOST_STATEMENTS = 10  # of a look at the clock with nothing due, its record included


@pytest.fixture
def city(transactional_db, settings):
    settings.SYNTHETIC_DATA_BANNER = True
    call_command("seed_city", "--elevators", str(SIZE), verbosity=0)
    call_command("seed_inspections", verbosity=0)
    nights.settle_city()


def look_with_nothing_due():
    """One city for all three: seeding it is what this test costs."""
    with owners.owner() as session:
        owners.tidy(session)
    waiting = Obligation.objects.filter(step_at__isnull=False).count()
    assert waiting > SIZE
    with recorded() as statements:
        assert sweeps.run(steps.SWEEP, clock=clock.now) == 0
    assert len(statements) <= MOST_STATEMENTS
    assert statements.buffers() <= 40
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM compliance_elevatordue")
        assert cursor.fetchone() == (0,)


def bands_of_what_changed():
    """Those that came to be late are judged, nobody else, and a round leaves no trace."""
    found = risks.measured_bands(TOUCHED, rounds=2)
    assert (found.planned, found.rows["riskscore"], found.rows["riskchange"]) == (TOUCHED,) * 3
    assert found.best("ours", "cpu") <= WIDER * rounds.MOST_TIMES_SQL * found.best("floor", "cpu")
    assert RiskChange.objects.count() == RiskScore.objects.count() > 0.9 * SIZE


def duties_of_a_night():
    """Each using unit owes its round, its review and its meeting; a round leaves nobody behind. So few rows have no ratio."""
    before = (User.objects.count(), Obligation.objects.count())
    found = duties.measured_duties(rounds=2)
    units = DutyClock.objects.count()
    assert found.planned == found.rows["dutyclock"] == units > 0
    assert found.rows["obligation"] >= 3 * units
    assert (User.objects.count(), Obligation.objects.count()) == before


def test_a_night_and_a_rebuild_stay_near_plain_sql_and_end_alike_and_a_look_asks_little(city):
    look_with_nothing_due()
    bands_of_what_changed()
    duties_of_a_night()
    before = (Obligation.objects.count(), Alert.objects.count(), Notice.objects.count())
    night = nights.measured_night(TOUCHED, rounds=2)
    assert night.planned == TOUCHED
    assert night.rows["notice"] == night.rows["alertcause"] > 0.9 * TOUCHED
    assert 0.9 * TOUCHED < night.rows["alert"] == night.rows["alertstep"], "some had one open for another year"
    assert night.rows["elevatordue"] == 0, "what was just planned is not noted to be planned again"
    assert night.best("ours", "cpu") <= WIDER * rounds.MOST_TIMES_SQL * night.best("floor", "cpu")
    assert (Obligation.objects.count(), Alert.objects.count(), Notice.objects.count()) == before, (
        "a round leaves a trace"
    )

    seconds, floor, rows, differing = nights.measured_rebuild(TOUCHED, processes=1)
    assert (differing, rows > 5 * SIZE) == (0, True)
    assert seconds <= WIDER * nights.MOST_TIMES_INSERT * floor
