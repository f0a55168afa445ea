"""Rows of what is due and of alerts: about elevators that one sees; taken note of by those who must act."""

import datetime as dt
import uuid

from common.clock import now
from compliance.actions import store_plans, take_all_steps
from compliance.models import Alert, Obligation
from compliance.queries import policies_on
from compliance.rules import Planned
from tests.matrix.framework import UNKNOWN, Right, Row
from tests.matrix.registry import ALL, FOREIGN, JIANGBEI, OWN, SEES

KIND = "PERIODIC_INSPECTION"
SOME = (OWN, FOREIGN, JIANGBEI, UNKNOWN)
ACKNOWLEDGES = {
    "own_manager": {OWN},
    "stranger": {FOREIGN, "elevator_former", JIANGBEI},
    "strong_weak": {FOREIGN, "elevator_former", JIANGBEI},
    "maintainer": {OWN},
    "city_regulator": ALL,
    "district_regulator": {OWN},
    "other_district_regulator": {FOREIGN, "elevator_former"},
    "jiangbei_regulator": {JIANGBEI},
    "subdistrict_officer": {OWN},
}
LISTS = {name: {"-"} for name in [*SEES, "former"]}
DONE = frozenset({302})


def alert(cast, obj) -> Alert:
    """The alert of an elevator whose inspection is late; all of the cast are late."""
    if not Alert.objects.exists():
        at = now()
        day = at.date()
        late = Planned(KIND, "9999", day - dt.timedelta(days=90), day - dt.timedelta(days=10))
        store_plans(
            plans={getattr(cast, name).pk: [late] for name in sorted(ALL)},
            kinds=[KIND],
            policies=policies_on(day),
            at=at,
        )
        take_all_steps(at=at)
    return Alert.objects.get(elevator=getattr(cast, obj))


def obligation(cast, obj) -> Obligation:
    alert(cast, obj)
    return Obligation.objects.get(elevator=getattr(cast, obj))


def path(form: str, made=alert):
    return lambda cast, obj: form.format(uuid.UUID(int=7) if obj == UNKNOWN else made(cast, obj).public_id)


def every(address: str):
    def made(cast, _obj):
        alert(cast, OWN)
        return address

    return made


def its_elevator(cast, obj):
    return ALL if obj is None else str(getattr(cast, obj).public_id)


def itself(cast, obj):
    return ALL if obj is None else str(alert(cast, obj).public_id)


def note(_cast, _obj):
    return {"note": "of the matrix"}


API = "/api/v1/compliance/"
ROWS = {
    "compliance:obligations": Row(path=every("/due/"), rights={"GET": Right(LISTS)}, lists=SEES, marks=its_elevator),
    "compliance:alerts": Row(path=every("/due/alerts/"), rights={"GET": Right(LISTS)}, lists=SEES, marks=itself),
    "compliance:alert": Row(path=path("/due/alerts/{}/"), rights={"GET": Right(SEES)}, objects=SOME),
    "compliance:acknowledge_alert": Row(
        path=path("/due/alerts/{}/acknowledge/"),
        rights={"GET": Right(ACKNOWLEDGES), "POST": Right(ACKNOWLEDGES, ok=DONE, body=note)},
        objects=SOME,
        sees=SEES,
    ),
    "compliance-api:obligation-list": Row(
        path=every(f"{API}obligations/"), rights={"GET": Right(LISTS)}, json=True, lists=SEES, marks=its_elevator
    ),
    "compliance-api:obligation-detail": Row(
        path=path(f"{API}obligations/{{}}/", obligation), rights={"GET": Right(SEES)}, objects=SOME, json=True
    ),
    "compliance-api:alert-list": Row(
        path=every(f"{API}alerts/"), rights={"GET": Right(LISTS)}, json=True, lists=SEES, marks=its_elevator
    ),
    "compliance-api:alert-detail": Row(
        path=path(f"{API}alerts/{{}}/"), rights={"GET": Right(SEES)}, objects=SOME, json=True
    ),
    "compliance-api:alert-acknowledge": Row(
        path=path(f"{API}alerts/{{}}/acknowledge/"),
        rights={"POST": Right(ACKNOWLEDGES, body=note)},
        objects=SOME,
        sees=SEES,
        json=True,
    ),
    "accounts:sweeps": Row(
        path=lambda _cast, _obj: "/accounts/sweeps/",
        rights={"GET": Right({name: {"-"} for name in ("system_admin", "city_regulator", "auditor")})},
    ),
}
