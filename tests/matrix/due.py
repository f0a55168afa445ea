"""Rows of the counts by area, reminders, the calendar and its addresses."""

import uuid

from common.actor import ActorKind
from common.clock import now
from compliance.actions.feeds import make_feed
from compliance.actions.reminders import request_reminders
from compliance.models import CalendarFeed, ReminderRun
from compliance.queries.overdue import Where
from tests.matrix.compliance import DONE, LISTS, every, obligation
from tests.matrix.framework import UNKNOWN, Right, Row
from tests.matrix.registry import ALL

NIL = uuid.UUID(int=7)
REMINDS = {
    name: {"-"}
    for name in (
        "city_regulator",
        "district_regulator",
        "other_district_regulator",
        "jiangbei_regulator",
        "subdistrict_officer",
    )
}
# runs: one of the city regulator's; each sees their own alone
RUN = "city_regulator"
# addresses: one of the manager of unit A, one of unit B's
OF_A, OF_B = "own_manager", "stranger"
OWNERS = {OF_A: {OF_A}, OF_B: {OF_B}}


def run(cast, obj) -> ReminderRun:
    actor = cast.players[obj].actor()
    found = ReminderRun.objects.filter(by_kind=ActorKind.PERSON, by_id=actor.id).first()
    if found is None:
        for name in sorted(ALL):
            obligation(cast, name)
        found = request_reminders(where=Where(), unit_ids=[cast.unit_a.pk, cast.unit_b.pk], by=actor, at=now())
    return found


def feed(cast, obj) -> CalendarFeed:
    player = cast.players[obj]
    found = CalendarFeed.objects.filter(user=player.user).first()
    if found is None:
        made = make_feed(name=f"of {obj}", where=Where(), language="en", by=player.actor(), at=now())
        found = made.feed
    return found


def path(form: str, of):
    return lambda cast, obj: form.format(NIL if obj == UNKNOWN else of(cast, obj).public_id)


def feeds(cast, _obj):
    for name in OWNERS:
        feed(cast, name)
    return "/due/calendar/addresses/"


def feed_marks(cast, obj):
    return set(OWNERS) if obj is None else str(feed(cast, obj).public_id)


def name(_cast, _obj):
    return {"name": "of the matrix", "scope": ""}


ROWS = {
    "compliance:overdue": Row(path=every("/due/overdue/"), rights={"GET": Right(LISTS)}),
    "compliance:remind": Row(
        path=every("/due/overdue/remind/"),
        rights={"GET": Right(REMINDS), "POST": Right(REMINDS, ok=DONE | {422}, body=lambda cast, obj: {})},
    ),
    "compliance:reminders": Row(
        path=path("/due/overdue/reminders/{}/", run),
        rights={"GET": Right({RUN: {RUN}})},
        objects=(RUN, UNKNOWN),
    ),
    "compliance:calendar": Row(path=every("/due/calendar/"), rights={"GET": Right(LISTS)}),
    "compliance:feeds": Row(path=feeds, rights={"GET": Right(LISTS)}, lists=OWNERS, marks=feed_marks),
    "compliance:make_feed": Row(
        path=lambda cast, obj: "/due/calendar/addresses/new/",
        rights={"GET": Right(LISTS), "POST": Right(LISTS, body=name)},
    ),
    "compliance:revoke_feed": Row(
        path=path("/due/calendar/addresses/{}/revoke/", feed),
        rights={"POST": Right(OWNERS, ok=DONE)},
        objects=(OF_A, OF_B, UNKNOWN),
        sees=OWNERS,
    ),
    # whoever brings a token needs no sign-in; without one there is nothing (tests/compliance/test_calendar.py)
    "compliance:feed": Row(
        path=lambda cast, obj: f"/due/calendar/{'A' * 43}.ics",
        rights={"GET": Right({}, ok=frozenset({404}))},
        public=True,
    ),
}
