"""Addresses for calendar programs: made and revoked by the person themselves, known by a hash alone."""

import datetime as dt
import hashlib
import secrets
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from common.actor import Actor
from common.audit import record_access, record_change
from common.errors import Refusal
from compliance.models import CalendarFeed
from compliance.queries.overdue import Where

MOST = 10  # in force for one person
NOTED_EACH = dt.timedelta(hours=1)  # programs ask every quarter of an hour: not a write each time


class TooManyFeeds(Refusal):
    code = "too-many-feeds"
    status = 409
    message = _("You have ten calendar addresses. Revoke one that is no longer used, then make another.")


@dataclass(frozen=True, slots=True)
class Made:
    """A feed with its token in the clear: shown once, kept nowhere."""

    feed: CalendarFeed
    token: str


def hash_of(token: str) -> str:
    """What is kept of a token: it has 256 random bits, so a plain hash tells nobody anything."""
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def make_feed(*, name: str, where: Where, language: str, by: Actor, at: dt.datetime) -> Made:
    """An address of one's own. Raises TooManyFeeds."""
    user = User.objects.select_for_update(no_key=True).get(public_id=by.id)
    if CalendarFeed.objects.in_force().filter(user=user).count() >= MOST:
        raise TooManyFeeds
    token = secrets.token_urlsafe(32)
    feed = CalendarFeed.objects.create(
        user=user,
        name=name,
        unit=where.unit,
        area=where.area or where.district,
        language=language,
        token_hash=hash_of(token),
        created_at=at,
    )
    record_change(action="compliance.make_feed", subject=feed, by=by, changes={"name": [None, name]})
    return Made(feed, token)


@transaction.atomic
def revoke_feed(*, feed: CalendarFeed, by: Actor, at: dt.datetime) -> None:
    """The address leads nowhere from now on; a second time changes nothing."""
    if CalendarFeed.objects.in_force().filter(pk=feed.pk).update(revoked_at=at):
        record_change(action="compliance.revoke_feed", subject=feed, by=by, changes={"revoked_at": [None, str(at)]})


def note_use(*, feed: CalendarFeed, by: Actor, at: dt.datetime) -> None:
    """That it was read: the moment on its page, a row of the access log; at most once in NOTED_EACH."""
    stale = Q(used_at__isnull=True) | Q(used_at__lte=at - NOTED_EACH)
    if CalendarFeed.objects.filter(stale, pk=feed.pk).update(used_at=at):
        record_access(subject_type=feed._meta.label_lower, subject_id=str(feed.public_id), via="feed", by=by)
