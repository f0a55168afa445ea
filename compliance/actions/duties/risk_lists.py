"""The unit's risk-control list: drafted from the template or the list in force, changed, approved by the director."""

import datetime as dt

from django.db import transaction
from django.db.models import Max

from accounts.models import Unit
from common.actor import Actor
from common.audit import record_change
from common.clock import local_date
from compliance.actions.duties.refusals import ListEmpty, ListNotDraft, NotAppointed
from compliance.choices import CheckFrequency, DutyRole, RiskListState
from compliance.models import RiskItem, RiskList
from compliance.queries.duties import holder_of, list_in_force, person_of, template_on

_COPIED = ("risk", "risk_en", "measure", "measure_en", "scope", "frequency", "owner", "source", "certainty")


@transaction.atomic
def draft_risk_list(*, unit: Unit, by: Actor, at: dt.datetime) -> RiskList:
    """Begin the next version: the list in force, or the template where there is none yet. A draft that is there is given back."""
    Unit.objects.select_for_update(of=("self",), no_key=True).get(pk=unit.pk)
    lists = RiskList.objects.filter(unit=unit.pk)
    if (there := lists.filter(state=RiskListState.DRAFT).first()) is not None:
        return there
    number = (lists.aggregate(last=Max("number"))["last"] or 0) + 1
    made = RiskList.objects.create(unit_id=unit.pk, number=number, drafted_at=at)
    present = list_in_force(unit, local_date(at))
    rows = _copies(present) if present is not None else _from_template(local_date(at))
    RiskItem.objects.bulk_create(RiskItem(risk_list=made, position=n, **row) for n, row in enumerate(rows, 1))
    record_change(action="compliance.draft_risk_list", subject=made, by=by, changes={"number": [None, number]})
    return made


def _copies(present: RiskList) -> list[dict]:
    return [
        {name: getattr(item, name) for name in _COPIED} | {"hazard_item_id": item.hazard_item_id}
        for item in present.items.all()
    ]


def _from_template(day: dt.date) -> list[dict]:
    return [
        {
            "risk": row.risk_zh,
            "risk_en": row.risk_en,
            "measure": row.measure_zh,
            "measure_en": row.measure_en,
            "scope": row.scope,
            "frequency": row.frequency,
            "owner": row.owner,
            "hazard_item_id": row.hazard_item_id,
            "source": row.source,
            "certainty": row.certainty,
        }
        for row in template_on(day)
    ]


@transaction.atomic
def change_risk_item(
    *, risk_list: RiskList, values: dict, by: Actor, at: dt.datetime, item: RiskItem | None = None, remove: bool = False
) -> RiskList:
    """Add a line to a draft, change one, or take one out. What the unit writes itself has no English and no source but itself.

    Raises ListNotDraft.
    """
    draft = RiskList.objects.select_for_update(of=("self",)).get(pk=risk_list.pk)
    if draft.state != RiskListState.DRAFT:
        raise ListNotDraft
    if remove:
        removed = item.risk
        item.delete()
        changes = {"risk": [removed, None]}
    elif item is None:
        last = draft.items.aggregate(last=Max("position"))["last"] or 0
        item = RiskItem.objects.create(risk_list=draft, position=last + 1, **values)
        changes = {"risk": [None, item.risk]}
    else:
        changes = {name: [getattr(item, name), value] for name, value in values.items() if getattr(item, name) != value}
        if not changes:
            return draft
        if {"risk", "measure"} & set(changes):
            values = values | {"risk_en": "", "measure_en": "", "source": "", "certainty": ""}
        for name, value in values.items():
            setattr(item, name, value)
        item.save()
    record_change(action="compliance.change_risk_item", subject=draft, by=by, changes=changes)
    return draft


@transaction.atomic
def approve_risk_list(*, risk_list: RiskList, by: Actor, at: dt.datetime) -> RiskList:
    """Put a draft in force from today, by the unit's safety director; the version before it ends. Again changes nothing.

    A second version of one day takes the place of the first from that day. Raises NotAppointed, ListEmpty.
    """
    today = local_date(at)
    Unit.objects.select_for_update(of=("self",), no_key=True).get(pk=risk_list.unit_id)
    row = RiskList.objects.select_for_update(of=("self",)).select_related("unit").get(pk=risk_list.pk)
    if row.state == RiskListState.APPROVED:
        return row
    director = holder_of(row.unit, DutyRole.DIRECTOR, today, at)
    person = person_of(by)
    if director is None or director.user != person:
        raise NotAppointed
    if not row.items.filter(frequency=CheckFrequency.DAILY).exists():
        raise ListEmpty
    RiskList.objects.in_force(today).filter(unit=row.unit_id).update(ended_on=today)
    row.state, row.started_on, row.approved_at, row.approved_by = RiskListState.APPROVED, today, at, person
    row.save(update_fields=["state", "started_on", "approved_at", "approved_by"])
    record_change(
        action="compliance.approve_risk_list",
        subject=row,
        by=by,
        changes={"number": [None, row.number], "started_on": [None, today]},
    )
    return row
