"""When an elevator changes hands, its unanswered complaints go with it: who has left can no longer do anything about them. One
about a whole site goes when its unit has left the last elevator there: until then it can still see to it.

Found by looking, not by news: an end of a responsibility that was entered beforehand takes effect without anybody acting.
"""

import datetime as dt

from django.db import transaction
from django.db.models import Exists, Max, Min, OuterRef, QuerySet, Subquery

from common.apart import apart, in_parts
from compliance.actions.complaint_news import BY, tell_former
from compliance.actions.complaints import finish_step, lock_complaint, term
from compliance.choices import Answerer, ComplaintState, ComplaintStepKind
from compliance.models import Complaint
from compliance.queries.complaints import answering_unit
from registry.models import Responsibility

SWEEP = "compliance.complaints"
ROLES = (Answerer.USING_UNIT, Answerer.MAINTENANCE_UNIT)
# The clock is the complainant's and goes on; but nobody is late with what came today [D].
FRESH_DAYS = 1


def moved(at: dt.datetime) -> QuerySet[Complaint]:
    """Complaints that wait for a unit which no longer answers for the elevator, each with `since`: when that ended."""
    return _left(Complaint.objects.waiting_for_units(), at, elevator=OuterRef("elevator"))


def moved_of_sites(at: dt.datetime) -> QuerySet[Complaint]:
    """Those about a whole site whose unit answers for no elevator there any more."""
    return _left(Complaint.objects.waiting_for_units_of_sites(), at, elevator__site=OuterRef("site"))


def oldest_moved(apart_ids, at: dt.datetime) -> dt.datetime | None:
    """Since when something has waited for the wrong unit. Two statements."""
    found = [rows(at).exclude(pk__in=apart_ids).aggregate(oldest=Min("since"))["oldest"] for rows in _ALL]
    return min(filter(None, found), default=None)


_ALL = (moved, moved_of_sites)


def _left(waiting: QuerySet[Complaint], at: dt.datetime, **place) -> QuerySet[Complaint]:
    held = Responsibility.objects.filter(unit=OuterRef("unit"), role__in=ROLES, **place)
    ended = held.filter(ended_at__lte=at).order_by().values("unit").annotate(last=Max("ended_at")).values("last")
    return waiting.filter(~Exists(held.current(at))).annotate(since=Subquery(ended)).order_by("pk")


@transaction.atomic
def move_complaint(*, complaint_id: int, at: dt.datetime) -> bool:
    """Give it to the unit that has the former one's role now, or to the officials; False when it is not moved any more."""
    complaint = lock_complaint(complaint_id)
    rows = moved if complaint.elevator_id else moved_of_sites
    if not rows(at).filter(pk=complaint.pk).exists():
        return False
    former = complaint.unit_id
    complaint.before, complaint.unit_id = complaint.state, _successor(complaint, at)
    complaint.state = ComplaintState.ASSIGNED if complaint.unit_id else ComplaintState.RECEIVED
    complaint.due_on = max(complaint.due_on, term(FRESH_DAYS, at))
    finish_step(complaint, ComplaintStepKind.MOVE, "", BY, at, {"unit": [former, complaint.unit_id]})
    tell_former(complaint=complaint, unit_id=former, at=at)
    return True


def _successor(complaint: Complaint, at: dt.datetime) -> int | None:
    """By the role of the category where the former unit had it, else by the role that it had last."""
    place = {"elevator": complaint.elevator_id} if complaint.elevator_id else {"elevator__site": complaint.site_id}
    held = Responsibility.objects.filter(unit=complaint.unit_id, role__in=ROLES, **place).order_by("-started_at")
    roles = list(held.values_list("role", flat=True))
    wanted = complaint.category.answered_by
    role = wanted if wanted in roles or not roles else roles[0]
    return answering_unit(role, elevator=complaint.elevator, site=complaint.site, at=at)


@transaction.atomic
def move_due(*, at: dt.datetime, limit: int = 200) -> int:
    """Hand on what lies with the wrong unit; returns how many were looked at."""
    ids: list[int] = []
    for rows in _ALL:
        ids += rows(at).exclude(pk__in=apart(SWEEP, at)).values_list("pk", flat=True)[: limit - len(ids)]
    if ids:
        in_parts(SWEEP, ids, lambda part: [move_complaint(complaint_id=pk, at=at) for pk in part], at=at)
    return len(ids)


def move_all_due(*, at: dt.datetime) -> int:
    """Set by set; returns how many."""
    total = 0
    while number := move_due(at=at):
        total += number
    return total
