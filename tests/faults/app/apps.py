"""An app of the fault tests alone: handlers and a job that leave a trace of every run, and stop half-way when told to.

FAULTS_FOLDER names a folder for marks: `inside` is made by a handler that is about to sleep; who finds it there goes on.
"""

import datetime as dt
import os
import time
from pathlib import Path

from django.apps import AppConfig


def folder() -> Path:
    return Path(os.environ["FAULTS_FOLDER"])


def leave_trace(subjects) -> None:
    """One row of the side-effect table per run, in the transaction of the run."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO faults_trace (subject, process) VALUES (%s, %s)",
            [(subject, os.getpid()) for subject in subjects],
        )


def sleep_the_first_time(name: str) -> None:
    mark = folder() / name
    if mark.exists():
        return
    mark.write_text(str(os.getpid()), encoding="utf-8")
    time.sleep(120)


def count(deadlines, at):
    leave_trace([deadline.subject_id for deadline in deadlines])
    time.sleep(0.3)  # long enough for another pulse to wake and take its share


def stall(deadlines, at):
    leave_trace([deadline.subject_id for deadline in deadlines])
    sleep_the_first_time("inside")


def steps(job, at):
    """Ten steps, each a transaction with its progress; somebody stalls in the fifth."""
    from django.db import transaction

    from common.jobs import report

    for step in range(job.done, 10):
        with transaction.atomic():
            leave_trace([step])
            if step == 5 and job.params.get("stall"):
                sleep_the_first_time("inside")
            report(job, done=step + 1, total=10)


class StallingSms:
    """A gateway that takes its time over the first message; each that it took leaves a trace."""

    def send(self, *, to, mask, text, id):
        from common.messages.senders import Sent

        sleep_the_first_time("inside")
        leave_trace([int(text.rpartition(" ")[2])])
        return Sent(delivered=True)

    def reports(self, references):
        return {}


def numbered_kind():
    from common.messages.kinds import MessageKind

    return MessageKind("numbered", "ALERT", "Number %(number)s")


def addresses(ids, channel, at):
    return dict.fromkeys(ids, "13900000001")


class FaultsConfig(AppConfig):
    name = "tests.faults.app"
    label = "faults"

    def ready(self):
        from common import jobs
        from common.hooks import ADDRESSES, DEADLINE_HANDLERS, JOB_RUNNERS, MESSAGE_KINDS
        from common.messages import delivery

        jobs.LEASE = dt.timedelta(seconds=4)
        delivery.LEASE, delivery.MARGIN = dt.timedelta(seconds=4), dt.timedelta(seconds=1)
        MESSAGE_KINDS.register("faults.numbered", numbered_kind)
        ADDRESSES.register("FAULTS", addresses)
        DEADLINE_HANDLERS.register("faults.count", count)
        DEADLINE_HANDLERS.register("faults.stall", stall)
        JOB_RUNNERS.register("faults.steps", steps)
