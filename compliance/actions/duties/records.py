"""Filing what was done: the officer's daily check, the director's weekly review, the head's monthly meeting.

A record is filed once: the same again (a phone that sends twice) is the first, other content for the same period is refused.
"""

import datetime as dt
import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Q

from accounts.models import Unit, User
from common.actor import Actor, ActorKind
from common.attachments.claims import claim_attachments
from common.audit import record_change
from common.canonical import canonical
from common.clock import local_date
from common.models import Attachment
from compliance.actions.alerts import settle
from compliance.actions.duties.refusals import (
    DutyNotDone,
    FiledAlready,
    NoRiskList,
    NotAppointed,
    TextsMissing,
)
from compliance.actions.hazards import report_hazard
from compliance.choices import CheckFrequency, DutyKind, DutyRole, HazardSource
from compliance.models import DutyFinding, DutyRecord, Obligation, RiskItem
from compliance.models.obligations import EXCUSED
from compliance.queries.duties import (
    asked_of,
    bound_to,
    holder_of,
    in_use,
    items_for,
    list_in_force,
    person_of,
    rule_for,
)
from compliance.rules import duties as rules
from registry.models import Elevator, Site


@dataclass(frozen=True, slots=True)
class Finding:
    """One ×: which elevator (key; None in a review or a meeting: none), which item of the list (key), what is wrong, whether it
    was taken out of use at once; in a review or a meeting who mends it until when. `photos`: of this × alone."""

    elevator: int | None
    item: int
    remark: str
    stopped: bool = False
    mender: str = ""
    mend_by: dt.date | None = None
    photos: Sequence[Attachment] = ()


@transaction.atomic
def file_daily_check(
    *,
    unit: Unit,
    officer: User,
    site: Site | None,
    day: dt.date,
    client_id: UUID,
    elevators: Collection[int],
    findings: Sequence[Finding],
    by: Actor,
    at: dt.datetime,
    photos: Sequence[Attachment] = (),
) -> DutyRecord:
    """File the round of an officer at a site (None: elevators that belong to none): everything right but the findings, none of
    them meaning that nothing was found. Each finding stands in the hazard ledger at once.

    By the officer, by the unit's director for them, or by a machine of the unit. Raises NotAppointed, NoRiskList,
    DutyNotDone (too early, too late, not every elevator), FiledAlready.
    """
    period = rules.period_of(DutyKind.DAILY_CHECK, day)
    name = rules.round_of(day, unit.pk, site.pk if site else None)
    checked = sorted(set(elevators))
    told = sorted((one.elevator, one.item, " ".join(one.remark.split()), one.stopped) for one in findings)
    digest = _digest([DutyKind.DAILY_CHECK, unit.pk, officer.pk, name, checked, told])
    if (there := _there(client_id, DutyKind.DAILY_CHECK, name, digest, unit=unit, person=officer)) is not None:
        return there
    _require_officer(unit, officer, day, by, at)
    mine = list(bound_to(unit, officer, day).filter(site=site).order_by("pk"))
    law = rule_for(DutyKind.DAILY_CHECK, Elevator.objects.filter(pk__in=[one.pk for one in mine]), day)
    if law is None or not mine:
        raise NotAppointed
    _judge(lambda: rules.require_time(period, local_date(at), law.back_days))
    wanted = [one.pk for one in mine if one.registration_state == "IN_USE"]
    _judge(lambda: rules.require_whole(wanted, [one.pk for one in mine], checked))
    risk_list = list_in_force(unit, day)
    if risk_list is None:
        raise NoRiskList
    items = {item.pk: item for item in risk_list.items.all()}
    by_key = {one.pk: one for one in mine}
    _judge(lambda: _require_items(findings, by_key, items))
    place = by_key[checked[0]] if checked else mine[0]
    record = _new(
        DutyKind.DAILY_CHECK,
        period,
        law,
        unit=unit,
        person=officer,
        client_id=client_id,
        digest=digest,
        by=by,
        at=at,
        name=name,
        site=site,
        city_id=place.city_id,
        managing_district_id=place.managing_district_id,
        area_id=place.area_id,
        elevators=checked,
        risk_list=risk_list,
        findings_count=len(told),
    )
    for one in sorted(findings, key=lambda one: (one.elevator, one.item)):
        _report(record, by_key[one.elevator], items[one.item], replace(one, mender="", mend_by=None), day, by, at)
    claim_attachments(photos, subject=record, by=by, at=at)
    return record


@transaction.atomic
def file_report(
    *,
    kind: str,
    unit: Unit,
    person: User,
    day: dt.date,
    client_id: UUID,
    content: dict[str, str],
    by: Actor,
    at: dt.datetime,
    findings: Sequence[Finding] = (),
) -> DutyRecord:
    """File the weekly review of the director or the monthly meeting of the head, for the period in which `day` lies.

    `content`: the texts of rules.duties.TEXTS. The weekly or monthly items of the list are all right but the findings; one at
    an elevator stands in the hazard ledger at once. Raises NotAppointed, TextsMissing, NoRiskList (findings without one),
    DutyNotDone, FiledAlready.
    """
    period, today = rules.period_of(kind, day), local_date(at)
    texts = {name: content.get(name, "").strip() for name in rules.TEXTS[kind]}
    digest = _digest([kind, unit.pk, period.name, texts, *([_told(findings)] if findings else [])])
    if (there := _there(client_id, kind, period.name, digest, unit=unit)) is not None:
        return there
    holder = holder_of(unit, rules.FILED_BY[kind], local_date(at), at)
    if holder is None or holder.user_id != person.pk or not _is(person, by):
        raise NotAppointed
    law = rule_for(kind, Elevator.objects.filter(using_unit=unit.pk), day)
    if law is None:
        raise NotAppointed
    _judge(lambda: rules.require_time(period, local_date(at), law.back_days))
    if not all(texts.values()):
        raise TextsMissing(field=next(name for name, text in texts.items() if not text))
    found_on = rules.judged_on(period, today)
    risk_list = list_in_force(unit, found_on)
    if findings and risk_list is None:
        raise NoRiskList
    items = {item.pk: item for item in asked_of(risk_list, kind)}
    named = {one.elevator for one in findings if one.elevator is not None}
    elevators = {one.pk: one for one in in_use(unit, at).filter(pk__in=named)} if named else {}
    _judge(lambda: _require_answers(findings, elevators, items, today))
    record = _new(
        kind, period, law, unit=unit, person=person, client_id=client_id, digest=digest, by=by, at=at, content=texts,
        risk_list=risk_list if items else None, findings_count=len(findings),
    )  # fmt: skip
    for one in sorted(findings, key=lambda one: (one.item, one.elevator or 0)):
        _report(record, elevators.get(one.elevator), items[one.item], one, found_on, by, at)
    return record


def _told(findings: Sequence[Finding]) -> list:
    """What findings of a review or a meeting say, whatever their order."""
    return sorted(
        [one.item, one.elevator or 0, _one_line(one.remark), one.stopped, _one_line(one.mender), str(one.mend_by)]
        for one in findings
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _require_answers(findings: Sequence[Finding], elevators: dict[int, Elevator], items: dict, today: dt.date) -> None:
    for one in findings:
        if one.item not in items:
            raise rules.DutyRefused("unknown_item")
        rules.require_mending(one.mender, one.mend_by, today)
        if one.elevator is None:
            continue
        if one.elevator not in elevators:
            raise rules.DutyRefused("elevator_not_used")
        if not items_for([items[one.item]], elevators[one.elevator]):
            raise rules.DutyRefused("unknown_item")
    _require_once(findings)


def _there(
    client_id, kind: str, period: str, digest: str, *, unit: Unit, person: User | None = None
) -> DutyRecord | None:
    """What was filed under this number or for this period, if it says the same. Two at once wait for each other.

    Raises FiledAlready.
    """
    who = person.pk if person is not None else f"unit {unit.pk}"
    with connection.cursor() as cursor:
        for lock in sorted((f"duty:{client_id}", f"duty:{kind}:{who}:{period}")):
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [lock])
    same = DutyRecord.objects.filter(client_id=client_id).first()
    if same is None:
        rows = DutyRecord.objects.filter(kind=kind, period=period, unit=unit.pk)
        same = (rows if person is None else rows.filter(person=person)).first()
    if same is not None and same.digest != digest:
        raise FiledAlready
    return same


def _digest(content) -> str:
    return hashlib.sha256(canonical(content)).hexdigest()


def _is(person: User, by: Actor) -> bool:
    """Is it that person, or a machine or the platform for them?"""
    return by.kind != ActorKind.PERSON or str(person.public_id) == by.id


def _require_officer(unit: Unit, officer: User, day: dt.date, by: Actor, at: dt.datetime) -> None:
    """The officer's own round, or one that the director files for them. Raises NotAppointed."""
    if not _is(officer, by):
        director = holder_of(unit, DutyRole.DIRECTOR, local_date(at), at)
        if director is None or director.user != person_of(by):
            raise NotAppointed


def _require_items(findings: Sequence[Finding], elevators: dict[int, Elevator], items: dict[int, RiskItem]) -> None:
    daily = [item for item in items.values() if item.frequency == CheckFrequency.DAILY]
    for one in findings:
        if one.elevator not in elevators:
            raise rules.DutyRefused("unknown_elevator")
        if one.item not in {item.pk for item in items_for(daily, elevators[one.elevator])}:
            raise rules.DutyRefused("unknown_item")
    _require_once(findings)


def _require_once(findings: Sequence[Finding]) -> None:
    if len({(one.item, one.elevator) for one in findings}) < len(findings):
        raise rules.DutyRefused("said_twice")


def _judge(judge) -> None:
    try:
        judge()
    except rules.DutyRefused as refused:
        raise DutyNotDone(refused.reason) from refused


def _new(kind, period, law, *, unit, person, client_id, digest, by, at, name="", **values) -> DutyRecord:
    """Write the record and end what it meets."""
    today = local_date(at)
    record = DutyRecord.objects.create(
        kind=kind,
        period=name or period.name,
        due_on=period.due_on,
        filed_on=today,
        filed_at=at,
        days_late=period.days_late(today),
        unit_id=unit.pk,
        person=person,
        client_id=client_id,
        digest=digest,
        rule=str(law),
        filed_by_kind=by.kind,
        filed_by_id=by.id,
        **values,
    )
    _meet(record, at)
    record_change(
        action="compliance.file_duty",
        subject=record,
        by=by,
        changes={
            "kind": [None, kind],
            "unit": [None, str(unit.public_id)],
            "due_on": [None, record.due_on],
            "days_late": [None, record.days_late],
            "findings": [None, record.findings_count],
        },
    )
    return record


def _meet(record: DutyRecord, at: dt.datetime) -> None:
    """End the obligation of this period; one that nobody has planned yet is met when it is planned."""
    wanting = Q(status__in=("PENDING", "MISSED")) | EXCUSED
    owed = Obligation.objects.filter(wanting, kind=record.kind, period=record.period)
    daily = record.kind == DutyKind.DAILY_CHECK
    owed = owed.filter(person=record.person_id) if daily else owed.filter(unit=record.unit_id)
    for row in owed.select_for_update().order_by("pk"):
        row.status, row.met_on, row.days_late = "MET", record.filed_on, record.days_late
        if row.law_due_on is not None:  # a waiver moved the last day
            row.days_late = max(0, (record.filed_on - row.due_on).days)
        row.step_at, row.planned_at, row.version = None, at, row.version + 1
        row.source_type, row.source_id = record._meta.label_lower, str(record.public_id)
        row.save()
        settle(obligation_ids=[row.pk], at=at)


def _report(record, elevator, item: RiskItem, found: Finding, day: dt.date, by: Actor, at: dt.datetime) -> None:
    """The finding with its photographs, and the hazard that it is at an elevator: the ledger is one for every source
    (oversight.md §2). The day until which it is to be mended is the hazard's, if its own clock is not shorter."""
    finding = DutyFinding(
        record=record,
        elevator=elevator,
        item=item,
        remark=_one_line(found.remark)[:300],
        stopped=found.stopped,
        mender=_one_line(found.mender)[:120],
        mend_by=found.mend_by,
    )
    if elevator is not None:
        finding.hazard = report_hazard(
            elevator=elevator,
            item=item.hazard_item_id,
            details=f"{item.risk}: {finding.remark}" if finding.remark else item.risk,
            found_on=day,
            source=HazardSource.USING_UNIT,
            by=by,
            at=at,
            reported=finding,
            due_on=found.mend_by,
        )
    finding.save()
    claim_attachments(found.photos, subject=finding, by=by, at=at)
