"""Rows of the phone signal in cars."""

from tests.matrix.climate import RECORDS, SOME
from tests.matrix.framework import Right, Row
from tests.matrix.registry import SEES, api, page


def form(_cast, _obj):
    return {"checked_at": "2026-01-05T09:30", "MOBILE_call": "yes"}


def body(_cast, _obj):
    return {"checked_at": "2026-01-05T01:30:00Z", "tried": [{"carrier": "MOBILE", "call_possible": True}]}


ROWS = {
    "registry:car_signal": Row(path=page("car_signal"), rights={"GET": Right(SEES)}, objects=SOME),
    "registry:record_signal": Row(
        path=page("record_signal"),
        rights={"GET": Right(RECORDS), "POST": Right(RECORDS, ok=frozenset({302}), body=form)},
        objects=SOME,
        sees=SEES,
    ),
    "registry-api:car_signal": Row(
        path=api("elevators/{id}/signal/"),
        rights={"GET": Right(SEES), "POST": Right(RECORDS, ok=frozenset({201}), body=body)},
        objects=SOME,
        json=True,
        sees=SEES,
    ),
}
