"""Rows of risk bands: about elevators that one sees."""

import uuid

from common.clock import now
from compliance.actions import risk
from compliance.models import RiskScore
from tests.matrix.framework import UNKNOWN, Right, Row
from tests.matrix.registry import ALL, FOREIGN, JIANGBEI, OWN, SEES

SOME = (OWN, FOREIGN, JIANGBEI, UNKNOWN)
LISTS = {name: {"-"} for name in [*SEES, "former"]}
API = "/api/v1/compliance/risk-scores/"


def rated() -> None:
    if not RiskScore.objects.exists():
        risk.find_all_bands(at=now())


def every(address: str):
    def made(_cast, _obj):
        rated()
        return address

    return made


def one(cast, obj):
    rated()
    return f"{API}{uuid.UUID(int=7) if obj == UNKNOWN else getattr(cast, obj).public_id}/"


def its_elevator(cast, obj):
    return ALL if obj is None else str(getattr(cast, obj).public_id)


ROWS = {
    "compliance:risk": Row(path=every("/due/risk/"), rights={"GET": Right(LISTS)}, lists=SEES, marks=its_elevator),
    "compliance-api:risk-score-list": Row(
        path=every(API), rights={"GET": Right(LISTS)}, json=True, lists=SEES, marks=its_elevator
    ),
    "compliance-api:risk-change-list": Row(
        path=every("/api/v1/compliance/risk-changes/"),
        rights={"GET": Right(LISTS)},
        json=True,
        lists=SEES,
        marks=its_elevator,
    ),
    "compliance-api:risk-score-detail": Row(path=one, rights={"GET": Right(SEES)}, objects=SOME, json=True),
}
