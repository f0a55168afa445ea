"""Units and people as kinds of files (common.intake.kinds), carried out by the actions that pages use."""

import secrets
from collections.abc import Sequence

from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from accounts import rules
from accounts.actions import refusals
from accounts.actions.holdings import add_membership
from accounts.actions.people import create_user
from accounts.actions.units import change_unit, create_unit
from accounts.choices import AreaKind, RoleScope, UnitKind
from accounts.models import Area, Membership, Unit, User
from accounts.queries import open_units, reach_of, units_named
from accounts.roles import Permission, role_choices
from common.actor import Actor
from common.audit import record_change
from common.errors import Refusal
from common.intake.actions_by_row import ActionKind, Unreadable
from common.intake.kinds import RESTORED, TOUCHED, WITHDRAWN, RowPlan, Run, Undone
from common.intake.mapping import Option, Target
from common.models.intake import ImportBatch, RowOutcome, SourceRow

WORDS = _("what each word means")
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


class UnitNotYours(Refusal):
    code = "unit-not-yours"
    field = "unit"
    message = _("There is no such unit among those that you see.")


def _table(choices: Sequence[tuple[str, object]], more: dict | None = None) -> dict[str, str]:
    """{folded word: value}: values, labels in both languages, and `more`."""
    found = {rules.fold(value): value for value, _label in choices}
    for language in ("en", "zh-hans"):
        with override(language):
            found |= {rules.fold(str(label)): value for value, label in choices}
    return found | {rules.fold(word): value for word, value in (more or {}).items()}


def _meant(word: str, table: dict[str, str], target: str) -> str:
    if (key := rules.fold(word)) not in table:
        raise Unreadable(field=target, value=word[:60])
    return table[key]


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
            "kind": _meant(
                values["kind"], _remembered(run, "kinds", lambda: _table(UnitKind.choices, UNIT_WORDS)), "kind"
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


def _remembered(run: Run, name: str, make):
    if name not in run.memory:
        run.memory[name] = make()
    return run.memory[name]


def _area(word: str, run: Run) -> Area:
    """An area by code or name in any form, in the cities that the actor's grants lie in (else in Nanjing's order)."""
    by_code = _remembered(run, "areas", lambda: {area.code: area for area in Area.objects.in_pickers()})

    def forms():
        reach = reach_of(run.by, Permission.CHANGE_UNIT)
        cities = {grant.city_id for grant in reach.areas}
        rows = [row for row in by_code.values() if not cities or (row.city_id or row.pk) in cities]
        upper = [row for row in rows if row.kind != AreaKind.SUBDISTRICT]
        inner = [row for row in rows if row.kind == AreaKind.SUBDISTRICT]
        called = [[(row.code, row.name, row.name_en) for row in part] for part in (inner, upper)]
        return rules.areas_by_form(called[0])[0] | rules.areas_by_form(called[1])[0]

    return by_code[_meant(word, _remembered(run, "area_forms", forms), "area")]


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


class PeopleKind(ActionKind):
    """People of units: entered, and given a role. Nobody's password stands in a file: one is set afterwards."""

    key = "accounts.people"
    label = _("people")
    permission = Permission.CREATE_USER
    audit_action = "accounts.import_people"
    key_targets = ("username",)
    no_undo = _("People are not taken back, so that what they did keeps its name. Deactivate those who are not meant.")

    def declared(self) -> Sequence[Target]:
        roles = Option("words", WORDS, tuple(role_choices(RoleScope.UNIT)), words=True)
        return (
            Target(
                "username",
                _("sign-in name"),
                ("用户名", "登录名", "账号", "username", "login"),
                required=True,
                personal=True,
            ),
            Target("display_name", _("name"), ("姓名", "名字", "name", "display name"), required=True, personal=True),
            Target("role", _("role"), ("角色", "岗位", "职务", "role"), required=True, options=(roles,)),
            Target("unit", _("unit"), ("单位", "单位名称", "所属单位", "统一社会信用代码", "unit")),
        )

    def carry_out(self, values: dict[str, str], plan: RowPlan, run: Run) -> None:
        table = _remembered(run, "roles", lambda: _table(role_choices(RoleScope.UNIT)))
        role, unit = _meant(values["role"], table, "role"), _unit_of(values.get("unit", ""), run)
        person = self._there(values["username"], run)
        if made := person is None:
            person = create_user(
                username=values["username"],
                display_name=values["display_name"],
                # nobody knows it: the first sign-in needs one that an administrator sets
                temporary_password=secrets.token_urlsafe(24),
                by=run.by,
                at=run.at,
            )
        held = Membership.objects.unfinished(run.at).filter(user=person, unit=unit, role=role).exists()
        if not held:
            add_membership(user_id=person.pk, unit=unit, role=role, by=run.by, at=run.at)
        plan.subject_id = person.pk
        plan.outcome = RowOutcome.CREATED if made else RowOutcome.UNCHANGED if held else RowOutcome.UPDATED
        plan.changes = {} if held else {"role": [None, role], "unit": [None, unit.name]}

    def _there(self, username: str, run: Run) -> User | None:
        """The person with this sign-in name, if the actor sees them; of anybody else only that the name is taken."""
        try:
            name = rules.canonical_username(username)
        except rules.Unfit as unfit:
            raise refusals.NameUnfit from unfit
        person = User.objects.named(name).first()
        if (
            person is not None
            and not User.objects.visible_to(run.by, Permission.VIEW_USER).filter(pk=person.pk).exists()
        ):
            raise refusals.NameTaken
        return person

    def field_label(self, name: str):
        return next((target.label for target in self.declared() if target.name == name), name)


def _unit_of(word: str, run: Run) -> Unit:
    """The unit that a row names, or the one unit of which the actor enters people."""
    if not word:
        own = reach_of(run.by, Permission.CREATE_USER).unit_ids
        if len(own) == 1 and (unit := Unit.objects.filter(pk__in=own).first()):
            return unit
        raise UnitNotYours
    found = list(units_named(open_units(run.by, Permission.VIEW_UNIT), word)[:2])
    if len(found) != 1:
        raise UnitNotYours
    return found[0]


_UNITS, _PEOPLE = UnitsKind(), PeopleKind()


def units_kind() -> UnitsKind:
    """Answer at common.import_kinds."""
    return _UNITS


def people_kind() -> PeopleKind:
    """Answer at common.import_kinds."""
    return _PEOPLE
