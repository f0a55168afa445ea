"""The daily summary: what waits for a person's hour is told in one message, exactly one for each person and day.

A sweep builds what is due, however late it comes; one at a time among all workers. The summary's key holds its day, so a
second sweep, or one that was killed, can make no second one.
"""

import datetime as dt

from django.db.models import Max

from common.actor import system
from common.locks import Busy, one_at_a_time
from common.messages import rules
from common.messages.actions import delivery_of, preferences_of, wake_senders, write_once
from common.messages.choices import DeliveryState
from common.messages.kinds import DIGEST
from common.models.messages import PERSON, Delivery, Message

PEOPLE_AT_ONCE = 200
BY = "common.message_digests"


def build_digests(*, at: dt.datetime) -> int:
    """Make every summary that is due; returns how many. Another sweep that runs already is left to it."""
    made = 0
    try:
        while True:
            with one_at_a_time(BY, patience="10ms"):
                people = _due_people(at)
                made += _gather(people, at)
            if len(people) < PEOPLE_AT_ONCE:
                return made
    except Busy:
        return made


def _due_people(at: dt.datetime) -> dict[str, dt.datetime]:
    """{person: the latest moment that is due} of at most PEOPLE_AT_ONCE people."""
    waiting = Delivery.objects.filter(state=DeliveryState.DIGEST, attempt_after__lte=at)
    found = (
        waiting.values("message__recipient_id").annotate(latest=Max("attempt_after")).order_by("message__recipient_id")
    )
    return {row["message__recipient_id"]: row["latest"] for row in found[:PEOPLE_AT_ONCE]}


def _gather(people: dict[str, dt.datetime], at: dt.datetime) -> int:
    if not people:
        return 0
    waiting: dict[str, list[Delivery]] = {person: [] for person in people}
    rows = Delivery.objects.filter(
        state=DeliveryState.DIGEST, attempt_after__lte=at, message__recipient_id__in=list(people)
    )
    for row in rows.select_related("message").select_for_update(of=("self",)).order_by("pk"):
        waiting[row.message.recipient_id].append(row)
    new = write_once([_digest(person, waiting[person], latest, at) for person, latest in people.items()])
    ways = [
        delivery_of(digest, channel, at, at=at)
        for digest in new
        for channel in sorted({row.channel for row in waiting[digest.recipient_id]})
    ]
    Delivery.objects.bulk_create(ways)
    for digest in new:
        told = [row.pk for row in waiting.pop(digest.recipient_id)]
        Delivery.objects.filter(pk__in=told).update(state=DeliveryState.GATHERED, digest=digest, ended_at=at)
    _postpone(waiting, at)
    if ways:
        wake_senders({way.channel for way in ways})
    return len(new)


def _digest(person: str, rows: list[Delivery], latest: dt.datetime, at: dt.datetime) -> Message:
    by = system(BY)
    return Message(
        key=f"digest:{rules.digest_day(latest)}",
        recipient_kind=PERSON,
        recipient_id=person,
        kind=DIGEST,
        params={"count": len({row.message_id for row in rows})},
        link="/messages/",
        in_app=False,  # what it tells of is in the inbox already
        actor_kind=by.kind,
        actor_id=by.id,
        created_at=at,
    )


def _postpone(waiting: dict[str, list[Delivery]], at: dt.datetime) -> None:
    """Who has had the summary of that day gets what came too late for it with the next one."""
    if not waiting:
        return
    chosen = preferences_of(waiting)
    for person, rows in waiting.items():
        wants = chosen.get(person, rules.Preferences())
        # who has turned summaries off since is told tomorrow at the same hour, for the last time
        hour = wants.digest_hour if wants.digest_hour is not None else at.astimezone(rules.SHANGHAI).hour
        due = rules.next_digest(at, rules.Preferences(None, wants.quiet_from, wants.quiet_until, hour))
        Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(attempt_after=due)
