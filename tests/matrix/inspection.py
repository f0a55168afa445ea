"""Rows of reports: read about elevators that one sees, filed by units that inspect, test or maintain."""

import datetime as dt
import uuid

from common.clock import now
from inspection.models import BodyLicence, Inspection, Report, TesterExcess, WindowOverride
from tests.factories.make import NANJING, area, make_unit
from tests.factories.reports import license_body
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


# Entered by the city alone; a licence is read by its unit and by the city's officers, an order by whoever reads reports.
CITY = {"city_regulator": {"-"}}
OFFICERS = (
    "city_regulator",
    "district_regulator",
    "other_district_regulator",
    "jiangbei_regulator",
    "subdistrict_officer",
)
SOME = ("row", UNKNOWN)
READ_LICENCES = {name: {"row"} for name in (*OFFICERS, "industry_officer", "auditor")}
READ_ORDERS = {name: {"row"} for name in LISTS}
CITY_ROW = {"city_regulator": {"row"}}


def licence(cast, _obj) -> BodyLicence:
    there = BodyLicence.objects.first()
    return there or license_body(make_unit("Licensed body of the matrix", kind="INSPECTION_BODY"))


def order(cast, _obj) -> WindowOverride:
    said = {"year": 2026, "opens_on": DAY, "due_on": DAY, "document": "M", "issued_on": DAY, "reason": "matrix"}
    there = WindowOverride.objects.first()
    by = {"entered_at": now(), "entered_by_kind": "SYSTEM", "entered_by_id": "tests"}
    return there or WindowOverride.objects.create(area=area(NANJING), **said, **by)


def excess(cast, _obj) -> TesterExcess:
    said = {"month": "2026-04", "code": "TOO_MANY_ELEVATORS", "count": 81, "limit": 80, "rule": "JS-2025"}
    there = TesterExcess.objects.first()
    body = licence(cast, None).unit
    return there or TesterExcess.objects.create(unit=body, person=cast.nobody.user, found_at=now(), **said)


def of(made, form: str):
    return lambda cast, obj: form.format(uuid.UUID(int=7) if obj == UNKNOWN else made(cast, obj).public_id)


def new_licence(cast, _obj):
    unit = licence(cast, None).unit
    days = {"valid_from": "2026-01-01", "valid_until": "2029-12-31"}
    return {"unit": str(unit.public_id), "number": "TS-M", "kinds": ["PERIODIC"], **days}


def new_order(_cast, _obj):
    days = {"opens_on": "2026-01-01", "due_on": "2026-03-31", "issued_on": "2026-01-01"}
    return {"area": NANJING, "year": 2026, "document": "M2", "reason": "matrix", **days}


API = "/api/v1/inspection/"


def rows_of(name: str, route: str, made, verb: str, words: dict, readers: dict, enter=None) -> dict[str, Row]:
    """List, detail and the one step of a kind of row that the city enters."""
    path, rights = f"{API}{route}/", {"GET": Right(LISTS)}
    if enter is not None:
        rights["POST"] = Right(CITY, ok=frozenset({201}), body=enter)
    step = Right(CITY_ROW, body=lambda _cast, _obj: words)
    return {
        f"inspection-api:{name}-list": Row(path=of(made, path), rights=rights, sees=LISTS, json=True),
        f"inspection-api:{name}-detail": Row(
            path=of(made, path + "{}/"), rights={"GET": Right(readers)}, objects=SOME, json=True
        ),
        f"inspection-api:{name}-{verb}": Row(
            path=of(made, path + "{}/" + f"{verb}/"), rights={"POST": step}, objects=SOME, sees=readers, json=True
        ),
    }


ROWS = {
    **rows_of("bodylicence", "licences", licence, "withdraw", {"reason": "matrix"}, READ_LICENCES, new_licence),
    **rows_of("windowoverride", "windows", order, "withdraw", {}, READ_ORDERS, new_order),
    **rows_of("testerexcess", "excesses", excess, "settle", {"note": "matrix"}, READ_LICENCES),
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
