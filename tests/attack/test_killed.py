"""Workers killed with -9 in the middle of the jobs that identity lives on: what they do is done once, nothing is half."""

import datetime as dt
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from accounts.models import PersonalDetails
from accounts.queries import actor_for
from common import jobs, retention
from common.clock import now, today
from common.models import Job, RetentionRun
from common.personal import rotation
from registry.actions import handovers
from registry.actions.plate_sheets import folder, remove_stray_files, sheets_of
from registry.models import ChangeItem, LifeEvent, Nameplate, Responsibility
from registry.plates.layouts import all_layouts
from registry.queries import chain_faults
from tests.factories.make import GULOU, hold, make_elevator, make_unit, make_user
from tests.factories.printed import links_read
from tests.factories.registrations import attachment
from tests.registry.test_plates import BY, order

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]
ROOT = Path(__file__).resolve().parents[2]
RUN_JOB = "import django; django.setup(); from common import clock, jobs; jobs.run({}, at=clock.now())"
SWEEP = "import django; django.setup(); from common import clock, retention; retention.sweep(at=clock.now())"
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def counted(tried):
    tried("jobs whose workers are killed with -9", 1)


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.MEDIA_ROOT, settings.SEALED_DIR = tmp_path / "files", tmp_path / "sealed"
    return tmp_path


@pytest.fixture
def process(files):
    """process(code): another process of the platform on this database; none outlives the test."""
    started = []

    def start(code: str) -> subprocess.Popen:
        environ = os.environ | {"DJANGO_SETTINGS_MODULE": "config.settings.test", "FILES_DIR": str(files / "files")}
        environ["SEALED_DIR"] = str(files / "sealed")
        new = subprocess.Popen([sys.executable, "-c", code], env=environ, cwd=ROOT, stderr=subprocess.PIPE, text=True)
        started.append(new)
        return new

    yield start
    for each in started:
        if each.poll() is None:
            each.kill()
        each.communicate()


def kill_when(running: subprocess.Popen, condition, within: float = 60) -> None:
    end = time.monotonic() + within
    while not condition():
        assert running.poll() is None, f"ended by itself: {running.communicate()[1]}"
        assert time.monotonic() < end, "never came so far"
        time.sleep(0.002)
    running.kill()
    running.wait()


def killed_twice_then_whole(process, job: int, done: list[int], begun=lambda number: True) -> None:
    """kill -9 when so many are done, let the lease run out, let another worker end it."""
    for number, wanted in enumerate(done, start=1):
        running = process(RUN_JOB.format(job))
        kill_when(
            running, lambda number=number, wanted=wanted: begun(number) and Job.objects.get(pk=job).done >= wanted
        )
        assert Job.objects.get(pk=job).state == "RUNNING"
        Job.objects.filter(pk=job).update(lease_until=now() - DAY)
    last = process(RUN_JOB.format(job))
    errors = last.communicate(timeout=120)[1]
    assert Job.objects.get(pk=job).state == "SUCCEEDED", errors


def test_sheets_are_whole_once_and_nothing_of_the_dead_stays(process, files):
    batch = order(count=1500)
    killed_twice_then_whole(process, batch.job_id, [500, 500], lambda number: len(list(folder().iterdir())) >= number)
    batch.refresh_from_db()
    layout = all_layouts()[batch.layout]
    assert batch.pages == -(-1500 // layout.per_page)
    there = {path.name for path in folder().iterdir()}
    assert batch.file_name in there and len(there) == 3  # two that began and died
    path = sheets_of(batch, by=BY, via="tests")
    read = links_read(path, layout, [0, 749, 1499])
    texts = [text.rpartition("/")[2][7:13] for text in read.values()]
    codes = list(Nameplate.objects.order_by("pk").values_list("code", flat=True))
    assert texts == [codes[0], codes[749], codes[1499]]
    assert remove_stray_files(at=now()) == 0
    assert remove_stray_files(at=now() + 2 * DAY) == 2
    assert {path.name for path in folder().iterdir()} == {batch.file_name}


def test_a_change_of_the_maintenance_unit_is_entered_once_for_each_elevator(process):
    using, present, coming = (
        make_unit("A"),
        make_unit("B", kind="MAINTENANCE_UNIT"),
        make_unit("C", kind="MAINTENANCE_UNIT"),
    )
    lifts = [make_elevator(area_code=GULOU, using_unit=using, maintenance_unit=present) for _ in range(250)]
    manager, office = make_user("manager"), make_user("office")
    hold(manager, "USING_UNIT_MANAGER", unit=using)
    hold(office, "MAINTENANCE_OFFICE", unit=coming)
    by, at = actor_for(manager, now()), now()
    change = handovers.propose_change(
        elevators=lifts,
        new_unit=coming,
        starts_on=today() + 9 * DAY,
        reference="M-7",
        files=[attachment(by)],
        by=by,
        at=at,
    ).change
    change = handovers.confirm_change(change=change, by=actor_for(office, now()), at=now())
    killed_twice_then_whole(process, change.job_id, [25, 100])
    change.refresh_from_db()
    assert change.state == "DONE"
    assert list(ChangeItem.objects.values_list("state", flat=True).distinct()) == ["DONE"]
    new = Responsibility.objects.filter(unit=coming, role="MAINTENANCE_UNIT")
    assert (new.count(), new.values("elevator").distinct().count()) == (250, 250)
    begun = LifeEvent.objects.filter(kind="RESPONSIBILITY_STARTED", details__unit=str(coming.public_id))
    assert begun.count() == 250
    assert chain_faults().faults == []


def test_a_rotation_seals_each_number_once_and_all_can_be_read(process, settings):
    numbers = {}
    for place in range(1200):
        user = make_user()
        numbers[user.pk] = f"1990001{place:04d}"
        PersonalDetails.objects.create(user=user, phone=numbers[user.pk], changed_at=now())
    job = jobs.queue_job(kind=rotation.JOB_KIND, params={}, by=BY, at=now())
    # the other processes have one key more, and seal by it
    for wanted in (500, 1000):
        running = process(RUN_WITH_KEY.format(job.pk))
        kill_when(running, lambda wanted=wanted: Job.objects.get(pk=job.pk).done >= wanted)
        Job.objects.filter(pk=job.pk).update(lease_until=now() - DAY)
    errors = process(RUN_WITH_KEY.format(job.pk)).communicate(timeout=60)[1]
    job.refresh_from_db()
    assert (job.state, job.done) == ("SUCCEEDED", 1200), errors
    settings.PERSONAL_DATA_KEYS = {**settings.PERSONAL_DATA_KEYS, 99: b"7" * 32}
    rows = list(PersonalDetails.objects.all())
    assert {row.user_id: row.phone.reveal() for row in rows} == numbers
    assert {row.phone.key_id for row in rows} == {99}


RUN_WITH_KEY = (
    "import django; django.setup(); from django.conf import settings;"
    "settings.PERSONAL_DATA_KEYS = {{**settings.PERSONAL_DATA_KEYS, 99: b'7' * 32}};"
    "from common import clock, jobs; jobs.run({}, at=clock.now())"
)


def test_a_sweep_of_retention_takes_whole_batches_and_its_records_agree(process):
    people = [make_user(is_active=False) for _ in range(3000)]
    long_ago = now() - 4000 * DAY
    PersonalDetails.objects.bulk_create(
        [PersonalDetails(user=user, phone=f"1990002{n:04d}", changed_at=long_ago) for n, user in enumerate(people)]
    )
    running = process(SWEEP)
    kill_when(running, lambda: RetentionRun.objects.exists())
    gone = sum(RetentionRun.objects.filter(kind="accounts.former_people").values_list("removed", flat=True))
    assert (0 < gone < 3000, PersonalDetails.objects.count()) == (True, 3000 - gone)
    retention.sweep(at=now())
    assert PersonalDetails.objects.count() == 0
    assert sum(RetentionRun.objects.filter(kind="accounts.former_people").values_list("removed", flat=True)) == 3000
