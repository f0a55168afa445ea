"""Rows of reports: read about elevators that one sees, filed by units that inspect, test or maintain."""

import datetime as dt
import uuid

from common.clock import now
from inspection.models import Inspection, Report
from tests.factories.make import make_unit
from tests.matrix.framework import UNKNOWN, Right, Row
from tests.matrix.people import EVERYBODY
from tests.matrix.registry import ALL, FOREIGN, JIANGBEI, OWN, SEES

READS = {name: seen for name, seen in SEES.items() if name != "dispatcher"}
LISTS = {name: {"-"} for name in [*READS, "former"]}
FILES = {name: {"-"} for name in ("own_manager", "stranger", "strong_weak", "former", "maintainer")}
DAY = dt.date(2024, 5, 20)


def report(cast, obj) -> Report:
    """A report about an elevator of the cast, of a body that nobody of the cast belongs to; all of them have one."""
    if not Report.objects.exists():
        body, at = make_unit("Body of the matrix", kind="INSPECTION_BODY"), now()
        for name in sorted(ALL):
            said = {"elevator": getattr(cast, name), "body": body, "kind": "PERIODIC", "number": f"M-{name}"}
            said |= {"concluded_on": DAY, "verdict": "PASSED", "filed_at": at, "filed_by_kind": "SYSTEM"}
            fact = Inspection.objects.create(**said, filed_by_id="tests")
            Report.objects.create(**said, filed_by_id="tests", inspection=fact, digest=bytes(32))
    return Report.objects.get(elevator=getattr(cast, obj))


def every(address: str):
    def made(cast, _obj):
        report(cast, OWN)
        return address

    return made


def its_elevator(cast, obj):
    return ALL if obj is None else str(getattr(cast, obj).public_id)


def one_of_each(cast, _obj):
    """A foreign elevator, an own one, and nothing at all: each is judged by itself, and none of them goes in."""
    row = {"kind": "PERIODIC", "concluded_on": "2024-05-20", "verdict": "PASSED", "people": ["nobody"]}
    elevators = [str(cast.elevator_own.public_id), str(cast.elevator_foreign.public_id), str(uuid.UUID(int=7))]
    rows = [row | {"elevator": each, "number": f"X-{place}"} for place, each in enumerate(elevators)]
    return {"reports": [*rows, {}]}


API = "/api/v1/inspection/"
ROWS = {
    "inspection-api:report-list": Row(
        path=every(f"{API}reports/"),
        rights={"GET": Right(LISTS), "POST": Right(FILES, body=one_of_each)},
        json=True,
        lists=READS,
        marks=its_elevator,
    ),
    "inspection-api:report-detail": Row(
        path=lambda cast, obj: f"{API}reports/{uuid.UUID(int=7) if obj == UNKNOWN else report(cast, obj).public_id}/",
        rights={"GET": Right(READS)},
        objects=(OWN, FOREIGN, JIANGBEI, UNKNOWN),
        json=True,
    ),
    "inspection-api:catalogue": Row(
        path=lambda _cast, _obj: f"{API}catalogue/",
        rights={"GET": Right({name: {"-"} for name in EVERYBODY})},
        json=True,
        for_everybody=True,
    ),
}
