"""A worker killed with -9 in the middle of a file of reports, and the same with ten thousand rows of 48 items each."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
import xlsxwriter

from accounts.models import Certificate
from accounts.queries import actor_for, user_with_holdings
from common import clock
from common.intake.mapping import MappingSpec
from common.intake.runs import start_import
from common.intake.uploads import sample_of, store_upload, table_of
from common.models import ImportBatch, Job, SourceRow
from inspection.actions.report_files import reports_kind
from inspection.models import CatalogueItem, Inspection, ItemResult, Report
from registry.models import LifeEvent
from registry.queries import chain_faults
from tests.common.killed import kill_after
from tests.factories.make import hold, make_user
from tests.factories.reports import make_body, make_inspected, make_inspector

ROOT = Path(__file__).resolve().parents[2]
WORKER = """
import django, json, sys; django.setup()
from bench.memory import peak_megabytes
from common import clock, jobs
from common.intake import chunks
chunks.CHUNK_ROWS = {chunk}
jobs.run({job}, at=clock.now())
print(json.dumps({{"megabytes": peak_megabytes()}}))
"""
HEAD = ["报告编号", "注册代码", "检验类别", "检验日期", "检验结论", "检验人员证书编号", "检验依据"]
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]


@pytest.fixture
def office(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"
    body = make_body()
    user = make_user()
    hold(user, "INSPECTION_OFFICE", unit=body)
    return body, actor_for(user_with_holdings(user.pk, clock.now()), clock.now())


def queued(path, by) -> ImportBatch:
    with path.open("rb") as file:
        upload = store_upload(content=file, name=path.name, kind="inspection.reports", by=by, at=clock.now())
    table = table_of(upload)
    spec: MappingSpec = reports_kind().guess(table.header, sample_of(table), by).spec
    return start_import(upload=upload, spec=spec, by=by, at=clock.now())


def book(path, body, elevators: int, numbers: int) -> Path:
    """Periodic inspections with every item, spread over the elevators; of one elevator on one day after the other."""
    number = Certificate.objects.get(user=make_inspector(body)).number.reveal()
    made = [make_inspected(body, registration_code=f"3110320106202405{place:04}") for place in range(elevators)]
    items = list(CatalogueItem.objects.filter(kind="PERIODIC").order_by("place"))
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as target:
        reports, lines = target.add_worksheet("检验报告"), target.add_worksheet("项目")
        for column, name in enumerate(HEAD):
            reports.write_string(0, column, name)
        for place in range(numbers):
            code = made[place % elevators].registration_code
            row = [
                f"R-{place:05}",
                code,
                "定期检验",
                f"2025-05-{1 + place // elevators:02}",
                "合格",
                number,
                "TSG T7001-2023",
            ]
            for column, cell in enumerate(row):
                reports.write_string(place + 1, column, cell)
        for column, name in enumerate(("报告编号", "项目编号", "检验结果")):
            lines.write_string(0, column, name)
        line = 0
        for place in range(numbers):
            for item in items:
                line += 1
                for column, cell in enumerate((f"R-{place:05}", item.code, "√")):
                    lines.write_string(line, column, cell)
    return path


@pytest.fixture
def worker(settings):
    started = []

    def worker(job: int, chunk: int) -> subprocess.Popen:
        environ = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings.test", "FILES_DIR": str(settings.MEDIA_ROOT)}
        command = [sys.executable, "-c", WORKER.format(chunk=chunk, job=job)]
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


def test_a_killed_worker_goes_on_and_files_nothing_twice(office, worker, tmp_path):
    body, by = office
    batch = queued(book(tmp_path / "r.xlsx", body, elevators=60, numbers=60), by)
    done = kill_after(worker(batch.job_id, chunk=5), batch.job_id, 5)
    assert 5 <= done < 60 and Report.objects.count() == done == SourceRow.objects.count()
    said = worker(batch.job_id, chunk=5).communicate()[0]
    assert Job.objects.get(pk=batch.job_id).state == "SUCCEEDED", said
    batch.refresh_from_db()
    assert batch.summary["outcomes"]["CREATED"] == 60
    counted = (
        Report.objects.count(),
        Inspection.objects.count(),
        SourceRow.objects.count(),
        ItemResult.objects.count(),
    )
    assert counted == (60, 60, 60, 60 * 48)
    assert LifeEvent.objects.filter(kind="INSPECTED").count() == 60
    assert chain_faults().faults == []


def test_many_rows_with_all_their_items_stay_within_memory(office, worker, tmp_path):
    """REPORT_FILE_ROWS=… and REPORT_FILE_ELEVATORS=… for more; where there are fewer elevators than rows, one comes twice, and
    its second report is refused as too early."""
    rows = int(os.environ.get("REPORT_FILE_ROWS", "500"))
    elevators = min(rows, int(os.environ.get("REPORT_FILE_ELEVATORS", "500")))
    body, by = office
    batch = queued(book(tmp_path / "r.xlsx", body, elevators=elevators, numbers=rows), by)
    began = time.monotonic()
    said = worker(batch.job_id, chunk=2000).communicate()[0]
    seconds = time.monotonic() - began
    assert Job.objects.get(pk=batch.job_id).state == "SUCCEEDED", said
    megabytes = json.loads(said.strip().splitlines()[-1])["megabytes"]
    batch.refresh_from_db()
    sys.stdout.write(f"{rows} rows of 48 items: {seconds:.0f} s, {megabytes:.0f} MB, {batch.summary['outcomes']}\n")
    assert SourceRow.objects.count() == rows
    assert megabytes < 300
