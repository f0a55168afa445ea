"""Workers killed with -9 in the middle of an uploaded import, and of its undo: what is there in the end is the same."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connections

from common import clock
from common.intake.runs import start_import
from common.intake.undo import start_undo
from common.intake.uploads import store_upload
from common.models import ImportBatch, Job, SourceRow
from registry.models import Elevator, LifeEvent
from registry.queries import chain_faults
from stack import testdb
from tests.common.killed import kill_after
from tests.registry.import_files import many, write
from tests.registry.mapped_files import BY, new_york
from tests.registry.test_import_processes import CHUNKS_OF, SIZES, _everything

ROOT = Path(__file__).resolve().parents[2]
WORKER = CHUNKS_OF + "from common import clock, jobs; jobs.run({1}, at=clock.now())"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def worker(tmp_path, settings):
    """worker(job, chunk=…): a process that runs the job, as a worker does; none outlives the test."""
    settings.MEDIA_ROOT = tmp_path / "files"
    started = []

    def worker(job: int, *, chunk: int) -> subprocess.Popen:
        environ = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings.test", "FILES_DIR": str(settings.MEDIA_ROOT)}
        command = [sys.executable, "-c", WORKER.format(chunk, job)]
        process = subprocess.Popen(
            command, env=environ, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        started.append(process)
        return process

    yield worker
    for process in started:
        if process.poll() is None:
            process.kill()
            process.wait()
        process.stdout.close()


def _queued(path: Path) -> ImportBatch:
    call_command("import_areas", ROOT / "accounts" / "data" / "areas_nyc.csv", verbosity=0)
    with path.open("rb") as file:
        upload = store_upload(content=file, name=path.name, kind="registry.elevators", by=BY, at=clock.now())
    return start_import(upload=upload, spec=new_york(path), by=BY, at=clock.now())


def _ended(process: subprocess.Popen, job: int) -> None:
    said = process.communicate()[0]
    assert Job.objects.get(pk=job).state == "SUCCEEDED", said


@pytest.mark.long  # dear: keeps make test within its ten minutes
@pytest.mark.parametrize(("chunk", "rows"), SIZES)
def test_a_worker_killed_three_times_ends_like_an_undisturbed_one_and_its_undo_too(
    worker, tmp_path, services, chunk, rows
):
    path = write(tmp_path / "register.csv", many(rows))
    job = _queued(path).job_id
    stops = [kill_after(worker(job, chunk=chunk), job, least) for least in (1, rows // 3, rows // 2)]
    assert stops == sorted(set(stops)), "each of them got on"
    assert ImportBatch.objects.get().state == "RUNNING"
    assert Elevator.objects.count() == SourceRow.objects.count() == stops[-1]
    _ended(worker(job, chunk=chunk), job)
    assert chain_faults().faults == []
    resumed = _everything()

    undo = start_undo(batch=ImportBatch.objects.get(), by=BY, at=clock.now()).undo_job_id
    for least in (1, rows // 2):
        kill_after(worker(undo, chunk=chunk), undo, least)
    _ended(worker(undo, chunk=chunk), undo)
    assert ImportBatch.objects.get().undo_result == {"withdrawn": rows, "restored": 0, "touched": 0, "rows": []}
    assert set(Elevator.objects.values_list("registration_state", flat=True)) == {"WITHDRAWN"}
    assert LifeEvent.objects.filter(kind="WITHDRAWN").count() == rows
    assert chain_faults().faults == []

    connections["default"].close()
    testdb.make_database(services)
    job = _queued(path).job_id
    _ended(worker(job, chunk=chunk), job)
    assert _everything() == resumed
    assert len(resumed["elevators"]) == rows
