"""Complaints: received once, given to who answers, answered against a clock, judged by the regulator, rated and closed."""

import datetime as dt
import hashlib
import hmac
from dataclasses import dataclass

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from common.actor import Actor, system
from common.audit import record_change
from common.clock import local_date
from common.deadlines import arm, withdraw
from common.errors import Refusal
from common.idempotency import digest_of
from common.personal.kinds import Malformed
from common.workdays import after_working_days, moved_days
from compliance.actions.complaint_alerts import open_complaint_alert, settle_complaint
from compliance.actions.complaint_news import arm_reminder, tell_answerer, tell_former
from compliance.actions.hazards import report_hazard
from compliance.actions.plans import midnight
from compliance.choices import Answerer, ComplaintState, ComplaintStepKind, HazardSource
from compliance.models import Complaint, ComplaintStep
from compliance.queries import policies_on
from compliance.queries.complaints import (
    answering_unit,
    category_on,
    digest_of_tracking,
    form_key_of,
    of_place,
    tracked,
)
from compliance.rules import complaints as rules
from registry.models import Elevator, Site

DEADLINE = "compliance.complaint"
BY_CLOCK = system("compliance.complaints")
# step: what whoever has to answer after it is told
NEWS = {
    **dict.fromkeys(("assign", "move", "take_back"), "complaint_assigned"),
    "return": "complaint_returned",
}


class ComplaintStepRefused(Refusal):
    """A step that cannot be taken now, or not by this person."""

    status = 409
    FIELDS = {
        "itself": "of",
        "other_place": "of",
        "not_open": "of",
        "not_a_grade": "stars",
        "no_elevator": "hazard_item",
    }
    WORDS = {
        "not_now": _("This cannot be done in the complaint's present state. Reload the page: somebody may have gone on with it."),
        "same_person": _("Somebody else has to do this: nobody judges their own answer."),
        "itself": _("This is the number of this very complaint. Give that of the other."),
        "other_place": _("No complaint with this number is known about this place. Copy it from the other complaint's page."),
        "not_open": _("The other complaint is joined to a third or passed on. Name one that stands for itself."),
        "not_judged": _("You can say how satisfied you are once the regulator has judged the answer, for 90 days."),
        "not_a_grade": _("Choose one to five."),
        "no_elevator": _("This complaint names no elevator, so no hazard can be entered with it. Enter it in the e-file."),
    }  # fmt: skip

    def __init__(self, reason: str):
        self.code = f"complaint-{reason.replace('_', '-')}"
        super().__init__(self.WORDS[reason], field=self.FIELDS.get(reason))


class CategoryUnknown(Refusal):
    code = "complaint-category-unknown"
    field = "category"
    message = _("There is no such category today. Choose one of the list.")


class ContactMalformed(Refusal):
    code = "contact-malformed"
    field = "contact"
    message = _("This is no phone number. Write it with its area code, or leave it out.")


class FormReused(Refusal):
    code = "complaint-form-reused"
    status = 409
    message = _("This form was sent before with other words. Both count once: open the form anew and send the rest.")


class NobodySuch(Refusal):
    code = "complaint-nobody-answers"
    field = "to"
    status = 409
    message = _("The register names no such unit for this place now. Answer it yourself, or enter the unit first.")


@dataclass(frozen=True, slots=True)
class Filed:
    """A complaint and the number by which its sender, and nobody else, finds it again. `new`: not sent before."""

    complaint: Complaint
    number: str
    new: bool = True


# --- coming in --------------------------------------------------------------------------------------------------------


@transaction.atomic
def file_complaint(
    *,
    elevator: Elevator | None = None,
    site: Site | None = None,
    category: str,
    text: str,
    source: str,
    key: str,
    by: Actor,
    at: dt.datetime,
    contact: str = "",
    outside_number: str = "",
    join: Complaint | None = None,
) -> Filed:
    """Take a complaint in and give it to who answers by the register at this moment. `key`: what was sent with it already
    is the same complaint. `join`: the sender says that it is this one; when that is settled meanwhile it counts by itself.

    Raises CategoryUnknown, ContactMalformed, FormReused.
    """
    site = site or (elevator.site if elevator is not None else None)
    text, key = " ".join(text.split())[:1000], form_key_of(by, key)
    place = [str(row.public_id) if row is not None else "" for row in (elevator, site)]
    digest = digest_of(*(part.encode() for part in (*place, category, text, contact, outside_number)))
    if (there := _sent_before(key, digest)) is not None:
        return there
    row = category_on(category, local_date(at))
    if row is None:
        raise CategoryUnknown
    root = _joinable(join, elevator, site)
    complaint = _new(row, elevator, site, root, at)
    complaint.text, complaint.source, complaint.outside_number = text, source, " ".join(outside_number.split())[:64]
    complaint.emergency = row.urgent or rules.speaks_of_emergency(text)
    complaint.form_key, complaint.form_digest = key, digest
    try:
        complaint.contact = contact.strip() or None
    except Malformed as error:
        raise ContactMalformed from error
    number = tracking_of(complaint)
    complaint.tracking = digest_of_tracking(number)
    try:
        with transaction.atomic():
            complaint.save()
    except IntegrityError:  # the same form, this very moment
        if (there := _sent_before(key, digest)) is not None:
            return there
        raise
    said = {"category": [None, category], "source": [None, source], "state": [None, complaint.state]}
    _record(complaint, ComplaintStepKind.FILE, by=by, at=at, changes=said)
    record_change(action="compliance.file_complaint", subject=complaint, by=by, changes=said)
    _watch(complaint, at)
    if complaint.state in rules.WANTS_ANSWER:
        tell_answerer(complaint=complaint, kind="complaint_assigned", at=at)
    return Filed(complaint, number)


def tracking_of(complaint: Complaint) -> str:
    """Reckoned, not kept: the database holds its digest alone, so whoever reads the table can rate for nobody."""
    key = settings.SECRET_KEY.encode()
    return rules.tracking_number(hmac.digest(key, f"complaint:{complaint.public_id}".encode(), hashlib.sha256))


def _sent_before(key: str, digest: bytes) -> Filed | None:
    there = Complaint.objects.select_related("category").filter(form_key=key).first()
    if there is None:
        return None
    if bytes(there.form_digest) != digest:
        raise FormReused
    return Filed(there, tracking_of(there), new=False)


def _joinable(join: Complaint | None, elevator, site) -> Complaint | None:
    """The complaint that it may be joined to now, locked; None when it has been settled or is about another place."""
    if join is None:
        return None
    row = of_place(elevator, site).select_for_update().filter(pk=join.duplicate_of_id or join.pk).first()
    return row if row is not None and row.state in rules.OPEN else None


def _new(category, elevator, site, root, at) -> Complaint:
    place = elevator if elevator is not None else site
    complaint = Complaint(
        category=category,
        elevator=elevator,
        site=site,
        city_id=place.city_id,
        managing_district_id=place.managing_district_id,
        area_id=place.area_id,
        received_at=at,
        changed_at=at,
        duplicate_of=root,
    )
    if root is not None:
        complaint.state, complaint.unit_id = ComplaintState.DUPLICATE, root.unit_id
        return complaint
    complaint.unit_id = answering_unit(category.answered_by, elevator=elevator, site=site, at=at)
    known = complaint.unit_id is not None or category.answered_by == Answerer.REGULATOR
    complaint.state = ComplaintState.ASSIGNED if known else ComplaintState.RECEIVED
    complaint.due_on = term(category.reply_days, at)
    return complaint


def term(days: int, at: dt.datetime) -> dt.date:
    today = local_date(at)
    return after_working_days(today, days, moved_days(today))


# --- steps ------------------------------------------------------------------------------------------------------------


@transaction.atomic
def answer_complaint(*, complaint_id: int, answer: str, by: Actor, at: dt.datetime) -> Complaint:
    """Say what was found and done. The review's clock begins. Raises ComplaintStepRefused."""
    complaint, again = begin_step(complaint_id, "answer", by)
    if again:
        return complaint
    complaint.answer, complaint.answered_by = " ".join(answer.split())[:1000], by.key
    complaint.due_on = term(complaint.category.review_days, at)
    return finish_step(complaint, "answer", complaint.answer, by, at)


@transaction.atomic
def assign_complaint(*, complaint_id: int, to: str, note: str, by: Actor, at: dt.datetime) -> Complaint:
    """Give it to the unit that has the role `to` now, or to the officials. The clock is the complainant's and goes on.

    Raises ComplaintStepRefused, NobodySuch.
    """
    complaint, again = begin_step(complaint_id, "assign", by)
    unit = answering_unit(to, elevator=complaint.elevator, site=complaint.site, at=at)
    if unit is None and to != Answerer.REGULATOR:
        raise NobodySuch
    if again and unit == complaint.unit_id:
        return complaint
    former, complaint.unit_id = complaint.unit_id, unit
    finish_step(complaint, "assign", note, by, at, {"unit": [former, unit]})
    tell_former(complaint=complaint, unit_id=former, at=at)
    return complaint


@transaction.atomic
def return_complaint(*, complaint_id: int, note: str, by: Actor, at: dt.datetime) -> Complaint:
    """Send the answer back: it says too little, or nothing was done. The reply's clock begins anew."""
    complaint, again = begin_step(complaint_id, "return", by)
    if again:
        return complaint
    complaint.due_on = term(complaint.category.reply_days, at)
    return finish_step(complaint, "return", note, by, at)


@transaction.atomic
def review_complaint(
    *, complaint_id: int, upheld: bool, note: str, by: Actor, at: dt.datetime, hazard_item: str = ""
) -> Complaint:
    """Judge: was it right? `hazard_item`: the defect that an upheld complaint showed, entered into the hazard ledger.

    Raises ComplaintStepRefused, ItemUnknown.
    """
    complaint, again = begin_step(complaint_id, "review", by)
    if again:
        return complaint
    try:
        rules.require_somebody_else(complaint.answered_by, by.key)
    except rules.ComplaintRefused as refused:
        raise ComplaintStepRefused(refused.reason) from refused
    complaint.upheld, complaint.reviewed_at, complaint.due_on = upheld, at, None
    if upheld and hazard_item:
        if complaint.elevator is None:
            raise ComplaintStepRefused("no_elevator")
        report_hazard(
            elevator=complaint.elevator,
            item=hazard_item,
            details=note,
            found_on=local_date(at),
            source=HazardSource.COMPLAINT,
            reported=complaint,
            confirmed=True,
            by=by,
            at=at,
        )
    return finish_step(complaint, "review", note, by, at, {"upheld": [None, upheld], "hazard": [None, hazard_item]})


@transaction.atomic
def close_complaint(*, complaint_id: int, note: str, by: Actor, at: dt.datetime) -> Complaint:
    """End it before its time; else the clock does."""
    complaint, again = begin_step(complaint_id, "close", by)
    return complaint if again else finish_step(complaint, "close", note, by, at)


@transaction.atomic
def join_complaint(*, complaint_id: int, of: Complaint, note: str, by: Actor, at: dt.datetime) -> Complaint:
    """Say that it is the same as another of the same place, which stands for both from now on. Raises ComplaintStepRefused."""
    complaint, again = begin_step(complaint_id, "duplicate", by)
    if again and complaint.duplicate_of_id == of.pk:
        return complaint
    if of.pk == complaint.pk:
        raise ComplaintStepRefused("itself")
    root = of_place(complaint.elevator, complaint.site).filter(pk=of.pk).first()
    if root is None:
        raise ComplaintStepRefused("other_place")
    if root.state in (ComplaintState.DUPLICATE, ComplaintState.TRANSFERRED):
        raise ComplaintStepRefused("not_open")
    Complaint.objects.filter(duplicate_of=complaint).update(duplicate_of=root, changed_at=at)
    complaint.duplicate_of, complaint.due_on = root, None
    return finish_step(complaint, "duplicate", note, by, at, {"of": [None, str(root.public_id)]})


@transaction.atomic
def transfer_complaint(
    *, complaint_id: int, passed_to: str, outside_number: str, note: str, by: Actor, at: dt.datetime
) -> Complaint:
    """Pass it on to a body outside the platform, with the number that it has there."""
    complaint, again = begin_step(complaint_id, "transfer", by)
    if again:
        return complaint
    complaint.passed_to, complaint.due_on = " ".join(passed_to.split())[:120], None
    complaint.outside_number = " ".join(outside_number.split())[:64] or complaint.outside_number
    return finish_step(complaint, "transfer", note, by, at, {"passed_to": [None, complaint.passed_to]})


@transaction.atomic
def rate_complaint(*, number: str, stars: int, by: Actor, at: dt.datetime) -> Complaint:
    """Whoever sent it says how satisfied they are, 1 to 5; the last word counts. Raises ComplaintStepRefused, LookupError."""
    found = tracked(number)
    if found is None:
        raise LookupError("no complaint has this number")
    complaint = Complaint.objects.select_for_update(of=("self",)).select_related("duplicate_of").get(pk=found.pk)
    judged = complaint.duplicate_of or complaint
    try:
        rules.require_grade(stars)
        if judged.state not in rules.JUDGED or at > judged.reviewed_at + dt.timedelta(days=rules.RATED_FOR_DAYS):
            raise rules.ComplaintRefused("not_judged")
    except rules.ComplaintRefused as refused:
        raise ComplaintStepRefused(refused.reason) from refused
    if complaint.satisfaction != stars:
        changes = {"satisfaction": [complaint.satisfaction, stars]}
        complaint.satisfaction, complaint.version = stars, complaint.version + 1
        complaint.save(update_fields=["satisfaction", "version"])
        _record(complaint, ComplaintStepKind.RATE, by=by, at=at, changes=changes)
    return complaint


@transaction.atomic
def reveal_contact(*, complaint_id: int, purpose: str, by: Actor) -> str:
    """The phone of who complained, for a purpose that stays on record; '' when none was left. Raises CannotBeRead."""
    complaint = Complaint.objects.get(pk=complaint_id)
    if complaint.contact is None:
        return ""
    record_change(action="compliance.reveal_contact", subject=complaint, by=by, changes={"purpose": [None, purpose]})
    return complaint.contact.reveal()


def lock_complaint(complaint_id: int) -> Complaint:
    """The complaint, locked behind its elevator as everybody does it (decision 0020)."""
    elevator_id, site_id = Complaint.objects.values_list("elevator_id", "site_id").get(pk=complaint_id)
    model, place = (Site, site_id) if elevator_id is None else (Elevator, elevator_id)
    model.objects.select_for_update(of=("self",), no_key=True).get(pk=place)
    rows = Complaint.objects.select_for_update(of=("self",)).select_related("category", "elevator", "site")
    return rows.get(pk=complaint_id)


def begin_step(complaint_id: int, step: str, by: Actor) -> tuple[Complaint, bool]:
    """The locked complaint in the state that the step leads to; and whether the same person took this step last, so that a
    second click takes none."""
    complaint = lock_complaint(complaint_id)
    last = complaint.steps.exclude(kind=ComplaintStepKind.RATE).order_by("-pk").first()
    again = last is not None and (last.kind, last.by_kind, last.by_id) == (step, by.kind, by.id)
    if again:
        return complaint, True
    complaint.before = complaint.state
    try:
        complaint.state = rules.after(complaint.state, step)
    except rules.ComplaintRefused as refused:
        raise ComplaintStepRefused(refused.reason) from refused
    return complaint, False


def finish_step(complaint: Complaint, step: str, note: str, by: Actor, at: dt.datetime, changes=None) -> Complaint:
    """Keep what a step made of a locked complaint: the step, the audit row, its clock and alert, and who is told."""
    changes = {"state": [getattr(complaint, "before", complaint.state), complaint.state], **(changes or {})}
    complaint.version, complaint.changed_at = complaint.version + 1, at
    complaint.save()
    _record(complaint, step, by=by, at=at, note=note, changes=changes)
    record_change(
        action="compliance.complaint_step", subject=complaint, by=by, changes={**changes, "step": [None, step]}
    )
    _watch(complaint, at)
    if news := NEWS.get(step):
        tell_answerer(complaint=complaint, kind=news, at=at)
    return complaint


def _record(complaint: Complaint, kind: str, *, by: Actor, at: dt.datetime, note: str = "", changes=None) -> None:
    ComplaintStep.objects.create(
        complaint=complaint,
        kind=kind,
        at=at,
        by_kind=by.kind,
        by_id=by.id,
        by_unit_id=by.acting_unit,
        note=" ".join(note.split())[:1000],
        changes=changes or {},
    )


# --- the clock --------------------------------------------------------------------------------------------------------


def _watch(complaint: Complaint, at: dt.datetime) -> None:
    """When it is looked at next, and whether it keeps an alert open now."""
    settle_complaint(complaint=complaint, at=at)
    arm_reminder(complaint, at)
    if complaint.state in rules.OPEN:
        if complaint.due_on < local_date(at):
            open_complaint_alert(complaint=complaint, policies=policies_on(local_date(at)), at=at)
            withdraw(kind=DEADLINE, subject=complaint, at=at)
        else:
            arm(kind=DEADLINE, subject=complaint, due_at=midnight(complaint.due_on + dt.timedelta(days=1)), at=at)
    elif complaint.state == ComplaintState.REVIEWED:
        days = dt.timedelta(days=rules.CLOSES_AFTER_DAYS)
        arm(kind=DEADLINE, subject=complaint, due_at=midnight(local_date(at) + days), at=at)
    else:
        withdraw(kind=DEADLINE, subject=complaint, at=at)


def fire_due(deadlines, at: dt.datetime) -> None:
    """Whose day is over gets its alert, what was judged long enough ago ends (registered at common.deadline_handlers)."""
    rows = Complaint.objects.select_for_update(of=("self",)).select_related("category")
    for complaint in rows.filter(pk__in=[deadline.subject_id for deadline in deadlines]).order_by("pk"):
        if complaint.state in rules.OPEN and complaint.due_on < local_date(at):
            open_complaint_alert(complaint=complaint, policies=policies_on(local_date(at)), at=at)
        elif complaint.state == ComplaintState.REVIEWED:
            complaint.before, complaint.state = complaint.state, rules.after(complaint.state, "close")
            finish_step(complaint, "close", "", BY_CLOCK, at)
