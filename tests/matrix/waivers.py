"""Rows of one obligation and of waivers: read by whoever sees what is due, granted and revoked by regulators."""

import datetime as dt
import uuid

from common.clock import local_date, now
from common.models import Attachment
from compliance.actions import grant_waiver, store_plans
from compliance.models import Obligation, Waiver
from compliance.queries import policies_on
from compliance.rules import Planned
from tests.matrix.compliance import API, DONE, LISTS, SOME, its_elevator
from tests.matrix.documents import attachment
from tests.matrix.framework import UNKNOWN, Right, Row
from tests.matrix.registry import ALL, FOREIGN, JIANGBEI, OWN, SEES

KIND = "SELF_TEST"

WAIVES = {
    "city_regulator": ALL,
    "district_regulator": {OWN},
    "other_district_regulator": {FOREIGN, "elevator_former"},
    "jiangbei_regulator": {JIANGBEI},
}


def obligation(cast, obj) -> Obligation:
    """One that is still to come: the alerts of other rows are not to be resolved by what is waived here."""
    if not Obligation.objects.filter(kind=KIND).exists():
        at = now()
        planned = Planned(KIND, "9998", local_date(at), local_date(at) + dt.timedelta(days=10))
        store_plans(
            plans={getattr(cast, name).pk: [planned] for name in sorted(ALL)},
            kinds=[KIND],
            policies=policies_on(local_date(at)),
            at=at,
        )
    return Obligation.objects.get(elevator=getattr(cast, obj), kind=KIND)


def waiver(cast, obj) -> Waiver:
    """A waiver of the self-test that an elevator of the cast owes."""
    owed: Obligation = obligation(cast, obj)
    found = Waiver.objects.filter(obligation=owed).first()
    if found is None:
        by, at = cast.city_regulator.actor(), now()
        file = attachment(by)
        found = grant_waiver(
            obligation_id=owed.pk,
            kind="WAIVED",
            from_on=local_date(at),
            until_on=local_date(at) + dt.timedelta(days=30),
            reason="of the matrix",
            clause="art. 40",
            reference="GL-1",
            files=[file],
            by=by,
            at=at,
        )
    return found


def of(form: str, made):
    return lambda cast, obj: form.format(uuid.UUID(int=7) if obj == UNKNOWN else made(cast, obj).public_id)


def document(form: str):
    def path(cast, obj):
        if obj == UNKNOWN:
            return form.format(uuid.UUID(int=7), uuid.UUID(int=9))
        row = waiver(cast, obj)
        file = Attachment.objects.kept_for(row).first()
        return form.format(row.public_id, file.public_id)

    return path


def wanted(cast, _obj) -> dict:
    """A grant without any file that is theirs: nobody gets further than that."""
    return {
        "obligation": str(obligation(cast, OWN).public_id),
        "kind": "WAIVED",
        "from_on": str(local_date(now())),
        "until_on": str(local_date(now())),
        "reason": "r",
        "clause": "c",
        "reference": "n",
        "files": [str(uuid.UUID(int=9))],
    }


def why(_cast, _obj):
    return {"reason": "of the matrix"}


def every(cast, _obj):
    for name in sorted(ALL):
        waiver(cast, name)
    return f"{API}waivers/"


ROWS = {
    "compliance:obligation": Row(
        path=of("/due/obligations/{}/", obligation), rights={"GET": Right(SEES)}, objects=SOME
    ),
    "compliance:waive": Row(
        path=of("/due/obligations/{}/waive/", obligation),
        rights={"GET": Right(WAIVES), "POST": Right(WAIVES, ok=frozenset({422}))},
        objects=SOME,
        sees=SEES,
    ),
    "compliance:revoke_waiver": Row(
        path=of("/due/waivers/{}/revoke/", waiver),
        rights={"GET": Right(WAIVES), "POST": Right(WAIVES, ok=DONE, body=why)},
        objects=SOME,
        sees=SEES,
    ),
    "compliance:waiver_file": Row(
        path=document("/due/waivers/{}/files/{}/"), rights={"GET": Right(SEES)}, objects=SOME
    ),
    "compliance-api:waiver-list": Row(
        path=every,
        rights={
            "GET": Right(LISTS),
            # nobody has sent the file that the body names: 404 also to those who may waive
            "POST": Right({name: {"-"} for name in WAIVES}, ok=frozenset({404}), body=wanted),
        },
        json=True,
        lists=SEES,
        marks=its_elevator,
    ),
    "compliance-api:waiver-detail": Row(
        path=of(API + "waivers/{}/", waiver), rights={"GET": Right(SEES)}, objects=SOME, json=True
    ),
    "compliance-api:waiver-revoke": Row(
        path=of(API + "waivers/{}/revoke/", waiver),
        rights={"POST": Right(WAIVES, body=why)},
        objects=SOME,
        sees=SEES,
        json=True,
    ),
    "compliance-api:waiver-file": Row(
        path=document(API + "waivers/{}/files/{}/"), rights={"GET": Right(SEES)}, objects=SOME, json=True
    ),
}
