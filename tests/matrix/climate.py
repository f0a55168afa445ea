"""Rows of the climate of machine rooms."""

from tests.matrix.framework import UNKNOWN, Right, Row
from tests.matrix.registry import ALL, FOREIGN, FORMER, JIANGBEI, OWN, SEES, api, page

SOME = (OWN, FOREIGN, UNKNOWN)
RECORDS = {
    "own_manager": {OWN},
    "stranger": {FOREIGN, FORMER, JIANGBEI},
    "strong_weak": {FOREIGN, FORMER, JIANGBEI},
    "maintainer": {OWN},
    "city_regulator": ALL,
    "district_regulator": {OWN},
    "other_district_regulator": {FOREIGN, FORMER},
    "jiangbei_regulator": {JIANGBEI},
}


def reading(moment):
    return lambda cast, obj: {"measured_at": moment, "temperature": "21.5"}


ROWS = {
    "registry:climate": Row(path=page("climate"), rights={"GET": Right(SEES)}, objects=SOME),
    "registry:record_climate": Row(
        path=page("record_climate"),
        rights={
            "GET": Right(RECORDS),
            "POST": Right(RECORDS, ok=frozenset({302}), body=reading("2026-01-05T09:30")),
        },
        objects=SOME,
        sees=SEES,
    ),
    "registry-api:climate": Row(
        path=api("elevators/{id}/climate/"),
        rights={
            "GET": Right(SEES),
            "POST": Right(RECORDS, ok=frozenset({201}), body=reading("2026-01-05T01:30:00Z")),
        },
        objects=SOME,
        json=True,
        sees=SEES,
    ),
}
