"""Rows of applications about use registrations, certificates and use labels."""

import uuid
from datetime import timedelta

from common.actor import system
from common.clock import now
from common.jobs import queue_job
from registry.actions.documents import file_document
from registry.actions.registrations import attach_document
from registry.models import Elevator, RegistrationApplication, RegistrationTerm, UseLabel
from tests.factories.registrations import attachment
from tests.matrix.framework import UNKNOWN, Right, Row
from tests.matrix.registry import ALL, CHANGES, FOREIGN, FORMER, JIANGBEI, OWN, SEES, about, api, page

SOME = (OWN, FOREIGN, UNKNOWN)
SECTIONS = (OWN, FOREIGN, FORMER, JIANGBEI)
# the applying unit is the present using unit: A for OWN, B for the rest
READS = {
    "own_manager": {OWN},
    "colleague": {OWN},
    "stranger": {FOREIGN, FORMER, JIANGBEI},
    "strong_weak": ALL,
    "city_regulator": ALL,
    "district_regulator": {OWN},
    "other_district_regulator": {FOREIGN, FORMER},
    "jiangbei_regulator": {JIANGBEI},
    "subdistrict_officer": {OWN},
    "auditor": ALL,
}
APPLIES = {
    "own_manager": {OWN},
    "stranger": {FOREIGN, FORMER, JIANGBEI},
    "strong_weak": {FOREIGN, FORMER, JIANGBEI},
}
DECIDES = {
    "city_regulator": ALL,
    "district_regulator": {OWN},
    "other_district_regulator": {FOREIGN, FORMER},
    "jiangbei_regulator": {JIANGBEI},
}


def application(cast, obj, state="SUBMITTED") -> RegistrationApplication:
    """One of the elevator's using unit, as if it had been sent."""
    elevator = getattr(cast, obj)
    Elevator.objects.filter(pk=elevator.pk).update(registration_state="UNREGISTERED")
    row = RegistrationApplication.objects.filter(elevator=elevator).first()
    if row is None:
        sent = state != "DRAFT"
        waiting = state in ("SUBMITTED", "UNDER_REVIEW")
        row = RegistrationApplication.objects.create(
            elevator=elevator,
            kind="REGISTER",
            state=state,
            unit_id=Elevator.objects.get(pk=elevator.pk).using_unit_id,
            answers={"used_from": "2026-01-05"},
            created_at=now(),
            changed_at=now(),
            submitted_at=now() if sent else None,
            submitted_by_id="nobody" if sent else "",
            round=int(sent),
            due_on=(now() + timedelta(days=3)).date() if waiting else None,
            due_rule=RegistrationTerm.objects.get(name="ACCEPT") if waiting else None,
        )
    return row


def path(form: str, state="SUBMITTED"):
    def made(cast, obj):
        return form.format(uuid.UUID(int=7) if obj == UNKNOWN else application(cast, obj, state).public_id)

    return made


def paper(cast, obj):
    """A document that the returned application of this elevator brings."""
    row, by = application(cast, obj, "RETURNED"), system("tests")
    if (document := row.documents.first()) is None:
        document = file_document(elevator=row.elevator, kind="MANUAL", attachments=[attachment(by)], by=by, at=now())
        attach_document(application=row, document=document, by=by, at=now())
    return document


def paper_path(cast, obj):
    unknown = uuid.UUID(int=7)
    ids = (
        (unknown, unknown)
        if obj == UNKNOWN
        else (application(cast, obj, "RETURNED").public_id, paper(cast, obj).public_id)
    )
    return "/elevators/registrations/{}/documents/{}/take-off/".format(*ids)


def paper_named(cast, obj):
    """Named in the body: also where the application is not there."""
    return {"document": str(uuid.UUID(int=7) if obj == UNKNOWN else paper(cast, obj).public_id)}


def every(address: str):
    def made(cast, _obj):
        for name in SECTIONS:
            application(cast, name)
        return address

    return made


def label_path(form: str):
    def made(cast, obj):
        if obj == UNKNOWN:
            return form.format(uuid.UUID(int=7))
        row = application(cast, obj)
        if (label := UseLabel.objects.filter(application=row).first()) is None:
            label = UseLabel.objects.create(
                elevator=row.elevator,
                application=row,
                facts={},
                issued_at=now(),
                job=queue_job(kind="registry.use_label", params={}, by=system("tests"), at=now()),
            )
        return form.format(label.public_id)

    return made


def code(cast, obj):
    """What a row of the page shows of its elevator."""
    return ALL if obj is None else getattr(cast, obj).rescue_code


def begin(_cast, _obj):
    return {"kind": "REGISTER"}


def answers(_cast, _obj):
    return {"used_from": "not a day", "intent": "save", "state": "APPROVED", "decided_by_id": "me"}


def accept(_cast, _obj):
    return {"decision": "accept"}


DONE = frozenset({302})
NOT_DRAWN = frozenset({409})
GET = Right(READS)
BASE = "/elevators/registrations/"
API = "/api/v1/registry/"
READERS = {name: {"-"} for name in READS}
ROWS = {
    "registry:applications": Row(path=every(BASE), rights={"GET": Right(READERS)}, lists=READS, marks=code),
    "registry:application_queue": Row(
        path=every(f"{BASE}queue/"),
        rights={"GET": Right({name: {"-"} for name in DECIDES})},
        lists=DECIDES,
        marks=code,
    ),
    "registry:application": Row(path=path(BASE + "{}/"), rights={"GET": GET}, objects=(*SECTIONS, UNKNOWN)),
    "registry:edit_application": Row(
        path=path(BASE + "{}/edit/", state="RETURNED"),
        rights={"GET": Right(APPLIES), "POST": Right(APPLIES, ok=DONE, body=answers)},
        objects=SOME,
        sees=READS,
    ),
    "registry:withdraw_application": Row(
        path=path(BASE + "{}/withdraw/"),
        rights={"GET": Right(APPLIES), "POST": Right(APPLIES, ok=DONE)},
        objects=SOME,
        sees=READS,
    ),
    "registry:detach_document": Row(
        path=paper_path,
        rights={"GET": Right(APPLIES), "POST": Right(APPLIES, ok=DONE)},
        objects=SOME,
        sees=READS,
    ),
    "registry:review_application": Row(
        path=path(BASE + "{}/review/"),
        rights={"GET": Right(DECIDES), "POST": Right(DECIDES, ok=DONE, body=accept)},
        objects=SOME,
        sees=READS,
    ),
    "registry:begin_application": Row(
        path=page("begin_application"),
        rights={"GET": Right(APPLIES), "POST": Right(APPLIES, ok=DONE, body=begin)},
        objects=SOME,
        sees=SEES,
    ),
    "registry:certificate": Row(path=page("certificate"), rights={"GET": Right(SEES)}, objects=SOME),
    "registry:use_label_file": Row(
        path=label_path("/elevators/labels/{}/file/"), rights={"GET": Right(SEES, ok=NOT_DRAWN)}, objects=SOME
    ),
    "registry:certificate_file": Row(
        # the cast's elevators have no number: asked and refused, not hidden; the PDF itself has tests of its own
        path=page("certificate_file"),
        rights={"GET": Right(SEES, ok=NOT_DRAWN)},
        objects=SOME,
    ),
    "registry:redraw_label": Row(
        path=label_path("/elevators/labels/{}/draw/"),
        rights={"GET": Right(CHANGES), "POST": Right(CHANGES, ok=DONE)},
        objects=SOME,
        sees=SEES,
    ),
    "registry-api:registration-list": Row(
        path=every(f"{API}registrations/"),
        rights={"GET": Right(READERS)},
        json=True,
        lists=READS,
        marks=about,
    ),
    "registry-api:registration-detail": Row(
        path=path(API + "registrations/{}/"), rights={"GET": GET}, objects=(*SECTIONS, UNKNOWN), json=True
    ),
    "registry-api:registration-submit": Row(
        path=path(API + "registrations/{}/submit/"),
        rights={"POST": Right(APPLIES)},
        objects=SOME,
        json=True,
        sees=READS,
    ),
    "registry-api:registration-detach": Row(
        path=path(API + "registrations/{}/detach/", state="RETURNED"),
        rights={"POST": Right(APPLIES, body=paper_named)},
        objects=SOME,
        json=True,
        sees=READS,
    ),
    "registry-api:registration-withdraw": Row(
        path=path(API + "registrations/{}/withdraw/"),
        rights={"POST": Right(APPLIES)},
        objects=SOME,
        json=True,
        sees=READS,
    ),
    "registry-api:elevator_registrations": Row(
        path=api("elevators/{id}/registrations/"),
        rights={"GET": Right(SEES), "POST": Right(APPLIES, ok=frozenset({201}), body=begin)},
        objects=SOME,
        json=True,
        sees=SEES,
    ),
    "registry-api:use-label-list": Row(
        path=lambda cast, _obj: [label_path("{}")(cast, name) for name in SECTIONS] and f"{API}use-labels/",
        rights={"GET": Right({name: {"-"} for name in [*SEES, "former"]})},
        json=True,
        lists=SEES,
        marks=about,
    ),
    "registry-api:use-label-detail": Row(
        path=label_path(API + "use-labels/{}/"), rights={"GET": Right(SEES)}, objects=SOME, json=True
    ),
    "registry-api:use-label-file": Row(
        path=label_path(API + "use-labels/{}/file/"),
        rights={"GET": Right(SEES, ok=NOT_DRAWN)},
        objects=SOME,
        json=True,
    ),
}
