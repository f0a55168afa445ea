"""Units as a kind of file (common.intake.kinds), carried out by the actions that pages use."""

from collections.abc import Sequence

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext_lazy as _

from accounts import rules
from accounts.actions.import_words import WORDS, meant, remembered, table_of
from accounts.actions.units import change_unit, create_unit
from accounts.choices import AreaKind, UnitKind
from accounts.models import Area, Unit
from accounts.queries import reach_of
from accounts.roles import Permission
from common.actor import Actor
from common.audit import record_change
from common.errors import Refusal
from common.intake.actions_by_row import ActionKind
from common.intake.kinds import RESTORED, TOUCHED, WITHDRAWN, RowPlan, Run, Undone
from common.intake.mapping import Option, Target
from common.models.intake import ImportBatch, RowOutcome, SourceRow

# As Chinese lists write them beside the platform's own words.
UNIT_WORDS = {
    "物业": UnitKind.PROPERTY_MANAGER,
    "物业公司": UnitKind.PROPERTY_MANAGER,
    "业委会": UnitKind.OWNERS_COMMITTEE,
    "业主委员会": UnitKind.OWNERS_COMMITTEE,
    "使用单位": UnitKind.OTHER_USING_UNIT,
    "维保": UnitKind.MAINTENANCE_UNIT,
    "维保单位": UnitKind.MAINTENANCE_UNIT,
    "检验机构": UnitKind.INSPECTION_BODY,
    "保险公司": UnitKind.INSURER,
    "制造单位": UnitKind.MANUFACTURER,
    "安装单位": UnitKind.INSTALLER,
}


class UnitsKind(ActionKind):
    """Units, known by their credit code, else by their whole name."""

    key = "accounts.units"
    label = _("units")
    permission = Permission.CHANGE_UNIT
    audit_action = "accounts.import_units"
    key_targets = ("name", "credit_code")

    def declared(self) -> Sequence[Target]:
        kinds = Option("words", WORDS, tuple(UnitKind.choices), words=True)
        return (
            Target("name", _("name"), ("单位名称", "名称", "公司名称", "name", "unit"), required=True),
            Target(
                "kind", _("kind"), ("单位类型", "类型", "单位性质", "kind", "type"), required=True, options=(kinds,)
            ),
            Target(
                "credit_code",
                _("credit code"),
                ("统一社会信用代码", "信用代码", "credit code"),
                looks=_looks_like_credit_code,
                telling=True,
            ),
            Target("area", _("area"), ("区", "区县", "行政区", "所在区", "area", "district"), required=True),
        )

    def carry_out(self, values: dict[str, str], plan: RowPlan, run: Run) -> None:
        wanted = {
            "name": values["name"],
            "kind": meant(
                values["kind"], remembered(run, "kinds", lambda: table_of(UnitKind.choices, UNIT_WORDS)), "kind"
            ),
            "area": _area(values["area"], run),
        }
        if "credit_code" in values:
            wanted["credit_code"] = values["credit_code"]
        there = self._there(wanted, run)
        if there is None:
            made = create_unit(values=wanted, by=run.by, at=run.at)
            plan.outcome, plan.subject_id = RowOutcome.CREATED, made.pk
            plan.changes = {"version": [None, made.version]}
            return
        before = {name: getattr(there, name) for name in wanted}
        unit = change_unit(unit_id=there.pk, values=wanted, version=None, by=run.by, at=run.at)
        plan.subject_id = unit.pk
        plan.outcome = RowOutcome.UNCHANGED if unit.version == there.version else RowOutcome.UPDATED
        if plan.outcome == RowOutcome.UPDATED:
            after = {name: getattr(unit, name) for name in wanted}
            changed = {name: [before[name], after[name]] for name in wanted if before[name] != after[name]}
            if "area" in changed:
                changed["area"] = [area.code for area in changed["area"]]
            plan.changes = changed | {"version": [there.version, unit.version]}

    def _there(self, wanted: dict, run: Run) -> Unit | None:
        """A unit whose code somebody else has is refused by the action itself."""
        seen = Unit.objects.visible_to(run.by, Permission.CHANGE_UNIT).select_related("area")
        code = "".join(wanted.get("credit_code", "").split()).upper()
        if code and (unit := seen.filter(credit_code=code).first()):
            return unit
        named = seen.filter(name=" ".join(wanted["name"].split()), closed_on=None)
        # without a code the name alone tells; with another code it is another unit
        return (named.filter(credit_code=None) if code else named).order_by("pk").first()

    def field_label(self, name: str):
        return next((target.label for target in self.declared() if target.name == name), name)

    def preview(self, plan: RowPlan) -> dict:
        return {name: pair for name, pair in plan.changes.items() if name != "version"}

    def undo_rows(self, rows: Sequence[SourceRow], *, batch: ImportBatch, by: Actor, at) -> list[Undone]:
        return [_undo_unit(row, by, at) for row in rows]


def _looks_like_credit_code(cell: str) -> bool:
    try:
        rules.check_credit_code(cell)
    except rules.CreditCodeError:
        return False
    return True


def _area(word: str, run: Run) -> Area:
    """An area by code or name in any form, in the cities that the actor's grants lie in (else in Nanjing's order)."""
    by_code = remembered(run, "areas", lambda: {area.code: area for area in Area.objects.in_pickers()})

    def forms():
        reach = reach_of(run.by, Permission.CHANGE_UNIT)
        cities = {grant.city_id for grant in reach.areas}
        rows = [row for row in by_code.values() if not cities or (row.city_id or row.pk) in cities]
        upper = [row for row in rows if row.kind != AreaKind.SUBDISTRICT]
        inner = [row for row in rows if row.kind == AreaKind.SUBDISTRICT]
        called = [[(row.code, row.name, row.name_en) for row in part] for part in (inner, upper)]
        return rules.areas_by_form(called[0])[0] | rules.areas_by_form(called[1])[0]

    return by_code[meant(word, remembered(run, "area_forms", forms), "area")]


def _undo_unit(row: SourceRow, by: Actor, at) -> Undone:
    """A new unit that nothing points at yet goes; a changed one gets its old values back; a touched one stays."""
    unit = Unit.objects.select_for_update(of=("self",)).filter(pk=row.subject_id).first()
    if unit is None or unit.version != row.changes["version"][1] or not _may_change(unit, by):
        return Undone(row.row_number, TOUCHED, unit.name if unit is not None and _may_change(unit, by) else "")
    if row.outcome == RowOutcome.CREATED:
        return _remove(unit, row, by)
    values = {name: old for name, (old, _new) in row.changes.items() if name != "version"}
    if "area" in values:
        values["area"] = Area.objects.get(code=values["area"])
    try:
        change_unit(unit_id=unit.pk, values=values, version=unit.version, by=by, at=at)
    except Refusal:
        return Undone(row.row_number, TOUCHED, unit.name)
    return Undone(row.row_number, RESTORED)


def _may_change(unit: Unit, by: Actor) -> bool:
    return Unit.objects.visible_to(by, Permission.CHANGE_UNIT).filter(pk=unit.pk).exists()


def _remove(unit: Unit, row: SourceRow, by: Actor) -> Undone:
    gone = Unit(pk=unit.pk, public_id=unit.public_id)
    try:
        with transaction.atomic():
            unit.delete()
    except ProtectedError:
        return Undone(row.row_number, TOUCHED, unit.name)
    record_change(action="accounts.remove_unit", subject=gone, by=by, changes={"name": [unit.name, None]})
    return Undone(row.row_number, WITHDRAWN)


_KIND = UnitsKind()


def units_kind() -> UnitsKind:
    """Answer at common.import_kinds."""
    return _KIND
