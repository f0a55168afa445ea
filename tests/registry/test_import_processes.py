"""The import command as real processes: killed and run again, and two at once."""

import datetime as dt
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connections

from accounts.models import Area
from common.models import ImportBatch, Job, SourceRow
from registry.models import Elevator, LifeEvent, Site, StatusFlag
from registry.queries import chain_faults
from stack import testdb
from tests.registry.import_files import many, write

ROOT = Path(__file__).resolve().parents[2]
# (rows of a chunk, rows of the file); in the size that users have, too, where time does not matter
SIZES = [(200, 2_300), pytest.param(2_000, 9_000, marks=pytest.mark.long)]
# what every process of the import starts with: chunks of this size, so that a small file has many
CHUNKS_OF = "import django; django.setup(); from common.intake import chunks, undo;\
 chunks.CHUNK_ROWS, undo.CHUNK_ROWS = {0}, {0} // 2; "
MANAGE = CHUNKS_OF + "import sys; from django.core.management import execute_from_command_line as run; run(sys.argv)"
NEW_EACH_TIME = {"id", "public_id", "hash", "previous_hash", "recorded_at", "tx", "batch_id", "job_id"}
POINTS_TO = {
    "area_id": (Area, "code"),
    "city_id": (Area, "code"),
    "managing_district_id": (Area, "code"),
    "site_id": (Site, "source_key"),
    "elevator_id": (Elevator, "source_key"),
    "subject_id": (Elevator, "source_key"),
}
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def start(tmp_path):
    """start(path, chunk=…): the import command in a process of its own; none outlives the test."""
    started = []

    def start(path: Path, *, chunk: int) -> subprocess.Popen:
        environ = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings.test", "FILES_DIR": str(tmp_path / "files")}
        process = subprocess.Popen(
            [sys.executable, "-c", MANAGE.format(chunk), "import_elevators", str(path), "--mapping", "nyc"],
            env=environ,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
            process.wait()
        process.stdout.close()


def _areas() -> None:
    call_command("import_areas", ROOT / "accounts" / "data" / "areas_nyc.csv", verbosity=0)


def _kill_after(process: subprocess.Popen, rows: int) -> int:
    """kill -9 as soon as so many rows are in; returns how many were in then."""
    until = time.monotonic() + 60
    while time.monotonic() < until and process.poll() is None:
        job = Job.objects.order_by("-pk").first()
        if job and job.done >= rows:
            process.kill()
            process.wait()
            job.refresh_from_db()
            return job.done
        time.sleep(0.01)
    raise AssertionError(f"not killed: {process.communicate()[0]}")


def _everything() -> dict:
    """All that an import writes, without what is new with every run (keys, hashes, the moment)."""
    batch = ImportBatch.objects.get()
    here = {batch.created_at: "AT", str(batch.public_id): "BATCH"}

    here |= {name: dict(model.objects.values_list("pk", named)) for name, (model, named) in POINTS_TO.items()}

    def rows(model, *order):
        names = [field.attname for field in model._meta.concrete_fields if field.attname not in NEW_EACH_TIME]
        found = model.objects.order_by(*order).values(*names)
        return [{name: _by_name(name, value, here) for name, value in row.items()} for row in found]

    return {
        "elevators": rows(Elevator, "source_key"),
        "sites": rows(Site, "source_key"),
        "flags": rows(StatusFlag, "elevator__source_key"),
        "events": rows(LifeEvent, "elevator__source_key", "sequence"),
        "source rows": rows(SourceRow, "row_number"),
        "summary": batch.summary,
    }


def _by_name(name: str, value, here: dict):
    """A key as the name of what it points to."""
    if name in POINTS_TO:
        return here[name].get(value)
    return here.get(value, value) if isinstance(value, str | dt.datetime) else value


@pytest.mark.parametrize(("chunk", "rows"), SIZES)
def test_import_killed_twice_ends_like_an_undisturbed_one(start, tmp_path, services, chunk, rows):
    path = write(tmp_path / "register.csv", many(rows))
    _areas()
    first = _kill_after(start(path, chunk=chunk), chunk)
    assert chunk <= first < rows and first % chunk == 0
    assert Elevator.objects.count() == SourceRow.objects.count() == first
    assert ImportBatch.objects.get().completed_at is None
    second = _kill_after(start(path, chunk=chunk), first + 2 * chunk)
    assert first + 2 * chunk <= second < rows and second % chunk == 0
    last = start(path, chunk=chunk)
    said = last.communicate()[0]
    assert last.returncode == 0, said
    assert f"Resumed after row {second + 1}." in said, said
    assert chain_faults().faults == []
    assert list(Job.objects.values_list("state", "done", "total")) == [("SUCCEEDED", rows, rows)]
    resumed = _everything()
    error_file = (tmp_path / "files" / "imports" / f"{ImportBatch.objects.get().public_id}-issues.csv").read_bytes()

    connections["default"].close()
    testdb.make_database(services)
    _areas()
    undisturbed = start(path, chunk=chunk)
    said = undisturbed.communicate()[0]
    assert undisturbed.returncode == 0, said
    assert _everything() == resumed
    batch = ImportBatch.objects.get()
    assert (tmp_path / "files" / "imports" / f"{batch.public_id}-issues.csv").read_bytes() == error_file
    assert len(resumed["elevators"]) == len(resumed["source rows"]) == rows


@pytest.mark.long  # short: an import waits for another one and then says so
@pytest.mark.parametrize(("chunk", "rows"), SIZES)
def test_the_same_file_twice_at_once_comes_in_once(start, tmp_path, chunk, rows):
    path = write(tmp_path / "register.csv", many(rows))
    _areas()
    both = [start(path, chunk=chunk), start(path, chunk=chunk)]
    said = [process.communicate()[0] for process in both]
    told = [
        text
        for process, text in zip(both, said, strict=True)
        if "imported by another process right now" in text or "Nothing was added" in text
    ]
    assert len(told) == 1, said
    assert (ImportBatch.objects.count(), Job.objects.count()) == (1, 1)
    assert ImportBatch.objects.get().completed_at is not None
    assert Elevator.objects.count() == SourceRow.objects.count() == rows
