"""Who answers for which elevator, as a kind of file: carried out by registry.actions.responsibilities."""

import datetime as dt
from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _
from django.utils.translation import override

from accounts.models import Unit
from accounts.queries import open_units, units_named
from accounts.roles import Permission
from accounts.rules import fold
from common.actor import Actor
from common.clock import SHANGHAI
from common.errors import Refusal
from common.intake.actions_by_row import ActionKind, Unreadable
from common.intake.kinds import TOUCHED, WITHDRAWN, RowPlan, Run, Undone
from common.intake.mapping import Option, Target
from common.models.intake import ImportBatch, RowOutcome, SourceRow
from registry import rules
from registry.actions.responsibilities import assign_responsibility, end_responsibility
from registry.choices import ResponsibilityRole
from registry.mappings.targets import BY_NAME, ORDER
from registry.models import Elevator, Responsibility
from registry.rules import written

LATEST = dt.date(2199, 12, 31)  # contracts without an end are written as ending in 2099
CODES = ("rescue_code", "equipment_code", "registration_code", "certificate_number")
NORMALISE = {
    "rescue_code": rules.normalise_rescue_code,
    "equipment_code": rules.normalise_equipment_code,
    "registration_code": rules.normalise_registration_code,
    "certificate_number": rules.normalise_certificate_number,
}
ROLE_WORDS = {
    "使用": ResponsibilityRole.USING_UNIT,
    "物业": ResponsibilityRole.USING_UNIT,
    "维保": ResponsibilityRole.MAINTENANCE_UNIT,
    "维护保养单位": ResponsibilityRole.MAINTENANCE_UNIT,
    "检验机构": ResponsibilityRole.INSPECTION_BODY,
    "保险公司": ResponsibilityRole.INSURER,
}


class NoSuchElevator(Refusal):
    code = "elevator-unknown"
    message = _("There is no elevator with this code among those that you may assign. Refused; check the code.")


class NoSuchUnit(Refusal):
    code = "unit-unknown"
    field = "unit"
    message = _("There is no such unit on the platform, or several have this name. Refused; enter the credit code.")


class NoSuchDay(Refusal):
    code = "date-malformed"
    message = _("This is no day. Refused; write year, month and day.")


class ResponsibilitiesKind(ActionKind):
    """Units that begin to answer for elevators which are on the platform."""

    key = "registry.responsibilities"
    label = _("responsibilities")
    permission = Permission.ASSIGN_RESPONSIBILITY
    audit_action = "registry.import_responsibilities"

    def declared(self) -> Sequence[Target]:
        roles = Option("words", _("what each word means"), tuple(ResponsibilityRole.choices), words=True)
        return (
            *(BY_NAME[name] for name in CODES),
            Target("unit", _("unit"), ("单位", "单位名称", "统一社会信用代码", "unit", "credit code"), required=True),
            Target("role", _("role"), ("角色", "责任类型", "单位类型", "role"), required=True, options=(roles,)),
            Target("started_on", _("from"), ("开始日期", "起始日期", "合同开始", "from", "start"), options=(ORDER,)),
            Target("ended_on", _("until"), ("结束日期", "终止日期", "合同到期", "until", "end"), options=(ORDER,)),
            Target("reference", _("document"), ("合同编号", "文号", "依据", "reference", "document")),
        )

    def carry_out(self, values: dict[str, str], plan: RowPlan, run: Run) -> None:
        elevator, unit = _elevator(values, run), _unit(values["unit"], run)
        started_at = _midnight(values, "started_on", run) or run.at
        before = Responsibility.objects.filter(elevator=elevator).count()
        made = assign_responsibility(
            elevator=elevator,
            unit=unit,
            role=_role(values["role"], run),
            started_at=started_at,
            ended_at=_midnight(values, "ended_on", run),
            reference=values.get("reference", "")[:120],
            by=run.by,
            at=run.at,
        )
        new = Responsibility.objects.filter(elevator=elevator).count() > before
        plan.subject_id = made.pk
        plan.outcome = RowOutcome.CREATED if new else RowOutcome.UNCHANGED
        if new:
            ended = made.ended_at.isoformat() if made.ended_at else None
            plan.changes = {"unit": [None, unit.name], "role": [None, made.role], "ended_at": [None, ended]}

    def field_label(self, name: str):
        labels = {target.name: target.label for target in self.declared()}
        return labels.get({"ended_at": "ended_on"}.get(name, name), name)

    def undo_rows(self, rows: Sequence[SourceRow], *, batch: ImportBatch, by: Actor, at: dt.datetime) -> list[Undone]:
        return [_undo(row, by, at) for row in rows]


def _elevator(values: dict[str, str], run: Run) -> Elevator:
    """By the first code that the row has; a foreign one is the same as none."""
    for name in CODES:
        if name in values:
            try:
                code = NORMALISE[name](values[name])
            except rules.CodeError:
                raise NoSuchElevator(field=name) from None
            seen = Elevator.objects.visible_to(run.by, Permission.ASSIGN_RESPONSIBILITY)
            found = list(seen.filter(**{name: code})[:2])
            if len(found) == 1:
                return found[0]
            raise NoSuchElevator(field=name)
    raise NoSuchElevator


def _unit(word: str, run: Run) -> Unit:
    units = run.memory.setdefault("units", {})
    if word not in units:
        found = list(units_named(open_units(run.by, Permission.VIEW_UNIT), word)[:2])
        units[word] = found[0] if len(found) == 1 else None
    if units[word] is None:
        raise NoSuchUnit
    return units[word]


def _role(word: str, run: Run) -> str:
    if "roles" not in run.memory:
        table = {fold(known): role for known, role in ROLE_WORDS.items()}
        for language in ("en", "zh-hans"):
            with override(language):
                table |= {fold(str(label)): value for value, label in ResponsibilityRole.choices}
        run.memory["roles"] = table | {fold(value): value for value in ResponsibilityRole.values}
    if fold(word) not in run.memory["roles"]:
        raise Unreadable(field="role", value=word[:60])
    return run.memory["roles"][fold(word)]


def _midnight(values: dict[str, str], name: str, run: Run) -> dt.datetime | None:
    """The beginning of a day in Nanjing; an end on a day is the end of that day."""
    if name not in values:
        return None
    order = run.reader.chosen.get(name, {}).get("order", "ymd")
    value = written.day(order if order in written.DATE_ORDERS else "ymd", LATEST)(values[name]).value
    if value is None:
        raise NoSuchDay(field=name)
    day = value + dt.timedelta(days=1) if name == "ended_on" else value
    return dt.datetime.combine(day, dt.time(), SHANGHAI)


def _undo(row: SourceRow, by: Actor, at: dt.datetime) -> Undone:
    """One that nobody ended or prolonged since never counted: it ends where it began."""
    made = Responsibility.objects.select_related("elevator").filter(pk=row.subject_id).first()
    seen = Elevator.objects.visible_to(by, Permission.ASSIGN_RESPONSIBILITY)
    if made is None or not seen.filter(pk=made.elevator_id).exists():
        return Undone(row.row_number, TOUCHED)
    ended = made.ended_at.isoformat() if made.ended_at else None
    if ended != row.changes["ended_at"][1]:
        return Undone(row.row_number, TOUCHED, made.elevator.main_code)
    try:
        end_responsibility(responsibility=made, ended_at=made.started_at, by=by, at=at)
    except Refusal:
        return Undone(row.row_number, TOUCHED, made.elevator.main_code)
    return Undone(row.row_number, WITHDRAWN)


_KIND = ResponsibilitiesKind()


def responsibilities_kind() -> ResponsibilitiesKind:
    """Answer at common.import_kinds."""
    return _KIND
