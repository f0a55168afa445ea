"""Reports and applications of a few elevators of the synthetic city, through the actions themselves: passed, failed, corrected;
asked for, appointed, done, late."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db import transaction

from accounts.models import Membership, Unit, User
from accounts.queries import actor_for
from common.actor import Actor, system
from common.clock import local_date
from compliance.actions import replan
from compliance.models import Obligation
from inspection import rules
from inspection.actions import (
    Filing,
    ItemLine,
    apply_for_inspection,
    appoint_inspection,
    decline_application,
    file_report,
)
from inspection.models import Application, Report
from inspection.queries import LawBook, facts_of, known_elevators, reports_of, stops_of
from inspection.rules import facts as f
from inspection.seeding import FILED, filed_from
from registry.choices import ResponsibilityRole
from registry.models import Elevator, Responsibility

MOST = 12  # elevators; invented, and no figure of Nanjing
FAULTY = (
    ItemLine("A1.2.2.17", "×", "", "演示：缓冲器固定松动"),
    ItemLine("A1.2.2.1", "×", "5 lx", "演示：井道照明不足"),
)


FAILED = {"verdict": "不合格", "items": FAULTY, "notice_number": "SAMPLE-N"}
BY = system("seed_applications")  # for using units that have no person in the demonstration
AWHILE, FAILED_AGO, POOL = dt.timedelta(days=10), dt.timedelta(days=4), 400


@dataclass(frozen=True)
class Desk:
    """Who files and appoints in the demonstration, and who applies."""

    body: Unit
    inspector: User
    by: Actor
    applicant: Actor
    own: frozenset[int]  # elevators of the applicant's unit


def elevators_with_reports() -> list[int]:
    """Those of the demonstration's own using unit and inspection body, so that its people see them."""
    holders = {
        role: Membership.objects.filter(user__username=role.lower(), role=role).order_by("pk").values("unit")[:1]
        for role in ("USING_UNIT_MANAGER", "INSPECTION_OFFICE")
    }
    body = Responsibility.objects.filter(
        role=ResponsibilityRole.INSPECTION_BODY, unit=holders["INSPECTION_OFFICE"], ended_at=None
    )
    rows = Elevator.objects.filter(synthetic=True, registration_state="IN_USE", pk__in=body.values("elevator"))
    rows = rows.filter(using_unit=holders["USING_UNIT_MANAGER"], class_code__pk__startswith="31")
    return list(rows.order_by("pk").values_list("pk", flat=True)[:MOST])


def _desk(at: dt.datetime) -> Desk | None:
    roles = ("INSPECTION_OFFICE", "INSPECTOR", "USING_UNIT_MANAGER")
    users = {role: User.objects.filter(username=role.lower(), synthetic=True).first() for role in roles}
    if None in users.values():
        return None
    office, inspector, manager = users.values()
    body = Unit.objects.get(pk=Membership.objects.filter(user=office).values_list("unit", flat=True)[0])
    unit = Membership.objects.filter(user=manager).order_by("pk").values("unit")[:1]
    own = frozenset(Elevator.objects.filter(using_unit=unit).values_list("pk", flat=True))
    return Desk(body, inspector, actor_for(office, at), actor_for(manager, at), own)


# --- reports ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def seed_reports(*, elevator_ids: Sequence[int], at: dt.datetime) -> int:
    """Three years of periodic inspections and self-tests of these elevators; returns how many reports. Some have a failure that
    was mended, some a correction. None where there are reports already."""
    desk = _desk(at)
    if Report.objects.exists() or desk is None:
        return 0
    writer = _Writer(desk, at)
    for place, elevator_id in enumerate(elevator_ids):
        writer.live_through(elevator_id, place)
    return Report.objects.count()


class _Writer:
    """Files reports one after the other, numbered."""

    def __init__(self, desk: Desk, at: dt.datetime):
        self.desk, self.at, self.today = desk, at, local_date(at)
        self.number, self.book = Report.objects.count(), LawBook()

    def live_through(self, elevator_id: int, place: int) -> None:
        """What was due since the day from which reports are kept, each done some days before its last."""
        told: set[tuple[str, str]] = set()
        while (line := self._next(elevator_id, told)) is not None:
            told.add((line.kind, line.period))
            day = max(line.opens_on, line.due_on - dt.timedelta(days=10 + place))
            if line.due_on >= filed_from(self.today) and day <= self.today:
                self._inspected(elevator_id, line.kind, day, place)

    def _next(self, elevator_id: int, told: set) -> rules.Obligation | None:
        """The first that is due and was not looked at; asked anew each time, for what was done moves the next."""
        (known,) = known_elevators([elevator_id])
        law = self.book.of(known.city, known.class_code)
        if law is None:
            return None
        reports, stops = reports_of([elevator_id]), stops_of([elevator_id])
        facts = facts_of(known, reports[elevator_id], stops.get(elevator_id, ()))
        lines = rules.ledger(facts, law, today=self.today, horizon=self.today.year)
        owed = (line for line in lines if line.kind in FILED and line.met_on is None)
        return min(
            (line for line in owed if (line.kind, line.period) not in told), key=lambda line: line.due_on, default=None
        )

    def _inspected(self, elevator_id: int, kind: str, day: dt.date, place: int) -> None:
        if place % 5 == 1 and kind == f.PERIODIC:
            self.file(elevator_id, kind, day, **FAILED)
            day = min(day + dt.timedelta(days=6), self.today)
        filed = self.file(elevator_id, kind, day)
        if place % 4 == 2:
            self.file(elevator_id, kind, day, supersedes=filed.public_id, correction_reason="演示：编号误写")

    def file(self, elevator_id: int, kind: str, day: dt.date, **more) -> Report:
        self.number += 1
        filing = Filing(
            elevator_id=elevator_id,
            kind=kind,
            number=f"SAMPLE-{day.year}-{self.number:04}",
            concluded_on=day,
            verdict="合格",
            people=(self.desk.inspector.username,),
            generation="T7001_2023" if kind == f.PERIODIC else "",
        )
        if "notice_number" in more:
            more = {**more, "notice_number": f"SAMPLE-N-{self.number:04}"}
        return file_report(filing=replace(filing, **more), body=self.desk.body, by=self.desk.by, at=self.at).report


# --- applications -----------------------------------------------------------------------------------------------------


@transaction.atomic
def seed_applications(*, at: dt.datetime) -> int:
    """One application at each stage, of what can be applied for now; returns how many. None where there are some already."""
    desk = _desk(at)
    if Application.objects.exists() or desk is None:
        return 0
    today, pool = local_date(at), _of_the_body(desk)
    replan(elevator_ids=pool, at=at)
    rows = Obligation.objects.filter(elevator__in=pool, kind="PERIODIC_INSPECTION", status="PENDING")
    in_time = rows.filter(opens_on__lte=today - FAILED_AGO, due_on__gte=today).order_by("elevator")
    overdue = rows.filter(due_on__lt=today).order_by("elevator")
    stages = list(zip(in_time[: len(STAGES)], STAGES, strict=False))
    stages += [(row, _late_with_the_unit) for row in overdue[:1]]
    for row, stage in stages:
        applied_at = at if stage is _late_with_the_unit else _in_time(row, at)
        case = apply_for_inspection(
            obligation=row,
            body=desk.body,
            wanted_from=max(row.opens_on, local_date(applied_at)),
            wanted_until=row.due_on if row.due_on >= today else today + AWHILE,
            by=desk.applicant if row.elevator_id in desk.own else BY,
            at=applied_at,
        )
        stage(case, desk, at)
    return len(stages)


def _of_the_body(desk: Desk) -> list[int]:
    """Its elevators, those of the demonstration's own using unit first, without those that have reports."""
    charge = Responsibility.objects.filter(role=ResponsibilityRole.INSPECTION_BODY, unit=desk.body, ended_at=None)
    rows = Elevator.objects.filter(synthetic=True, registration_state="IN_USE", pk__in=charge.values("elevator"))
    rows = rows.filter(using_unit__isnull=False, using_unit_until=None).exclude(
        pk__in=Report.objects.values("elevator")
    )
    return list(rows.order_by("pk").values_list("pk", flat=True)[:POOL])


def _in_time(row: Obligation, at: dt.datetime) -> dt.datetime:
    """Some days ago; not before one may, nor after the last day on which one has to ask (R10)."""
    today = local_date(at)
    day = min(max(row.opens_on, today - AWHILE), row.apply_by or today)
    return at - (today - day)


def _wanted(case: Application, desk: Desk, at: dt.datetime) -> None:
    """Nobody has answered yet."""


def _appointed(case: Application, desk: Desk, at: dt.datetime) -> None:
    appoint_inspection(application=case, day=case.due_on, inspector=desk.inspector, by=desk.by, at=at)


def _late_with_the_body(case: Application, desk: Desk, at: dt.datetime) -> None:
    appoint_inspection(application=case, day=case.due_on + AWHILE, by=desk.by, at=at)


def _late_with_the_unit(case: Application, desk: Desk, at: dt.datetime) -> None:
    appoint_inspection(application=case, day=case.wanted_from + AWHILE, inspector=desk.inspector, by=desk.by, at=at)


def _declined(case: Application, desk: Desk, at: dt.datetime) -> None:
    decline_application(application=case, reason="演示：当日人员已排满，请改期申请。", by=desk.by, at=at)


def _done(case: Application, desk: Desk, at: dt.datetime) -> None:
    _Writer(desk, at).file(case.elevator_id, f.PERIODIC, local_date(at) - dt.timedelta(days=1))


def _failed(case: Application, desk: Desk, at: dt.datetime) -> None:
    """Some days ago, so that its notice runs."""
    _Writer(desk, at).file(case.elevator_id, f.PERIODIC, local_date(at) - FAILED_AGO, **FAILED)


STAGES = (_wanted, _appointed, _late_with_the_body, _declined, _done, _failed)
