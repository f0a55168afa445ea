"""Kinds whose rows are carried out one by one through actions that exist anyway; a trial run does and rolls back."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from common.actor import Actor
from common.errors import Refusal
from common.intake.issues import clean_cells
from common.intake.kinds import ImportKind, MappingRefused, RowPlan, Run
from common.intake.mapping import MappingSpec, Target, folded
from common.intake.tables import Record


@dataclass(frozen=True)
class RowReader:
    """A compiled spec: which column each target is read from, and what words stand for."""

    source: str
    columns: Mapping[str, str]
    keys: Mapping[str, str]
    personal: frozenset[str]
    chosen: Mapping[str, Mapping[str, object]]  # the options of each target
    options: Mapping[str, object] = field(default_factory=dict)
    distinct: Sequence[str] = ()

    @property
    def headers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.columns.values()))

    def key_of(self, header: str, cell: str) -> str:
        return folded(cell).replace(" ", "")

    def values(self, cells: Mapping[str, str]) -> dict[str, str]:
        """{target: what the row says}, words translated by the mapping's own table; blank cells are left out."""
        said = {}
        for name, header in self.columns.items():
            if cell := cells[header].strip():
                said[name] = (self.chosen[name].get("words") or {}).get(cell, cell)
        return said


class ActionKind(ImportKind):
    """A kind whose `carry_out` calls actions. `key_targets` may stand in one row only; `options` are as for any kind."""

    key_targets: tuple[str, ...] = ()

    def declared(self) -> Sequence[Target]:
        raise NotImplementedError

    def targets(self, actor: Actor) -> Sequence[Target]:
        return self.declared()

    def carry_out(self, values: dict[str, str], plan: RowPlan, run: Run) -> None:
        """Do what a row says and note it on its plan. Refusals that are raised refuse the row with their sentence."""
        raise NotImplementedError

    def compile(self, spec: MappingSpec, header: Sequence[str], actor: Actor, at: dt.datetime) -> RowReader:
        known = {target.name: target for target in self.targets(actor)}
        problems = {name: _("Nothing is called so.") for name in spec.targets if name not in known} | {
            name: _("The file has no column “%(column)s”.") % {"column": use.columns[0]}
            for name, use in spec.targets.items()
            if name in known and use.columns[0] not in header
        }
        problems |= {
            name: _("Say which column this is.")
            for name, target in known.items()
            if target.required and name not in spec.targets
        }
        if problems:
            raise MappingRefused(problems=problems)
        columns = {name: use.columns[0] for name, use in spec.targets.items()}
        return RowReader(
            source=self.key[:40],
            columns=columns,
            keys={name: columns[name] for name in self.key_targets if name in columns},
            personal=frozenset(columns[name] for name in columns if known[name].personal),
            chosen={name: dict(use.options) for name, use in spec.targets.items()},
            options=spec.options,
        )

    def bring_in(self, records: Sequence[Record], run: Run) -> list[RowPlan]:
        plans = []
        with transaction.atomic():
            for record in records:
                plans.append(self._one(record, run))
            if not run.writes:
                # a trial run has done it all, so that its report says what will be; now it never was
                transaction.set_rollback(True)
        return plans

    def _one(self, record: Record, run: Run) -> RowPlan:
        cells, issues = clean_cells(record.cells, run.reader.personal)
        plan = RowPlan(record, cells, [*issues, *record.issues])
        spoilt = {issue.column for issue in issues}
        if plan.refused:
            return plan
        plan.blanks = [header for header, cell in record.cells.items() if not cell.strip() and header not in spoilt]
        for header in run.reader.keys.values():
            if rows := run.repeated.get((header, run.reader.key_of(header, record.cells[header]))):
                plan.refuse(header, "key-twice", rows=", ".join(map(str, rows[:10])))
        values = run.reader.values({header: "" if header in spoilt else cell for header, cell in record.cells.items()})
        for target in self.targets(run.by):
            if target.required and target.name not in values:
                plan.refuse(run.reader.columns[target.name], "needed")
        if not plan.refused:
            self._carry_out(values, plan, run)
        return plan

    def _carry_out(self, values: dict[str, str], plan: RowPlan, run: Run) -> None:
        try:
            with transaction.atomic():
                self.carry_out(values, plan, run)
        except Refusal as refusal:
            plan.outcome, plan.subject_id, plan.changes = "REFUSED", None, {}
            column = run.reader.columns.get(refusal.field or "", "")
            plan.refuse(column, "refused-by-action", sentence=str(refusal.message))


class Unreadable(Refusal):
    """A word of a row that stands for nothing here; `field` is the target."""

    code = "unreadable"
    message = _("“%(value)s” is not known here. Refused; correct the word, or say in the mapping what it stands for.")
