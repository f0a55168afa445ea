"""Rows of the pages of reports: read about elevators that one sees; written by units that file, each draft by its owner alone."""

import uuid

from common.clock import now
from inspection.actions import begin_draft
from inspection.models import ReportDraft
from registry.models import Elevator
from tests.factories.make import NANJING
from tests.factories.reports import BY
from tests.matrix.framework import UNKNOWN, Right, Row
from tests.matrix.inspection import FILES, LISTS, READS, every, report
from tests.matrix.registry import ALL, FOREIGN, JIANGBEI, OWN

PAGE = "/inspections/"
SOME = (OWN, FOREIGN, JIANGBEI, UNKNOWN)
# The two managers each write about an elevator of theirs.
OWNERS = {OWN: ("own_manager", "unit_a"), FOREIGN: ("stranger", "unit_b")}
OWNS = {"own_manager": {OWN}, "stranger": {FOREIGN}}
BEGINS = {
    "own_manager": {OWN},
    "stranger": {FOREIGN, "elevator_former", JIANGBEI},
    "strong_weak": {FOREIGN, "elevator_former", JIANGBEI},
    "maintainer": {OWN},
}
DRAFTS = (OWN, FOREIGN, UNKNOWN)  # of reports too: the four of SEES are walked over REST
LEADS = {name: {"-"} for name in FILES}


def draft(cast, obj) -> ReportDraft:
    player, unit = OWNERS[obj]
    user, elevator = cast.players[player].user, getattr(cast, obj)
    there = ReportDraft.objects.filter(owner=user, elevator=elevator).first()
    return there or begin_draft(
        elevator=elevator, unit=getattr(cast, unit), kind="BRAKE_TEST", owner=user, by=BY, at=now()
    )


def of(made, form: str):
    return lambda cast, obj: f"{PAGE}{form}".format(uuid.UUID(int=7) if obj == UNKNOWN else made(cast, obj).public_id)


def elevator(cast, obj) -> Elevator:
    return getattr(cast, obj)


def all_drafts(cast, _obj):
    for name in OWNERS:
        draft(cast, name)
    return f"{PAGE}drafts/"


def its_draft(cast, obj):
    return set(OWNERS) if obj is None else str(draft(cast, obj).public_id)


def its_report(cast, obj):
    return ALL if obj is None else str(report(cast, obj).public_id)


def page(form: str, made, body=None, ok=200, **more) -> Row:
    rights = {"GET": Right(READS if made is report else OWNS)}
    if body is not None:
        rights["POST"] = Right(OWNS, ok=frozenset({ok}), body=body)
    return Row(path=of(made, form), rights=rights, objects=DRAFTS, **more)


def typed(_cast, _obj):
    return {"version": "1", "window": "matrix", "number": "M", "district": NANJING}


def nothing(_cast, _obj):
    return {}


ROWS = {
    "inspection:reports": Row(path=every(PAGE), rights={"GET": Right(LISTS)}, lists=READS, marks=its_report),
    "inspection:report": page("{}/", report),
    # the same view in other clothes
    "inspection:print_report": Row(path=of(report, "{}/print/"), rights={"GET": Right(READS)}, objects=(OWN,)),
    "inspection:notice": Row(path=of(report, "{}/notice/"), rights={"GET": Right(READS)}, objects=(OWN,)),
    # all reports of the matrix are of a body that nobody of the cast belongs to
    "inspection:correct_report": Row(
        path=of(report, "{}/correct/"),
        rights={"GET": Right({}), "POST": Right({}, body=nothing)},
        objects=DRAFTS,
        sees=READS,
    ),
    "inspection:find": Row(path=lambda _cast, _obj: f"{PAGE}new/", rights={"GET": Right(LEADS)}),
    "inspection:begin": Row(
        path=of(elevator, "new/{}/"),
        rights={
            "GET": Right(BEGINS),
            "POST": Right(BEGINS, ok=frozenset({302}), body=lambda _cast, _obj: {"kind": "SELF_TEST"}),
        },
        objects=SOME,
        sees=READS,
    ),
    "inspection:drafts": Row(path=all_drafts, rights={"GET": Right(LEADS)}, lists=OWNS, marks=its_draft),
    # incomplete on purpose: kept, and refused at its fields
    "inspection:draft": page("drafts/{}/", draft, typed, ok=422),
    "inspection:save_draft": Row(
        path=of(draft, "drafts/{}/save/"), rights={"POST": Right(OWNS, body=typed)}, objects=DRAFTS
    ),
    "inspection:discard_draft": page("drafts/{}/discard/", draft, nothing, ok=302),
    "inspection-api:form": Row(
        path=lambda cast, obj: (
            f"/api/v1/inspection/forms/{uuid.UUID(int=7) if obj == UNKNOWN else elevator(cast, obj).public_id}/"
        ),
        rights={"GET": Right(BEGINS)},
        objects=SOME,
        json=True,
    ),
}
