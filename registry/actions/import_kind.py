"""Elevators as a kind of file (common.intake.kinds): declared mappings and those that people put together."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from accounts.models import Area
from accounts.roles import Permission
from common.actor import Actor
from common.errors import Refusal
from common.intake.kinds import ImportKind, MappingRefused, Run, Undone
from common.intake.mapping import MappingSpec, Option, Target
from common.intake.tables import Record
from common.models.intake import ImportBatch, SourceRow
from registry.actions import import_compile, import_datum, import_undo, import_words
from registry.actions.import_matching import ElevatorPlan
from registry.actions.import_plans import KIND, plan_rows
from registry.actions.import_writing import preview, say_changes, write_rows
from registry.actions.register_files import RegisterTable
from registry.mappings import MAPPINGS, RegisterMapping
from registry.mappings.sentences import SENTENCES


class AreasMissing(Refusal):
    code = "areas-missing"
    status = 409
    message = _("The areas of this register are not on the platform yet. First run: manage.py import_areas %(file)s")


class ElevatorKind(ImportKind):
    """Elevators of a register, by code or by the register's own key."""

    key = KIND
    label = _("elevators")
    permission = Permission.CREATE_ELEVATOR
    audit_action = "registry.import_elevators"
    sentences = SENTENCES

    def targets(self, actor: Actor) -> Sequence[Target]:
        return import_compile.targets()

    def options(self, actor: Actor) -> Sequence[Option]:
        return import_compile.options(actor)

    def shipped(self, header: Sequence[str]) -> Mapping[str, str]:
        there = set(header)
        return {name: mapping.title for name, mapping in MAPPINGS.items() if set(mapping.headers) <= there}

    def compile(self, spec: MappingSpec, header: Sequence[str], actor: Actor, at: dt.datetime) -> RegisterMapping:
        if not spec.shipped:
            return import_compile.compile_spec(spec, header, actor, at)
        if spec.shipped not in MAPPINGS:
            raise MappingRefused(problems={"shipped": _("There is no such mapping.")})
        mapping = MAPPINGS[spec.shipped]
        if missing := [name for name in mapping.headers if name not in header]:
            raise MappingRefused(problems={name: _("This column is missing.") for name in missing})
        _require_areas(mapping)
        return mapping

    def suggest(self, spec: MappingSpec, words: Mapping[str, Iterable[str]], actor: Actor) -> dict:
        return import_compile.suggest_words(spec, words, actor)

    def meanings(self, target: str, spec: MappingSpec, actor: Actor) -> Mapping[str, str]:
        return import_compile.meanings(target, spec, actor)

    def own_table(self, path: Path, spec: MappingSpec) -> RegisterTable | None:
        return RegisterTable(path, MAPPINGS[spec.shipped]) if spec.shipped in MAPPINGS else None

    def bring_in(self, records: Sequence[Record], run: Run) -> list[ElevatorPlan]:
        plans = plan_rows(records, run)
        if run.writes:
            write_rows(plans, run)
        else:
            import_datum.note(plans, run)
        say_changes(plans)
        return plans

    def checks(self, run: Run) -> list[dict]:
        return import_datum.checks(run)

    def explain_check(self, check: Mapping) -> tuple[str, str]:
        return import_datum.explain(check)

    def adopt(self, spec: MappingSpec, check: Mapping) -> MappingSpec:
        return import_datum.adopt(spec, check["proposal"])

    def preview(self, plan: ElevatorPlan) -> dict:
        return plan.changes or (preview(plan) if plan.elevator is not None else {})

    def undo_rows(self, rows: Sequence[SourceRow], *, batch: ImportBatch, by: Actor, at: dt.datetime) -> list[Undone]:
        return import_undo.undo_rows(rows, batch=batch, by=by, at=at)

    def shown(self, name: str, value) -> str:
        return import_words.shown(name, value)

    def field_label(self, name: str):
        return import_compile.field_label(name)


def _require_areas(mapping: RegisterMapping) -> None:
    wanted = mapping.area.all_codes
    if Area.objects.filter(code__in=wanted).count() < len(wanted):
        raise AreasMissing(file=mapping.area.data_file)


_KIND = ElevatorKind()


def elevator_kind() -> ElevatorKind:
    """Answer at common.import_kinds."""
    return _KIND
