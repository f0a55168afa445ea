"""Every stage of what is due, wrong, complained of and asked for is really there in the demonstration, and once."""

import pytest
from django.core.management import call_command

from common import clock
from common.models import Attachment
from compliance.choices import ComplaintState, HazardState
from compliance.models import Complaint, ComplaintStep, Hazard, HazardStep, Waiver
from compliance.seed_cases import MARK
from inspection.models import Application, Assessment, Report
from inspection.rules import applications
from registry.queries import chain_faults
from registry.seeding import seed_city

pytestmark = pytest.mark.django_db
SIZE = 600


def counted() -> dict:
    models = (Report, Application, Assessment, Hazard, HazardStep, Complaint, ComplaintStep, Waiver)
    return {model.__name__: model.objects.count() for model in models}


def seed() -> None:
    call_command("seed_inspections", verbosity=0)
    call_command("seed_duties", verbosity=0)


def told(rows, *names) -> set[tuple]:
    return set(rows.values_list(*names))


@pytest.mark.long
@pytest.mark.parametrize("day", ["2026-11-29", "2026-12-06", "2027-03-31"])  # a window opens on the first of a month
def test_the_demonstration_has_something_at_each_stage(settings, tmp_path, time_machine, day):
    time_machine.move_to(f"{day}T03:00:00Z")
    settings.SYNTHETIC_DATA_BANNER, settings.SEALED_DIR = True, tmp_path
    seed_city(count=SIZE, seed=1, at=clock.now())
    seed()
    first, today = counted(), clock.today()

    assert told(Report.objects, "kind", "verdict") >= {
        ("PERIODIC", "PASSED"),
        ("PERIODIC", "FAILED"),
        ("SELF_TEST", "PASSED"),
    }
    assert Report.objects.exclude(supersedes=None).exists() and Report.objects.exclude(notice_number="").exists()
    filed = Report.objects.dates("concluded_on", "year")
    assert len(filed) >= 3

    cases = {(row.state, fault_of(row)) for row in Application.objects.all()}
    assert cases == {
        ("APPLIED", ""),
        ("APPOINTED", ""),
        ("APPOINTED", "BODY"),
        ("APPOINTED", "UNIT"),
        ("DECLINED", ""),
        ("DONE", ""),
    }

    stages = told(Hazard.objects, "grade", "state")
    assert stages >= {("GENERAL", state) for state in HazardState.values}
    assert stages >= {(grade, state) for grade in ("LARGER", "MAJOR") for state in ("CONFIRMED", "CLOSED")}
    assert Hazard.objects.standing().filter(due_on__lt=today).exists()
    assert told(HazardStep.objects, "kind") >= {("send_back",), ("raise",), ("extend",)}
    assert Attachment.objects.filter(subject_type="compliance.hazardstep", state="KEPT").count() == 2

    assert told(Complaint.objects, "state") == {(state,) for state in ComplaintState.values} - {("RECEIVED",)}
    assert told(Complaint.objects.filter(state="REVIEWED"), "upheld") == {(True,), (False,)}
    assert Complaint.objects.filter(state="ASSIGNED", due_on__lt=today).exists()
    assert told(Waiver.objects, "kind") == {("WAIVED",), ("POSTPONED",)}
    for model, field in ((Complaint, "text"), (Waiver, "reason")):
        assert not model.objects.exclude(**{f"{field}__startswith": MARK}).exists(), "it says that it is invented"

    seed()
    assert counted() == first
    assert chain_faults().faults == []


def fault_of(row) -> str:
    return applications.fault(
        state=row.state, in_time=row.in_time, due_on=row.due_on, appointed_on=row.appointed_on, today=clock.today()
    )
