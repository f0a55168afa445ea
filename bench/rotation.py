"""Changing the key of 200,000 people's phones and identity numbers in the background, and a page meanwhile."""

import os
import statistics
import subprocess
import sys
import time

from django.conf import settings
from django.db import connection

from accounts.models import PersonalDetails
from bench import people
from bench.calls import Caller
from bench.report import Report, Row
from common import clock, jobs
from common.actor import system
from common.models import Job
from common.personal import PHONE, blind_indexes, rotation
from common.personal.keys import ring
from common.personal.kinds import id_check_character
from stack.errors import Trouble

PEOPLE = 200_000
MOST_TIMES_IDLE = 3
ADDRESS = "/elevators/"
WORKER = "import django, sys; django.setup(); from bench import rotation; rotation.work(int(sys.argv[1]))"
NEW_KEY = 200
_USERS = """
INSERT INTO accounts_user (password, public_id, username, display_name, is_active, must_change_password, session_epoch,
    synthetic, version, created_at, password_set_at, wrong_passwords)
SELECT '!', gen_random_uuid(), 'rotation' || n, 'rotation' || n, false, false, 0, true, 1, now(), now(), 0
FROM generate_series(1, %s) n RETURNING id
"""


def work(job_id: int) -> None:
    """Run the queued rotation under the new key, which the environment names."""
    job = jobs.run(job_id, at=clock.now())
    if job is None or job.state != "SUCCEEDED":
        raise RuntimeError(f"the rotation ended as {job and (job.state, job.error)}")


def rotation_of_keys(report: Report) -> None:
    """Every person's two numbers sealed anew by a worker while a city regulator reads a list."""
    _clear()
    try:
        _enter(PEOPLE)
        caller, cookie = Caller(), people.cookie_of(people.measured()["city regulator"])
        for _ in range(5):
            caller.get(ADDRESS, cookie)
        idle = _p95([_milliseconds(caller, cookie) for _ in range(60)])
        keys = settings.PERSONAL_DATA_KEYS | {NEW_KEY: bytes(range(32))}
        job = jobs.queue_job(kind=rotation.JOB_KIND, params={}, by=system("bench"), at=clock.now())
        worker, during = _start(job, keys), []
        while not Job.objects.filter(pk=job.pk, done__gt=0).exists() and worker.poll() is None:
            time.sleep(0.05)  # Python and Django come up
        began = time.perf_counter()
        while worker.poll() is None:
            during.append(_milliseconds(caller, cookie))
            time.sleep(0.25)  # as a user would; one that never pauses would be half of the load itself
        seconds = time.perf_counter() - began
        settings.PERSONAL_DATA_KEYS = {NEW_KEY: keys[NEW_KEY]}
        left = sum(part.rows for part in rotation.left())
        if worker.returncode or left or PersonalDetails.objects.last().phone.masked == "***":
            raise Trouble(f"The rotation ended with {worker.returncode}; {left:,} rows are left.")
    finally:
        _clear()
    busy = _p95(during)
    report.add(Row(f"keys of {PEOPLE:,} people changed in the background", PEOPLE / seconds, "/s"))
    target = f"≤ {MOST_TIMES_IDLE:g} × idle"
    what = f"list page, p95 of {len(during)} during a change of keys"
    report.add(Row(what, busy, "ms", target, busy <= MOST_TIMES_IDLE * idle, idle))


def _start(job: Job, keys: dict[int, bytes]) -> subprocess.Popen:
    written = " ".join(f"{number:02x}:{key.hex()}" for number, key in keys.items())
    environment = os.environ | {"PERSONAL_DATA_KEYS": written, "PERSONAL_INDEX_KEY": settings.PERSONAL_INDEX_KEY.hex()}
    return subprocess.Popen([sys.executable, "-c", WORKER, str(job.pk)], env=environment)


def _enter(number: int) -> None:
    """That many people who cannot sign in, each with a phone and an identity number of nobody."""
    phone, id_number = (PersonalDetails._meta.get_field(name) for name in ("phone", "id_number"))
    with connection.cursor() as cursor:
        cursor.execute(_USERS, [number])
        ids = [row[0] for row in cursor.fetchall()]
        into = "COPY accounts_personaldetails (user_id, phone, phone_index, id_number, id_number_index, version, changed_at)"
        with cursor.copy(f"{into} FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["int8", "bytea", "bytea", "bytea", "bytea", "int4", "timestamptz"])
            for place, user_id in enumerate(ids):
                details = PersonalDetails(user_id=user_id)
                numbers = PHONE.normalise(f"199{place:08d}"), _id_number(place)
                row = [user_id]
                for field, text in zip((phone, id_number), numbers, strict=True):
                    row += [ring().seal(text, field.place_of(details)), blind_indexes(field, text)[0]]
                copy.write_row([*row, 1, clock.now()])
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE accounts_personaldetails")


def _id_number(place: int) -> str:
    body = f"10{place // 1000:04d}19900101{place % 1000:03d}"
    return body + id_check_character(body)


def _clear() -> None:
    with connection.cursor() as cursor:  # in two statements: the ORM would collect 200,000 people first
        invented = "SELECT id FROM accounts_user WHERE synthetic AND username ~ '^rotation[0-9]+$'"
        cursor.execute(f"DELETE FROM accounts_personaldetails WHERE user_id IN ({invented})")
        cursor.execute(f"DELETE FROM accounts_user WHERE id IN ({invented})")
    Job.objects.filter(kind=rotation.JOB_KIND).delete()


def _milliseconds(caller: Caller, cookie: str) -> float:
    began = time.perf_counter()
    caller.get(ADDRESS, cookie)
    return (time.perf_counter() - began) * 1000


def _p95(times: list[float]) -> float:
    return statistics.quantiles(times, n=20)[-1] if len(times) > 1 else max(times, default=0.0)
