"""Questions about special keys."""

import datetime as dt

from django.db.models import Q, QuerySet

from accounts.models import Membership, User
from accounts.roles import Permission
from common.actor import Actor
from common.models import AuditRecord
from registry.choices import KeyState
from registry.models import KeyIssue, SpecialKey

TOLD = {KeyState.LOST: "registry.report_key_lost", KeyState.RETIRED: "registry.retire_key"}


def holders_for(key: SpecialKey, at: dt.datetime) -> QuerySet[User]:
    """Whom a key may be handed to: the keeper's people and those of the elevator's maintenance unit."""
    units = {key.unit_id, key.elevator.maintenance_unit_id} - {None}
    members = Membership.objects.unfinished(at).filter(unit_id__in=units)
    return User.objects.filter(is_active=True, pk__in=members.values("user_id"))


def open_issues(keys) -> dict[int, KeyIssue]:
    """{key: who has it}, one statement for all."""
    rows = KeyIssue.objects.filter(key__in=[key.pk for key in keys], ended_at=None).select_related("holder")
    return {row.key_id: row for row in rows}


def keys_wanting(actor: Actor, at: dt.datetime) -> int:
    """How many of one's own keys are lost, or out for longer than they may."""
    mine = SpecialKey.objects.visible_to(actor, Permission.KEEP_KEYS)
    late = Q(state=KeyState.ISSUED, issues__ended_at=None, issues__due_at__lt=at)
    return mine.filter(Q(state=KeyState.LOST) | late).count()


def told_of(key: SpecialKey) -> AuditRecord | None:
    """When a lost or retired key was said to be so, and why: the record of that change, the one place that keeps it."""
    action = TOLD.get(key.state)
    if action is None:
        return None
    about = AuditRecord.objects.filter(subject_type=key._meta.label_lower, subject_id=str(key.public_id), action=action)
    return about.order_by("-pk").first()
