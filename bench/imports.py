"""An import of a hundred thousand rows: rate against a bare COPY of the same rows into the same tables, memory of the
worker, and what pages feel of it."""

import csv
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import psycopg
from django.conf import settings
from django.db import connection
from django.utils import translation

from bench import people
from bench.calls import Caller
from bench.memory import peak_megabytes
from bench.report import Report, Row
from common import clock, jobs
from common.intake.mapping import MappingSpec, TargetUse
from common.intake.runs import start_import
from common.intake.uploads import store_upload
from common.models import ImportBatch, Job, SourceRow, Upload
from registry.models import Elevator, LifeEvent, Site
from stack.errors import Trouble

ROWS = 100_000
LEAST, MOST_MEMORY_MB, MOST_TIMES_IDLE = 0.08, 300, 3.0
SOURCE = "bench-import"
ADDRESS = "/elevators/?registration_state=IN_USE"
DISTRICTS = ("玄武区", "秦淮区", "建邺", "320106", "浦口区", "栖霞区", "雨花台区", "江宁", "六合区", "溧水区", "高淳区")
COLUMNS = {
    "source_key": "登记编号",
    "equipment_code": "设备代码",
    "area": "所属区",
    "address": "使用地点",
    "site_name": "项目名称",
    "class_code": "设备品种",
    "manufacturer_name": "制造单位",
    "model": "型号",
    "factory_number": "出厂编号",
    "rated_load_kg": "额定载重量(kg)",
    "rated_speed_mps": "额定速度(m/s)",
    "travel_m": "提升高度(m)",
    "floors": "层数",
    "landings": "站数",
    "commissioned_on": "投用日期",
    "state": "使用状态",
    "latitude": "纬度",
    "longitude": "经度",
    "place_type": "使用场所",
}
# In a process of its own, as a worker is: how long the job took, and the most memory it ever held.
WORKER = """
import django, sys
django.setup()
from bench import imports
imports.work(int(sys.argv[1]))
"""


def work(job_id: int) -> None:
    """Run one queued import and say {"seconds", "megabytes", "rows"} on standard output."""
    began = time.perf_counter()
    job = jobs.run(job_id, at=clock.now())
    seconds = time.perf_counter() - began
    if job is None or job.state != "SUCCEEDED":
        raise RuntimeError(f"the import ended as {job and (job.state, job.error)}")
    print(json.dumps({"seconds": seconds, "megabytes": peak_megabytes(), "rows": job.done}))


def imports(report: Report) -> None:
    """A file through mapping, validation, scope, events and batch rows; then the same rows by COPY alone."""
    rows = min(ROWS, Elevator.objects.count() // 2)
    _clear()
    with tempfile.TemporaryDirectory() as folder, translation.override("zh-hans"):
        os.environ["FILES_DIR"] = settings.MEDIA_ROOT = folder
        try:
            batch = _queued(_file(Path(folder) / "register.csv", rows))
            ours, busy, idle = _pages_meanwhile(batch)
            _require_whole(batch, rows)
            floor = _bare_copy(batch, Path(folder))
        finally:
            _clear()
    rate, bare = rows / ours["seconds"], rows / floor
    target = f"≥ {LEAST:.0%} of bare COPY"
    report.add(Row(f"import, {rows:,} rows, file to commit", rate, "/s", target, rate >= LEAST * bare, bare))
    memory = ours["megabytes"]
    report.add(Row("import: memory of the worker", memory, "MB", f"≤ {MOST_MEMORY_MB} MB", memory <= MOST_MEMORY_MB))
    target = f"≤ {MOST_TIMES_IDLE:g} × idle"
    report.add(Row("list page, p95 during an import", busy, "ms", target, busy <= MOST_TIMES_IDLE * idle, idle))


def _file(path: Path, rows: int) -> Path:
    """A register without a single bad cell."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS.values())
        writer.writerows(_line(number) for number in range(rows))
    return path


def _line(number: int) -> list:
    return [
        f"B{number}",
        f"311099{number % 1000:03d}{2000 + number % 25}{number // 1000:05d}",
        DISTRICTS[number % len(DISTRICTS)],
        f"样例大道{number // 20}号{number % 20}幢",
        f"样例花园{number // 20}",
        "曳引驱动乘客电梯" if number % 3 else "3310",
        f"样例电梯制造{number % 400}厂",
        f"SL-{number % 90}",
        f"F{number:07d}",
        630 + number % 8 * 50,
        1 + number % 5 * 0.25,
        20 + number % 90,
        5 + number % 28,
        5 + number % 28,
        f"{2000 + number % 25}-{1 + number % 12:02d}-{1 + number % 28:02d}",
        "在用" if number % 9 else "停用",
        f"{31.9 + number % 5000 * 0.00005:.6f}",
        f"{118.7 + number % 3000 * 0.00005:.6f}",
        "RESIDENTIAL",
    ]


def _queued(path: Path) -> ImportBatch:
    from accounts.queries import actor_for

    actor = actor_for(people.measured()["city regulator"], clock.now())
    with path.open("rb") as file:
        upload = store_upload(content=file, name=path.name, kind="registry.elevators", by=actor, at=clock.now())
    uses = {name: TargetUse((column,)) for name, column in COLUMNS.items()}
    spec = MappingSpec("registry.elevators", targets=uses, options={"city": "320100", "source": SOURCE})
    return start_import(upload=upload, spec=spec, by=actor, at=clock.now())


def _require_whole(batch: ImportBatch, rows: int) -> None:
    batch.refresh_from_db()
    created, issues = batch.summary["outcomes"]["CREATED"], batch.summary["issues"]
    if created != rows or issues:
        raise Trouble(f"Of {rows:,} rows {created:,} came in; issues: {issues}.")


def _pages_meanwhile(batch: ImportBatch) -> tuple[dict, float, float]:
    """(what the worker says, 95th percentile of a list page meanwhile, the same when nothing else runs), in ms."""
    caller, cookie = Caller(), people.cookie_of(people.measured()["city regulator"])
    for _ in range(5):
        caller.get(ADDRESS, cookie)
    idle = _p95([_milliseconds(caller, cookie) for _ in range(60)])
    command = [sys.executable, "-c", WORKER, str(batch.job_id)]
    worker, during = subprocess.Popen(command, stdout=subprocess.PIPE, text=True), []
    time.sleep(2)  # Python and Django are up
    while worker.poll() is None:
        during.append(_milliseconds(caller, cookie))
        # a page now and then, as a user would: one that never pauses would be half of the load itself
        time.sleep(0.25)
    return json.loads(worker.stdout.read()), _p95(during or [idle]), idle


def _milliseconds(caller: Caller, cookie: str) -> float:
    began = time.perf_counter()
    caller.get(ADDRESS, cookie)
    return (time.perf_counter() - began) * 1000


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1] if len(times) > 1 else times[0]


def _bare_copy(batch: ImportBatch, folder: Path) -> float:
    """Seconds of COPY alone for the very rows that the import wrote, into the same tables with all that hangs on them."""
    tables = {
        Site._meta.db_table: "source = %s",
        Elevator._meta.db_table: "source = %s",
        LifeEvent._meta.db_table: f"elevator_id IN (SELECT id FROM {Elevator._meta.db_table} WHERE source = %s)",
        SourceRow._meta.db_table: f"batch_id = {batch.pk} AND %s <> ''",
    }
    with connection.cursor() as cursor:
        columns = {table: _columns(cursor, table) for table in tables}
        for table, condition in tables.items():
            statement = f"COPY (SELECT {columns[table]} FROM {table} WHERE {condition}) TO STDOUT"
            with (folder / table).open("wb") as file, cursor.copy(statement, [SOURCE]) as copy:
                for block in copy:
                    file.write(block)
    _clear(keep_batch=True)
    began = time.perf_counter()
    with connection.cursor() as cursor:
        for table in tables:
            with (
                (folder / table).open("rb") as file,
                cursor.copy(f"COPY {table} ({columns[table]}) FROM STDIN") as copy,
            ):
                while block := file.read(1 << 16):
                    copy.write(block)
    return time.perf_counter() - began


def _columns(cursor, table: str) -> str:
    """The columns that are written: others the database works out by itself."""
    cursor.execute(
        "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) FROM pg_attribute"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
        [table],
    )
    return cursor.fetchone()[0]


@contextmanager
def _owner():
    if not settings.DATABASE_OWNER_URL:
        raise Trouble("The import is taken out again by the tables' owner: set DATABASE_OWNER_URL too.")
    with psycopg.connect(settings.DATABASE_OWNER_URL, autocommit=True) as owner:
        yield owner


def _clear(*, keep_batch: bool = False) -> None:
    """Take the bench's rows out again, ledgers included: as the owner, past the triggers that refuse it."""
    elevators, sites = Elevator._meta.db_table, Site._meta.db_table
    mine = f"SELECT id FROM {elevators} WHERE source = '{SOURCE}'"
    batches = f"SELECT id FROM {ImportBatch._meta.db_table} WHERE source = '{SOURCE}'"
    ledgers = (SourceRow._meta.db_table, LifeEvent._meta.db_table)
    with _owner() as owner, owner.transaction():
        for table in ledgers:
            owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        owner.execute(f"DELETE FROM {SourceRow._meta.db_table} WHERE batch_id IN ({batches})")
        for table, column in _pointing_at(owner, elevators):
            owner.execute(f"DELETE FROM {table} WHERE {column} IN ({mine})")
        owner.execute(f"DELETE FROM {elevators} WHERE source = '{SOURCE}'")
        owner.execute(f"DELETE FROM {sites} WHERE source = '{SOURCE}'")
        for table in ledgers:
            owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    with _owner() as owner:
        for table in (elevators, sites, *ledgers):
            owner.execute(f"VACUUM (ANALYZE) {table}")
    if not keep_batch:
        rows = ImportBatch.objects.filter(source=SOURCE)
        job_ids, upload_ids = (
            list(rows.values_list("job_id", flat=True)),
            list(rows.values_list("upload_id", flat=True)),
        )
        rows.delete()
        Job.objects.filter(pk__in=job_ids).delete()
        Upload.objects.filter(pk__in=upload_ids).delete()


def _pointing_at(owner, table: str) -> list[tuple[str, str]]:
    """(table, column) of every foreign key to a table."""
    return owner.execute(
        "SELECT c.conrelid::regclass::text, a.attname FROM pg_constraint c"
        " JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]"
        " WHERE c.confrelid = %s::regclass AND c.contype = 'f'",
        [table],
    ).fetchall()
