"""An import that was stopped, killed or cancelled goes on after its last chunk; two at once never write."""

import datetime as dt

import psycopg
import pytest

from common import jobs
from common.intake import chunks, workers
from common.intake.issues import FileRefused
from common.intake.workers import ImportRunning, run_import_job
from common.models import ImportBatch, Job, SourceRow
from registry.models import Elevator, LifeEvent
from tests.registry.import_files import AT, LATER, counts, many, outcomes, row, write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("foreign_areas", "files_dir")]


def _stop_after(chunks: int):
    """A progress callback that stops the import like Ctrl-C after so many chunks."""

    def progress(_done, _total):
        nonlocal chunks
        chunks -= 1
        if not chunks:
            raise KeyboardInterrupt

    return progress


def test_stopped_import_goes_on_after_its_last_chunk(bring, tmp_path, monkeypatch):
    monkeypatch.setattr(chunks, "CHUNK_ROWS", 10)
    path = write(tmp_path / "file.csv", many(45))
    with pytest.raises(KeyboardInterrupt):
        bring(path, progress=_stop_after(2))
    stopped = ImportBatch.objects.get()
    assert (stopped.completed_at, stopped.job.state, stopped.job.done) == (None, "FAILED", 20)
    assert Elevator.objects.count() == 20
    result = bring(path, at=LATER)
    assert (result.resumed_after, result.batch, outcomes(result)) == (20, stopped, {"CREATED": 45})
    assert set(Elevator.objects.values_list("created_at", flat=True)) == {AT}
    assert LifeEvent.objects.filter(kind="IMPORTED").count() == 45
    assert result.summary["rows"] == 45


def test_a_worker_takes_up_an_import_whose_process_died(bring, tmp_path, monkeypatch):
    monkeypatch.setattr(chunks, "CHUNK_ROWS", 10)
    path = write(tmp_path / "file.csv", many(25))
    with pytest.raises(KeyboardInterrupt):
        bring(path, progress=_stop_after(1))
    job = ImportBatch.objects.get().job
    Job.objects.filter(pk=job.pk).update(state="RUNNING", lease_until=AT, ended_at=None)
    run_import_job(jobs.claim(job.pk, at=LATER), LATER)
    batch = ImportBatch.objects.get()
    assert (batch.completed_at is not None, batch.summary["rows"], Elevator.objects.count()) == (True, 25, 25)


def test_a_worker_refuses_a_file_that_changed_meanwhile(bring, tmp_path, monkeypatch):
    monkeypatch.setattr(chunks, "CHUNK_ROWS", 10)
    path = write(tmp_path / "file.csv", many(25))
    with pytest.raises(KeyboardInterrupt):
        bring(path, progress=_stop_after(1))
    write(path, many(26))
    job = ImportBatch.objects.get().job
    with pytest.raises(FileRefused, match="has changed since the import began"):
        run_import_job(job, LATER)
    assert Elevator.objects.count() == 10


def test_import_stops_without_writing_when_its_job_was_cancelled(bring, tmp_path, monkeypatch):
    monkeypatch.setattr(chunks, "CHUNK_ROWS", 10)
    path = write(tmp_path / "file.csv", many(30))

    def cancel(done, _total):
        if done == 10:
            jobs.cancel_job(Job.objects.get(), at=AT)

    with pytest.raises(jobs.LeaseLost):
        bring(path, progress=cancel)
    assert (Elevator.objects.count(), SourceRow.objects.count()) == (10, 10)


@pytest.fixture
def another_import(services):
    """Another session holds the register, as a running import does."""
    with psycopg.connect(services.database_url, autocommit=True) as session:
        session.execute("SELECT pg_advisory_lock(hashtextextended('common.import:NYC-DOB', 0))")
        yield


def test_import_waits_a_moment_and_then_says_that_another_one_runs(bring, another_import):
    before = counts()
    with pytest.raises(ImportRunning, match="being imported by another process right now"):
        bring([row()])
    assert counts() == before


def test_a_worker_leaves_an_import_alone_that_still_lives(bring, tmp_path, monkeypatch, request):
    monkeypatch.setattr(chunks, "CHUNK_ROWS", 10)
    with pytest.raises(KeyboardInterrupt):
        bring(write(tmp_path / "file.csv", many(25)), progress=_stop_after(1))
    request.getfixturevalue("another_import")
    monkeypatch.setattr(workers, "LOCK_PATIENCE", "50ms")
    job = ImportBatch.objects.get().job
    for minutes in range(2 * jobs.MOST_DEATHS):  # however long it waits
        at = LATER + minutes * dt.timedelta(minutes=2)
        Job.objects.filter(pk=job.pk).update(state="RUNNING", lease_until=at - dt.timedelta(seconds=1))
        with pytest.raises(jobs.LeaseLost):
            run_import_job(jobs.claim(job.pk, at=at), at)
    assert Elevator.objects.count() == 10
