"""Taking an import back: what nobody touched since goes or returns, the rest stays and is named."""

import datetime as dt
from decimal import Decimal

import pytest

from accounts.roles import Permission
from common import clock
from common.actor import system
from common.intake import undo
from common.intake.chunks import ImportResult
from common.intake.undo import CannotUndo, StillRunning, start_undo, undo_now
from common.models import AuditRecord, ImportBatch, Job, SourceRow
from registry.actions import assign_responsibility, change_elevator, import_elevators, set_flag
from registry.models import Elevator, LifeEvent, Site, StatusFlag
from registry.queries import chain_faults, elevators_with_code, state_counts
from tests.factories.make import make_unit
from tests.registry.import_files import many, row, write

AT = dt.datetime(2026, 3, 1, 2, tzinfo=dt.UTC)
BY = system("tests")
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("foreign_areas", "files_dir")]


@pytest.fixture
def bring(tmp_path):
    files = iter(range(100))

    def bring(rows, *, at=AT) -> ImportResult:
        return import_elevators(path=write(tmp_path / f"{next(files)}.csv", rows), mapping="nyc", by=BY, at=at)

    return bring


def take_back(result: ImportResult) -> dict:
    return undo_now(batch=result.batch, by=BY, at=clock.now()).undo_result


def seen():
    return Elevator.objects.visible_to(BY, Permission.VIEW_ELEVATOR)


def test_undo_withdraws_what_the_import_made_and_frees_its_codes(bring):
    result = bring(many(12))
    assert take_back(result) == {"withdrawn": 12, "restored": 0, "touched": 0, "rows": []}
    assert (seen().count(), Elevator.objects.count(), state_counts(BY).total) == (0, 12, 0)
    assert not elevators_with_code("1P3", actor=BY).exists()
    gone = Elevator.objects.order_by("pk").first()
    assert (gone.registration_state, gone.source_key, gone.using_unit) == ("WITHDRAWN", "", None)
    last = LifeEvent.objects.filter(elevator=gone).order_by("-sequence").first()
    assert (last.kind, last.details, last.source_id) == (
        "WITHDRAWN",
        {"identifiers": {"source_key": "1P0"}, "state": "IN_USE"},
        str(result.batch.public_id),
    )
    assert not StatusFlag.objects.filter(ended_at=None).exists()
    assert SourceRow.objects.count() == 12
    assert chain_faults().faults == []


def test_undo_writes_one_audit_row_and_ends_its_job(bring):
    batch = bring(many(3)).batch
    take_back_at = clock.now()
    batch = undo_now(batch=batch, by=BY, at=take_back_at)
    assert (batch.state, batch.undone_at, batch.undo_job.state) == ("UNDONE", take_back_at, "SUCCEEDED")
    audit = AuditRecord.objects.get(action="common.undo_import")
    assert audit.changes == {"withdrawn": [None, 3], "restored": [None, 0], "touched": [None, 0]}


def test_undo_twice_is_undo_once(bring):
    result = bring(many(4))
    first = take_back(result)
    before = (LifeEvent.objects.count(), Job.objects.count(), AuditRecord.objects.count())
    assert take_back(result) == first
    assert (LifeEvent.objects.count(), Job.objects.count(), AuditRecord.objects.count()) == before


def test_two_clicks_on_undo_queue_one_job(bring):
    batch = bring(many(4)).batch
    one = start_undo(batch=batch, by=BY, at=clock.now())
    other = start_undo(batch=batch, by=BY, at=clock.now())
    assert one.undo_job == other.undo_job
    assert Job.objects.filter(kind=undo.JOB_KIND).count() == 1


def test_the_same_file_comes_in_again_after_an_undo(bring, tmp_path):
    path = write(tmp_path / "file.csv", many(6))
    first = import_elevators(path=path, mapping="nyc", by=BY, at=AT)
    take_back(first)
    again = import_elevators(path=path, mapping="nyc", by=BY, at=AT)
    assert (again.repeated, again.batch == first.batch, again.summary["outcomes"]["CREATED"]) == (False, False, 6)
    assert seen().count() == 6
    assert import_elevators(path=path, mapping="nyc", by=BY, at=AT).repeated


@pytest.mark.parametrize("touch", ["change", "flag", "responsibility", "later import"])
def test_undo_leaves_what_was_touched_since_and_names_it(bring, touch):
    result = bring(many(5))
    elevator = Elevator.objects.get(source_key="1P2")
    if touch == "change":
        change_elevator(elevator_id=elevator.pk, values={"floor_to": "9"}, version=None, by=BY, at=AT)
    elif touch == "flag":
        set_flag(elevator_id=elevator.pk, kind="SEALED", reason="", reference="letter", by=BY, at=AT)
    elif touch == "responsibility":
        assign_responsibility(
            elevator=elevator, unit=make_unit(), role="USING_UNIT", started_at=AT, by=BY, at=clock.now()
        )
    else:
        bring([row("1P2", BIN="1000001", DV_FLOOR_TO="9")])
    before = Elevator.objects.filter(pk=elevator.pk).values().get()
    assert take_back(result) == {"withdrawn": 4, "restored": 0, "touched": 1, "rows": [[4, "1P2"]]}
    assert Elevator.objects.filter(pk=elevator.pk).values().get() == before
    assert list(seen()) == [elevator]


def test_undo_of_an_update_puts_the_old_values_back(bring):
    bring([row("1P1"), row("1P2")])
    old = Elevator.objects.filter(source_key="1P1").values().get()
    changed = row(
        "1P1", DV_SPEED_FPM="500", DV_MACHINE_TYPE="GL", Borough="Queens", LATITUDE="40.7", DV_APPROVAL_DATE="20010203"
    )
    result = bring([changed, row("1P2")])
    assert Elevator.objects.get(source_key="1P1").rated_speed_mps == Decimal("2.540")
    assert take_back(result) == {"withdrawn": 0, "restored": 1, "touched": 0, "rows": []}
    new = Elevator.objects.filter(source_key="1P1").values().get()
    differing = {name for name in old if old[name] != new[name]}
    assert differing == {"version", "updated_at"}
    last = LifeEvent.objects.filter(elevator_id=new["id"]).order_by("-sequence").first()
    assert (last.kind, last.details["changes"]["rated_speed_mps"]) == ("IMPORT_UNDONE", ["2.540", "1.778"])
    assert chain_faults().faults == []


def test_undo_of_an_update_puts_states_and_flags_back(bring):
    bring([row("1P1"), row("1P2", DV_DEVICE_STATUS_DESCRIPTION="DISMANTLED", BIN="1000002")])
    states = dict(Elevator.objects.values_list("source_key", "registration_state"))
    flags = list(StatusFlag.objects.filter(ended_at=None).values_list("elevator__source_key", "kind", "public_id"))
    bits = dict(Elevator.objects.values_list("source_key", "flag_bits"))
    result = bring(
        [
            row("1P1", DV_DEVICE_STATUS_DESCRIPTION="DISMANTLED"),
            row("1P2", DV_DEVICE_STATUS_DESCRIPTION="ACTIVE", BIN="1000002"),
        ]
    )
    assert dict(Elevator.objects.values_list("source_key", "flag_bits")) != bits
    assert take_back(result)["restored"] == 2
    assert dict(Elevator.objects.values_list("source_key", "registration_state")) == states
    assert (
        list(StatusFlag.objects.filter(ended_at=None).values_list("elevator__source_key", "kind", "public_id")) == flags
    )
    assert dict(Elevator.objects.values_list("source_key", "flag_bits")) == bits


def test_what_was_undone_counts_as_never_said(bring):
    """The register's next word is compared with the row before the undone one."""
    bring([row("1P1", DV_FLOOR_TO="6")])
    take_back(bring([row("1P1", DV_FLOOR_TO="7")]))
    assert bring([row("1P1", DV_FLOOR_TO="7", ZIP_CODE="10002")]).summary["outcomes"]["UPDATED"] == 1
    assert Elevator.objects.get(source_key="1P1").floor_to == "7"


def test_rows_that_changed_nothing_are_not_undone(bring):
    bring([row("1P1")])
    second = bring([row("1P1", DV_LASTPER_INSP_DISP="DF"), row("")])
    assert second.summary["outcomes"] == {"CREATED": 0, "UPDATED": 0, "UNCHANGED": 1, "REFUSED": 1}
    assert take_back(second) == {"withdrawn": 0, "restored": 0, "touched": 0, "rows": []}
    assert seen().count() == 1


def test_sites_stay_for_the_next_time(bring):
    result = bring(many(6))
    sites = set(Site.objects.values_list("pk", flat=True))
    take_back(result)
    bring([*many(6), row("1P9")])
    assert set(Site.objects.values_list("pk", flat=True)) == sites


def test_a_killed_undo_goes_on_after_its_last_chunk(bring, monkeypatch):
    result = bring(many(25))
    monkeypatch.setattr(undo, "CHUNK_ROWS", 10)
    real, chunks = undo.jobs.report, []

    def report(job, **options):
        real(job, **options)
        chunks.append(options["done"])
        if len(chunks) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr(undo.jobs, "report", report)
    with pytest.raises(KeyboardInterrupt):
        take_back(result)
    monkeypatch.setattr(undo.jobs, "report", real)
    assert Elevator.objects.filter(registration_state="WITHDRAWN").count() == 10
    # its lease runs out, a sweep takes it up
    Job.objects.filter(kind=undo.JOB_KIND).update(lease_until=AT)
    undo.jobs.run(Job.objects.get(kind=undo.JOB_KIND).pk, at=clock.now())
    batch = ImportBatch.objects.get()
    assert (batch.state, batch.undo_result["withdrawn"], seen().count()) == ("UNDONE", 25, 0)
    assert LifeEvent.objects.filter(kind="WITHDRAWN").count() == 25


def test_a_running_import_is_not_undone(bring, tmp_path):
    batch = bring(many(3)).batch
    Job.objects.filter(pk=batch.job_id).update(state="RUNNING")
    with pytest.raises(StillRunning):
        start_undo(batch=batch, by=BY, at=clock.now())


def test_a_trial_run_has_nothing_to_undo(bring):
    batch = bring(many(3)).batch
    ImportBatch.objects.filter(pk=batch.pk).update(dry_run=True)
    with pytest.raises(CannotUndo):
        start_undo(batch=batch, by=BY, at=clock.now())


def test_undo_reaches_only_what_its_actor_may_change(bring, cast):
    result = bring(many(3))
    batch = undo_now(batch=result.batch, by=cast.district_regulator.actor(), at=clock.now())
    assert batch.undo_result == {"withdrawn": 0, "restored": 0, "touched": 3, "rows": [[2, ""], [3, ""], [4, ""]]}
