"""Rows of hazards: about elevators that one sees; reported and mended by who answers for them, judged by officials."""

import datetime as dt
import uuid

from django.core.files.uploadedfile import SimpleUploadedFile

from common.actor import system
from common.attachments.claims import claim_attachments
from common.attachments.store import store_attachment
from common.clock import now, today
from common.models import Attachment
from compliance.actions.hazards import report_hazard, take_hazard_step
from compliance.models import Hazard
from tests.common.attachment_files import jpeg
from tests.matrix.framework import UNKNOWN, Right, Row
from tests.matrix.registry import ALL, FOREIGN, JIANGBEI, OWN, SEES

FORMER = "elevator_former"
SOME = (OWN, FOREIGN, JIANGBEI, UNKNOWN)
DONE = frozenset({302})
JUDGES = {
    "city_regulator": ALL,
    "district_regulator": {OWN},
    "other_district_regulator": {FOREIGN, FORMER},
    "jiangbei_regulator": {JIANGBEI},
}
LISTS = {name: {"-"} for name in [*SEES, "former"]}
OWN_REPORTERS = ("own_manager", "maintainer", "city_regulator", "district_regulator")  # of the own elevator
STRONG = {FOREIGN, FORMER, JIANGBEI}
REPORTERS = ("own_manager", "stranger", "strong_weak", "maintainer", "former", *JUDGES)
# more time is given by officers of districts alone
EXTENDS = {name: objects for name, objects in JUDGES.items() if name != "city_regulator"}
MENDS = {"own_manager": {OWN}, "maintainer": {OWN}, "stranger": {FOREIGN, FORMER, JIANGBEI}, "strong_weak": STRONG}
LIST, API = "/due/hazards/", "/api/v1/compliance/hazards/"
# {verb: (item whose hazard is in the state that the verb wants, who may, what is sent beside the note)}
VERBS = {
    "confirm": ("DOOR", JUDGES, {}),
    "reject": ("DOOR", JUDGES, {}),
    "claim": ("CAR", MENDS, {}),
    "send_back": ("SHAFT", JUDGES, {}),
    "verify": ("SHAFT", JUDGES, {}),
    "grade": ("DOOR", JUDGES, {"grade": "MAJOR"}),
    "extend": ("DOOR", EXTENDS, {"due_on": str(today() + dt.timedelta(days=40))}),
}
UNTIL = {"DOOR": (), "CAR": ("confirm",), "SHAFT": ("confirm", "claim")}


def hazard(cast, obj, item: str = "DOOR") -> Hazard:
    """The one of an elevator of the cast, in the state that its item stands for; each has one."""
    there = Hazard.objects.filter(elevator=getattr(cast, obj), item=item).first()
    return there or {name: _made(getattr(cast, name), item) for name in sorted(ALL)}[obj]


def _made(elevator, item: str) -> Hazard:
    made = report_hazard(
        elevator=elevator, item=item, details="it rattles", found_on=today(), source="USING_UNIT",
        by=system("matrix"), at=now(),
    )  # fmt: skip
    for step in UNTIL[item]:
        made = take_hazard_step(hazard_id=made.pk, step=step, note="", by=system("matrix"), at=now())
    return made


def path(form: str, item: str = "DOOR"):
    return lambda cast, obj: form.format(uuid.UUID(int=7) if obj == UNKNOWN else hazard(cast, obj, item).public_id)


def version_of(item: str) -> int:
    return 1 + len(UNTIL[item])


def step_page(verb: str) -> Row:
    item, table, extra = VERBS[verb]

    def body(_cast, _obj):
        return {"note": "seen on the spot", "seen": version_of(item), **extra}

    return Row(
        path=path(f"{LIST}{{}}/step/{verb}/", item),
        rights={"GET": Right(table), "POST": Right(table, ok=DONE, body=body)},
        objects=SOME,
        sees=SEES,
    )


def step_over_rest(verb: str) -> Row:
    item, table, extra = VERBS[verb]

    def headers(_cast, _obj):
        return {"If-Match": f'"{version_of(item)}"'}

    def body(_cast, _obj):
        return {"note": "seen on the spot", **extra}

    return Row(
        path=path(f"{API}{{}}/{verb}/", item),
        rights={"POST": Right(table, body=body, headers=headers)},
        objects=SOME,
        sees=SEES,
        json=True,
    )


def chosen(cast, obj):
    """Several at once, of which the matrix sends one."""
    return f"{LIST}steps/confirm/?ids={uuid.UUID(int=7) if obj == UNKNOWN else hazard(cast, obj).public_id}"


def of_chosen(cast, obj):
    one = uuid.UUID(int=7) if obj == UNKNOWN else hazard(cast, obj).public_id
    return {"ids": str(one), f"seen_{one}": version_of("DOOR"), "note": "seen on the spot"}


def photograph(cast, obj):
    """Address of a photograph that was sent with the report of a hazard."""
    if obj == UNKNOWN:
        return f"{LIST}{uuid.UUID(int=7)}/files/{uuid.UUID(int=7)}/"
    row, by = hazard(cast, obj), system("matrix")
    subject = {"subject_type": "compliance.hazardstep", "subject_id": row.steps.earliest("pk").pk}
    file = Attachment.objects.filter(**subject).first()
    if file is None:  # each its own bytes: the same file sent again is the same file
        sent = SimpleUploadedFile(f"{obj}.jpg", jpeg(comment=obj.encode()))
        file = store_attachment(sent, by=by, at=now())
        claim_attachments([file], subject=row.steps.earliest("pk"), by=by, at=now())
    return f"{LIST}{row.public_id}/files/{file.public_id}/"


def every(address: str):
    def made(cast, _obj):
        hazard(cast, OWN)
        return address

    return made


def itself(cast, obj):
    return ALL if obj is None else str(hazard(cast, obj).public_id)


def visit(cast, obj):
    return {
        "elevator": str(uuid.UUID(int=7) if obj == UNKNOWN else getattr(cast, obj).public_id),
        "found_on": str(today()),
        "items": [{"item": "CAR", "details": "of the matrix"}],
    }


def entry(cast, _obj):
    code = cast.elevator_own.rescue_code
    return {"elevator": code, "item": "CAR", "details": "of the matrix", "found_on": str(today())}


ROWS = {
    "compliance:hazards": Row(path=every(LIST), rights={"GET": Right(LISTS)}, lists=SEES, marks=itself),
    "compliance:hazard": Row(path=path(LIST + "{}/"), rights={"GET": Right(SEES)}, objects=SOME),
    "compliance:report_hazard": Row(
        path=every(LIST + "new/"),
        rights={
            "GET": Right({name: {"-"} for name in REPORTERS}),
            "POST": Right({name: {"-"} for name in REPORTERS}, ok=DONE | {422}, body=entry),
        },
    ),
    "compliance:hazard_steps": Row(
        path=chosen,
        rights={"GET": Right(JUDGES), "POST": Right(JUDGES, ok=DONE, body=of_chosen)},
        objects=SOME,
        sees=SEES,
    ),
    "compliance:hazard_file": Row(path=photograph, rights={"GET": Right(SEES)}, objects=SOME),
    **{f"compliance:hazard_{verb}": step_page(verb) for verb in VERBS},
    **{f"compliance-api:hazard-{verb.replace('_', '-')}": step_over_rest(verb) for verb in VERBS},
    "compliance-api:hazard-item-list": Row(
        path=lambda _cast, _obj: "/api/v1/compliance/hazard-items/",
        rights={"GET": Right({})},
        json=True,
        for_everybody=True,
    ),
    "compliance-api:hazard-list": Row(
        path=every(API),
        rights={
            "GET": Right(LISTS),
            "POST": Right(
                {name: {"-"} for name in OWN_REPORTERS}, ok=frozenset({201}), body=lambda cast, _obj: visit(cast, OWN)
            ),
        },
        json=True,
        lists=SEES,
        marks=itself,
    ),
    "compliance-api:hazard-detail": Row(path=path(API + "{}/"), rights={"GET": Right(SEES)}, objects=SOME, json=True),
}
