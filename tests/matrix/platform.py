"""Rows of what is nobody's in particular: health, home, language, theme, schema."""

from django.urls import reverse

from tests.matrix.framework import UNKNOWN, Right, Row
from tests.matrix.people import EVERYBODY

OPEN = Right({})
# Whoever may look at elevators somewhere may take out what they see; one's own exports are nobody else's.
LOOKERS = (
    "own_manager",
    "colleague",
    "stranger",
    "former",
    "maintainer",
    "strong_weak",
    "city_regulator",
    "district_regulator",
    "other_district_regulator",
    "jiangbei_regulator",
    "subdistrict_officer",
    "industry_officer",
    "dispatcher",
    "auditor",
)
TAKES_OUT = {name: {"-"} for name in LOOKERS}
ANYBODY = {name: {"-"} for name in EVERYBODY}
NOBODYS = "00000000-0000-0000-0000-000000000007"


def export_form(_cast, _obj):
    return {"format": "csv", "columns": ["rescue_code"], "filters": "place_type=SCHOOL"}


def export_json(_cast, _obj):
    return {"kind": "registry.elevators", "format": "csv"}


def at(address):
    return lambda cast, obj: address


ROWS = {
    "common:healthz": Row(
        path=at("/healthz"),
        rights={"GET": OPEN, **dict.fromkeys(("POST", "PUT", "PATCH", "DELETE"), OPEN)},
        public=True,
        for_everybody=True,
    ),
    "common:readyz": Row(
        path=at("/readyz"),
        rights={verb: Right({}, ok=frozenset({200, 503})) for verb in ("GET", "POST", "PUT", "PATCH", "DELETE")},
        public=True,
        for_everybody=True,
    ),
    "portal:home": Row(path=at("/"), rights={"GET": OPEN}, for_everybody=True),
    "portal:theme": Row(
        path=at("/theme/"), rights={"POST": Right({}, ok=frozenset({302}))}, public=True, for_everybody=True
    ),
    "portal:gallery": Row(path=at("/gallery/"), rights={"GET": OPEN}, public=True, for_everybody=True),
    # what a plate says of its elevator is everybody's; who works with it is led to the e-file (tests/portal)
    "portal:plate": Row(
        path=at("/e/nonsense"), rights={"GET": Right({}, ok=frozenset({404, 429}))}, public=True, for_everybody=True
    ),
    "portal:plate_slash": Row(
        path=at("/e/nonsense/"), rights={"GET": Right({}, ok=frozenset({404, 429}))}, public=True, for_everybody=True
    ),
    "portal:type_code": Row(path=at("/e/"), rights={"GET": OPEN}, public=True, for_everybody=True),
    "portal:check_file": Row(
        path=at("/e/none.txt"), rights={"GET": Right({}, ok=frozenset({404}))}, public=True, for_everybody=True
    ),
    "exports:list": Row(path=at("/exports/"), rights={"GET": OPEN}, for_everybody=True),
    "exports:new": Row(
        path=lambda cast, obj: reverse("exports:new", args=["registry.elevators"]),
        rights={"GET": Right(TAKES_OUT), "POST": Right(TAKES_OUT, ok=frozenset({302}), body=export_form)},
    ),
    "exports:export": Row(path=at(f"/exports/{NOBODYS}/"), rights={"GET": OPEN}, objects=(UNKNOWN,), sees={}),
    "exports:stop": Row(path=at(f"/exports/{NOBODYS}/stop/"), rights={"POST": OPEN}, objects=(UNKNOWN,), sees={}),
    "exports:file": Row(path=at(f"/exports/{NOBODYS}/file/"), rights={"GET": OPEN}, objects=(UNKNOWN,), sees={}),
    "exports-api:export-list": Row(
        path=at("/api/v1/exports/"),
        rights={"GET": Right(ANYBODY), "POST": Right(TAKES_OUT, ok=frozenset({201}), body=export_json)},
        json=True,
    ),
    "exports-api:export-detail": Row(
        path=at(f"/api/v1/exports/{NOBODYS}/"), rights={"GET": OPEN}, objects=(UNKNOWN,), json=True, sees={}
    ),
    "exports-api:export-cancel": Row(
        path=at(f"/api/v1/exports/{NOBODYS}/cancel/"), rights={"POST": OPEN}, objects=(UNKNOWN,), json=True, sees={}
    ),
    "exports-api:export-file": Row(
        path=at(f"/api/v1/exports/{NOBODYS}/file/"), rights={"GET": OPEN}, objects=(UNKNOWN,), json=True, sees={}
    ),
    "lists:save": Row(
        path=at("/lists/registry.elevators/save/"),
        rights={
            "GET": Right(TAKES_OUT),
            "POST": Right(TAKES_OUT, ok=frozenset({302}), body=lambda cast, obj: {"name": "of the matrix"}),
        },
    ),
    "lists:columns": Row(
        path=at("/lists/registry.elevators/columns/"),
        rights={
            "GET": Right(TAKES_OUT),
            "POST": Right(TAKES_OUT, ok=frozenset({302}), body=lambda cast, obj: {"columns": ["area"]}),
        },
    ),
    "lists:view": Row(
        path=at(f"/lists/saved/{NOBODYS}/"), rights={"GET": OPEN, "POST": OPEN}, objects=(UNKNOWN,), sees={}
    ),
    "lists:delete": Row(
        path=at(f"/lists/saved/{NOBODYS}/delete/"), rights={"GET": OPEN, "POST": OPEN}, objects=(UNKNOWN,), sees={}
    ),
    # one's own alone; JSON instead of a file is refused (400)
    "attachments-api:attachment-list": Row(
        path=at("/api/v1/attachments/"),
        rights={"GET": Right(ANYBODY), "POST": Right(ANYBODY, ok=frozenset({400}))},
        json=True,
    ),
    "attachments-api:attachment-detail": Row(
        path=at(f"/api/v1/attachments/{NOBODYS}/"), rights={"GET": OPEN}, objects=(UNKNOWN,), json=True, sees={}
    ),
    "set_language": Row(
        path=at("/language/setlang/"),
        rights={verb: Right({}, ok=frozenset({302})) for verb in ("GET", "POST", "PUT", "PATCH", "DELETE")},
        public=True,
        for_everybody=True,
    ),
    "schema": Row(path=at("/api/schema/"), rights={"GET": OPEN}, public=True, for_everybody=True, json=True),
    "docs": Row(path=at("/api/docs/"), rights={"GET": OPEN}, public=True, for_everybody=True, json=True),
}
