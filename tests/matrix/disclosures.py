"""Rows of the income and costs of elevators."""

from registry.actions.disclosures import fingerprint
from tests.matrix.climate import SOME
from tests.matrix.framework import UNKNOWN, Right, Row
from tests.matrix.registry import FOREIGN, FORMER, JIANGBEI, OWN, SEES, api, page

PUBLISHES = {
    "own_manager": {OWN},
    "stranger": {FOREIGN, FORMER, JIANGBEI},
    "strong_weak": {FOREIGN, FORMER, JIANGBEI},
}
MONEY = ("income", "maintenance", "repair", "inspection", "insurance", "other")


def form(cast, obj):
    """The second step: the elevator alone, as the first one showed it."""
    seen = "" if obj == UNKNOWN else fingerprint(None, [getattr(cast, obj).pk])
    period = {"period_from": "2025-01-01", "period_until": "2025-12-31"}
    return period | {"seen": seen, **dict.fromkeys(MONEY, "12.50")}


def body(_cast, _obj):
    return {"period_from": "2025-01-01", "period_until": "2025-12-31", **dict.fromkeys(MONEY, 1250)}


ROWS = {
    "registry:income": Row(path=page("income"), rights={"GET": Right(SEES)}, objects=SOME),
    "registry:publish_income": Row(
        path=page("publish_income"),
        rights={"GET": Right(PUBLISHES), "POST": Right(PUBLISHES, ok=frozenset({302}), body=form)},
        objects=SOME,
        sees=SEES,
    ),
    "registry-api:income": Row(
        path=api("elevators/{id}/income/"),
        rights={"GET": Right(SEES), "POST": Right(PUBLISHES, ok=frozenset({201}), body=body)},
        objects=SOME,
        json=True,
        sees=SEES,
    ),
}
