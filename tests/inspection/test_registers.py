"""The last inspections of New York's register: the ledger and a straight SQL over the imported rows give the same sets."""

import datetime as dt

import pytest
from django.core.management import call_command
from django.db import connection

from common import clock
from common.actor import system
from compliance.actions import take_all_steps
from compliance.actions.plans import ledger_rows
from compliance.models import Alert, Notice, Obligation
from inspection.actions import import_register_inspections
from inspection.actions.registers import RegisterMissing, RegisterUnknown
from inspection.models import Inspection
from inspection.queries.registers import overdue_figures
from registry.actions import import_elevators
from registry.models import Elevator
from tests.registry.test_plates_new_york import first_rows

BY = system("tests")
REGISTER = "nyc_elevator_devices_2015_raw.csv"
TODAY = dt.date(2015, 10, 17)
SLICE = 1_500
pytestmark = [
    pytest.mark.registers,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("foreign_areas", "files_dir"),
]

# Nothing of the ledger: the words of the newest row of each device, and the approval as the register's mapping read it.
_STRAIGHT = """
WITH newest AS (
    SELECT DISTINCT ON (subject_id) subject_id, cells FROM common_sourcerow
    WHERE subject_id IS NOT NULL ORDER BY subject_id, id DESC
), device AS (
    SELECT n.subject_id AS id, nullif(n.cells ->> 'DV_LASTPER_INSP_DATE', '') AS inspected,
           CASE WHEN n.cells ->> 'DV_APPROVAL_DATE' ~ '^(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])$'
                THEN to_date(n.cells ->> 'DV_APPROVAL_DATE', 'YYYYMMDD') END AS approved
    FROM newest n WHERE n.cells ->> 'DV_DEVICE_STATUS_DESCRIPTION' = 'ACTIVE'
)
SELECT id,
       CASE WHEN inspected IS NOT NULL THEN %(today)s::date - to_date(inspected, 'YYYYMMDD') > 365
            WHEN approved IS NOT NULL THEN %(today)s::date - approved > 365
            ELSE %(today)s::date > %(first_day)s::date END AS overdue,
       inspected IS NULL AS never
FROM device
"""


def straight(first_day: dt.date) -> tuple[set, set, set]:
    """(about, overdue, never inspected) without the ledger."""
    with connection.cursor() as cursor:
        cursor.execute(_STRAIGHT, {"today": TODAY, "first_day": first_day})
        rows = cursor.fetchall()
    return (
        {pk for pk, _o, _n in rows},
        {pk for pk, overdue, _n in rows if overdue},
        {pk for pk, _o, never in rows if never},
    )


def of_ledger() -> tuple[set, set, set]:
    pending = Obligation.objects.pending()
    inspected = set(Inspection.objects.values_list("elevator_id", flat=True))
    about = set(pending.values_list("elevator_id", flat=True))
    return about, set(pending.overdue(TODAY).values_list("elevator_id", flat=True)), about - inspected


@pytest.fixture
def brought_in(registers_dir, tmp_path):
    def bring(count: int | None):
        path = registers_dir / REGISTER
        if count is not None:
            first_rows(path, tmp_path / "rows.csv", count)
            path = tmp_path / "rows.csv"
        import_elevators(path=path, mapping="nyc", by=BY, at=clock.now())

    return bring


@pytest.mark.parametrize("count", [SLICE, pytest.param(None, marks=pytest.mark.long)], ids=["slice", "whole"])
def test_the_ledger_gives_what_a_straight_sql_gives(brought_in, count):
    brought_in(count)
    for first_day in (TODAY, TODAY - dt.timedelta(days=1)):
        import_register_inspections(register="nyc", by=BY, at=clock.now(), first_day=first_day)
        assert of_ledger() == straight(first_day)
        figures = [number for _label, number in overdue_figures("nyc", TODAY)]
        if count is None:  # PROVENANCE.md and issue 5
            overdue = 11_298 if first_day == TODAY else 11_306
            assert figures == [66_885, 66_885, 10_703, 1_530, 595, 927, 8, overdue]
        else:
            about, overdue, never = straight(first_day)
            assert (figures[0], figures[3], figures[7]) == (len(about), len(never), len(overdue))
            assert len(overdue) > 100 and len(never) > 10


def test_a_second_run_changes_nothing_and_raises_nothing_twice(brought_in):
    brought_in(60)
    for _ in range(2):
        found = import_register_inspections(register="nyc", by=BY, at=clock.now())
        take_all_steps(at=clock.now())
        rows = list(ledger_rows())
        counts = (Inspection.objects.count(), Alert.objects.count(), Notice.objects.count())
    assert (found.entered, found.changed) == (0, 0)
    assert (list(ledger_rows()), (Inspection.objects.count(), Alert.objects.count(), Notice.objects.count())) == (
        rows,
        counts,
    )
    assert counts[1] == Obligation.objects.pending().overdue(clock.today()).count() > 0


def test_of_the_command(brought_in, capsys, settings):
    settings.LANGUAGE_CODE = "en"
    brought_in(60)
    call_command("import_inspections", "nyc", "--today", "2015-10-17")
    said = capsys.readouterr().out
    about = Elevator.objects.filter(source_status="ACTIVE").count()
    assert f"60 elevators: {Inspection.objects.count()} with a last inspection" in said
    assert f"{about:>9,}  elevators that the rule is about" in said


@pytest.mark.parametrize(("register", "refusal"), [("nyc", RegisterMissing), ("maryland", RegisterUnknown)])
def test_a_register_that_is_not_there_is_said(register, refusal):
    with pytest.raises(refusal):
        import_register_inspections(register=register, by=BY, at=clock.now())
    assert not Inspection.objects.exists()
