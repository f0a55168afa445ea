"""Rows of applications for inspections: read about elevators that one sees, made by the using unit, answered by the body alone,
of which nobody of the cast is."""

import datetime as dt
import uuid

from common.actor import system
from common.clock import now, today
from compliance.models import Obligation
from inspection.models import Application
from tests.factories.due import owe
from tests.factories.make import make_unit
from tests.factories.reports import license_body
from tests.matrix.framework import UNKNOWN, Right, Row
from tests.matrix.inspection import LISTS, READS
from tests.matrix.registry import ALL, FOREIGN, FORMER, JIANGBEI, OWN

SOME = (OWN, FOREIGN, JIANGBEI, UNKNOWN)
DONE = frozenset({302})
THEIRS = {
    "own_manager": {OWN},
    "stranger": {FOREIGN, FORMER, JIANGBEI},
    "strong_weak": {FOREIGN, FORMER, JIANGBEI},
}
ASKS = {name: {"-"} for name in THEIRS}
SEES_DUE = READS | {"dispatcher": ALL}
ADDRESS, API = "/inspections/applications/", "/api/v1/inspection/applications/"


def body_of(_cast):
    from accounts.models import Unit

    there = Unit.objects.filter(name="Asked body of the matrix").first()
    if there is None:
        there = make_unit("Asked body of the matrix", kind="INSPECTION_BODY")
        license_body(there)
    return there


def due(cast, obj) -> Obligation:
    """What the elevator owes: in its window, and nobody has applied for it."""
    elevators = [getattr(cast, name) for name in sorted(ALL)]
    if not Obligation.objects.filter(elevator=elevators[0]).exists():
        owe(elevators, due_on=today() + dt.timedelta(days=20))
    return Obligation.objects.get(elevator=getattr(cast, obj))


def application(cast, obj) -> Application:
    """The one about an elevator of the cast, waiting for the body's answer; each has one."""
    if not Application.objects.exists():
        said = {"body": body_of(cast), "period": "M", "opens_on": today(), "due_on": today(), "in_time": True}
        said |= {"wanted_from": today(), "wanted_until": today(), "applied_at": now()}
        by = system("matrix")
        said |= {"applied_by_kind": by.kind, "applied_by_id": by.id, "contact": "02583456789"}
        for name in sorted(ALL):
            elevator = getattr(cast, name)
            elevator.refresh_from_db()
            Application.objects.create(elevator=elevator, unit_id=elevator.using_unit_id, **said)
    return Application.objects.get(elevator=getattr(cast, obj))


def path(form: str):
    return lambda cast, obj: form.format(uuid.UUID(int=7) if obj == UNKNOWN else application(cast, obj).public_id)


def every(address: str, made=application):
    def there(cast, _obj):
        made(cast, OWN)
        return address

    return there


def itself(cast, obj):
    return ALL if obj is None else str(application(cast, obj).public_id)


def its_obligation(cast, obj):
    return ALL if obj is None else str(due(cast, obj).public_id)


def of_due(cast, obj):
    key = uuid.UUID(int=7) if obj == UNKNOWN else due(cast, obj).public_id
    return f"{ADDRESS}apply/?ids={key}"


def asked(cast, obj):
    given = {"body": str(body_of(cast).public_id), "wanted_from": str(today()), "wanted_until": str(today())}
    return given | {"ids": [str(uuid.UUID(int=7) if obj == UNKNOWN else due(cast, obj).public_id)]}


def one_of_each(cast, _obj):
    """A foreign one, an own one and nothing at all: each is judged by itself."""
    day = {"wanted_from": str(today()), "wanted_until": str(today())}
    row = {"body": str(body_of(cast).public_id), **day}
    keys = [str(due(cast, OWN).public_id), str(due(cast, FOREIGN).public_id), str(uuid.UUID(int=7))]
    return {"applications": [*({**row, "obligation": key} for key in keys), {}]}


def reason(_cast, _obj):
    return {"reason": "of the matrix"}


def nobodys(form: str, **options) -> Row:
    """The body's: nobody of the cast belongs to it."""
    return Row(path=path(form), rights={}, objects=SOME, **options)


TAKES_BACK = Right({name: objects - {FORMER} for name, objects in THEIRS.items()}, ok=DONE, body=reason)
ROWS = {
    "applications:list": Row(path=every(ADDRESS), rights={"GET": Right(LISTS)}, lists=READS, marks=itself),
    "applications:due": Row(
        path=every(ADDRESS + "due/", due), rights={"GET": Right(ASKS)}, lists=THEIRS, marks=its_obligation
    ),
    "applications:days": Row(path=every(ADDRESS + "days/"), rights={"GET": Right(LISTS)}),
    "applications:apply": Row(
        path=of_due,
        rights={"GET": Right(THEIRS), "POST": Right(THEIRS, ok=DONE, body=asked)},
        objects=SOME,
        sees=SEES_DUE,
    ),
    "applications:application": Row(path=path(ADDRESS + "{}/"), rights={"GET": Right(READS)}, objects=SOME),
    "applications:withdraw": Row(
        path=path(ADDRESS + "{}/withdraw/"),
        rights={"GET": Right(THEIRS), "POST": TAKES_BACK},
        objects=SOME,
        sees=READS,
    ),
    "applications:appoint": nobodys(ADDRESS + "{}/appoint/"),
    "applications:decline": nobodys(ADDRESS + "{}/decline/"),
    "applications:contact": nobodys(ADDRESS + "{}/contact/"),
    "applications:appoint_many": nobodys(ADDRESS + "appoint/?ids={}"),
    "inspection-api:application-list": Row(
        path=every(API),
        rights={"GET": Right(LISTS), "POST": Right(ASKS, body=one_of_each)},
        json=True,
        lists=READS,
        marks=itself,
    ),
    "inspection-api:application-detail": Row(
        path=path(API + "{}/"), rights={"GET": Right(READS)}, objects=SOME, json=True
    ),
    "inspection-api:application-withdraw": Row(
        path=path(API + "{}/withdraw/"),
        rights={"POST": Right(TAKES_BACK.table, body=reason)},
        objects=SOME,
        sees=READS,
        json=True,
    ),
    "inspection-api:application-appoint": nobodys(API + "{}/appoint/", json=True),
    "inspection-api:application-decline": nobodys(API + "{}/decline/", json=True),
    "inspection-api:application-appoint-many": Row(path=every(API + "appoint/"), rights={}, json=True),
}
