"""Whoever has to answer a complaint is told: when it becomes theirs, when it comes back, the day before the last one."""

import datetime as dt

from accounts.queries import people_to_tell
from accounts.roles import Permission
from common.actor import system
from common.clock import local_date
from common.deadlines import arm, withdraw
from common.messages.actions import Recipient, person, queue_message, unit
from compliance.actions.complaint_alerts import ANSWER
from compliance.models import Complaint
from compliance.queries import policies_on
from compliance.rules import complaints as rules
from compliance.rules.telling import hour_of

BY = system("compliance.complaints")
REMINDER = "compliance.complaint_reminder"


def tell_answerer(*, complaint: Complaint, kind: str, at: dt.datetime) -> int:
    """Say it to who has to answer: the people of the unit and its programs, or the officials of the place. Once for each version
    of the complaint. Four statements and the messages' own."""
    return _tell(complaint, _answerers(complaint, at), kind, f"{kind}:{complaint.public_id}:{complaint.version}", at)


def tell_former(*, complaint: Complaint, unit_id: int | None, at: dt.datetime) -> int:
    """Say to a unit that it need not answer any more."""
    if unit_id is None or unit_id == complaint.unit_id:
        return 0
    key = f"complaint_moved:{complaint.public_id}:{complaint.version}"
    return _tell(complaint, _of_unit(unit_id, at), "complaint_moved", key, at, link="")


def _tell(
    complaint: Complaint, to: list[Recipient], kind: str, key: str, at: dt.datetime, link: str | None = None
) -> int:
    return queue_message(
        to=to,
        kind=f"compliance.{kind}",
        params={"code": _place(complaint), "due_on": str(complaint.due_on)},
        subject=complaint,
        link=f"/due/complaints/{complaint.public_id}/" if link is None else link,
        key=key,
        by=BY,
        at=at,
    )


def _place(complaint: Complaint) -> str:
    return complaint.elevator.main_code if complaint.elevator_id else complaint.site.name


def _answerers(complaint: Complaint, at: dt.datetime) -> list[Recipient]:
    if complaint.unit_id:
        return _of_unit(complaint.unit_id, at)
    area = complaint.managing_district_id or complaint.city_id
    _units, areas = people_to_tell(permission=Permission.ANSWER_COMPLAINT, area_ids=[area], at=at)
    return [person(each) for each in areas.get(area, ())]


def _of_unit(unit_id: int, at: dt.datetime) -> list[Recipient]:
    units, _areas = people_to_tell(permission=Permission.ANSWER_COMPLAINT, unit_ids=[unit_id], at=at)
    return [*(person(each) for each in units.get(unit_id, ())), unit(unit_id)]


# --- before the last day ----------------------------------------------------------------------------------------------


def arm_reminder(complaint: Complaint, at: dt.datetime) -> None:
    """Wake up on the next of the days before the last one on which the policy of late complaints warns."""
    moments = []
    if complaint.state in rules.WANTS_ANSWER:
        days = policies_on(local_date(at))[ANSWER].warn_days
        moments = [hour_of(complaint.due_on - dt.timedelta(days=each)) for each in days]
    if coming := [moment for moment in moments if moment > at]:
        arm(kind=REMINDER, subject=complaint, due_at=min(coming), at=at)
    else:
        withdraw(kind=REMINDER, subject=complaint, at=at)


def remind_due(deadlines, at: dt.datetime) -> None:
    """Registered at common.deadline_handlers; what is late by now has its alert instead."""
    rows = Complaint.objects.select_for_update(of=("self",)).select_related("elevator", "site")
    for complaint in rows.filter(pk__in=[deadline.subject_id for deadline in deadlines]).order_by("pk"):
        if complaint.state in rules.WANTS_ANSWER and complaint.due_on >= local_date(at):
            key = f"complaint_due:{complaint.public_id}:{complaint.due_on}:{local_date(at)}"
            _tell(complaint, _answerers(complaint, at), "complaint_due", key, at)
            arm_reminder(complaint, at)
