"""An authority reminds units of what is overdue: chosen on a list, confirmed once, told by a job, on record."""

import datetime as dt
from collections.abc import Collection

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.queries import people_to_tell
from accounts.roles import Permission
from common import jobs
from common.actor import Actor
from common.audit import record_change
from common.clock import local_date
from common.errors import NotPermitted, Refusal
from common.messages.actions import Saying, person, queue_messages, unit
from common.models import Job
from common.scoping import actor_again, require
from compliance.models import Reminder, ReminderRun
from compliance.queries import kinds
from compliance.queries.overdue import Debt, Where, debts, reminder_hours, where_of

JOB = "compliance.remind"
AT_ONCE = 200  # units told in one transaction


class NobodyToRemind(Refusal):
    code = "nobody-to-remind"
    message = _("Nobody is left to remind: nothing is overdue, or each of these units was reminded a short while ago.")


@transaction.atomic
def request_reminders(*, where: Where, unit_ids: Collection[int], by: Actor, at: dt.datetime) -> ReminderRun:
    """Have these units reminded of what is overdue within `where`. Raises NobodyToRemind."""
    meant = [
        debt for debt in debts(by, where, today=local_date(at), at=at, unit_ids=list(unit_ids)) if not debt.rests(at)
    ]
    if not meant:
        raise NobodyToRemind
    run = ReminderRun.objects.create(
        job=jobs.queue_job(kind=JOB, params={}, by=by, at=at),
        scope=dict(where.parameters),
        unit_ids=[debt.unit_id for debt in meant],
        by_kind=by.kind,
        by_id=by.id,
        at=at,
    )
    record_change(action="compliance.remind_units", subject=run, by=by, changes={"units": [None, len(meant)]})
    return run


def run_reminders(job: Job, at: dt.datetime) -> None:
    """Tell the units of the run that this job belongs to, set by set (registered at JOB_RUNNERS).

    Progress, records and messages of a set are one transaction: a killed worker's job goes on behind the last set.
    """
    run = ReminderRun.objects.get(job=job)
    actor = actor_again(job.owner_kind, job.owner_id, job.acting_unit_id, at)
    if actor is None:
        raise NotPermitted
    require(actor, Permission.REMIND_UNIT)
    where = where_of(run.scope, kinds(), actor)
    if where is None:
        raise NobodyToRemind
    jobs.report(job, done=job.done, total=len(run.unit_ids))
    while job.done < len(run.unit_ids):
        chosen = run.unit_ids[job.done : job.done + AT_ONCE]
        with transaction.atomic():
            remind(run=run, owed=debts(actor, where, today=local_date(at), at=at, unit_ids=chosen), by=actor, at=at)
            jobs.report(job, done=job.done + len(chosen))


@transaction.atomic
def remind(*, run: ReminderRun, owed: list[Debt], by: Actor, at: dt.datetime) -> int:
    """Remind those of these units that nobody reminded a short while ago; returns how many. Nine statements for any number."""
    of_units, _areas = people_to_tell(
        permission=Permission.ACKNOWLEDGE_ALERT, unit_ids=[debt.unit_id for debt in owed], at=at
    )
    until = at + dt.timedelta(hours=reminder_hours(local_date(at)))
    rows = [
        Reminder(
            run=run,
            unit_id=debt.unit_id,
            at=at,
            until=until,
            overdue=debt.overdue,
            elevators=debt.elevators,
            people=len(of_units.get(debt.unit_id, ())),
        )
        for debt in owed
    ]
    # whoever was quicker has the unit: the exclusion constraint lets only one in
    Reminder.objects.bulk_create(rows, ignore_conflicts=True)
    told = set(Reminder.objects.filter(run=run, at=at).values_list("unit_id", flat=True))
    sayings = [
        Saying(
            (*(person(each) for each in of_units.get(debt.unit_id, ())), unit(debt.unit_id)),
            "compliance.reminder",
            f"reminder:{run.public_id}:{debt.unit_id}",
            {"overdue": debt.overdue, "elevators": debt.elevators, "month": debt.month},
            link="/due/?when=overdue",
        )
        for debt in owed
        if debt.unit_id in told
    ]
    queue_messages(sayings, by=by, at=at)
    return len(told)
