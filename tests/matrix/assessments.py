"""Rows of safety assessments: of elevators that one sees; steps of the using unit, the body, the officers."""

import uuid

from accounts.models import Unit
from common.actor import system
from common.clock import now
from inspection.actions import assessments as actions
from inspection.models import Assessment
from tests.factories.make import make_unit
from tests.matrix.framework import UNKNOWN, Right, Row
from tests.matrix.registry import ALL, FOREIGN, FORMER, JIANGBEI, OWN
from tests.matrix.registry import SEES as SEES_ELEVATORS

SOME = (OWN, FOREIGN, JIANGBEI, UNKNOWN)
DONE = frozenset({302})
BY = system("matrix")
SEES = {name: seen for name, seen in SEES_ELEVATORS.items() if name != "dispatcher"}
LISTS = {name: {"-"} for name in [*SEES, "former"]}
USES = {"own_manager": {OWN}, "stranger": {FOREIGN, FORMER, JIANGBEI}, "strong_weak": {FOREIGN, FORMER, JIANGBEI}}
OFFICERS = {
    "city_regulator": ALL,
    "district_regulator": {OWN},
    "other_district_regulator": {FOREIGN, FORMER},
    "jiangbei_regulator": {JIANGBEI},
}
NOBODY: dict = {}  # of the cast belongs to the body
LIST, API = "/assessments/", "/api/v1/inspection/assessments/"
FILES = {name: {"-"} for name in ("own_manager", "stranger", "strong_weak", "former", "maintainer")}


def case(cast, obj) -> Assessment:
    """The one of an elevator of the cast, applied for; each has one."""
    for name in sorted(ALL):
        elevator = getattr(cast, name)
        type(elevator).objects.filter(pk=elevator.pk).update(registration_state="IN_USE")
        actions.apply_for_assessment(elevator=elevator, by=BY, at=now())
    return Assessment.objects.get(elevator=getattr(cast, obj))


def body() -> Unit:
    there = Unit.objects.filter(name="Assessing body of the matrix").first()
    return there or make_unit("Assessing body of the matrix", kind="INSPECTION_BODY")


def path(form: str):
    return lambda cast, obj: form.format(uuid.UUID(int=7) if obj == UNKNOWN else case(cast, obj).public_id)


def every(address: str):
    def made(cast, _obj):
        case(cast, OWN)
        return address

    return made


def itself(cast, obj):
    return ALL if obj is None else str(case(cast, obj).public_id)


def its_elevator(cast, obj):
    return ALL if obj is None else str(getattr(cast, obj).public_id)


def old(cast, obj):
    """All elevators of the cast are old, one in a hospital, the others in malls."""
    for name in sorted(ALL):
        elevator, place = getattr(cast, name), "HOSPITAL" if name == FOREIGN else "MALL"
        said = {"registration_state": "IN_USE", "commissioned_on": "2001-01-01", "place_type": place}
        type(elevator).objects.filter(pk=elevator.pk).update(**said)
    return f"{LIST}worklist/"


def step(name: str, rights: dict, words: dict) -> Row:
    right = Right(rights, ok=DONE, body=lambda _cast, _obj: {"version": "1", **words})
    return Row(path=path(LIST + "{}/" + name), rights={"GET": Right(rights), "POST": right}, objects=SOME, sees=SEES)


def apply_path(cast, obj):
    return f"{LIST}apply/{uuid.UUID(int=7) if obj == UNKNOWN else getattr(cast, obj).public_id}/"


def assigned(cast, _obj):
    return {"version": "1", "body": str(body().public_id)}


def one_report(cast, _obj):
    row = {"number": "M", "level": "M", "reported_on": "2026-01-01", "assessment": str(case(cast, OWN).public_id)}
    return {"reports": [row, {}]}


ROWS = {
    "assessments:cases": Row(path=every(LIST), rights={"GET": Right(LISTS)}, lists=SEES, marks=itself),
    "assessments:worklist": Row(path=old, rights={"GET": Right(LISTS)}, lists=SEES, marks=its_elevator),
    "assessments:case": Row(path=path(LIST + "{}/"), rights={"GET": Right(SEES)}, objects=SOME),
    "assessments:apply": Row(
        path=apply_path,
        rights={
            "GET": Right(USES),
            "POST": Right(USES, ok=DONE | {422}, body=lambda _cast, _obj: {"note": "of the matrix"}),
        },
        objects=SOME,
        sees=SEES_ELEVATORS,
    ),
    "assessments:step": Row(
        path=path(LIST + "{}/step/assign/"),
        rights={"GET": Right(USES), "POST": Right(USES, ok=DONE, body=assigned)},
        objects=SOME,
        sees=SEES,
    ),
    "assessments:report": step("report/", NOBODY, {"number": "M", "level": "M", "reported_on": "2026-01-01"}),
    "assessments:close": Row(
        path=path(LIST + "{}/close/"),
        rights={
            "GET": Right(OFFICERS),
            # nothing was decided yet: refused in words
            "POST": Right(OFFICERS, ok=frozenset({422}), body=lambda _cast, _obj: {"version": "1"}),
        },
        objects=SOME,
        sees=SEES,
    ),
    "inspection-api:assessment-list": Row(
        path=every(API),
        # each row is judged by itself: what one's unit does not have is refused in the answer
        rights={"GET": Right(LISTS), "POST": Right(FILES, body=one_report)},
        json=True,
        lists=SEES,
        marks=itself,
    ),
    "inspection-api:assessment-detail": Row(
        path=path(API + "{}/"), rights={"GET": Right(SEES)}, objects=SOME, json=True
    ),
    "assessments:cancel": step("cancel/", {**USES, **OFFICERS}, {"note": "of the matrix"}),
}
