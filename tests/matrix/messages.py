"""Rows of messages: one's own alone; a unit's webhooks and what became of their messages; the calendar of working days."""

import datetime as dt
import uuid

from common.actor import system
from common.clock import now
from common.messages.actions import person, queue_message
from common.messages.kinds import DIGEST
from common.messages.webhooks import create_endpoint, try_endpoint
from common.models import Delivery, Message, WebhookEndpoint
from tests.matrix.accounts import DONE
from tests.matrix.framework import UNKNOWN, Right, Row

BY = system("tests")
NIL = uuid.UUID(int=7)
OPEN = Right({})
AFTER = Right({}, ok=DONE)

# Messages: one to the manager of unit A, one to that of unit B; each reads their own.
TO_A, TO_B = "own_manager", "stranger"
READERS = {TO_A: {TO_A}, TO_B: {TO_B}}

UNIT_A, UNIT_B = "unit_a", "unit_b"
SOME, BOTH = (UNIT_A, UNIT_B, UNKNOWN), {UNIT_A, UNIT_B}
MANAGES = {"unit_admin": {UNIT_A}}
SEES = MANAGES | {"system_admin": BOTH}
LISTS = {name: {"-"} for name in SEES}
ENTERS = {name: {"-"} for name in MANAGES}
KEEPS_CALENDAR = {"system_admin": {"-"}}


def message(cast, obj) -> Message:
    count = 7310 + (obj == TO_B)
    to = person(cast.players[obj].user.public_id)
    queue_message(to=to, kind=DIGEST, params={"count": count}, key="matrix", by=BY, at=now())
    return Message.objects.get(recipient_id=to.id, key="matrix")


def inbox(cast, _obj):
    for name in READERS:
        message(cast, name)
    return "/messages/"


def message_marks(cast, obj):
    return set(READERS) if obj is None else str(message(cast, obj).public_id)


def read_path(cast, obj):
    return f"/messages/{NIL if obj == UNKNOWN else message(cast, obj).public_id}/read/"


def webhook(cast, obj) -> WebhookEndpoint:
    unit = getattr(cast, obj)
    found = WebhookEndpoint.objects.filter(unit_id=unit.pk).first()
    if found is None:
        found = create_endpoint(
            unit_id=unit.pk,
            name=f"webhook of {obj}",
            url=f"https://{obj.replace('_', '-')}.example.org/",
            groups=["NEWS"],
            by=BY,
            at=now(),
        ).endpoint
    return found


def delivery(cast, obj) -> Delivery:
    """A given-up one, of a webhook."""
    endpoint = webhook(cast, obj)
    found = Delivery.objects.filter(endpoint=endpoint).first()
    if found is None:
        found = try_endpoint(endpoint=endpoint, by=BY, at=now() - dt.timedelta(hours=1))
        Delivery.objects.filter(pk=found.pk).update(state="GIVEN_UP", reason="status", ended_at=now())
    return found


def path(form: str, of=webhook):
    return lambda cast, obj: form.format(NIL if obj == UNKNOWN else of(cast, obj).public_id)


def every(address: str):
    def made(cast, _obj):
        for name in BOTH:
            delivery(cast, name)
        return address

    return made


def marks(cast, obj):
    return BOTH if obj is None else str(webhook(cast, obj).public_id)


def values(cast, obj):
    return {"name": "Matrix", "url": "https://matrix.example.org/", "groups": ["ALERT"]}


def new(cast, obj):
    return values(cast, obj) | {"unit": str(cast.unit_a.public_id)}


def step(form, table, body=None, ok=DONE):
    return Row(
        path=path(form), rights={"GET": Right(table), "POST": Right(table, ok=ok, body=body)}, objects=SOME, sees=SEES
    )


def choices(_cast, _obj):
    return {"quiet_from": "22:00", "quiet_until": "07:00", "digest_hour": "8", "channels_ALERT": ["SMS"]}


def days(_cast, _obj):
    return {"first": "2027-01-01", "working": "no", "name": "元旦", "source": "Notice of the matrix"}


PAGE = "/messages/webhooks/"

ROWS = {
    "messages:inbox": Row(path=inbox, rights={"GET": OPEN}, for_everybody=True, lists=READERS, marks=message_marks),
    "messages:read": Row(
        path=read_path, rights={"POST": Right(READERS, ok=DONE)}, objects=(TO_A, TO_B, UNKNOWN), sees=READERS
    ),
    "messages:read_all": Row(path=lambda cast, obj: "/messages/read/", rights={"POST": AFTER}, for_everybody=True),
    "messages:preferences": Row(
        path=lambda cast, obj: "/messages/preferences/",
        rights={"GET": OPEN, "POST": Right({}, ok=DONE, body=choices)},
        for_everybody=True,
    ),
    "messages-api:message-list": Row(
        path=lambda cast, obj: f"/api/v1{inbox(cast, obj)}",
        rights={"GET": OPEN},
        for_everybody=True,
        lists=READERS,
        marks=message_marks,
        json=True,
    ),
    "messages-api:message-detail": Row(
        path=lambda cast, obj: f"/api/v1{read_path(cast, obj)}".removesuffix("read/"),
        rights={"GET": Right(READERS)},
        objects=(TO_A, TO_B, UNKNOWN),
        json=True,
    ),
    "messages-api:message-read": Row(
        path=lambda cast, obj: f"/api/v1{read_path(cast, obj)}",
        rights={"POST": Right(READERS)},
        objects=(TO_A, TO_B, UNKNOWN),
        json=True,
    ),
    "messages:deliveries": Row(
        path=every("/messages/deliveries/"), rights={"GET": Right(LISTS)}, lists=SEES, marks=marks
    ),
    "messages:send_again": Row(
        path=path("/messages/deliveries/{}/again/", of=delivery),
        rights={"POST": Right(SEES, ok=DONE)},
        objects=SOME,
        sees=SEES,
    ),
    "messages:webhooks": Row(path=every(PAGE), rights={"GET": Right(LISTS)}, lists=SEES, marks=marks),
    "messages:create_webhook": Row(
        path=lambda cast, obj: f"{PAGE}new/",
        rights={"GET": Right(ENTERS), "POST": Right(ENTERS, body=new)},
    ),
    "messages:webhook": Row(path=path(PAGE + "{}/"), rights={"GET": Right(SEES)}, objects=SOME),
    "messages:change_webhook": step(PAGE + "{}/change/", MANAGES, values),
    "messages:rotate_webhook": step(PAGE + "{}/secret/", MANAGES, ok=frozenset({200})),
    "messages:disable_webhook": step(PAGE + "{}/disable/", SEES),
    "messages:try_webhook": Row(
        path=path(PAGE + "{}/test/"), rights={"POST": Right(MANAGES, ok=DONE)}, objects=SOME, sees=SEES
    ),
    # anybody may look up which days are worked
    "calendar:year": Row(path=lambda cast, obj: "/calendar/?year=2026", rights={"GET": OPEN}, for_everybody=True),
    "calendar:set_days": Row(
        path=lambda cast, obj: "/calendar/days/",
        rights={"GET": Right(KEEPS_CALENDAR), "POST": Right(KEEPS_CALENDAR, ok=DONE, body=days)},
    ),
    "calendar:remove_day": Row(
        path=lambda cast, obj: "/calendar/days/2026-10-01/remove/",
        rights={"GET": Right(KEEPS_CALENDAR), "POST": Right(KEEPS_CALENDAR, ok=DONE)},
    ),
}
