"""Waivers: granted and revoked by officers, begun and ended by the clock. Each is a fact that planning reads (decision 0028)."""

import datetime as dt
from collections.abc import Collection, Sequence

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from common.actor import Actor, system
from common.apart import APART, in_parts
from common.attachments.claims import claim_attachments
from common.audit import record_change
from common.clock import local_date
from common.errors import Refusal
from common.models import Attachment
from compliance.actions.alerts import settle
from compliance.actions.plans import NextLooks, midnight, note_elevators
from compliance.actions.waiver_news import tell_waiver
from compliance.choices import WaiverStepKind
from compliance.models import Obligation, Waiver, WaiverStep
from compliance.models.obligations import EXCUSED, PENDING
from compliance.queries import policies_on
from compliance.queries.waivers import excuses_of
from compliance.rules import waivers as rules
from registry.actions import NewEvent, record_events
from registry.choices import LifeEventKind
from registry.models import Elevator

SWEEP = "compliance.waivers"
SET = 500
BY_CLOCK = system("compliance.waivers")

# The elevator and the obligation are held too, in the order of everybody (decision 0020).
_CLAIM = f"""
SELECT w.id FROM compliance_waiver w JOIN compliance_obligation o ON o.id = w.obligation_id
JOIN registry_elevator e ON e.id = o.elevator_id
WHERE w.step_at <= %(at)s AND NOT w.id = ANY({APART})
ORDER BY w.step_at, w.id LIMIT %(limit)s FOR NO KEY UPDATE OF e, o, w SKIP LOCKED
"""
_CLAIM_OTHERS = f"""
SELECT w.id FROM compliance_waiver w JOIN compliance_obligation o ON o.id = w.obligation_id
WHERE w.step_at <= %(at)s AND o.elevator_id IS NULL AND NOT w.id = ANY({APART})
ORDER BY w.step_at, w.id LIMIT %(limit)s FOR NO KEY UPDATE OF o, w SKIP LOCKED
"""


class WaiverNotPossible(Refusal):
    """A waiver that cannot be granted or revoked now, or not with these days."""

    status = 409
    FIELDS = {
        "begins_past": "from_on",
        "backwards": "until_on",
        "too_long": "until_on",
        "not_later": "until_on",
        "no_document": "files",
    }
    WORDS = {
        "begins_past": _("It holds from the day on which it is entered: choose today or later. What was late stays late."),
        "backwards": _("The last day lies before the first."),
        "too_long": _("Longer than three years is taken for a slip. Choose an earlier day; it can be granted anew when it ends."),
        "not_later": _("To postpone it, choose a day after the present last day."),
        "waived_already": _("Somebody has waived it already. Reload the page; revoke that waiver first if it is wrong."),
        "not_owed": _("There is nothing to waive: it is done, suspended or no longer wanted. Reload the page."),
        "over": _("This waiver has ended already. Reload the page."),
        "no_document": _("Attach the document that this rests on."),
    }  # fmt: skip

    def __init__(self, reason: str):
        self.code = f"waiver-{reason.replace('_', '-')}"
        if reason in self.FIELDS:
            self.status = 400
        super().__init__(self.WORDS[reason], field=self.FIELDS.get(reason))


@transaction.atomic
def grant_waiver(
    *,
    obligation_id: int,
    kind: str,
    from_on: dt.date,
    until_on: dt.date,
    reason: str,
    clause: str,
    reference: str,
    files: Sequence[Attachment],
    by: Actor,
    at: dt.datetime,
) -> Waiver:
    """Waive an obligation from one day to another, or postpone it to `until_on`, by a document that is attached.

    The same again by the same officer is the one that is there. Raises WaiverNotPossible.
    """
    row, today = _locked(obligation_id), local_date(at)
    reason, clause, reference = _line(reason, 400), _line(clause, 120), _line(reference, 120)
    known = list(Waiver.objects.filter(obligation=row).order_by("pk"))
    said = (kind, from_on, until_on, reference, by.kind, by.id)
    for one in known:
        if one.revoked_at is None and said == _said(one):
            return one
    if not Obligation.objects.filter(PENDING | EXCUSED, pk=row.pk).exists():
        raise WaiverNotPossible("not_owed")
    if not files:
        raise WaiverNotPossible("no_document")
    _judge(
        lambda: rules.require_grant(
            kind=kind,
            from_on=from_on,
            until_on=until_on,
            due_on=row.due_on,
            others=[one.excuse for one in known],
            today=today,
        )
    )
    made = Waiver.objects.create(
        obligation=row,
        kind=kind,
        from_on=from_on,
        until_on=until_on,
        ends_on=until_on,
        reason=reason,
        clause=clause,
        reference=reference,
        granted_at=at,
        granted_by_kind=by.kind,
        granted_by_id=by.id,
        step_at=_turns_at(rules.Excuse(kind, from_on, until_on), today),
        changed_at=at,
    )
    claim_attachments(files, subject=made, by=by, at=at)
    Obligation.objects.filter(pk=row.pk).update(waiver=made)
    _record(made, WaiverStepKind.GRANT, by=by, at=at, note=reason)
    _record_events([(made, WaiverStepKind.GRANT)], by=by, at=at)
    days = {"kind": [None, kind], "from_on": [None, from_on], "until_on": [None, until_on]}
    _audit("compliance.waive_obligation", made, by, {**days, "reference": [None, reference], "reason": [None, reason]})
    _bring_in_line([row.pk], at)
    tell_waiver(waiver=made, obligation=row, revoked=False, at=at)
    return made


@transaction.atomic
def revoke_waiver(*, waiver_id: int, reason: str, by: Actor, at: dt.datetime) -> Waiver:
    """End it before its last day: it is owed again from today. Again changes nothing. Raises WaiverNotPossible."""
    row = _locked(Waiver.objects.values_list("obligation_id", flat=True).get(pk=waiver_id))
    waiver, today = _with_elevators().select_for_update(of=("self",)).get(pk=waiver_id), local_date(at)
    if waiver.revoked_at is not None:
        return waiver
    before = waiver.ends_on
    _judge(lambda: setattr(waiver, "ends_on", rules.ends_on_revoked(waiver.excuse, today)))
    waiver.revoked_at, waiver.revoked_reason, waiver.step_at = at, _line(reason, 400), None
    waiver.changed_at, waiver.version = at, waiver.version + 1
    waiver.save()
    _record(waiver, WaiverStepKind.REVOKE, by=by, at=at, note=waiver.revoked_reason)
    _record_events([(waiver, WaiverStepKind.REVOKE)], by=by, at=at)
    changes = {"ends_on": [before, waiver.ends_on], "reason": [None, waiver.revoked_reason]}
    _audit("compliance.end_waiver", waiver, by, changes)
    _bring_in_line([row.pk], at)
    tell_waiver(waiver=waiver, obligation=row, revoked=True, at=at)
    return waiver


@transaction.atomic
def turn_waivers(*, at: dt.datetime, limit: int = SET) -> int:
    """Begin and end what the clock begins and ends; returns how many. Two at once share the work, run twice equals run once."""
    ids: list[int] = []
    with connection.cursor() as cursor:
        for claim in (_CLAIM, _CLAIM_OTHERS):
            cursor.execute(claim, {"sweep": SWEEP, "at": at, "limit": limit - len(ids)})
            ids += [pk for (pk,) in cursor.fetchall()]
    if ids:
        in_parts(SWEEP, ids, lambda part: _turn(part, at), at=at)
    return len(ids)


def turn_all_waivers(*, at: dt.datetime) -> int:
    """Everything that begins or ends, set by set."""
    total = 0
    while turned := turn_waivers(at=at):
        total += turned
    return total


def _turn(ids: Sequence[int], at: dt.datetime) -> None:
    today, rows = local_date(at), list(_with_elevators().filter(pk__in=ids).order_by("pk"))
    known = set(WaiverStep.objects.filter(waiver__in=ids).values_list("waiver", "kind"))
    turns = []
    for waiver in rows:
        if local_date(waiver.granted_at) < waiver.from_on:  # else it began when it was granted
            turns.append((waiver, WaiverStepKind.BEGIN))
        if waiver.ends_on < today:
            turns.append((waiver, WaiverStepKind.END))
        waiver.step_at, waiver.changed_at, waiver.version = _turns_at(waiver.excuse, today), at, waiver.version + 1
    Waiver.objects.bulk_update(rows, ["step_at", "changed_at", "version"])
    turns = [(waiver, kind) for waiver, kind in turns if (waiver.pk, kind) not in known]
    WaiverStep.objects.bulk_create([_step(waiver, kind, by=BY_CLOCK, at=at) for waiver, kind in turns])
    _record_events(turns, by=BY_CLOCK, at=at)
    _bring_in_line([waiver.obligation_id for waiver in rows], at)


def _bring_in_line(obligation_ids: Collection[int], at: dt.datetime) -> None:
    """Make these (locked) rows what they are today under their documents, end what they no longer cause, and have their
    elevators planned anew: a period that opened while nobody looked has one after it."""
    today, looks = local_date(at), NextLooks(policies_on(local_date(at)), at)
    rows = list(Obligation.objects.filter(PENDING | EXCUSED, pk__in=obligation_ids).order_by("pk"))
    excuses, changed = excuses_of([row.pk for row in rows]), []
    for row in rows:
        law = rules.Owed("PENDING", row.law_due_on or row.due_on, row.law_alert_after or row.alert_after)
        owed = rules.as_excused(law, excuses[row.pk], today)
        before = (row.status, row.due_on, row.alert_after)
        row.status, row.due_on, row.alert_after = owed.status, owed.due_on, owed.alert_after
        row.law_due_on, row.law_alert_after = owed.law_due_on, owed.law_alert_after
        if before != (owed.status, owed.due_on, owed.alert_after):
            row.step_at, row.last_step = looks.of(row), None
        row.version, row.planned_at = row.version + 1, at
        changed.append(row)
    written = ("status", "due_on", "alert_after", "law_due_on", "law_alert_after", "step_at", "last_step", "version")
    if changed:
        Obligation.objects.bulk_update(changed, [*written, "planned_at"])
        settle(obligation_ids=[row.pk for row in changed], at=at)
    if elevators := {row.elevator_id for row in rows} - {None}:
        note_elevators(Elevator.objects.filter(pk__in=elevators))


def _locked(obligation_id: int) -> Obligation:
    """The elevator first, then the obligation: the order of everybody (decision 0020)."""
    elevator_id = Obligation.objects.values_list("elevator_id", flat=True).get(pk=obligation_id)
    if elevator_id is not None:
        Elevator.objects.select_for_update(of=("self",), no_key=True).get(pk=elevator_id)
    return Obligation.objects.select_for_update(of=("self",)).get(pk=obligation_id)


def _said(waiver: Waiver) -> tuple:
    by = (waiver.granted_by_kind, waiver.granted_by_id)
    return (waiver.kind, waiver.from_on, waiver.until_on, waiver.reference, *by)


def _turns_at(excuse: rules.Excuse, today: dt.date) -> dt.datetime | None:
    day = rules.next_turn_on(excuse, today)
    return None if day is None else midnight(day)


def _step(waiver: Waiver, kind: str, *, by: Actor, at: dt.datetime, note: str = "") -> WaiverStep:
    return WaiverStep(
        waiver=waiver, kind=kind, at=at, by_kind=by.kind, by_id=by.id, by_unit_id=by.acting_unit, note=note
    )


def _record(waiver: Waiver, kind: str, *, by: Actor, at: dt.datetime, note: str) -> None:
    _step(waiver, kind, by=by, at=at, note=note).save()


def _with_elevators():
    return Waiver.objects.select_related("obligation__elevator")


def _record_events(turns: Sequence[tuple[Waiver, str]], *, by: Actor, at: dt.datetime) -> None:
    """The life of each elevator names the document, what it is about and until when; nobody's words. Of units and people there is
    no such chain. Three statements."""
    events = [
        NewEvent(
            waiver.obligation.elevator,
            LifeEventKind.WAIVER,
            at,
            outcome=str(kind),
            details={
                "obligation": waiver.obligation.kind,
                "kind": str(waiver.kind),
                "until": str(waiver.ends_on),
                "reference": waiver.reference,
            },
            source_type=Waiver._meta.label_lower,
            source_id=str(waiver.public_id),
        )
        for waiver, kind in turns
        if waiver.obligation.elevator_id is not None
    ]
    if events:
        record_events(events, by=by)


def _audit(action: str, waiver: Waiver, by: Actor, changes: dict) -> None:
    record_change(action=action, subject=waiver, by=by, changes=changes)


def _line(text: str, longest: int) -> str:
    return " ".join(text.split())[:longest]


def _judge(judge) -> None:
    try:
        judge()
    except rules.WaiverRefused as refused:
        raise WaiverNotPossible(refused.reason) from refused
