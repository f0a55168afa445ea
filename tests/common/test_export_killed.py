"""A worker that is really killed while it writes: the next one's file is that of an undisturbed run."""

import csv
import io
import os
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from common import jobs
from common.clock import now
from common.exports import actions, run
from common.models import Export, Job
from tests.common.conftest import make_manager
from tests.factories.make import make_elevator

ROOT = Path(__file__).resolve().parents[2]
ROWS, PIECE = 12, 2
pytestmark = pytest.mark.django_db(transaction=True)

# After each stored piece the worker rests, so that the test can hit it there.
WORKER = """
import sys, time, django
django.setup()
from common import clock, jobs
from common.exports import run
run.PIECE_ROWS = int(sys.argv[2])
real = jobs.report
def report(*given, **options):
    real(*given, **options)
    time.sleep(0.3)
jobs.report = report
jobs.run(int(sys.argv[1]), at=clock.now())
"""


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path / "exports"


def killed_after(export, rows: int, folder: Path) -> None:
    """A worker process of its own, killed with SIGKILL as soon as so many rows are reported."""
    environ = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings.test", "FILES_DIR": str(folder)}
    worker = subprocess.Popen([sys.executable, "-c", WORKER, str(export.job_id), str(PIECE)], env=environ, cwd=ROOT)
    until = time.monotonic() + 60
    while time.monotonic() < until and worker.poll() is None:
        job = Job.objects.get(pk=export.job_id)
        if job.total is not None and job.done >= rows:
            worker.kill()
            break
        time.sleep(0.02)
    assert worker.wait() == -9, "the worker had ended before it could be killed"


def content(path: Path) -> list:
    """What is in the file, without the moment at which it was made."""
    if path.suffix == ".csv":
        records = list(csv.reader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))
        return [record for record in records if record[0] != "Taken out on"]
    with zipfile.ZipFile(path) as book:
        return [book.read("xl/worksheets/sheet1.xml"), sorted(book.namelist())]


@pytest.mark.parametrize("format", ["csv", pytest.param("xlsx", marks=pytest.mark.long)])
def test_file_after_kills_at_several_points_is_the_undisturbed_one(files, format):
    manager = make_manager()
    for _ in range(ROWS - 1):
        make_elevator(area_code="320106001", using_unit=manager.unit)

    def ask():
        return actions.request_export(
            kind="registry.elevators", format=format, parameters=[], columns=None, by=manager.actor, at=now()
        )

    undisturbed, export = ask(), ask()
    assert jobs.run(undisturbed.job_id, at=now()).state == "SUCCEEDED"
    for rows in (0, 4, 10):
        killed_after(export, rows, files.parent)
        assert Export.objects.get(pk=export.pk).written_at is None
        Job.objects.filter(pk=export.job_id).update(lease_until=now())
    left = [path for path in files.iterdir() if path.suffix == ".part"]
    assert len(left) == 3
    assert jobs.run(export.job_id, at=now()).state == "SUCCEEDED"
    done = [Export.objects.get(pk=one.pk) for one in (undisturbed, export)]
    one, other = (content(run.folder() / row.file_name) for row in done)
    assert one == other
    assert [row.row_count for row in done] == [ROWS, ROWS]
    for path in left:
        os.utime(path, (0, 0))
    actions.remove_expired(at=now())
    assert sorted(path.name for path in files.iterdir()) == sorted(row.file_name for row in done)
