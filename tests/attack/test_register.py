"""Attacks on the register's pages: files whose words are markup, clicks at the same moment, halves of what was shown."""

import csv
import io
import threading

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from xlsxwriter import Workbook

from accounts.actions import units
from accounts.models import Area
from common import jobs
from common.actor import system
from common.api.throttles import MapThrottle
from common.clock import now
from common.exports import actions as exports
from common.intake.mapping import MappingSpec
from common.intake.reports import safe
from common.intake.runs import resume_import
from common.intake.undo import JOB_KIND as UNDO_JOB
from common.intake.undo import start_undo
from common.models import Export, ImportBatch, Job, JobState, Upload
from tests.common.conftest import make_manager
from tests.common.together import Together, at_once, wait_until_blocked
from tests.factories.make import GULOU, NANJING, client_for, hold, make_unit, make_user

KIND = "registry.elevators"
BAIT = '<b id="bait" hx-post="/x/" hx-trigger="load">投用日期</b>'
US = system("attack")


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def client(db):
    user = make_user()
    hold(user, "CITY_REGULATOR", area_code=NANJING)
    return client_for(user)


def send(client, name: str, content: bytes) -> Upload:
    answer = client.post("/imports/new/", {"kind": KIND, "file": SimpleUploadedFile(name, content)})
    assert answer.status_code == 302, answer.content.decode()
    return Upload.objects.latest("pk")


def stopped_batch() -> ImportBatch:
    job = Job.objects.create(kind="common.import", params={}, owner_kind=US.kind, owner_id=US.id, created_at=now())
    jobs.cancel_job(job, at=now())
    return ImportBatch.objects.create(
        kind=KIND,
        owner_kind=US.kind,
        owner_id=US.id,
        created_at=now(),
        job=job,
        scope="attack",
        file_name="a.csv",
        sha256="0" * 64,
        mapping_digest="0" * 64,
        source="attack",
    )


def one_waits_for_the_other(first, second) -> list:
    """The second meets the first's lock, and goes on when the first has committed; what each returned."""
    together, done, commit = Together(), threading.Event(), threading.Event()

    def holding():
        with transaction.atomic():
            answer = first()
            done.set()
            commit.wait(20)
        return answer

    together.start(holding)
    assert done.wait(20)
    together.start(second)
    try:
        wait_until_blocked()
    finally:
        commit.set()
    return together.results()


def both(action, batch: ImportBatch) -> list[ImportBatch]:
    def once():
        return action(batch=ImportBatch.objects.get(pk=batch.pk), by=US, at=now())

    return one_waits_for_the_other(once, once)


def test_a_heading_of_a_file_is_no_markup_on_the_page_of_its_shape(client):
    """htmx would carry out its attributes with the reader's own token; colleagues open the same page."""
    stream = io.BytesIO()
    with Workbook(stream, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["设备代码", BAIT, "备注"])
        for row in range(1, 12):
            sheet.write_row(row, 0, [f"311010X0420202{row:05d}", 40_000 + row, "x"])
    upload = send(client, "a.xlsx", stream.getvalue())
    page = client.get(f"/imports/files/{upload.public_id}/shape/").content.decode()
    assert "&lt;b id=&quot;bait&quot;" in page
    assert '<b id="bait"' not in page


@pytest.mark.parametrize("name", ["name", "word-area-0", "file-city", "column-0"])
def test_a_nul_in_the_columns_form_is_no_failure_of_ours(client, name):
    upload = send(client, "a.csv", "设备代码,所在区\n311010X04202000001,鼓楼区\n".encode())
    form = {"column-0": "equipment_code", "column-1": "area", "means-area-0": GULOU, "step": "try", name: "a\0b"}
    assert client.post(f"/imports/files/{upload.public_id}/columns/", form).status_code == 400


def test_a_table_of_words_that_says_no_words_is_no_mapping():
    use = {"columns": ["区"], "options": {"words": {"鼓楼": [1]}}}
    with pytest.raises(ValueError, match="not a mapping"):
        MappingSpec.from_json({"kind": KIND, "targets": {"area": use}})


def test_what_was_tried_is_what_comes_in_whoever_reads_the_file_in_another_way_meanwhile(client):
    content = "设备代码;所在区;载重(kg)\n" + "".join(f"311010X042020{n:05d};鼓楼区;1.000\n" for n in range(1, 6))
    upload = send(client, "a.csv", content.encode())
    form = {"column-0": "equipment_code", "column-1": "area", "step": "try"}
    tried_at = client.post(f"/imports/files/{upload.public_id}/columns/", form)["Location"]
    tried = ImportBatch.objects.get(dry_run=True)
    upload.refresh_from_db()
    upload.shape = {**upload.shape, "decimal_comma": not upload.shape["decimal_comma"]}
    upload.save()
    client.post(f"{tried_at}run/")
    assert ImportBatch.objects.get(dry_run=False).shape == tried.shape


@pytest.mark.parametrize("start", ["\u200b=1+1", "\ufeff=1+1", "\u200e@SUM(A1)", "=1+1", "\t+x"])
def test_nothing_unseen_hides_a_formula_in_an_error_file(start):
    assert safe(start) == f"'{start}"
    assert safe("-12.5") == "-12.5"
    assert next(csv.reader([safe("普通")])) == ["普通"]


@pytest.mark.django_db(transaction=True)
def test_two_who_resume_at_once_share_one_job():
    first, second = both(resume_import, stopped_batch())
    assert second.job_id == first.job_id
    assert Job.objects.filter(state=JobState.QUEUED).count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_undo_at_once_share_one_job():
    first, second = both(start_undo, stopped_batch())
    assert second.undo_job_id == first.undo_job_id
    assert Job.objects.filter(kind=UNDO_JOB).count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_clicks_at_once_are_no_way_past_the_limit_of_exports():
    person = make_manager()

    def ask():
        return exports.request_export(kind=KIND, format="csv", parameters=(), columns=None, by=person.actor, at=now())

    answers = at_once(*[ask] * 8)
    assert Export.objects.count() == exports.MOST_AT_ONCE
    assert sum(isinstance(answer, exports.TooManyExports) for answer in answers) == 8 - exports.MOST_AT_ONCE


@pytest.mark.django_db(transaction=True)
def test_two_who_move_a_unit_at_once_both_get_an_answer():
    unit = make_unit()
    areas = list(Area.objects.filter(city__code=NANJING).exclude(pk=unit.area_id)[:2])

    def move(area):
        return units.change_unit(unit_id=unit.pk, values={"area": area}, version=None, by=US, at=now())

    moved = one_waits_for_the_other(lambda: move(areas[0]), lambda: move(areas[1]))
    assert [unit.area_id for unit in moved] == [area.pk for area in areas]


def test_the_map_s_fragments_are_limited_as_rest_is(client, monkeypatch):
    monkeypatch.setattr(MapThrottle, "THROTTLE_RATES", {"map": "2/min"})
    cache.clear()
    section = "?bbox=118,31,119,32"
    answers = [client.get(f"/elevators/map/{part}/{section}") for part in ("clusters", "place", "clusters")]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert int(answers[-1]["Retry-After"]) > 0
    assert client.get("/elevators/map/").status_code == 200
