"""Special keys: entered, handed out, brought back, lost, retired. Each verb locks the key."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.queries import reach_of
from accounts.roles import Permission
from common.actor import Actor
from common.audit import record_change
from common.clock import local_date
from common.errors import NotPermitted, Refusal
from registry.actions.documents import filing_unit
from registry.actions.life_events import record_event
from registry.choices import KeyEnding, KeyState, LifeEventKind
from registry.models import Elevator, KeyIssue, KeyRule, SpecialKey
from registry.queries.keys import holders_for


class LabelTaken(Refusal):
    code = "key-label-taken"
    status = 409
    field = "label"
    message = _("Your unit has a key of this label already.")


class NoSiteOfKey(Refusal):
    code = "no-site"
    field = "whole_site"
    message = _("The register has this elevator at no site. Enter the key for the elevator alone.")


class KeyOut(Refusal):
    code = "key-out"
    status = 409
    field = "holder"
    message = _("Somebody else has this key. It must come back first.")


class KeyGone(Refusal):
    code = "key-gone"
    status = 409
    message = _("This key is lost or retired.")


class NotAHolder(Refusal):
    code = "not-a-holder"
    field = "holder"
    message = _("Keys go to people of your unit or of the elevator's maintenance unit.")


class TooLong(Refusal):
    code = "key-too-long"
    field = "hours"
    message = _("At most %(hours)s hours; then it comes back, and goes out again.")


@transaction.atomic
def enter_key(
    *, elevator: Elevator, label: str, kind: str, by: Actor, at: dt.datetime, whole_site: bool = False
) -> SpecialKey:
    """Enter a key of one's own unit. The same label for the same again is that key. Raises LabelTaken, NoSiteOfKey."""
    unit = filing_unit(elevator, by=by, at=at, permission=Permission.KEEP_KEYS)
    if unit is None:
        raise NotPermitted(permission=Permission.KEEP_KEYS)
    if whole_site and elevator.site_id is None:
        raise NoSiteOfKey
    about = {"elevator": elevator, "kind": kind, "site_id": elevator.site_id if whole_site else None}
    label = " ".join(label.split())
    there = SpecialKey.objects.filter(unit_id=unit, label=label).exclude(state=KeyState.RETIRED).first()
    if there is not None:
        if all(getattr(there, name) == value for name, value in about.items()):
            return there
        raise LabelTaken
    try:
        with transaction.atomic():
            key = SpecialKey.objects.create(unit_id=unit, label=label, created_at=at, **about)
    except IntegrityError as error:  # somebody of the same unit, this very moment
        raise LabelTaken from error
    details = {"label": label, "kind": kind}
    record_event(elevator, LifeEventKind.KEY_ENTERED, by=by, at=at, source=key, details=details)
    record_change(action="registry.enter_key", subject=key, by=by, changes={k: [None, v] for k, v in details.items()})
    return key


@transaction.atomic
def issue_key(*, key: SpecialKey, holder: User, purpose: str, hours: int, by: Actor, at: dt.datetime) -> KeyIssue:
    """Hand a key to a person until `hours` from now; to the same person again is the same. Raises KeyOut, KeyGone, NotAHolder,
    TooLong."""
    key = _locked(key, by)
    if (out := key.issues.filter(ended_at=None).first()) is not None:
        if out.holder_id == holder.pk:
            return out
        raise KeyOut
    if key.state != KeyState.KEPT:
        raise KeyGone
    if not holders_for(key, at).filter(pk=holder.pk).exists():
        raise NotAHolder
    longest = longest_hours(local_date(at))
    if not 1 <= hours <= longest:
        raise TooLong(hours=longest)
    due = at + dt.timedelta(hours=hours)
    issue = KeyIssue.objects.create(
        key=key,
        holder=holder,
        purpose=purpose.strip(),
        issued_at=at,
        due_at=due,
        issued_by_kind=by.kind,
        issued_by_id=by.id,
    )
    _set(key, KeyState.ISSUED, "registry.issue_key", by, holder=[None, str(holder.public_id)], purpose=[None, purpose])
    return issue


@transaction.atomic
def return_key(*, key: SpecialKey, by: Actor, at: dt.datetime) -> SpecialKey:
    """The key is back with its keeper, found ones too; again changes nothing. Raises KeyGone for a retired one."""
    key = _locked(key, by)
    if key.state == KeyState.RETIRED:
        raise KeyGone
    if key.state != KeyState.KEPT:
        _end(key, KeyEnding.RETURNED, by, at)
        _set(key, KeyState.KEPT, "registry.return_key", by)
    return key


@transaction.atomic
def report_key_lost(*, key: SpecialKey, note: str, by: Actor, at: dt.datetime) -> SpecialKey:
    """The key cannot be found: a life event of its elevator, which the regulator reads. Again changes nothing."""
    key = _locked(key, by)
    if key.state == KeyState.RETIRED:
        raise KeyGone
    if key.state != KeyState.LOST:
        _end(key, KeyEnding.LOST, by, at)
        _set(key, KeyState.LOST, "registry.report_key_lost", by, note=[None, note])
        record_event(key.elevator, LifeEventKind.KEY_LOST, by=by, at=at, source=key, details={"label": key.label})
    return key


@transaction.atomic
def retire_key(*, key: SpecialKey, reason: str, by: Actor, at: dt.datetime) -> SpecialKey:
    """The key or its lock is no more; its label may be given again. Raises KeyOut while somebody has it."""
    key = _locked(key, by)
    if key.state == KeyState.ISSUED:
        raise KeyOut
    if key.state != KeyState.RETIRED:
        _set(key, KeyState.RETIRED, "registry.retire_key", by, reason=[None, reason])
    return key


def longest_hours(day: dt.date) -> int:
    rows = KeyRule.objects.filter(Q(valid_until=None) | Q(valid_until__gt=day), valid_from__lte=day)
    return rows.order_by("-valid_from").values_list("longest_hours", flat=True).first() or 24


def _locked(key: SpecialKey, by: Actor) -> SpecialKey:
    own = reach_of(by, Permission.KEEP_KEYS)
    if not own.everything and key.unit_id not in own.unit_ids:
        raise NotPermitted(permission=Permission.KEEP_KEYS)
    return SpecialKey.objects.select_for_update(of=("self",)).select_related("elevator").get(pk=key.pk)


def _end(key: SpecialKey, ending: str, by: Actor, at: dt.datetime) -> None:
    key.issues.filter(ended_at=None).update(ended_at=at, ending=ending, ended_by_kind=by.kind, ended_by_id=by.id)


def _set(key: SpecialKey, state: str, action: str, by: Actor, **said) -> None:
    before, key.state = key.state, state
    key.save(update_fields=["state"])
    record_change(action=action, subject=key, by=by, changes={"state": [before, state], **said})
