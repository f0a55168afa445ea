"""Rows of law: read by whoever reads reports, set by the city's officers alone."""

import datetime as dt
import uuid

from accounts.models import User
from common.clock import now, today
from inspection.models import LawProposal, LawRow
from tests.factories.make import make_user
from tests.matrix.framework import UNKNOWN, Right, Row
from tests.matrix.inspection import CITY_ROW, LISTS, READ_ORDERS, SOME

DONE = frozenset({302})
LAW = "/law/"
API = "/api/v1/inspection/law/"
PROPOSALS = "/api/v1/inspection/law-proposals/"


def row(_cast, _obj) -> LawRow:
    return LawRow.objects.get(section="brake_test", version="BRAKE-6Y")


def proposal(cast, obj) -> LawProposal:
    """Of somebody who is not of the cast, so that each of the cast is the second person."""
    former = row(cast, obj)
    there = LawProposal.objects.filter(follows=former).first()
    person = User.objects.filter(username="law-proposer").first() or make_user("law-proposer")
    said = {
        "version": "M",
        "columns": former.columns | {"every_years": 5},
        "valid_from": today() + dt.timedelta(days=1),
    }
    counted = dict.fromkeys(("concerned", "looked_at", "changed", "sooner", "later", "new", "gone"), 0)
    return there or LawProposal.objects.create(
        follows=former, **said, source="M", certainty="D", counted=counted, proposed_by=person, proposed_at=now()
    )


def path(made, form: str):
    return lambda cast, obj: form.format(uuid.UUID(int=7) if obj == UNKNOWN else made(cast, obj).public_id)


def follow(_cast, _obj):
    day = str(today() + dt.timedelta(days=1))
    return {"version": "MATRIX", "valid_from": day, "source": "M", "certainty": "D", "every_years": "5"}


def refused(_cast, _obj):
    return {"note": "of the matrix"}


def of_proposal(name: str, ok: frozenset, body) -> Row:
    right = Right(CITY_ROW, ok=ok, body=body)
    return Row(
        path=path(proposal, LAW + "proposals/{}/" + name), rights={"GET": Right(CITY_ROW), "POST": right}, objects=SOME
    )


ROWS = {
    "law:rows": Row(path=lambda _cast, _obj: LAW, rights={"GET": Right(LISTS)}),
    "law:row": Row(path=path(row, LAW + "{}/"), rights={"GET": Right(READ_ORDERS)}, objects=SOME),
    "law:follow": Row(
        path=path(row, LAW + "{}/follow/"),
        rights={"GET": Right(CITY_ROW), "POST": Right(CITY_ROW, ok=DONE | {422}, body=follow)},
        objects=SOME,
        sees=READ_ORDERS,
    ),
    "law:proposal": Row(path=path(proposal, LAW + "proposals/{}/"), rights={"GET": Right(CITY_ROW)}, objects=SOME),
    # whoever proposed holds nothing any more: refused in words
    "law:approve": of_proposal("approve/", frozenset({422}), lambda _cast, _obj: {}),
    "law:refuse": of_proposal("refuse/", DONE, refused),
    "inspection-api:lawrow-list": Row(path=lambda _cast, _obj: API, rights={"GET": Right(LISTS)}, json=True),
    "inspection-api:lawrow-detail": Row(
        path=path(row, API + "{}/"), rights={"GET": Right(READ_ORDERS)}, objects=SOME, json=True
    ),
    "inspection-api:lawproposal-list": Row(
        path=lambda cast, obj: proposal(cast, obj) and PROPOSALS,
        rights={"GET": Right({"city_regulator": {"-"}})},
        json=True,
    ),
    "inspection-api:lawproposal-detail": Row(
        path=path(proposal, PROPOSALS + "{}/"), rights={"GET": Right(CITY_ROW)}, objects=SOME, json=True
    ),
}
