"""Whom a hazard's steps are news to: those who mend it with their own hands, and who reported it."""

import datetime as dt

from django.db import connection

from accounts.models import User
from accounts.roles import Permission
from common.actor import Actor, ActorKind
from common.clock import local_date
from common.scoping import actor_again
from compliance.choices import HazardStepKind, Topic
from compliance.models import Hazard, News
from compliance.rules.telling import tell_at

# The officer to whom the elevator is bound (Order 74, chapter 6), all officers of the using unit where it is bound to none, and
# the workers of the maintenance unit: nobody says yet which worker goes to which elevator.
_MENDERS = """
INSERT INTO compliance_news (topic, unit_id, person_id, hazard_id, overdue, month, hazards, tell_at)
SELECT DISTINCT %(topic)s, t.unit_id, t.person_id, h.id, 1, 0, 0, %(tell_at)s::timestamptz
FROM compliance_hazard h JOIN registry_elevator e ON e.id = h.elevator_id
LEFT JOIN compliance_officerbinding b ON b.elevator_id = e.id AND b.unit_id = e.using_unit_id
    AND b.started_on <= %(today)s AND (b.ended_on IS NULL OR b.ended_on > %(today)s)
LEFT JOIN compliance_dutyappointment a ON a.id = b.appointment_id
CROSS JOIN LATERAL (VALUES
    (CASE WHEN a.user_id IS NULL AND (e.using_unit_until IS NULL OR e.using_unit_until > %(at)s) THEN e.using_unit_id END, NULL),
    (NULL, CASE WHEN e.using_unit_until IS NULL OR e.using_unit_until > %(at)s THEN a.user_id END),
    (CASE WHEN e.maintenance_unit_until IS NULL OR e.maintenance_unit_until > %(at)s THEN e.maintenance_unit_id END, NULL)
) AS t (unit_id, person_id)
WHERE h.id = %(hazard)s AND num_nonnulls(t.unit_id, t.person_id) = 1
"""


def note_to_mend(hazard: Hazard, at: dt.datetime) -> None:
    """That it is to be mended: news to the safety officer and the workers. One statement."""
    topic = Topic.HAZARD_MEND
    params = {"topic": topic, "hazard": hazard.pk, "at": at, "today": local_date(at), "tell_at": tell_at(topic, at)}
    with connection.cursor() as cursor:
        cursor.execute(_MENDERS, params)


def note_finder(topic: str, hazard: Hazard, *, by: Actor, at: dt.datetime) -> None:
    """What became of a report: news to the person who made it, unless they did it themselves or see it no longer."""
    found = hazard.steps.filter(kind=HazardStepKind.FIND, by_kind=ActorKind.PERSON).exclude(by_id=by.id).first()
    finder = actor_again(ActorKind.PERSON, found.by_id, None, at) if found is not None else None
    if finder is None:
        return
    if Hazard.objects.visible_to(finder, Permission.VIEW_OBLIGATION).filter(pk=hazard.pk).exists():
        person = User.objects.get(public_id=finder.id)
        News.objects.create(topic=topic, person=person, hazard=hazard, tell_at=tell_at(topic, at))


def forget_news(hazard: Hazard, *topics: str) -> None:
    """What is no longer so is not told any more: of these topics, or all."""
    rows = News.objects.filter(hazard=hazard)
    (rows.filter(topic__in=topics) if topics else rows).delete()
