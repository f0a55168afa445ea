"""Rows of bringing files in: one's own uploads and imports are nobody else's, colleagues of the unit apart."""

from tests.matrix.framework import UNKNOWN, Right, Row
from tests.matrix.platform import NOBODYS, OPEN, at

# Whoever may import files and enter what one of the kinds brings.
IMPORTERS = {
    name: {"-"}
    for name in (
        "own_manager",
        "stranger",
        "strong_weak",
        "unit_admin",
        "system_admin",
        "city_regulator",
        "district_regulator",
        "other_district_regulator",
        "jiangbei_regulator",
    )
}

FILERS = {name: {"-"} for name in ("own_manager", "stranger", "strong_weak")}


def _mapping(_cast, _obj):
    return {"name": "of the matrix", "upload": NOBODYS, "spec": {}}


def _run(_cast, _obj):
    return {"upload": NOBODYS, "spec": {}}


def _nobodys(path: str, *verbs: str, json: bool = False) -> Row:
    return Row(path=at(path.format(NOBODYS)), rights=dict.fromkeys(verbs, OPEN), objects=(UNKNOWN,), json=json, sees={})


API = "/api/v1/imports/"
ROWS = {
    "imports:list": Row(path=at("/imports/"), rights={"GET": Right(IMPORTERS)}),
    # without a file the form comes back (422)
    "imports:new": Row(
        path=at("/imports/new/"), rights={"GET": Right(IMPORTERS), "POST": Right(IMPORTERS, ok=frozenset({422}))}
    ),
    # the empty file of reports: for whoever may file them and bring in files
    "imports:template": Row(path=at("/imports/templates/inspection.reports.xlsx"), rights={"GET": Right(FILERS)}),
    "imports:shape": _nobodys("/imports/files/{}/shape/", "GET", "POST"),
    "imports:columns": _nobodys("/imports/files/{}/columns/", "GET", "POST"),
    "imports:batch": _nobodys("/imports/{}/", "GET"),
    "imports:pause": _nobodys("/imports/{}/pause/", "POST"),
    "imports:resume": _nobodys("/imports/{}/resume/", "POST"),
    "imports:run": _nobodys("/imports/{}/run/", "POST"),
    "imports:adopt": _nobodys("/imports/{}/adopt/", "POST"),
    "imports:undo": _nobodys("/imports/{}/undo/", "GET", "POST"),
    "imports:issues": _nobodys("/imports/{}/issues.csv", "GET"),
    "imports-api:kind-list": Row(path=at(f"{API}kinds/"), rights={"GET": Right(IMPORTERS)}, json=True),
    # JSON instead of a file is refused (400) to those who may
    "imports-api:upload-list": Row(
        path=at(f"{API}uploads/"),
        rights={"GET": Right(IMPORTERS), "POST": Right(IMPORTERS, ok=frozenset({400}))},
        json=True,
    ),
    "imports-api:upload-detail": _nobodys(API + "uploads/{}/", "GET", "PATCH", json=True),
    "imports-api:upload-sample": _nobodys(API + "uploads/{}/sample/", "GET", json=True),
    "imports-api:upload-mapping": _nobodys(API + "uploads/{}/mapping/", "GET", json=True),
    # about somebody else's file: 404 to those who may import at all
    "imports-api:mapping-list": Row(
        path=at(f"{API}mappings/"),
        rights={"GET": Right(IMPORTERS), "POST": Right(IMPORTERS, ok=frozenset({404}), body=_mapping)},
        json=True,
    ),
    "imports-api:import-list": Row(
        path=at(API),
        rights={"GET": Right(IMPORTERS), "POST": Right(IMPORTERS, ok=frozenset({404}), body=_run)},
        json=True,
    ),
    "imports-api:import-detail": _nobodys(API + "{}/", "GET", json=True),
    "imports-api:import-pause": _nobodys(API + "{}/pause/", "POST", json=True),
    "imports-api:import-resume": _nobodys(API + "{}/resume/", "POST", json=True),
    "imports-api:import-undo": _nobodys(API + "{}/undo/", "POST", json=True),
    "imports-api:import-messages": _nobodys(API + "{}/messages/", "GET", json=True),
    "imports-api:import-errors": _nobodys(API + "{}/errors/", "GET", json=True),
}
