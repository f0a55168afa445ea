"""Changing the maintenance unit on line: proposed with proof, confirmed by the new unit, applied by a job, recorded."""

import datetime as dt
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.choices import UnitKind
from accounts.models import Unit
from accounts.queries import reach_of
from accounts.roles import Permission
from common import jobs
from common.actor import Actor, system
from common.attachments.claims import claim_attachments
from common.audit import record_change
from common.clock import local_date
from common.deadlines import arm, withdraw
from common.errors import Changed, NotPermitted, Refusal
from common.models import Attachment, JobState
from registry.actions.life_events import NewEvent, record_events
from registry.actions.responsibilities import UnitClosed, assign_responsibility, end_responsibility
from registry.choices import ChangeState, HandedOver, ItemState, LifeEventKind, ResponsibilityRole
from registry.models import ChangeItem, Elevator, HandoverRecord, HandoverRule, MaintenanceChange, Responsibility
from registry.rules.handovers import answer_until, bad_start, start_moment

JOB_KIND = "registry.maintenance_change"
EXPIRES = "registry.change_expires"
MOST = 1000
NAMED = 5  # elevators by code for each reason why none can change
ROLE = ResponsibilityRole.MAINTENANCE_UNIT


class BadStart(Refusal):
    code = "bad-start"
    field = "starts_on"


START_SENTENCES = {
    "early": _("A change begins tomorrow at the earliest: the new unit must be able to answer first."),
    "late": _("A change begins within half a year."),
}


class NotAMaintenanceUnit(Refusal):
    code = "not-a-maintenance-unit"
    field = "new_unit"
    message = _("Only an open maintenance unit can take elevators over.")


class ProofNeeded(Refusal):
    code = "proof-needed"
    field = "files"
    message = _("Attach the contract.")


class NothingToChange(Refusal):
    """`skipped` as in Proposed; the sentence names the reasons and, for each, how many elevators and the first of them."""

    code = "nothing-to-change"
    status = 409
    message = _("None of these elevators can change now: %(reasons)s.")

    def __init__(self, rows: Sequence[Elevator], skipped: dict[int, str]):
        self.skipped = skipped
        codes = {reason: [row.main_code for row in rows if skipped[row.pk] == reason] for reason in skipped.values()}
        super().__init__(reasons="; ".join(_reason(reason, some) for reason, some in codes.items()))


def _reason(reason: str, codes: list[str]) -> str:
    """A reason, and of the elevators that it holds for the first by their codes, the rest by number."""
    named, more = ", ".join(codes[:NAMED]), len(codes) - NAMED
    if more > 0:
        named = ngettext("%(named)s and %(n)s more", "%(named)s and %(n)s more", more) % {"named": named, "n": more}
    return f"{PROBLEMS[reason]} ({named})"


class AlreadyAnswered(Refusal):
    code = "already-answered"
    status = 409
    message = _("This proposal has been answered, withdrawn or has lapsed.")


class RemarksNeeded(Refusal):
    code = "remarks-needed"
    field = "remarks"
    message = _("Say in the remarks what you handed over and what not.")


class RecordMoved(Changed):
    status = 422
    message = _("The other unit rewrote its record after you looked at it. Read it again, then close it.")


class AlreadyRecorded(Refusal):
    code = "already-recorded"
    status = 409
    message = _("This record is closed.")


# why an elevator of a proposal stays as it is
PROBLEMS = {
    "not-yours": _("your unit does not answer for it"),
    "open-change": _("another proposal for it is open"),
    "same-unit": _("this unit maintains it already"),
    "later-change": _("a later change is entered already"),
    "gone": _("it is scrapped or deregistered"),
    "unit-closed": _("the new unit has closed"),
    "refused": _("the register has something else for that time"),
}


@dataclass(frozen=True, slots=True)
class Proposed:
    """A proposal, and {elevator's key: code of PROBLEMS} for those that stay out of it."""

    change: MaintenanceChange
    skipped: dict[int, str]


def handover_rule(day: dt.date) -> tuple[int, int]:
    """(days for an answer, days for a record)."""
    rows = HandoverRule.objects.filter(Q(valid_until=None) | Q(valid_until__gt=day), valid_from__lte=day)
    row = rows.order_by("-valid_from").first()
    return (row.answer_days, row.record_days) if row else (7, 10)


@transaction.atomic
def propose_change(
    *,
    elevators: Sequence[Elevator],
    new_unit: Unit,
    starts_on: dt.date,
    reference: str,
    files: Sequence[Attachment],
    by: Actor,
    at: dt.datetime,
) -> Proposed:
    """Propose that `new_unit` maintains these elevators of one using unit from a day on. Those that cannot are left out by
    name. Raises BadStart, NotAMaintenanceUnit, ProofNeeded, NothingToChange, NotPermitted."""
    if reason := bad_start(starts_on, today=local_date(at)):
        raise BadStart(START_SENTENCES[reason])
    if not files:
        raise ProofNeeded
    # the elevators before the unit, as whoever assigns it: two verbs never wait for each other
    rows = list(Elevator.objects.select_for_update().filter(pk__in=[e.pk for e in elevators]).order_by("pk")[:MOST])
    new_unit = Unit.objects.select_for_update(no_key=True).get(pk=new_unit.pk)
    if new_unit.kind != UnitKind.MAINTENANCE_UNIT or new_unit.closed_on is not None:
        raise NotAMaintenanceUnit
    own = reach_of(by, Permission.PROPOSE_CHANGE).unit_ids
    owners = {row.using_unit_id for row in rows} & own
    if not owners:
        raise NotPermitted(permission=Permission.PROPOSE_CHANGE)
    owner = by.acting_unit if by.acting_unit in owners else min(owners)
    skipped = _problems(rows, owner, new_unit, starts_on)
    good = [row for row in rows if row.pk not in skipped]
    if not good:
        raise NothingToChange(rows, skipped)
    change = MaintenanceChange.objects.create(
        using_unit_id=owner,
        new_unit=new_unit,
        starts_on=starts_on,
        reference=reference.strip(),
        proposed_at=at,
        proposed_by_kind=by.kind,
        proposed_by_id=by.id,
        expires_at=answer_until(starts_on, at=at, days=handover_rule(local_date(at))[0]),
    )
    ChangeItem.objects.bulk_create(
        ChangeItem(change=change, elevator=row, old_unit_id=row.maintenance_unit_id) for row in good
    )
    claim_attachments(files, subject=change, by=by, at=at)
    arm(kind=EXPIRES, subject=change, due_at=change.expires_at, at=at)
    record_change(
        action="registry.propose_change",
        subject=change,
        by=by,
        changes={"new_unit": [None, str(new_unit.public_id)], "elevators": [None, len(good)]},
    )
    return Proposed(change, skipped)


def _problems(rows: list[Elevator], owner: int, new_unit: Unit, starts_on: dt.date) -> dict[int, str]:
    keys = [row.pk for row in rows]
    busy = set(ChangeItem.objects.filter(elevator__in=keys, state=ItemState.OPEN).values_list("elevator_id", flat=True))
    start = start_moment(starts_on)
    later = Responsibility.objects.filter(elevator__in=keys, role=ROLE, started_at__gte=start)
    planned = set(later.values_list("elevator_id", flat=True))
    found = {}
    for row in rows:
        if row.using_unit_id != owner:
            found[row.pk] = "not-yours"
        elif row.registration_state in ("SCRAPPED", "DEREGISTERED", "WITHDRAWN"):
            found[row.pk] = "gone"
        elif row.pk in busy:
            found[row.pk] = "open-change"
        elif row.maintenance_unit_id == new_unit.pk and row.maintenance_unit_until is None:
            found[row.pk] = "same-unit"
        elif row.pk in planned:
            found[row.pk] = "later-change"
    return found


class ProposalMoved(Changed):
    status = 422
    message = _("Something about this proposal changed after you looked at it. Look at it again, then decide.")


def fingerprint(change: MaintenanceChange) -> str:
    """What the new unit reads of a proposal before it confirms, as one word: day, contract, and each elevator with its
    place, class, state and using unit."""
    rows = change.items.order_by("elevator").values_list(
        "elevator",
        "elevator__address",
        "elevator__building",
        "elevator__class_code",
        "elevator__registration_state",
        "elevator__using_unit",
        "elevator__maintenance_unit",
    )
    files = Attachment.objects.kept_for(change).order_by("pk").values_list("sha256", flat=True)
    said = [change.starts_on.isoformat(), change.reference, [str(file) for file in files], [list(row) for row in rows]]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()


@transaction.atomic
def confirm_change(*, change: MaintenanceChange, by: Actor, at: dt.datetime, seen: str = "") -> MaintenanceChange:
    """The new unit takes over; a job applies it. Again changes nothing, unless the job failed: then another one goes on
    where it was. `seen`: the fingerprint of what was shown; when it is another by now, nothing is confirmed. Raises
    AlreadyAnswered, ProposalMoved, UnitClosed, NotPermitted."""
    change = _locked(change, by, "new_unit_id", Permission.ANSWER_CHANGE)
    if change.state == ChangeState.CONFIRMED and change.job.state == JobState.FAILED:
        change.job = jobs.queue_job(kind=JOB_KIND, params={}, by=by, at=at)
        change.save(update_fields=["job"])
        record_change(action="registry.resume_change", subject=change, by=by)
    if change.state in (ChangeState.CONFIRMED, ChangeState.DONE):
        return change
    if change.state != ChangeState.PROPOSED or change.expires_at <= at:
        raise AlreadyAnswered
    if seen and seen != fingerprint(change):
        raise ProposalMoved
    if change.new_unit.closed_on is not None:
        raise UnitClosed
    change.job = jobs.queue_job(kind=JOB_KIND, params={}, by=by, at=at)
    _answer(change, ChangeState.CONFIRMED, by, at)
    due_on = change.starts_on + dt.timedelta(days=handover_rule(local_date(at))[1])
    leaving = set(change.items.exclude(old_unit=None).values_list("old_unit_id", flat=True)) - {change.new_unit_id}
    HandoverRecord.objects.bulk_create(
        HandoverRecord(change=change, old_unit_id=unit, due_on=due_on) for unit in sorted(leaving)
    )
    return change


@transaction.atomic
def refuse_change(*, change: MaintenanceChange, reason: str, by: Actor, at: dt.datetime) -> MaintenanceChange:
    """The new unit does not take over; everything stays as it is. Again changes nothing."""
    change = _locked(change, by, "new_unit_id", Permission.ANSWER_CHANGE)
    if change.state == ChangeState.REFUSED:
        return change
    if change.state != ChangeState.PROPOSED:
        raise AlreadyAnswered
    change.reason = reason.strip()
    _answer(change, ChangeState.REFUSED, by, at)
    return change


@transaction.atomic
def withdraw_change(*, change: MaintenanceChange, by: Actor, at: dt.datetime) -> MaintenanceChange:
    """The using unit takes its proposal back before anybody answered. Again changes nothing."""
    change = _locked(change, by, "using_unit_id", Permission.PROPOSE_CHANGE)
    if change.state == ChangeState.WITHDRAWN:
        return change
    if change.state != ChangeState.PROPOSED:
        raise AlreadyAnswered
    _answer(change, ChangeState.WITHDRAWN, by, at)
    return change


def expire_due(deadlines, at) -> None:
    """Handler of EXPIRES deadlines: nobody answered in time."""
    ids = {row.subject_id for row in deadlines}
    rows = MaintenanceChange.objects.select_for_update().filter(pk__in=ids, state=ChangeState.PROPOSED)
    for change in rows.order_by("pk"):
        if change.expires_at <= at:
            _answer(change, ChangeState.EXPIRED, system("registry.changes"), at)


def run_change(job, at: dt.datetime) -> None:
    """Apply a confirmed change, elevator by elevator; begun anew it goes on where it was (registered at JOB_RUNNERS)."""
    change = MaintenanceChange.objects.select_related("new_unit").get(job=job)
    by = Actor(kind=change.answered_by_kind, id=change.answered_by_id)
    total = change.items.count()
    jobs.report(job, done=total - change.items.filter(state=ItemState.OPEN).count(), total=total)
    for number, item in enumerate(change.items.filter(state=ItemState.OPEN).order_by("pk").iterator(200), start=1):
        apply_item(item, change, by=by, at=at)
        if number % 25 == 0:
            jobs.report(job, done=total - change.items.filter(state=ItemState.OPEN).count())
    with transaction.atomic():
        jobs.report(job, done=total)
        MaintenanceChange.objects.filter(pk=change.pk, state=ChangeState.CONFIRMED).update(
            state=ChangeState.DONE, done_at=at
        )


@transaction.atomic
def apply_item(item: ChangeItem, change: MaintenanceChange, *, by: Actor, at: dt.datetime) -> None:
    """End the old unit's time and begin the new one's at the same moment: no gap, no overlap, once."""
    elevator = Elevator.objects.select_for_update().get(pk=item.elevator_id)
    item = ChangeItem.objects.select_for_update().get(pk=item.pk)
    if item.state != ItemState.OPEN:
        return
    start = start_moment(change.starts_on)
    rows = Responsibility.objects.filter(elevator=elevator, role=ROLE)
    if elevator.using_unit_id != change.using_unit_id:
        item.problem = "not-yours"
    elif rows.filter(started_at__gte=start).exists():
        item.problem = "later-change"
    else:
        try:
            with transaction.atomic():
                _replace(rows, elevator, change, start, by=by, at=at)
        except UnitClosed:
            item.problem = "unit-closed"
        except Refusal:  # one that cannot change holds up none of the others, nor itself for ever
            item.problem = "refused"
    item.state = ItemState.FAILED if item.problem else ItemState.DONE
    item.save(update_fields=["state", "problem"])


def _replace(rows, elevator: Elevator, change: MaintenanceChange, start: dt.datetime, *, by: Actor, at: dt.datetime):
    for row in rows.filter(started_at__lt=start).filter(Q(ended_at=None) | Q(ended_at__gt=start)):
        end_responsibility(responsibility=row, ended_at=start, by=by, at=at)
    assign_responsibility(
        elevator=elevator, unit=change.new_unit, role=ROLE, started_at=start, by=by, at=at, reference=change.reference
    )


@transaction.atomic
def hand_over(
    *, record: HandoverRecord, by: Actor, at: dt.datetime, objection: str = "", **said: str
) -> HandoverRecord:
    """The unit that leaves says what it handed over (keys, files, tools: HandedOver; open_faults, remarks), or objects. It
    may say it anew until the other side has received it. Raises AlreadyRecorded, RemarksNeeded, NotPermitted."""
    record = _record(record, by, "old_unit_id")
    if record.received_at is not None:
        raise AlreadyRecorded
    if HandedOver.PARTLY in said.values() and not said.get("remarks", "").strip():
        raise RemarksNeeded
    before = {name: getattr(record, name) for name in (*said, "objection")}
    for name, value in {**said, "objection": objection}.items():
        setattr(record, name, value.strip())
    record.handed_at, record.handed_by_kind, record.handed_by_id = at, by.kind, by.id
    record.save()
    changed = {name: [old, getattr(record, name)] for name, old in before.items() if old != getattr(record, name)}
    record_change(action="registry.hand_over", subject=record, by=by, changes=changed)
    return record


@transaction.atomic
def receive_handover(
    *, record: HandoverRecord, note: str, by: Actor, at: dt.datetime, seen: str = ""
) -> HandoverRecord:
    """The unit that comes closes the record, with what it found otherwise. Again changes nothing. `seen`: the `handed_at`
    (ISO) of the record that was read; when it was written anew since, it stays open. Raises RecordMoved."""
    record = _record(record, by, "change__new_unit_id")
    if record.handed_at is None:
        raise Refusal(_("The other unit has not written its record yet."))
    if seen and record.received_at is None and seen != record.handed_at.isoformat():
        raise RecordMoved
    if record.received_at is None:
        record.received_at, record.received_by_kind, record.received_by_id = at, by.kind, by.id
        record.received_note = note.strip()
        record.save()
        record_change(action="registry.receive_handover", subject=record, by=by, changes={"note": [None, note]})
    return record


def _record(record: HandoverRecord, by: Actor, side: str) -> HandoverRecord:
    row = HandoverRecord.objects.select_for_update(of=("self",)).select_related("change").get(pk=record.pk)
    unit = row.old_unit_id if side == "old_unit_id" else row.change.new_unit_id
    if unit not in reach_of(by, Permission.ANSWER_CHANGE).unit_ids:
        raise NotPermitted(permission=Permission.ANSWER_CHANGE)
    return row


def _locked(change: MaintenanceChange, by: Actor, side: str, permission: Permission) -> MaintenanceChange:
    row = MaintenanceChange.objects.select_for_update(of=("self",)).select_related("new_unit").get(pk=change.pk)
    if getattr(row, side) not in reach_of(by, permission).unit_ids:
        raise NotPermitted(permission=permission)
    return row


def _answer(change: MaintenanceChange, state: str, by: Actor, at: dt.datetime) -> None:
    change.state, change.answered_at = state, at
    change.answered_by_kind, change.answered_by_id = by.kind, by.id
    change.save()
    if state != ChangeState.EXPIRED:  # else its deadline is what brought us here
        withdraw(kind=EXPIRES, subject=change, at=at)
    if state == ChangeState.CONFIRMED:
        _tell(change, by, at)
    else:
        change.items.filter(state=ItemState.OPEN).update(state=ItemState.DROPPED)
    record_change(
        action=f"registry.change_{state.lower()}",
        subject=change,
        by=by,
        changes={"state": [ChangeState.PROPOSED, state], "reason": [None, change.reason]},
    )


def _tell(change: MaintenanceChange, by: Actor, at: dt.datetime) -> None:
    """A life event of each elevator, once it is agreed: before that the unit that leaves, who reads the timeline, is not
    told who may come."""
    details = {"unit": str(change.new_unit.public_id), "from": change.starts_on.isoformat()}
    source = {"source_type": change._meta.label_lower, "source_id": str(change.public_id)}
    elevators = Elevator.objects.filter(pk__in=change.items.values("elevator")).order_by("pk")
    record_events(
        [
            NewEvent(row, LifeEventKind.MAINTENANCE_CHANGE, at, outcome=change.state, details=details, **source)
            for row in elevators
        ],
        by=by,
    )
