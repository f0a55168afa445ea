"""The hazard ledger: reported by anybody who found something, mended against a clock, verified by somebody else."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.actor import Actor
from common.apart import apart, in_parts
from common.attachments.claims import claim_attachments
from common.audit import record_change
from common.clock import local_date
from common.errors import Changed, Refusal
from common.models import Attachment
from common.workdays import moved_days
from compliance.actions.alerts import open_hazard_alert, settle_hazard
from compliance.actions.hazard_news import forget_news, note_finder, note_to_mend
from compliance.actions.news import note_hazard
from compliance.actions.plans import midnight
from compliance.choices import HazardState, HazardStepKind, Topic
from compliance.models import Hazard, HazardItem, HazardStep
from compliance.queries import policies_on
from compliance.queries.hazards import clock_kept, clock_of, evidence_of, items_on, predecessor
from compliance.rules import hazards as rules
from registry.actions import record_event
from registry.choices import LifeEventKind
from registry.models import Elevator

SWEEP = "compliance.hazards"
OF_THE_DAY = ("past", "not_later", "too_long")


class HazardStepRefused(Refusal):
    """A step that cannot be taken now, or not by this person."""

    status = 409
    WORDS = {
        "not_now": _("This cannot be done in the hazard's present state. Reload the page: somebody may have gone on with it."),
        "same_person": _("Somebody else has to do this: nobody judges what they did or proposed themselves."),
        "extended_already": _("This hazard cannot be extended (again)."),
        "past": _("The new last day is over already. Give today or a later day."),
        "not_later": _("The new last day must be later than the present one."),
        "too_long": _("The new last day is later than an extension allows."),
    }  # fmt: skip

    def __init__(self, reason: str):
        self.code = f"hazard-{reason.replace('_', '-')}"
        super().__init__(self.WORDS[reason], field="due_on" if reason in OF_THE_DAY else None)


class ItemUnknown(Refusal):
    code = "hazard-item-unknown"
    field = "item"
    message = _("There is no such item on that day. Choose one of the list.")


class ItemNotYet(Refusal):
    code = "hazard-item-not-yet"
    field = "found_on"
    message = _("This item counts from %(since)s on. Give a later day, or choose another item.")


class FoundInFuture(Refusal):
    code = "hazard-found-in-future"
    field = "found_on"
    message = _("A hazard cannot be found after today.")


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing that somebody saw: an item of the catalogue, in their words, with their photographs."""

    item: str
    details: str
    photos: Sequence[Attachment] = ()


@transaction.atomic
def report_hazards(
    *, elevator: Elevator, seen: Sequence[Seen], found_on: dt.date, source: str, by: Actor, at: dt.datetime, **options
) -> list[Hazard]:
    """What was found at one visit: each as `report_hazard` takes it, all or none. A refusal names the item by its place."""
    reported = []
    for place, one in enumerate(seen):
        try:
            reported.append(
                report_hazard(
                    elevator=elevator,
                    item=one.item,
                    details=one.details,
                    photos=one.photos,
                    found_on=found_on,
                    source=source,
                    by=by,
                    at=at,
                    **options,
                )
            )
        except ItemUnknown as refused:
            refused.field = f"items/{place}/item"
            raise
    return reported


@transaction.atomic
def report_hazard(
    *,
    elevator: Elevator,
    item: str,
    details: str,
    found_on: dt.date,
    source: str,
    by: Actor,
    at: dt.datetime,
    reported=None,
    confirmed: bool = False,
    due_on: dt.date | None = None,
    photos: Sequence[Attachment] = (),
) -> Hazard:
    """Put what somebody found into the ledger. What stands already about the same item is given back as it is.

    `reported`: the row that found it (a failed inspection, a visit); sent again it is the same hazard. `confirmed`: found
    by somebody whose word needs no confirmation (a regulator, an inspection body). `due_on`: a last day that the finder set; the
    earlier of it and the clock's counts. A major one raises its alert at once; of others, and of what an inspection found
    long ago, those who mend are told in the morning. `photos`: kept for the step of finding it; of what stands already for a
    step of its own, with the words that came with them.
    Raises ItemUnknown, ItemNotYet, FoundInFuture.
    """
    elevator = Elevator.objects.select_for_update(of=("self",), no_key=True).get(pk=elevator.pk)
    if found_on > local_date(at):
        raise FoundInFuture
    known = _item(item, found_on)
    source_type = reported._meta.label_lower if reported is not None else ""
    source_id = str(reported.public_id) if reported is not None else ""
    if (there := _there(elevator, known, source_type, source_id)) is not None:
        return _seen_again(there, details, photos, by, at)
    hazard = _new(elevator, known, details, found_on, source, by, at)
    hazard.source_type, hazard.source_id = source_type, source_id
    if due_on is not None:
        hazard.due_on = max(found_on, min(hazard.due_on, due_on))
    hazard.state = HazardState.CONFIRMED if confirmed else HazardState.FOUND
    hazard.save()
    _record(hazard, HazardStepKind.FIND, by=by, at=at, note=hazard.details, photos=photos)
    record_change(
        action="compliance.report_hazard",
        subject=hazard,
        by=by,
        changes={"item": [None, item], "grade": [None, hazard.grade]},
    )
    _watch(hazard, at)
    if not hazard.told_at_once:  # else the alert tells them, at once and by every way
        note_hazard(Topic.HAZARD, hazard, at, besides=by.acting_unit)
    if confirmed:
        note_to_mend(hazard, at)
    return hazard


def _item(code: str, day: dt.date) -> HazardItem:
    """Raises ItemUnknown, or ItemNotYet: then the day is to blame."""
    if (known := items_on(day).filter(code=code).first()) is not None:
        return known
    if (later := HazardItem.objects.filter(code=code, valid_from__gt=day).first()) is not None:
        raise ItemNotYet(since=later.valid_from)
    raise ItemUnknown


def _there(elevator: Elevator, item: HazardItem, source_type: str, source_id: str) -> Hazard | None:
    if source_id:
        same = Hazard.objects.filter(source_type=source_type, source_id=source_id, item=item).first()
        if same is not None:
            return same
    return Hazard.objects.standing().filter(elevator=elevator, item=item).first()


def _seen_again(there: Hazard, details: str, photos: Sequence[Attachment], by: Actor, at: dt.datetime) -> Hazard:
    """Photographs of what stands are evidence, too; the same ones again change nothing, and a report without any adds nothing."""
    known = set(evidence_of(there).filter(pk__in=[photo.pk for photo in photos]).values_list("pk", flat=True))
    new = [photo for photo in photos if photo.pk not in known]
    if new and there.state in rules.OPEN:
        there = _locked(there.pk)  # of a source that sent it before, it may be another elevator's
        _save(there, HazardStepKind.AGAIN, {}, details, by, at, new)
    return there


def _new(elevator, item, details, found_on, source, by, at) -> Hazard:
    clock, version = clock_of(item.grade, found_on)
    return Hazard(
        elevator=elevator,
        city_id=elevator.city_id,
        managing_district_id=elevator.managing_district_id,
        area_id=elevator.area_id,
        unit_id=by.acting_unit,
        item=item,
        details=" ".join(details.split())[:500],
        grade=item.grade,
        source=source,
        found_on=found_on,
        due_on=rules.due_on(found_on, clock, moved_days(found_on)),
        clock=version,
        repeat_of=predecessor(elevator_id=elevator.pk, item=item.pk, found_on=found_on),
        reported_at=at,
        changed_at=at,
    )


def _record(
    hazard: Hazard,
    kind: str,
    *,
    by: Actor,
    at: dt.datetime,
    note: str = "",
    changes: dict | None = None,
    photos: Sequence[Attachment] = (),
) -> None:
    """The step with its photographs, and the life event that names it without anybody's words."""
    step = HazardStep.objects.create(
        hazard=hazard,
        kind=kind,
        at=at,
        by_kind=by.kind,
        by_id=by.id,
        by_unit_id=by.acting_unit,
        note=" ".join(note.split())[:500],
        changes=changes or {},
    )
    claim_attachments(photos, subject=step, by=by, at=at)
    record_event(
        hazard.elevator,
        LifeEventKind.HAZARD,
        by=by,
        at=at,
        source=hazard,
        outcome=kind,
        details={"item": hazard.item_id, "grade": hazard.grade},
    )


def _watch(hazard: Hazard, at: dt.datetime) -> None:
    """When it is looked at next: a major one keeps its alert from the beginning, others from the day after their last."""
    if hazard.state not in rules.OPEN:
        hazard.step_at = None
        settle_hazard(hazard=hazard, at=at)
    elif hazard.grade == "MAJOR" or hazard.due_on < local_date(at):
        hazard.step_at = None
        open_hazard_alert(hazard=hazard, policies=policies_on(local_date(at)), at=at)
    else:
        hazard.step_at = midnight(hazard.due_on + dt.timedelta(days=1))
        settle_hazard(hazard=hazard, at=at)
    Hazard.objects.filter(pk=hazard.pk).update(step_at=hazard.step_at)


def _require_seen(hazard: Hazard, version: int | None) -> None:
    """Nobody settles what they have not read: None for callers who have just looked. Raises Changed."""
    if version is not None and version != hazard.version:
        raise Changed


def _locked(hazard_id: int) -> Hazard:
    """The elevator first, then the hazard: the order of everybody (decision 0020)."""
    elevator_id = Hazard.objects.values_list("elevator_id", flat=True).get(pk=hazard_id)
    Elevator.objects.select_for_update(of=("self",), no_key=True).get(pk=elevator_id)
    return Hazard.objects.select_for_update(of=("self",)).select_related("elevator", "item").get(pk=hazard_id)


@transaction.atomic
def take_hazard_step(
    *,
    hazard_id: int,
    step: str,
    note: str,
    by: Actor,
    at: dt.datetime,
    version: int | None = None,
    photos: Sequence[Attachment] = (),
) -> Hazard:
    """confirm, reject, claim (it is mended), send_back, verify (by another person than who claimed). The step that was taken
    last by the same person is not taken twice. `version`: the one that was read. Raises HazardStepRefused, Changed.
    """
    hazard = _locked(hazard_id)
    last = hazard.steps.order_by("-pk").first()
    if last is not None and (last.kind, last.by_id) == (step, by.id):
        return hazard
    _require_seen(hazard, version)
    try:
        state = rules.after(hazard.state, step)
        if step in ("verify", "send_back"):
            rules.require_somebody_else(hazard.claimed_by, by.key)
    except rules.StepRefused as refused:
        raise HazardStepRefused(refused.reason) from refused
    changes = {"state": [hazard.state, state]}
    hazard.state = state
    hazard.claimed_by = by.key if step == "claim" else hazard.claimed_by
    hazard.ended_on = local_date(at) if state not in rules.OPEN else None
    hazard.step_at = hazard.step_at if state in rules.OPEN else None
    _save(hazard, step, changes, note, by, at, photos)
    _tell_step(hazard, step, by, at)
    return hazard


def _tell_step(hazard: Hazard, step: str, by: Actor, at: dt.datetime) -> None:
    """Who mends and who reported it hear of it in the morning; what is over by then is not told."""
    if step == "send_back":
        note_hazard(Topic.HAZARD_BACK, hazard, at)
    elif step == "confirm":
        note_to_mend(hazard, at)
        note_finder(Topic.HAZARD_YES, hazard, by=by, at=at)
    elif step == "reject":
        forget_news(hazard)
        note_finder(Topic.HAZARD_NO, hazard, by=by, at=at)
    elif step == "claim":
        forget_news(hazard, Topic.HAZARD_MEND)
    elif step == "verify":
        forget_news(hazard, Topic.HAZARD, Topic.HAZARD_LATER, Topic.HAZARD_BACK)


@transaction.atomic
def change_grade(
    *, hazard_id: int, grade: str, note: str, by: Actor, at: dt.datetime, version: int | None = None
) -> Hazard:
    """Raise a grade at once; a lower one waits until a second officer says the same. The clock of a raised grade runs from
    now and never ends later than the old one. Raises HazardStepRefused, Changed."""
    hazard = _locked(hazard_id)
    if hazard.grade == grade or (hazard.lower_to, hazard.lower_by) == (grade, by.key):
        return hazard
    _require_seen(hazard, version)
    proposed = hazard.lower_by if hazard.lower_to == grade else ""
    try:
        if hazard.state not in rules.OPEN:
            raise rules.StepRefused("not_now")
        now = rules.require_grade_change(hazard.grade, grade, proposed_by=proposed, by=by.key)
    except rules.StepRefused as refused:
        raise HazardStepRefused(refused.reason) from refused
    if not now:
        hazard.lower_to, hazard.lower_by = grade, by.key
        _save(hazard, HazardStepKind.PROPOSE_LOWER, {"lower_to": ["", grade]}, note, by, at)
        return hazard
    raised = rules.GRADES.index(grade) > rules.GRADES.index(hazard.grade)
    changes = {"grade": [hazard.grade, grade], "due_on": [str(hazard.due_on), None]}
    clock, hazard.clock = clock_of(grade, local_date(at))
    today = local_date(at)
    fresh = rules.due_on(today if raised else hazard.found_on, clock, moved_days(hazard.found_on))
    hazard.due_on = min(hazard.due_on, fresh) if raised else max(hazard.due_on, fresh)
    hazard.grade, hazard.lower_to, hazard.lower_by = grade, "", ""
    changes["due_on"][1] = str(hazard.due_on)
    _save(hazard, HazardStepKind.RAISE if raised else HazardStepKind.LOWER, changes, note, by, at)
    return hazard


@transaction.atomic
def extend_hazard(
    *, hazard_id: int, due_on: dt.date, note: str, by: Actor, at: dt.datetime, version: int | None = None
) -> Hazard:
    """Give more time, once, within what the clock of its grade allows. Raises HazardStepRefused, Changed."""
    hazard = _locked(hazard_id)
    if hazard.extended_at is not None and hazard.due_on == due_on:
        return hazard
    _require_seen(hazard, version)
    try:
        if hazard.state not in rules.OPEN:
            raise rules.StepRefused("not_now")
        rules.require_extension(
            due=hazard.due_on,
            new=due_on,
            today=local_date(at),
            extended=hazard.extended_at is not None,
            clock=clock_kept(hazard),
            moved=moved_days(hazard.due_on),
        )
    except rules.StepRefused as refused:
        raise HazardStepRefused(refused.reason) from refused
    changes = {"due_on": [str(hazard.due_on), str(due_on)]}
    hazard.due_on, hazard.extended_at = due_on, at
    _save(hazard, HazardStepKind.EXTEND, changes, note, by, at)
    note_hazard(Topic.HAZARD_LATER, hazard, at)
    return hazard


def _save(
    hazard: Hazard,
    step: str,
    changes: dict,
    note: str,
    by: Actor,
    at: dt.datetime,
    photos: Sequence[Attachment] = (),
) -> None:
    hazard.version += 1
    hazard.changed_at = at
    hazard.save()
    _record(hazard, step, by=by, at=at, note=note, changes=changes, photos=photos)
    record_change(
        action="compliance.hazard_step", subject=hazard, by=by, changes={**changes, "step": [None, str(step)]}
    )
    _watch(hazard, at)


@transaction.atomic
def watch_due_hazards(*, at: dt.datetime, limit: int = 200) -> int:
    """Raise the alerts of hazards whose last day is over; returns how many were looked at. Two at once share the work."""
    ids = list(
        Hazard.objects.filter(step_at__lte=at)
        .exclude(pk__in=apart(SWEEP, at))
        .order_by("step_at", "pk")
        .select_for_update(of=("self",), skip_locked=True)
        .values_list("pk", flat=True)[:limit]
    )
    if ids:
        in_parts(SWEEP, ids, lambda part: _watch_all(part, at), at=at)
    return len(ids)


def _watch_all(ids: Sequence[int], at: dt.datetime) -> None:
    for hazard in Hazard.objects.filter(pk__in=ids).order_by("step_at", "pk"):
        _watch(hazard, at)


def watch_all_due_hazards(*, at: dt.datetime) -> int:
    """Everything that is due, set by set."""
    total = 0
    while looked := watch_due_hazards(at=at):
        total += looked
    return total
