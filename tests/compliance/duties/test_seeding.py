"""The demonstration's duties: people, records and gaps, and nothing twice."""

from django.core.management import call_command

from common.clock import now
from compliance.actions.duties import plan_all_due_units
from compliance.models import DutyAppointment, DutyRecord, Obligation
from registry.models import Elevator
from tests.factories.make import hold, make_elevator, make_user


def test_the_city_has_units_that_do_their_duty_and_units_that_do_not(cast):
    Elevator.objects.update(registration_state="IN_USE", synthetic=True)
    for _number in range(3):
        made = make_elevator(area_code="320106001", using_unit=cast.unit_a)
        Elevator.objects.filter(pk=made.pk).update(registration_state="IN_USE")
    for role in ("SAFETY_DIRECTOR", "SAFETY_OFFICER"):
        hold(make_user(role.lower()), role, unit=cast.unit_a)
    call_command("seed_duties", seed=1, verbosity=0)
    filed = DutyRecord.objects.count()
    assert filed > 15
    assert set(DutyRecord.objects.values_list("kind", flat=True)) >= {"DAILY_CHECK", "WEEKLY_REVIEW"}
    assert Obligation.objects.filter(kind="DAILY_CHECK", status="MET").exists()
    call_command("seed_duties", seed=1, verbosity=0)
    assert (DutyRecord.objects.count(), DutyAppointment.objects.filter(unit=cast.unit_a).count()) == (filed, 3)
    plan_all_due_units(at=now())
    assert Obligation.objects.filter(unit=cast.unit_b, kind="DIRECTOR_NAMED", status="PENDING").exists()
