"""The synthetic city's inspections: the same seed the same, nearly all on time, none that the law did not ask for."""

import pytest
from django.core.management import call_command

from accounts.models import Certificate
from common import clock
from compliance.actions import plan_all_due
from compliance.models import Obligation
from inspection.models import BodyLicence, Inspection, Report
from inspection.seed_reports import elevators_with_reports
from inspection.seeding import SOURCE, seed_inspections
from registry.models import Elevator
from registry.seeding import seed_city

pytestmark = pytest.mark.django_db


def made() -> list[tuple]:
    return list(
        Inspection.objects.filter(source=SOURCE)
        .order_by("elevator_id", "kind", "concluded_on")
        .values_list("elevator_id", "kind", "concluded_on")
    )


def test_inspections_of_the_synthetic_city(settings):
    settings.SYNTHETIC_DATA_BANNER = True
    seed_city(count=120, seed=3, at=clock.now())
    call_command("seed_inspections", "--seed", "3", verbosity=0)
    first = made()
    call_command("seed_inspections", "--seed", "3", verbosity=0)  # they are there: nothing
    assert made() == first
    Inspection.objects.filter(source=SOURCE).delete()
    reported = elevators_with_reports()
    seed_inspections(seed=3, today=clock.today(), at=clock.now(), without=reported)
    assert made() == first
    assert set(Report.objects.values_list("elevator", flat=True)) <= set(reported) and Report.objects.exists()
    assert BodyLicence.objects.filter(unit__kind="INSPECTION_BODY").count() == 3
    assert set(Certificate.objects.values_list("kind", flat=True)) == {"INSPECTOR", "ELEVATOR_WORK"}
    assert max(day for _pk, _kind, day in first) <= clock.today()

    plan_all_due(at=clock.now())
    in_use = Elevator.objects.filter(registration_state="IN_USE").count()
    late = Obligation.objects.overdue(clock.today()).values("elevator").distinct().count()
    assert 0 < late < in_use / 4
    assert Obligation.objects.filter(status="MET").count() > in_use
    assert not Obligation.objects.filter(elevator__registration_state="UNREGISTERED").exists()
