"""Exports of everything that a city regulator sees: rate against a bare COPY OUT and a bare workbook, memory, and what
pages feel of it."""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import xlsxwriter
from django.conf import settings
from django.db import connection
from django.utils import translation

from bench import people
from bench.calls import Caller
from bench.memory import peak_megabytes
from bench.report import Report, Row
from common import clock, jobs
from common.exports.actions import request_export
from common.exports.columns import TEXTUAL, for_sheet
from common.exports.kinds import kind_of
from common.exports.writers import selected
from common.models import Export, ExportFormat
from registry.models import Elevator

KIND = "registry.elevators"
LEAST_CSV, LEAST_XLSX, MOST_MEMORY_MB, MOST_TIMES_IDLE = 0.20, 0.70, 200, 3.0
ADDRESS = "/elevators/?registration_state=IN_USE"

# In a process of its own, as a worker is: how long the job took, and the most memory it ever held.
WORKER = """
import django, sys
django.setup()
from bench import exports
exports.work(int(sys.argv[1]))
"""


def work(job_id: int) -> None:
    """Run one queued export and say {"seconds", "megabytes", "rows"} on standard output."""
    began = time.perf_counter()
    job = jobs.run(job_id, at=clock.now())
    seconds = time.perf_counter() - began
    if job is None or job.state != "SUCCEEDED":
        raise RuntimeError(f"the export ended as {job and (job.state, job.error)}")
    print(json.dumps({"seconds": seconds, "megabytes": peak_megabytes(), "rows": job.done}))


def exports(report: Report) -> None:
    """CSV and XLSX of the whole city, each against its floor; the memory of the worker; pages meanwhile."""
    with tempfile.TemporaryDirectory() as folder, translation.override("zh-hans"):
        os.environ["FILES_DIR"] = folder
        settings.MEDIA_ROOT = folder
        try:
            _bare_copy()  # brings the table into memory, for both
            before = _bare_copy()
            csv = _exported(ExportFormat.CSV)
            _add(report, "CSV", csv, (before + _bare_copy()) / 2, LEAST_CSV, "bare COPY OUT")
            _pages_meanwhile(report)
            # alone, as its floor is: the one beside the pages shares the processor with them
            before = _bare_workbook(Path(folder))
            book = _exported(ExportFormat.XLSX)
            _add(report, "XLSX", book, (before + _bare_workbook(Path(folder))) / 2, LEAST_XLSX, "bare xlsxwriter")
        finally:
            Export.objects.all().delete()


def _add(report: Report, name: str, ours: dict, floor: float, least: float, against: str) -> None:
    rate, bare = ours["rows"] / ours["seconds"], ours["rows"] / floor
    target = f"≥ {least:.0%} of {against}"
    report.add(Row(f"export, {name} of {ours['rows']:,} rows", rate, "/s", target, rate >= least * bare, bare))
    memory = ours["megabytes"]
    target = f"≤ {MOST_MEMORY_MB} MB"
    report.add(Row(f"export, {name}: memory of the worker", memory, "MB", target, memory <= MOST_MEMORY_MB))


def _queued(format: str) -> Export:
    from accounts.queries import actor_for

    actor = actor_for(people.measured()["city regulator"], clock.now())
    return request_export(kind=KIND, format=format, parameters=[], columns=None, by=actor, at=clock.now())


def _started(format: str) -> subprocess.Popen:
    job = _queued(format).job_id
    return subprocess.Popen([sys.executable, "-c", WORKER, str(job)], stdout=subprocess.PIPE, text=True)


def _exported(format: str) -> dict:
    said, _nothing = _started(format).communicate()
    return json.loads(said)


def _columns():
    return kind_of(KIND).chosen_columns(None)


def _bare_copy() -> float:
    """Seconds of one COPY OUT of the same columns as they are, into a file."""
    rows = Elevator.objects.order_by("-pk")
    sql, parameters = selected(rows, _columns(), lambda column: column.expression())
    began = time.perf_counter()
    statement = f"COPY ({sql}) TO STDOUT WITH (FORMAT csv)"
    with (
        tempfile.TemporaryFile() as file,
        connection.cursor() as cursor,
        cursor.copy(statement, parameters) as copy,
    ):
        for block in copy:
            file.write(block)
    return time.perf_counter() - began


def _bare_workbook(folder: Path) -> float:
    """Seconds that xlsxwriter alone takes for the same cells, which lie in memory, in the same mode."""
    columns = _columns()
    sql, parameters = selected(Elevator.objects.order_by("-pk"), columns, for_sheet)
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        rows = cursor.fetchall()
    textual = [column.form in TEXTUAL for column in columns]
    began = time.perf_counter()
    book = xlsxwriter.Workbook(str(folder / "bare.xlsx"), {"constant_memory": True, "tmpdir": str(folder)})
    sheet = book.add_worksheet()
    for line, row in enumerate(rows):
        for number, value in enumerate(row):
            if value is None or value == "":
                continue
            if textual[number]:
                sheet.write_string(line, number, value)
            else:
                sheet.write_number(line, number, value)
    book.close()
    return time.perf_counter() - began


def _pages_meanwhile(report: Report) -> None:
    """95th percentile of a list page, idle and while a workbook is written by a worker beside it."""
    caller, cookie = Caller(), people.cookie_of(people.measured()["city regulator"])
    for _ in range(5):
        caller.get(ADDRESS, cookie)
    idle = _p95([_milliseconds(caller, cookie) for _ in range(60)])
    worker, during = _started(ExportFormat.XLSX), []
    time.sleep(2)  # Python and Django are up
    while worker.poll() is None:
        during.append(_milliseconds(caller, cookie))
        time.sleep(0.02)
    worker.communicate()
    busy = _p95(during or [idle])
    target = f"≤ {MOST_TIMES_IDLE:g} × idle"
    report.add(Row("list page, p95 during an export", busy, "ms", target, busy <= MOST_TIMES_IDLE * idle, idle))


def _milliseconds(caller: Caller, cookie: str) -> float:
    began = time.perf_counter()
    caller.get(ADDRESS, cookie)
    return (time.perf_counter() - began) * 1000


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
