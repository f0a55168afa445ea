"""Rows of changes of the maintenance unit: the three units concerned and the regulators of the place."""

import datetime as dt
import uuid

from common import jobs
from common.clock import now, today
from registry.actions.handovers import confirm_change, fingerprint, hand_over, propose_change
from registry.models import MaintenanceChange
from tests.matrix.documents import attachment
from tests.matrix.framework import UNKNOWN, Right, Row
from tests.matrix.registry import FOREIGN, FORMER, JIANGBEI, OWN, SEES

# open: unit A asks the former unit back for the own elevator; agreed: unit B gives the foreign one to the present unit
OPEN, AGREED = "change_open", "change_agreed"
OBJECTS = (OPEN, AGREED, UNKNOWN)
VIEWS = {
    "own_manager": {OPEN},
    "former": {OPEN},
    "stranger": {AGREED},
    "strong_weak": {AGREED},
    "maintainer": {AGREED},
    "city_regulator": {OPEN, AGREED},
    "district_regulator": {OPEN},
    "other_district_regulator": {AGREED},
    "jiangbei_regulator": set(),
}
LISTS = {name: {"-"} for name in VIEWS}
PROPOSES = {"own_manager": {OWN}, "stranger": {FOREIGN, FORMER, JIANGBEI}, "strong_weak": {FOREIGN, FORMER, JIANGBEI}}
ANSWERS = {"former": {OPEN}}
TAKES_BACK = {"own_manager": {OPEN}}
RECEIVES = {"maintainer": {AGREED}}
DONE = frozenset({302})


def change(cast, obj) -> MaintenanceChange:
    elevator, by, unit = (
        (cast.elevator_own, cast.own_manager.actor(), cast.former_maintenance_unit)
        if obj == OPEN
        else (cast.elevator_foreign, cast.stranger.actor(), cast.maintenance_unit)
    )
    row = MaintenanceChange.objects.filter(new_unit=unit).first()
    if row is None:
        day = today() + dt.timedelta(days=30)
        given = {"new_unit": unit, "starts_on": day, "reference": "M-1", "files": [attachment(by)], "by": by}
        row = propose_change(elevators=[elevator], at=now(), **given).change
        if obj == AGREED:
            row = confirm_change(change=row, by=cast.maintainer.actor(), at=now())
            jobs.run(row.job_id, at=now())
    return row


def record(cast):
    """A record of the former unit for the agreed change, written by it."""
    row = change(cast, AGREED)
    made, _new = row.records.get_or_create(old_unit=cast.former_maintenance_unit, defaults={"due_on": row.starts_on})
    if made.handed_at is None:
        said = {"keys": "ALL", "files": "ALL", "tools": "NONE"}
        hand_over(record=made, by=cast.former.actor(), at=now(), **said)
    return made


def path(form: str):
    return lambda cast, obj: form.format(uuid.UUID(int=7) if obj == UNKNOWN else change(cast, obj).public_id)


def record_path(form: str):
    def made(cast, obj):
        if obj == UNKNOWN:
            return form.format(uuid.UUID(int=7), uuid.UUID(int=8))
        row = record(cast)
        return form.format(row.change.public_id, row.public_id)

    return made


def file_path(cast, obj):
    from common.models import Attachment

    if obj == UNKNOWN:
        return f"{PAGE}{uuid.UUID(int=7)}/files/{uuid.UUID(int=8)}/"
    row = change(cast, obj)
    return f"{PAGE}{row.public_id}/files/{Attachment.objects.kept_for(row).first().public_id}/"


def every(address: str):
    def made(cast, _obj):
        change(cast, OPEN), change(cast, AGREED)
        return address

    return made


def marks(cast, obj):
    return {OPEN, AGREED} if obj is None else str(change(cast, obj).public_id)


def ids(cast, obj):
    return [str(uuid.UUID(int=7) if obj == UNKNOWN else getattr(cast, obj).public_id)]


def propose_path(cast, obj):
    return f"{PAGE}new/?ids={ids(cast, obj)[0]}"


def no_file(cast, obj):
    return {"ids": ids(cast, obj), "starts_on": "2026-01-01", "reference": "x", "new_unit": "x"}


def body(cast, _obj):
    elevators = [str(cast.elevator_own.public_id)]
    none = str(uuid.UUID(int=9))
    return {"elevators": elevators, "new_unit": none, "starts_on": "2027-01-01", "reference": "x", "files": [none]}


def reason(_cast, _obj):
    return {"reason": "of the matrix"}


def said(_cast, _obj):
    return {"keys": "ALL", "files": "PARTLY", "tools": "NONE", "remarks": "of the matrix"}


def read(cast, obj):
    return {"seen": "x" if obj == UNKNOWN else record(cast).handed_at.isoformat()}


def shown(cast, obj):
    return {"seen": "x" if obj == UNKNOWN else fingerprint(change(cast, obj))}


def nothing(_cast, _obj):
    return {}


PAGE, API = "/elevators/changes/", "/api/v1/registry/maintenance-changes/"
ABOUT = {"objects": OBJECTS, "sees": VIEWS}
# the former unit has a record in the agreed change
WITH_RECORD = VIEWS | {"former": {AGREED}}
HANDS_OVER = {"former": {AGREED}}


def step(name: str, table: dict, given=nothing) -> Row:
    rights = {"GET": Right(table), "POST": Right(table, ok=DONE, body=given)}
    return Row(path=path(f"{PAGE}{{}}/{name}/"), rights=rights, **ABOUT)


def verb(name: str, table: dict, given=nothing) -> Row:
    return Row(path=path(f"{API}{{}}/{name}/"), rights={"POST": Right(table, body=given)}, json=True, **ABOUT)


# Who holds ANSWER_CHANGE sees the form of a change that they are on the other side of, and is refused when sending.
ANSWER_FORMS = {"former": {OPEN}, "maintainer": {AGREED}}
OFFERS = {name: {"-"} for name in PROPOSES}

ROWS = {
    "registry:changes": Row(path=every(PAGE), rights={"GET": Right(LISTS)}, lists=VIEWS, marks=marks),
    "registry:change": Row(path=path(f"{PAGE}{{}}/"), rights={"GET": Right(VIEWS)}, objects=OBJECTS),
    "registry:change_file": Row(path=file_path, rights={"GET": Right(VIEWS)}, objects=OBJECTS),
    "registry:propose_change": Row(
        path=propose_path,
        rights={"GET": Right(PROPOSES), "POST": Right(PROPOSES, ok=frozenset({422}), body=no_file)},
        objects=(OWN, FOREIGN, UNKNOWN),
        sees=SEES,
    ),
    "registry:maintenance_unit_picker": Row(
        path=lambda _cast, _obj: "/elevators/pickers/maintenance-units/", rights={"GET": Right(OFFERS)}
    ),
    "registry:confirm_change": Row(
        path=path(f"{PAGE}{{}}/confirm/"),
        rights={"GET": Right(ANSWER_FORMS), "POST": Right(ANSWER_FORMS, ok=DONE, body=shown)},
        **ABOUT,
    ),
    "registry:refuse_change": Row(
        path=path(f"{PAGE}{{}}/refuse/"),
        rights={"GET": Right(ANSWER_FORMS), "POST": Right({"former": {OPEN}}, ok=DONE, body=reason)},
        objects=(OPEN, UNKNOWN),
        sees=VIEWS,
    ),
    "registry:withdraw_change": Row(
        path=path(f"{PAGE}{{}}/withdraw/"),
        rights={"GET": Right(TAKES_BACK), "POST": Right(TAKES_BACK, ok=DONE)},
        objects=(OPEN, UNKNOWN),
        sees=VIEWS,
    ),
    "registry:hand_over": Row(
        path=record_path(f"{PAGE}{{}}/records/{{}}/hand-over/"),
        rights={
            "GET": Right({"former": {AGREED}, "maintainer": {AGREED}}),
            "POST": Right(HANDS_OVER, ok=DONE, body=said),
        },
        objects=(AGREED, UNKNOWN),
        sees=WITH_RECORD,
    ),
    "registry:receive_handover": Row(
        path=record_path(f"{PAGE}{{}}/records/{{}}/receive/"),
        rights={
            "GET": Right({"former": {AGREED}, "maintainer": {AGREED}}),
            "POST": Right(RECEIVES, ok=DONE, body=read),
        },
        objects=(AGREED, UNKNOWN),
        sees=WITH_RECORD,
    ),
    "registry-api:maintenancechange-list": Row(
        path=every(API),
        # the body names an elevator, a unit and files that are not: 404, or 403 for an elevator that one only looks at
        rights={"GET": Right(LISTS), "POST": Right(LISTS, ok=frozenset({403, 404}), body=body)},
        json=True,
        lists=VIEWS,
        marks=marks,
    ),
    "registry-api:maintenancechange-detail": Row(
        path=path(f"{API}{{}}/"), rights={"GET": Right(VIEWS)}, objects=OBJECTS, json=True
    ),
    "registry-api:maintenancechange-confirm": verb("confirm", ANSWER_FORMS),
    "registry-api:maintenancechange-refuse": Row(
        path=path(f"{API}{{}}/refuse/"),
        rights={"POST": Right({"former": {OPEN}}, body=reason)},
        objects=(OPEN, UNKNOWN),
        sees=VIEWS,
        json=True,
    ),
    "registry-api:maintenancechange-withdraw": Row(
        path=path(f"{API}{{}}/withdraw/"),
        rights={"POST": Right(TAKES_BACK)},
        objects=(OPEN, UNKNOWN),
        sees=VIEWS,
        json=True,
    ),
    "registry-api:maintenancechange-hand-over": Row(
        path=record_path(f"{API}{{}}/records/{{}}/hand-over/"),
        rights={"POST": Right(HANDS_OVER, body=said)},
        objects=(AGREED, UNKNOWN),
        sees=WITH_RECORD,
        json=True,
    ),
    "registry-api:maintenancechange-receive": Row(
        path=record_path(f"{API}{{}}/records/{{}}/receive/"),
        rights={"POST": Right(RECEIVES)},
        objects=(AGREED, UNKNOWN),
        sees=WITH_RECORD,
        json=True,
    ),
}
