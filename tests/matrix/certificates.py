"""Rows of the certificates of people. Their numbers are the cast's identity numbers, which no answer may hold."""

import datetime as dt
import uuid

from accounts.actions.certificates import record_certificate
from accounts.models import Certificate
from common.actor import system
from common.clock import now
from common.models import Attachment
from tests.factories.canaries import id_number_of
from tests.matrix.accounts import CITY_WIDE, DONE
from tests.matrix.documents import attachment
from tests.matrix.framework import UNKNOWN, Right, Row

OWN, FOREIGN = "own_manager", "stranger"
SOME, BOTH = (OWN, FOREIGN, UNKNOWN), {OWN, FOREIGN}
UNITS = {OWN: "unit_a", FOREIGN: "unit_b"}
RECORDS = {"own_manager": {OWN}, "unit_admin": {OWN}, "stranger": {FOREIGN}, "strong_weak": {FOREIGN}}
# officers who keep the register see every unit of the city
OFFICES = [name for name in CITY_WIDE if name.endswith("regulator")]
WITHDRAWS = RECORDS | dict.fromkeys(OFFICES, BOTH)
SEES = WITHDRAWS | {"auditor": BOTH}
LISTS = {name: {"-"} for name in [*SEES, "maintainer", "former"]}
ENTERS = {name: {"-"} for name in [*RECORDS, "maintainer", "former"]}
# only to those who administer people, and as far as they see the certificate
REVEALS = {"unit_admin": {OWN}}


def certificate(cast, obj) -> Certificate:
    user, by = cast.players[obj].user, system("tests")
    if (row := user.certificates.first()) is None:
        row = record_certificate(
            unit=getattr(cast, UNITS[obj]),
            user_id=user.pk,
            kind="SAFETY_MANAGEMENT",
            number=id_number_of(obj),
            issuer="An authority",
            valid_from=dt.date(2026, 1, 5),
            attachments=[attachment(by)],
            by=by,
            at=now(),
        )
    return row


def path(form: str):
    return lambda cast, obj: form.format(uuid.UUID(int=7) if obj == UNKNOWN else certificate(cast, obj).public_id)


def file_path(form: str):
    def made(cast, obj):
        if obj == UNKNOWN:
            return form.format(uuid.UUID(int=7), uuid.UUID(int=8))
        row = certificate(cast, obj)
        return form.format(row.public_id, Attachment.objects.kept_for(row)[0].public_id)

    return made


def every(address: str):
    def made(cast, _obj):
        for name in UNITS:
            certificate(cast, name)
        return address

    return made


def marks(cast, obj):
    return BOTH if obj is None else str(certificate(cast, obj).public_id)


def reason(_cast, _obj):
    return {"reason": "of the matrix"}


def new(cast, _obj) -> dict:
    """Of somebody of unit A: whoever records for another unit may not."""
    return {
        "unit": str(cast.unit_a.public_id),
        "person": str(cast.colleague.user.public_id),
        "kind": "ELEVATOR_WORK",
        "number": "A MATRIX 1".replace(" ", "-"),
        "issuer": "An authority",
        "valid_from": "2026-01-05",
    }


IN_A = {name: {"-"} for name in ("own_manager", "unit_admin")}
PAGE, API = "/accounts/certificates/", "/api/v1/accounts/certificates/"
ROWS = {
    "accounts:certificates": Row(path=every(PAGE), rights={"GET": Right(LISTS)}, lists=SEES, marks=marks),
    "accounts:record_certificate": Row(
        path=lambda cast, obj: f"{PAGE}new/",
        # an empty form comes back to whoever may record somewhere
        rights={"GET": Right(ENTERS), "POST": Right(ENTERS, ok=frozenset({422}), body=lambda cast, obj: {})},
    ),
    "accounts:certificate": Row(path=path(PAGE + "{}/"), rights={"GET": Right(SEES)}, objects=SOME),
    "accounts:certificate_file": Row(path=file_path(PAGE + "{}/files/{}/"), rights={"GET": Right(SEES)}, objects=SOME),
    "accounts:withdraw_certificate": Row(
        path=path(PAGE + "{}/withdraw/"),
        rights={"GET": Right(WITHDRAWS), "POST": Right(WITHDRAWS, ok=DONE, body=reason)},
        objects=SOME,
        sees=SEES,
    ),
    "accounts:reveal_certificate": Row(
        path=path(PAGE + "{}/reveal/"),
        rights={
            "GET": Right(REVEALS),
            "POST": Right(REVEALS, body=lambda cast, obj: {"purpose": "CERTIFICATE"}),
        },
        objects=SOME,
        sees=SEES,
        reveals=True,
    ),
    "accounts-api:certificate-list": Row(
        path=every(API),
        rights={"GET": Right(LISTS), "POST": Right(IN_A, ok=frozenset({201}), body=new)},
        json=True,
        lists=SEES,
        marks=marks,
    ),
    "accounts-api:certificate-detail": Row(
        path=path(API + "{}/"), rights={"GET": Right(SEES)}, objects=SOME, json=True
    ),
    "accounts-api:certificate-withdraw": Row(
        path=path(API + "{}/withdraw/"),
        rights={"POST": Right(WITHDRAWS, body=reason)},
        objects=SOME,
        json=True,
        sees=SEES,
    ),
    "accounts-api:certificate-file": Row(
        path=file_path(API + "{}/files/{}/"), rights={"GET": Right(SEES)}, objects=SOME, json=True
    ),
}
