"""Rows of complaints: about elevators that one sees; answered by whose turn it is; judged by officials. Public ways in."""

import uuid

from common.actor import Actor
from common.clock import now
from compliance.actions import file_complaint
from compliance.actions.complaints import tracking_of
from compliance.models import Complaint, Forwarding, OutsidePlatform
from tests.matrix.framework import UNKNOWN, Right, Row
from tests.matrix.registry import ALL, FOREIGN, JIANGBEI, OWN
from tests.matrix.registry import SEES as SEES_ELEVATORS

FORMER = "elevator_former"
SOME = (OWN, FOREIGN, JIANGBEI, UNKNOWN)
DONE = frozenset({302})
# A viewer of a unit reads no complaints.
SEES = {
    name: {FOREIGN, FORMER, JIANGBEI} if name == "strong_weak" else objects
    for name, objects in SEES_ELEVATORS.items()
    if name != "colleague"
}
JUDGES = {
    "city_regulator": ALL,
    "district_regulator": {OWN},
    "other_district_regulator": {FOREIGN, FORMER},
    "jiangbei_regulator": {JIANGBEI},
}
# about the label: the using unit answers
ANSWERS = {"own_manager": {OWN}, "stranger": {FOREIGN, FORMER, JIANGBEI}, "strong_weak": {FOREIGN, FORMER, JIANGBEI}}
# the former maintenance office may read and enter complaints, and sees no elevator any more
LISTS = {name: {"-"} for name in [*SEES, "former"]}
ENTERS = {name: {"-"} for name in [*SEES, "former"] if name not in ("industry_officer", "auditor")}
RIDER = Actor("RIDER", "matrix")


def complaint(cast, obj) -> Complaint:
    """The one about an elevator of the cast; each has one."""
    made = {
        name: file_complaint(
            elevator=getattr(cast, name), category="LABEL", text="the label is old", source="PUBLIC_PAGE",
            contact="13900000000", key=f"matrix-{name}", by=RIDER, at=now(),
        ).complaint
        for name in sorted(ALL)
    }  # fmt: skip
    return made[obj]


def forwarded(cast, obj) -> Forwarding:
    """Given up on its way outside."""
    platform, _new = OutsidePlatform.objects.get_or_create(
        name="Matrix", defaults={"endpoint": "https://outside.example", "services": {"": "X"}, "created_at": now()}
    )
    passed = {"state": "TRANSFERRED", "due_on": None, "passed_to": "Matrix"}
    Complaint.objects.filter(pk=complaint(cast, obj).pk, forwardings=None).update(**passed)
    given = {"state": "GIVEN_UP", "attempt_after": now(), "created_at": now(), "ended_at": now()}
    return Forwarding.objects.get_or_create(complaint=complaint(cast, obj), platform=platform, defaults=given)[0]


UNKNOWN_ID = uuid.UUID(int=7)


def of_forwarded(form: str):
    return lambda cast, obj: form.format(UNKNOWN_ID if obj == UNKNOWN else forwarded(cast, obj).public_id)


KEEPS = {"system_admin": {"-"}}


def of_platform(form: str):
    return lambda cast, _obj: form.format(forwarded(cast, OWN).platform.public_id)


def entered(_cast, _obj):
    return {"name": "Another", "endpoint": "https://93.184.216.34/v2", "services": "=X", "api_key": "k-1"}


def to_officials(_cast, _obj):
    return {"to": "REGULATOR"}


def path(form: str):
    return lambda cast, obj: form.format(uuid.UUID(int=7) if obj == UNKNOWN else complaint(cast, obj).public_id)


def every(address: str):
    def made(cast, _obj):
        complaint(cast, OWN)
        return address

    return made


def itself(cast, obj):
    return ALL if obj is None else str(complaint(cast, obj).public_id)


def entry(cast, _obj):
    return {"elevator": cast.elevator_own.rescue_code, "category": "NOISE", "text": "of the matrix"}


FORWARDINGS = "/api/v1/compliance/forwardings/"
LIST, API, V2 = "/due/complaints/", "/api/v1/compliance/complaints/", "/open311/v2/"
PUBLIC = {"public": True, "for_everybody": True}


def open_to_all(address, ok=frozenset({200})) -> Row:
    return Row(path=address, rights={"GET": Right({}, ok=ok)}, **PUBLIC)


def tracking(cast, _obj):
    return f"/c/{tracking_of(complaint(cast, OWN))}/"


ROWS = {
    "compliance:complaints": Row(path=every(LIST), rights={"GET": Right(LISTS)}, lists=SEES, marks=itself),
    "compliance:complaint": Row(path=path(LIST + "{}/"), rights={"GET": Right(SEES)}, objects=SOME),
    "compliance:enter_complaint": Row(
        path=every(LIST + "new/"), rights={"GET": Right(ENTERS), "POST": Right(ENTERS, ok=DONE | {422}, body=entry)}
    ),
    "compliance:answer_complaint": Row(
        path=path(LIST + "{}/answer/"),
        rights={
            "GET": Right(ANSWERS),
            "POST": Right(ANSWERS, ok=DONE, body=lambda _cast, _obj: {"answer": "a new label hangs"}),
        },
        objects=SOME,
        sees=SEES,
    ),
    "compliance:complaint_step": Row(
        path=path(LIST + "{}/step/assign/"),
        rights={
            "GET": Right(JUDGES),
            "POST": Right(JUDGES, ok=DONE, body=lambda _cast, _obj: {"to": "REGULATOR"}),
        },
        objects=SOME,
        sees=SEES,
    ),
    "compliance:forwardings": Row(
        path=lambda cast, _obj: [forwarded(cast, name) for name in sorted(ALL)] and LIST + "forwarded/",
        rights={"GET": Right({name: {"-"} for name in JUDGES})},
        lists=JUDGES,
        marks=lambda cast, obj: ALL if obj is None else str(forwarded(cast, obj).public_id),
    ),
    "compliance:forward_again": Row(
        path=lambda cast, obj: f"{LIST}forwarded/{UNKNOWN_ID if obj == UNKNOWN else forwarded(cast, obj).public_id}/",
        rights={"GET": Right(JUDGES), "POST": Right(JUDGES, ok=DONE)},
        objects=SOME,
    ),
    "compliance:platforms": Row(path=of_platform(LIST + "platforms/"), rights={"GET": Right(KEEPS)}),
    "compliance:enter_platform": Row(
        path=of_platform(LIST + "platforms/new/"),
        rights={"GET": Right(KEEPS), "POST": Right(KEEPS, ok=DONE, body=entered)},
    ),
    "compliance:change_platform": Row(
        path=of_platform(LIST + "platforms/{}/"),
        rights={"GET": Right(KEEPS), "POST": Right(KEEPS, ok=DONE, body=entered)},
    ),
    "compliance:disable_platform": Row(
        path=of_platform(LIST + "platforms/{}/off/"), rights={"GET": Right(KEEPS), "POST": Right(KEEPS, ok=DONE)}
    ),
    "compliance:take_back": Row(
        path=of_forwarded(LIST + "forwarded/{}/back/"),
        rights={"GET": Right(JUDGES), "POST": Right(JUDGES, ok=DONE, body=to_officials)},
        objects=SOME,
    ),
    "compliance-api:forwarding-list": Row(
        path=lambda cast, _obj: [forwarded(cast, name) for name in sorted(ALL)] and FORWARDINGS,
        rights={"GET": Right({name: {"-"} for name in JUDGES})},
        json=True,
        lists=JUDGES,
        marks=lambda cast, obj: ALL if obj is None else str(forwarded(cast, obj).public_id),
    ),
    "compliance-api:forwarding-detail": Row(
        path=of_forwarded(FORWARDINGS + "{}/"), rights={"GET": Right(JUDGES)}, objects=SOME, json=True
    ),
    "compliance-api:forwarding-again": Row(
        path=of_forwarded(FORWARDINGS + "{}/again/"), rights={"POST": Right(JUDGES)}, objects=SOME, json=True
    ),
    "compliance-api:forwarding-take-back": Row(
        path=of_forwarded(FORWARDINGS + "{}/take_back/"),
        rights={"POST": Right(JUDGES, body=to_officials)},
        objects=SOME,
        json=True,
    ),
    "compliance:complaint_contact": Row(
        path=path(LIST + "{}/contact/"),
        rights={"GET": Right(JUDGES), "POST": Right(JUDGES, body=lambda _cast, _obj: {"purpose": "ASK"})},
        objects=SOME,
        sees=SEES,
        reveals=True,
    ),
    "compliance-api:complaint-list": Row(
        path=every(API), rights={"GET": Right(LISTS)}, json=True, lists=SEES, marks=itself
    ),
    "compliance-api:complaint-detail": Row(
        path=path(API + "{}/"), rights={"GET": Right(SEES)}, objects=SOME, json=True
    ),
    "compliance-api:complaint-answer": Row(
        path=path(API + "{}/answer/"),
        rights={"POST": Right(ANSWERS, body=lambda _cast, _obj: {"answer": "a new label hangs"})},
        objects=SOME,
        sees=SEES,
        json=True,
    ),
    # an elevator without a plate of its city: the page of plates explains it, to strangers and colleagues alike
    "portal:complain": Row(
        path=lambda _cast, _obj: "/e/nonsense/complain/",
        rights=dict.fromkeys(("GET", "POST"), Right({}, ok=DONE | {429})),  # asked too often, as the page of plates is
        **PUBLIC,
    ),
    "portal:find_complaint": open_to_all(lambda _cast, _obj: "/c/"),
    "portal:complaint": Row(path=tracking, rights={"GET": Right({}), "POST": Right({}, ok=frozenset({422}))}, **PUBLIC),
    "open311:services": open_to_all(lambda _cast, _obj: f"{V2}services.json"),
    "open311:service": open_to_all(lambda _cast, _obj: f"{V2}services/DOOR.xml"),
    # without a key nobody sends anything, whoever has signed in
    "open311:requests": Row(
        path=every(f"{V2}requests.json"),
        rights={"GET": Right({}), "POST": Right({}, ok=frozenset({403}))},
        **PUBLIC,
    ),
    "open311:request": open_to_all(lambda cast, _obj: f"{V2}requests/{complaint(cast, OWN).public_id}.json"),
    "open311:token": open_to_all(lambda cast, _obj: f"{V2}tokens/{tracking_of(complaint(cast, OWN))}.json"),
}
