"""Units: entering, changing, closing them."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.utils.text import format_lazy

from accounts import rules
from accounts.actions import refusals
from accounts.models import Membership, Unit
from accounts.signals import UNIT_BLOCKERS
from common.actor import Actor, ActorKind
from common.audit import difference, record_change
from common.clock import local_date
from common.errors import Changed

# What a form or an API call may set.
CHANGEABLE = frozenset({"kind", "name", "credit_code", "area"})


@transaction.atomic
def create_unit(*, values: dict, by: Actor, at: dt.datetime, synthetic: bool = False) -> Unit:
    """Enter a unit. `values`: kind, name, area (an Area), credit_code (None or '' where there is none).

    Raises CreditCodeUnfit, CreditCodeTaken, AreaOutOfReach.
    """
    values = _checked(values, by)
    unit = Unit(synthetic=synthetic, created_at=at, **values)
    _save(unit, force_insert=True)
    changes = {name: [None, _plain(value)] for name, value in values.items() if value is not None}
    record_change(action="accounts.create_unit", subject=unit, by=by, changes=changes)
    return unit


@transaction.atomic
def change_unit(*, unit_id: int, values: dict, version: int | None, by: Actor, at: dt.datetime) -> Unit:
    """Change what is known of a unit; the same values again change nothing. `version`: what the caller read.

    Raises Changed, UnitClosed, KindInUse, CreditCodeUnfit, CreditCodeTaken, AreaOutOfReach.
    """
    unit = Unit.objects.select_for_update(no_key=True).get(pk=unit_id)
    if version is not None and unit.version != version:
        raise Changed
    values = _checked(values, by)
    if not (changes := difference(unit, values)):
        return unit
    if unit.closed_on is not None:
        raise refusals.UnitClosed
    if "kind" in changes:
        _require_roles_fit(unit, values["kind"], at)
    for name, value in values.items():
        setattr(unit, name, value)
    unit.version += 1
    _save(unit)
    spoken = {name: [_plain(old), _plain(new)] for name, (old, new) in changes.items()}
    record_change(action="accounts.change_unit", subject=unit, by=by, changes=spoken)
    return unit


@transaction.atomic
def close_unit(*, unit_id: int, by: Actor, at: dt.datetime) -> Unit:
    """Close a unit for good: its people's roles in it end. Again changes nothing. Raises UnitNeeded.

    Whatever still needs the unit (elevators it answers for) says so through accounts.signals.UNIT_BLOCKERS.
    """
    unit = Unit.objects.select_for_update(of=("self",), no_key=True).get(pk=unit_id)
    if unit.closed_on is not None:
        return unit
    if blockers := [line for registration in UNIT_BLOCKERS for line in registration.answer(unit, at)]:
        raise refusals.UnitNeeded(format_lazy("{}", " ".join(str(line) for line in blockers)))
    members = list(Membership.objects.unfinished(at).filter(unit=unit).select_related("user").order_by("pk"))
    for row in members:
        row.ended_at = max(at, row.started_at)
        changes = {"membership": [[row.role, str(unit.public_id)], None]}
        record_change(action="accounts.end_membership", subject=row.user, by=by, changes=changes)
    Membership.objects.bulk_update(members, ["ended_at"], batch_size=500)
    unit.closed_on = local_date(at)
    unit.version += 1
    unit.save(update_fields=["closed_on", "version"])
    record_change(action="accounts.close_unit", subject=unit, by=by, changes={"closed_on": [None, unit.closed_on]})
    return unit


def _checked(values: dict, by: Actor) -> dict:
    """The values in stored form, each as the rules want it."""
    if unknown := set(values) - CHANGEABLE:
        raise TypeError(f"not changeable in this way: {sorted(unknown)}")
    values = dict(values)
    if "name" in values:
        values["name"] = " ".join(values["name"].split())
    if "credit_code" in values:
        values["credit_code"] = _credit_code(values["credit_code"])
    if "area" in values and by.kind != ActorKind.SYSTEM:
        area = values["area"]
        if not rules.may_place_unit(by.holdings, area.city_id or area.pk):
            raise refusals.AreaOutOfReach
    return values


def _credit_code(text: str | None) -> str | None:
    if not text:
        return None
    try:
        return rules.check_credit_code(text)
    except rules.CreditCodeError as error:
        raise refusals.CreditCodeUnfit(error.reason) from error


def _require_roles_fit(unit: Unit, kind: str, at: dt.datetime) -> None:
    roles = Membership.objects.unfinished(at).filter(unit=unit).values_list("role", flat=True).distinct()
    for role in roles:
        try:
            rules.require_unit_role(role, kind)
        except rules.Unfit as unfit:
            raise refusals.KindInUse from unfit


def _plain(value):
    """An area goes into the audit log by its code, which outlives the row."""
    return getattr(value, "code", value)


def _save(unit: Unit, **options) -> None:
    try:
        with transaction.atomic():
            unit.save(**options)
    except IntegrityError as error:
        name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""
        if "credit_code" in name:
            raise refusals.CreditCodeTaken from error
        raise
