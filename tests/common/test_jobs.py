"""Background jobs: a row with a lease; whoever lost it writes nothing more; every end is told once."""

import datetime as dt

import pytest
import time_machine
from django.db import OperationalError

from common import jobs, tasks
from common.actor import Actor, ActorKind, system
from common.errors import Refusal
from common.hooks import JOB_RUNNERS
from common.models import Job
from tests.common.together import at_once

AT = dt.datetime(2026, 3, 1, 8, 0, tzinfo=dt.UTC)
LEASE = jobs.LEASE
SECOND = dt.timedelta(seconds=1)
PERSON = Actor(kind=ActorKind.PERSON, id="p-1", acting_unit=7)


@pytest.fixture
def runner(monkeypatch):
    """Registers what a job of kind "tests.job" does."""
    monkeypatch.setattr(JOB_RUNNERS, "_registrations", dict(JOB_RUNNERS._registrations))
    return lambda work: JOB_RUNNERS.register("tests.job", work)


@pytest.fixture(autouse=True)
def frozen():
    with time_machine.travel(AT, tick=False) as clock:
        yield clock


@pytest.fixture
def sent(monkeypatch):
    """Messages to the broker."""
    messages = []
    monkeypatch.setattr(tasks.run_job, "apply_async", lambda args, **options: messages.append((*args, options)))
    return messages


def queue(**params):
    return jobs.queue_job(kind="tests.job", params=params, by=PERSON, at=AT)


def fresh(job):
    return Job.objects.get(pk=job.pk)


def test_queue_writes_the_row_and_wakes_a_bulk_worker(db, sent, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        job = queue(file="x")
        assert sent == []
    assert sent == [(job.pk, {"queue": "bulk", "retry": False})]
    row = fresh(job)
    assert (row.state, row.owner_kind, row.owner_id, row.acting_unit_id, row.params, row.done, row.total) == (
        "QUEUED",
        "PERSON",
        "p-1",
        7,
        {"file": "x"},
        0,
        None,
    )


def test_queue_with_the_broker_away_keeps_the_row(db, monkeypatch, django_capture_on_commit_callbacks):
    from kombu.exceptions import OperationalError

    for error in (OperationalError("away"), ConnectionRefusedError("away"), RuntimeError("a bug in the driver")):

        def away(*_args, error=error, **_options):
            raise error

        monkeypatch.setattr(tasks.run_job, "apply_async", away)
        with django_capture_on_commit_callbacks(execute=True):
            job = queue()
        assert fresh(job).state == "QUEUED"


def test_claim_takes_it_for_a_lease(db):
    job = queue()
    taken = jobs.claim(job.pk, at=AT)
    assert (taken.state, taken.lease_until, taken.lease_fence, taken.started_at) == ("RUNNING", AT + LEASE, 1, AT)
    assert jobs.claim(job.pk, at=AT + LEASE) is None
    again = jobs.claim(job.pk, at=AT + LEASE + SECOND)
    assert (again.lease_fence, again.started_at) == (2, AT)


def test_claim_by_many_at_once_gives_it_to_one(transactional_db):
    job = queue()
    claimed = at_once(*[lambda: jobs.claim(job.pk, at=AT)] * 4)
    assert sorted(answer is None for answer in claimed) == [False, True, True, True]


def test_report_stores_progress_and_prolongs_the_lease(db, frozen):
    job = jobs.claim(queue().pk, at=AT)
    frozen.shift(30)
    jobs.report(job, done=3, total=12)
    row = fresh(job)
    assert (row.done, row.total, row.percent, row.lease_until) == (3, 12, 25, AT + 30 * SECOND + LEASE)
    jobs.report(job, done=12)
    assert (fresh(job).total, fresh(job).percent) == (12, 100)


def test_worker_that_lost_its_lease_writes_nothing_more(db):
    first = jobs.claim(queue().pk, at=AT)
    second = jobs.claim(first.pk, at=AT + LEASE + SECOND)
    with pytest.raises(jobs.LeaseLost):
        jobs.report(first, done=5)
    jobs.finish(first, state="FAILED", error="late")
    row = fresh(first)
    assert (row.state, row.done, row.error) == ("RUNNING", 0, "")
    jobs.report(second, done=1)
    assert jobs.finish(second, state="SUCCEEDED").state == "SUCCEEDED"


def test_run_does_the_job_once(db, runner):
    done = []
    runner(lambda job, at: done.append((job.pk, at)))
    job = queue()
    assert jobs.run(job.pk, at=AT).state == "SUCCEEDED"
    assert jobs.run(job.pk, at=AT + 100 * LEASE) is None
    assert done == [(job.pk, AT)]
    row = fresh(job)
    assert (row.ended_at, row.lease_until, row.error, row.open) == (AT, None, "", False)


def test_run_tells_a_refusal_in_its_own_words(db, runner):
    class Refused(Refusal):
        message = "This file has no header."

    def refuse(job, at):
        raise Refused

    runner(refuse)
    row = jobs.run(queue().pk, at=AT)
    assert (row.state, row.error) == ("FAILED", "This file has no header.")


def test_run_hides_what_an_error_quotes(db, runner):
    def fail(job, at):
        raise ValueError("canary 13912345678")

    runner(fail)
    row = jobs.run(queue().pk, at=AT)
    assert (row.state, row.error) == ("FAILED", f"ValueError ({row.public_id})")


def test_a_database_that_went_away_ends_no_job(db, runner):
    """One process of PostgreSQL killed under a run of reminders ended it as failed: who was not told by then never was."""
    tries = []

    def work(job, at):
        tries.append(job.done)
        jobs.report(job, done=job.done + 1, total=2)
        if len(tries) == 1:
            raise OperationalError("server closed the connection unexpectedly")

    runner(work)
    job = queue()
    assert jobs.run(job.pk, at=AT) is None
    assert (fresh(job).state, jobs.claimable_ids(at=AT + LEASE + SECOND)) == ("RUNNING", [job.pk])
    assert jobs.run(job.pk, at=AT + LEASE + SECOND).state == "SUCCEEDED"
    assert tries == [0, 1]


def test_run_of_an_unknown_kind_fails(db):
    assert jobs.run(queue().pk, at=AT).error.startswith("KeyError")


def test_run_that_lost_its_lease_ends_nothing(db, runner):
    def overtaken(job, at):
        jobs.claim(job.pk, at=at + LEASE + SECOND)
        jobs.report(job, done=1)

    runner(overtaken)
    job = queue()
    assert jobs.run(job.pk, at=AT) is None
    assert (fresh(job).state, fresh(job).lease_fence, fresh(job).done) == ("RUNNING", 2, 0)


def test_cancel_stops_at_the_next_step(db, runner):
    steps = []

    def work(job, at):
        for step in range(5):
            steps.append(step)
            if step == 2:
                assert jobs.cancel_job(Job.objects.get(pk=job.pk), at=at) is True
            jobs.report(job, done=step + 1)

    runner(work)
    job = queue()
    assert jobs.run(job.pk, at=AT) is None
    assert steps == [0, 1, 2]
    assert (fresh(job).state, fresh(job).done, fresh(job).ended_at) == ("CANCELLED", 2, AT)
    assert jobs.cancel_job(job, at=AT) is False
    assert jobs.claim(job.pk, at=AT + 100 * LEASE) is None


def die_over(job, times: int, *, done=None) -> None:
    """So many workers take the job and die; `done`: what each reports before it does."""
    for death in range(times):
        at = AT + (death + 1) * 2 * LEASE
        taken = jobs.claim(job.pk, at=at)
        assert taken is not None, f"nobody got it after {death} deaths"
        if done is not None:
            jobs.report(taken, done=done + death, total=100, at=at)


def test_job_that_kills_every_worker_is_given_up(db):
    job = queue()
    die_over(job, jobs.MOST_DEATHS)
    later = AT + dt.timedelta(days=1)
    assert jobs.claim(job.pk, at=later) is None
    job = fresh(job)
    assert (job.state, job.error) == ("FAILED", f"worker-died ({job.public_id})")
    assert jobs.claimable_ids(at=later) == []


def test_job_that_gets_on_a_little_each_time_is_not_given_up(db):
    job = queue()
    die_over(job, 3 * jobs.MOST_DEATHS, done=1)
    assert jobs.claim(job.pk, at=AT + dt.timedelta(days=1)) is not None


def test_sweep_sends_what_waits_and_what_a_dead_worker_left(db, sent):
    waiting, left, held, over = queue(), queue(), queue(), queue()
    jobs.claim(left.pk, at=AT - LEASE - SECOND)
    jobs.claim(held.pk, at=AT)
    jobs.cancel_job(over, at=AT)
    tasks.sweep_jobs()
    assert [message[0] for message in sent] == [waiting.pk, left.pk]


def test_job_is_its_owners_business(db):
    job = queue()
    other = Actor(kind=ActorKind.PERSON, id="p-2")
    machine = Actor(kind=ActorKind.API_CLIENT, id="p-1")
    assert [list(Job.objects.visible_to(actor)) for actor in (PERSON, other, machine, system("x"))] == [
        [job],
        [],
        [],
        [job],
    ]
