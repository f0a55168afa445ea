"""Rows of hazards: about elevators that one sees; reported and mended by who answers for them, judged by officials."""

import uuid

from common.actor import system
from common.clock import now, today
from compliance.actions.hazards import report_hazard
from compliance.models import Hazard
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
REPORTERS = ("own_manager", "stranger", "strong_weak", "maintainer", "former", *JUDGES)
LIST, API = "/due/hazards/", "/api/v1/compliance/hazards/"


def hazard(cast, obj) -> Hazard:
    """The one of an elevator of the cast, waiting to be confirmed; each has one."""
    made = {
        name: report_hazard(
            elevator=getattr(cast, name), item="DOOR", details="the door rattles", found_on=today(), source="USING_UNIT",
            by=system("matrix"), at=now(),
        )
        for name in sorted(ALL)
    }  # fmt: skip
    return made[obj]


def path(form: str):
    return lambda cast, obj: form.format(uuid.UUID(int=7) if obj == UNKNOWN else hazard(cast, obj).public_id)


def every(address: str):
    def made(cast, _obj):
        hazard(cast, OWN)
        return address

    return made


def itself(cast, obj):
    return ALL if obj is None else str(hazard(cast, obj).public_id)


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
    "compliance:hazard_step": Row(
        path=path(LIST + "{}/step/confirm/"),
        rights={
            "GET": Right(JUDGES),
            "POST": Right(JUDGES, ok=DONE, body=lambda _cast, _obj: {"note": "seen on the spot"}),
        },
        objects=SOME,
        sees=SEES,
    ),
    "compliance-api:hazard-list": Row(
        path=every(API), rights={"GET": Right(LISTS)}, json=True, lists=SEES, marks=itself
    ),
    "compliance-api:hazard-detail": Row(path=path(API + "{}/"), rights={"GET": Right(SEES)}, objects=SOME, json=True),
}
