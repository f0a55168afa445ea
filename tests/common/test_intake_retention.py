"""Files that were sent in do not lie there for ever; what came of them does, and the same file is known again."""

import datetime as dt
import io
import os
from pathlib import Path

import pytest

from common import jobs
from common.clock import now
from common.intake.retention import remove_old_files
from common.intake.runs import start_import
from common.intake.uploads import store_upload, upload_path
from common.models.intake import ImportBatch, Upload
from registry.models import Elevator
from tests.factories.make import client_for
from tests.registry.test_import_scope import SPEC
from tests.registry.test_import_verbs import content

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def files(settings, tmp_path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    settings.IMPORT_FILES_KEPT_DAYS, settings.UNUSED_UPLOADS_KEPT_DAYS = 30, 7
    return tmp_path


@pytest.fixture
def user(cast):
    return cast.district_regulator


@pytest.fixture
def actor(user):
    return user.actor()


def upload(actor, count: int = 2) -> Upload:
    file = io.BytesIO(content(count).replace(b",1000", b",heavy"))
    return store_upload(content=file, name="a.csv", kind="registry.elevators", by=actor, at=now())


def imported(sent: Upload, actor, **options) -> ImportBatch:
    batch = start_import(upload=sent, spec=SPEC, by=actor, at=now(), **options)
    assert jobs.run(batch.job_id, at=now()).state == "SUCCEEDED"
    return ImportBatch.objects.select_related("job", "upload").get(pk=batch.pk)


def test_an_upload_that_nobody_used_goes_after_its_week(actor):
    path = upload_path(upload(actor))
    assert remove_old_files(at=now() + 6 * DAY) == 0
    assert path.exists()
    assert remove_old_files(at=now() + 8 * DAY) == 1
    assert not path.exists()
    assert Upload.objects.count() == 1
    assert remove_old_files(at=now() + 8 * DAY) == 0


def test_a_file_sent_once_more_begins_its_days_anew(actor):
    path = upload_path(upload(actor))
    long_ago = (now() - 6 * DAY).timestamp()
    os.utime(path, (long_ago, long_ago))
    upload(actor)
    remove_old_files(at=now() + 3 * DAY)
    assert path.exists()


def test_a_file_that_was_brought_in_goes_a_month_later_and_is_known_again(user, actor):
    batch = imported(upload(actor), actor)
    path, errors = upload_path(batch.upload), Path(batch.error_file)
    assert remove_old_files(at=now() + 29 * DAY) == 0
    assert remove_old_files(at=now() + 31 * DAY) == 1
    # the rows that need a hand stay: they are in the ledger all the same
    assert (path.exists(), errors.exists()) == (False, True)

    page = client_for(user.user).get(f"/imports/{batch.public_id}/", headers={"Accept-Language": "en"}).content.decode()
    assert "The file itself is no longer kept." in page
    assert "Correct the columns" not in page

    again = upload(actor)
    assert again != batch.upload
    assert start_import(upload=again, spec=SPEC, by=actor, at=now()) == batch
    assert Elevator.objects.filter(pk__in=batch.rows.values("subject_id")).count() == 2


def test_what_a_trial_run_wrote_goes_with_its_file(user, actor):
    batch = imported(upload(actor), actor, dry_run=True)
    errors = Path(batch.error_file)
    assert errors.exists()
    assert remove_old_files(at=now() + 31 * DAY) == 2
    assert not errors.exists()
    client = client_for(user.user)
    page = client.get(f"/imports/{batch.public_id}/", headers={"Accept-Language": "en"}).content.decode()
    assert "Bring it in" not in page
    assert "Rows that need a hand, as a file" not in page
    client.raise_request_exception = False
    answer = client.get(f"/imports/files/{batch.upload.public_id}/shape/", headers={"Accept-Language": "en"})
    assert (answer.status_code, "The file is no longer kept." in answer.content.decode()) == (410, True)


def test_what_waits_runs_or_may_go_on_keeps_its_file(actor):
    waiting = start_import(upload=upload(actor), spec=SPEC, by=actor, at=now())
    path = upload_path(waiting.upload)
    remove_old_files(at=now() + 400 * DAY)
    assert path.exists()
    jobs.cancel_job(waiting.job, at=now())
    ImportBatch.objects.filter(pk=waiting.pk).update(paused_at=now())
    remove_old_files(at=now() + 29 * DAY)
    assert path.exists()
    remove_old_files(at=now() + 31 * DAY)
    assert not path.exists()


def test_what_no_row_knows_goes_after_a_day(files):
    for name in ("uploads/0190f2b4-0000-7000-8000-000000000000", "uploads/notes", "imports/x-issues.csv.part"):
        (files / name).parent.mkdir(exist_ok=True)
        (files / name).write_text("left behind")
    assert remove_old_files(at=now()) == 0
    assert remove_old_files(at=now() + 2 * DAY) == 3
