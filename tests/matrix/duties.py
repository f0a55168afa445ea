"""Rows of the safety duties: a unit keeps and files its own; its regulators read it."""

import uuid

from common.clock import local_date, now
from compliance.actions.duties import (
    appoint,
    approve_risk_list,
    bind_elevators,
    draft_risk_list,
    file_daily_check,
    file_report,
)
from compliance.models import DutyAppointment, DutyRecord, RiskItem, RiskList
from compliance.rules.duties import TEXTS
from registry.models import Elevator
from tests.matrix.framework import UNKNOWN, Right, Row

A, B = "unit_a", "unit_b"
UNITS = (A, B, UNKNOWN)
# who heads, directs and looks, all in one: the two managers of the cast
HEADS = {A: "own_manager", B: "stranger"}
ELEVATOR = {A: "elevator_own", B: "elevator_foreign"}
KEEPS = {"own_manager": {A}, "stranger": {B}, "strong_weak": {B}}
READS = {
    "own_manager": {A},
    "colleague": {A},
    "stranger": {B},
    "strong_weak": {A, B},
    "city_regulator": {A, B},
    "district_regulator": {A},
    "other_district_regulator": {B},
    "jiangbei_regulator": {B},
    "subdistrict_officer": {A},
    "auditor": {A, B},
}
# a check is seen where its elevators are; in 江北新区 unit B has others, which nobody checked
READS_CHECKS = READS | {"jiangbei_regulator": set()}
SEES = {name: {"-"} for name in READS}
FILES = {name: {"-"} for name in KEEPS}
DONE, FOUND = frozenset({302}), frozenset({200, 302})


def kept(cast, name):
    """A unit of the cast that does its duties; (appointment as officer, list in force, record)."""
    unit, player = getattr(cast, name), cast.players[HEADS[name]]
    at = now()
    by, today = player.actor(), local_date(at)
    elevator = getattr(cast, ELEVATOR[name])
    if elevator.registration_state != "IN_USE":
        Elevator.objects.filter(pk=elevator.pk).update(registration_state="IN_USE")
    found = DutyAppointment.objects.filter(unit=unit, role="OFFICER").first()
    if found is None:
        for role in ("HEAD", "DIRECTOR", "OFFICER"):
            found = appoint(unit=unit, user=player.user, role=role, started_on=today, reference="", by=by, at=at)
        bind_elevators(appointment=found, elevator_ids=[elevator.pk], from_on=today, by=by, at=at)
        approve_risk_list(risk_list=draft_risk_list(unit=unit, by=by, at=at), by=by, at=at)
    return found


def record(cast, name) -> DutyRecord:
    kept(cast, name)
    unit, player = getattr(cast, name), cast.players[HEADS[name]]
    there = DutyRecord.objects.filter(unit=unit, kind="DAILY_CHECK").first()
    return there or file_daily_check(
        unit=unit,
        officer=player.user,
        site=None,
        day=local_date(now()),
        client_id=uuid.uuid4(),
        elevators=[getattr(cast, ELEVATOR[name]).pk],
        findings=[],
        by=player.actor(),
        at=now(),
    )


def in_force(cast, name) -> RiskList:
    kept(cast, name)
    return RiskList.objects.get(unit=getattr(cast, name), state="APPROVED")


def draft(cast, name) -> RiskList:
    kept(cast, name)
    return draft_risk_list(unit=getattr(cast, name), by=cast.players[HEADS[name]].actor(), at=now())


def unit_of(cast, name):
    kept(cast, name)
    return getattr(cast, name)


def path(form: str, made=unit_of):
    return lambda cast, obj: form.format(uuid.UUID(int=7) if obj == UNKNOWN else made(cast, obj).public_id)


def every(address: str, made):
    def ready(cast, _obj):
        for name in HEADS:
            made(cast, name)
        return address

    return ready


def marked(made):
    return lambda cast, obj: set(HEADS) if obj is None else str(made(cast, obj).public_id)


def letter(cast, obj):
    """Files of a form cannot be sent by the matrix: it says so at its field."""
    player = cast.players[HEADS.get(obj, "own_manager")]
    return {"role": "OFFICER", "person": str(player.user.public_id), "day": local_date(now()).isoformat()}


def ending(_cast, _obj):
    return {"day": local_date(now()).isoformat(), "reason": "of the matrix"}


def binding(cast, obj):
    if obj == UNKNOWN:
        return {}
    officer = DutyAppointment.objects.get(unit=getattr(cast, obj), role="OFFICER")
    elevator = str(getattr(cast, ELEVATOR[obj]).public_id)
    return {"officer": str(officer.public_id), "day": local_date(now()).isoformat(), "elevators": [elevator]}


def line(_cast, _obj):
    values = {"risk": "matrix", "measure": "matrix", "scope": "ALL", "frequency": "DAILY", "owner": "OFFICER"}
    return values | {"hazard_item": "DOOR"}


def minutes(_cast, _obj):
    return dict.fromkeys(("attendees", "heard", "decisions", "tasks"), "matrix")


def review(_cast, _obj):
    return dict.fromkeys(("summary", "analysis", "supervision", "plan"), "matrix")


def check_json(cast, obj):
    unit = None if obj == UNKNOWN else getattr(cast, obj)
    name = A if obj == UNKNOWN else obj
    return {
        "client_id": str(uuid.uuid4()),
        "unit": str(unit.public_id if unit else uuid.UUID(int=7)),
        "officer": str(cast.players[HEADS[name]].user.public_id),
        "site": None,
        "day": local_date(now()).isoformat(),
        "elevators": [str(getattr(cast, ELEVATOR[name]).public_id)],
    }


def form(address: str, made=unit_of, body=None, keeps=KEEPS, may=None, ok=DONE) -> Row:
    rights = {"GET": Right(keeps), "POST": Right(may or keeps, ok=ok, body=body)}
    return Row(path=path(f"{PAGE}{address}", made), rights=rights, objects=UNITS, sees=READS)


def no_file(of: str, made) -> Row:
    """Nothing is on file: whoever asks for it learns no more than that."""
    address = f"{PAGE}{of}/{{}}/files/{uuid.UUID(int=9)}/"
    return Row(path=path(address, made), rights={"GET": Right({})}, objects=UNITS, sees={})


PAGE, API = "/due/duties/", "/api/v1/compliance/duties/"
ROWS = {
    # whoever has one unit alone is led to it
    "compliance:duties": Row(
        path=every(PAGE, unit_of), rights={"GET": Right(SEES, ok=FOUND)}, lists=READS, marks=marked(unit_of)
    ),
    "compliance:duty_today": Row(path=lambda _cast, _obj: f"{PAGE}today/", rights={"GET": Right(FILES)}),
    "compliance:duty_records": Row(
        path=every(f"{PAGE}records/", record), rights={"GET": Right(SEES)}, lists=READS_CHECKS, marks=marked(record)
    ),
    "compliance:duty_record": Row(
        path=path(f"{PAGE}records/{{}}/", record), rights={"GET": Right(READS_CHECKS)}, objects=UNITS
    ),
    "compliance:duty_unit": Row(path=path(f"{PAGE}{{}}/"), rights={"GET": Right(READS)}, objects=UNITS),
    "compliance:duty_unbound": Row(path=path(f"{PAGE}{{}}/unbound/"), rights={"GET": Right(READS)}, objects=UNITS),
    "compliance:duty_week": Row(path=path(f"{PAGE}{{}}/week/"), rights={"GET": Right(READS)}, objects=UNITS),
    # nothing is on file: what would be read is tests/compliance/duties/test_views.py
    "compliance:duty_photo": no_file("records", record),
    "compliance:duty_letter": no_file("appointments", kept),
    "compliance:appoint": form("{}/appoint/", body=letter, ok=frozenset({422})),
    "compliance:bind_elevators": form("{}/bind/", body=binding),
    "compliance:dismiss": form("appointments/{}/end/", kept, ending),
    "compliance:draft_risk_list": form("{}/list/"),
    "compliance:risk_list": Row(
        path=path(f"{PAGE}lists/{{}}/", in_force), rights={"GET": Right(READS)}, objects=UNITS
    ),
    "compliance:risk_item": form("lists/{}/line/", draft, line),
    # whoever keeps the list of a unit without being its director is told so
    "compliance:approve_risk_list": form("lists/{}/approve/", draft, ok=frozenset({302, 422})),
    "compliance:daily_check": form("{}/check/", ok=frozenset({302, 422})),
    "compliance:weekly_review": form("{}/review/", body=review, ok=frozenset({302, 422})),
    "compliance:monthly_meeting": form("{}/meeting/", body=minutes, ok=frozenset({302, 422})),
}  # fmt: skip
for name, made in (("record", record), ("appointment", kept)):
    seen = READS_CHECKS if name == "record" else READS
    ROWS[f"compliance-api:duty-{name}-list"] = Row(
        path=every(f"{API}{name}s/", made), rights={"GET": Right(SEES)}, json=True, lists=seen, marks=marked(made)
    )
    ROWS[f"compliance-api:duty-{name}-detail"] = Row(
        path=path(f"{API}{name}s/{{}}/", made), rights={"GET": Right(seen)}, objects=UNITS, json=True
    )


def item(cast, name) -> RiskItem:
    return in_force(cast, name).items.first()


REPORTS = {"weekly-review": "WEEKLY_REVIEW", "monthly-meeting": "MONTHLY_MEETING"}


def report_made(kind):
    def made(cast, name):
        kept(cast, name)
        unit, player = getattr(cast, name), cast.players[HEADS[name]]
        return file_report(
            kind=kind,
            unit=unit,
            person=player.user,
            day=local_date(now()),
            client_id=uuid.uuid4(),
            content=dict.fromkeys(TEXTS[kind], "matrix"),
            by=player.actor(),
            at=now(),
        )

    return made


def report_json(kind):
    def body(cast, obj):
        name = A if obj == UNKNOWN else obj
        return {
            "client_id": str(uuid.uuid4()),
            "unit": str(uuid.UUID(int=7) if obj == UNKNOWN else getattr(cast, obj).public_id),
            "person": str(cast.players[HEADS[name]].user.public_id),
            "day": local_date(now()).isoformat(),
        } | dict.fromkeys(TEXTS[kind], "matrix")

    return body


def report_rows(name, kind):
    made = report_made(kind)
    rights = {
        "GET": Right({player: {A, B, UNKNOWN} for player in SEES}),
        # whoever keeps the unit without being appointed for this is told so
        "POST": Right(KEEPS, ok=frozenset({201, 409}), body=report_json(kind)),
    }
    yield (
        f"compliance-api:{name}-list",
        Row(path=every(f"{API}{name}s/", kept), rights=rights, objects=UNITS, json=True, sees=READS),
    )
    yield (
        f"compliance-api:{name}-detail",
        Row(path=path(f"{API}{name}s/{{}}/", made), rights={"GET": Right(READS)}, objects=UNITS, json=True),
    )


ROWS |= {
    "compliance-api:risk-item-list": Row(
        path=every(f"{API}risk-items/", item), rights={"GET": Right(SEES)}, json=True, lists=READS, marks=marked(item)
    ),
    "compliance-api:risk-item-detail": Row(
        path=path(f"{API}risk-items/{{}}/", item), rights={"GET": Right(READS)}, objects=UNITS, json=True
    ),
    **{row: made for name, kind in REPORTS.items() for row, made in report_rows(name, kind)},
    "compliance-api:daily-check-detail": Row(
        path=path(f"{API}daily-checks/{{}}/", record), rights={"GET": Right(READS_CHECKS)}, objects=UNITS, json=True
    ),
    "compliance-api:daily-check-list": Row(
        path=every(f"{API}daily-checks/", kept),
        rights={
            "GET": Right({name: {A, B, UNKNOWN} for name in SEES}),
            # a manager who is neither officer nor director is told so
            "POST": Right(KEEPS, ok=frozenset({201, 409}), body=check_json),
        },
        objects=UNITS,
        json=True,
        sees=READS,
    ),
}
