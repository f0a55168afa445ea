"""What can be brought in from files: each app declares its kinds at the hook point `common.import_kinds`.

A kind says which targets columns can have, turns a spec into a reader (pure), plans and writes chunks of rows through
its own actions, and undoes them. Everything around that is common.intake.runs and common.intake.undo.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from common.actor import Actor
from common.errors import NotVisible, Refusal
from common.hooks import HookPoint
from common.intake import issues
from common.intake.issues import REFUSED, Issue
from common.intake.mapping import GuessedMapping, MappingSpec, Option, Suggestion, Target, guess_mapping
from common.intake.tables import Record, Table
from common.models.intake import ImportBatch, RowOutcome, SourceRow

IMPORT_FILES = "common.import_files"  # accounts.roles.Permission.IMPORT_FILES


class MappingRefused(Refusal):
    """A mapping that does not fit its file. `problems`: {target or option: sentence}."""

    code = "mapping-refused"
    field = "mapping"
    message = _("The columns are not assigned completely.")

    def __init__(self, message=None, *, problems: Mapping[str, str | Promise] | None = None, **params):
        self.problems = dict(problems or {})
        if self.problems and message is None:
            message = " ".join(map(str, self.problems.values()))
            params = {}
        super().__init__(message, **params)


class Reader(Protocol):
    """A compiled spec. `headers`: the columns that it needs; `keys`: {name: header} of those whose values may stand
    in one row only; `distinct`: columns of which different values are counted; `personal`: masked in what is kept.
    """

    source: str
    headers: Sequence[str]
    keys: Mapping[str, str]
    distinct: Sequence[str]
    personal: frozenset[str]

    def key_of(self, header: str, cell: str) -> str:
        """An identifier's cell in the form in which two rows are compared; '' for none."""


@dataclass(slots=True)
class RowPlan:
    """What is to become of one row; kinds put their own parts beside it.

    `changes`: {field: [old, new]}, plain values: of what is there already, and for a new one what an undo must know.
    `blanks`: headers of blank cells; `forms`: (header, form) of how cells were written.
    """

    record: Record
    cells: dict[str, str]
    issues: list[Issue]
    outcome: str = RowOutcome.REFUSED
    subject_id: int | None = None
    changes: dict = field(default_factory=dict)
    blanks: list[str] = field(default_factory=list)
    forms: list[tuple[str, str]] = field(default_factory=list)

    @property
    def refused(self) -> bool:
        return any(issue.effect == REFUSED for issue in self.issues)

    def say(self, column: str, code: str, effect: str, **params) -> None:
        self.issues.append(Issue(column, code, effect, params))

    def refuse(self, column: str, code: str, **params) -> None:
        self.say(column, code, REFUSED, **params)


@dataclass(slots=True)
class Run:
    """What stays the same over all chunks. `batch` is None in a dry run: then nothing is written.

    `repeated`: {(header, key): row numbers} of keys that stand in several rows. `memory`: what a kind wants to remember
    from chunk to chunk; it is lost with the process, so nothing that a resumed run needs may stand there alone.
    """

    kind: "ImportKind"
    reader: Reader
    repeated: Mapping[tuple[str, str], list[int]]
    by: Actor
    at: dt.datetime
    batch: ImportBatch | None = None
    memory: dict = field(default_factory=dict)

    @property
    def writes(self) -> bool:
        return self.batch is not None


@dataclass(frozen=True, slots=True)
class Undone:
    """What an undo made of one row: `outcome` WITHDRAWN, RESTORED or TOUCHED (left as it is; `label` names it)."""

    row_number: int
    outcome: str
    label: str = ""


WITHDRAWN, RESTORED, TOUCHED = "WITHDRAWN", "RESTORED", "TOUCHED"


class ImportKind:
    """What one kind of file brings in. Subclasses are stateless; one instance of each is registered."""

    key: str  # "registry.elevators"
    label: str | Promise
    permission: str  # which roles may bring it in (beside IMPORT_FILES)
    audit_action: str
    subject_label: str | Promise = ""
    # why a batch cannot be undone, '' where it can
    no_undo: str | Promise = ""
    # how many rows its actions write in one transaction, where that is fewer than the framework's
    most_rows: int | None = None
    # the name of an empty file to fill in, '' where there is none (see `template`)
    template_name: str | Promise = ""
    # issue codes of this kind → sentence
    sentences: Mapping[str, str | Promise] = {}

    def targets(self, actor: Actor) -> Sequence[Target]:
        """Everything that a column can mean, in the order of the page."""
        raise NotImplementedError

    def options(self, actor: Actor) -> Sequence[Option]:
        """What is asked about the file as a whole (source, city …)."""
        return ()

    def shipped(self, header: Sequence[str]) -> Mapping[str, str | Promise]:
        """{name: title} of mappings declared in code whose header this is exactly."""
        return {}

    def guess(
        self, header: Sequence[str], sample: Sequence[Mapping[str, str]], actor: Actor, *, decimal_comma: bool = False
    ) -> GuessedMapping:
        """The first guess of a mapping: shipped where the header fits exactly is offered beside it, see `shipped`."""
        options = {option.name: option.default for option in self.options(actor) if option.default != ""}
        if decimal_comma:
            options["decimal_comma"] = True
        return guess_mapping(self.key, self.targets(actor), header, sample, options)

    def compile(self, spec: MappingSpec, header: Sequence[str], actor: Actor, at: dt.datetime) -> Reader:
        """The reader that a spec describes. Pure but for reference data; the same for the same arguments.

        Raises MappingRefused for missing required targets, columns that are not in the header, unknown options.
        """
        raise NotImplementedError

    def suggest(self, spec: MappingSpec, words: Mapping[str, Iterable[str]], actor: Actor) -> dict:
        """{target: {word: [Suggestion]}} for words of cells ({target: words}) that no declared value has."""
        return {}

    def meanings(self, target: str, spec: MappingSpec, actor: Actor) -> Mapping[str, str]:
        """{value: label} of everything that a word of this target can mean, where it is a list to choose from."""
        return {}

    def own_table(self, path: Path, spec: MappingSpec) -> Table | None:
        """How a mapping declared in code reads its files when nobody said what shape they have; None: as they look."""
        return None

    def joined(self, table: Table) -> Table:
        """The table with what other sheets of its file say about its rows (common.intake.joins); most have none."""
        return table

    def template(self, at: dt.datetime) -> bytes:
        """An empty workbook with the headings that `guess` knows, in the language of the reader. Of kinds with a
        `template_name`."""
        raise NotImplementedError

    def bring_in(self, records: Sequence[Record], run: Run) -> Sequence[RowPlan]:
        """Plan a chunk and, where `run.writes`, write it in the open transaction (but not its source rows)."""
        raise NotImplementedError

    def checks(self, run: Run) -> list[dict]:
        """What a trial run found out about the file as a whole: {"code", "params", "proposal"} in plain values, where
        `proposal` is what another reading would be, None while the chosen one is as good as any."""
        return []

    def explain_check(self, check: Mapping) -> tuple[str, str]:
        """(the sentence for a check, the label of the button that takes its proposal)."""
        raise NotImplementedError

    def adopt(self, spec: MappingSpec, check: Mapping) -> MappingSpec:
        """The spec with a check's proposal taken into it."""
        raise NotImplementedError

    def preview(self, plan: RowPlan) -> dict:
        """{field: [old, new]} that a report shows of one row."""
        return plan.changes

    def undo_rows(self, rows: Sequence[SourceRow], *, batch: ImportBatch, by: Actor, at: dt.datetime) -> list[Undone]:
        """Take back what these rows (created or updated by the batch) did, where nobody touched it since."""
        raise NotImplementedError

    def undo_done(self, batch: ImportBatch, *, by: Actor, at: dt.datetime) -> None:
        """Called in the last transaction of an undo."""

    def explain(self, issue: Mapping, cells: Mapping[str, str]) -> str:
        """The sentence for a stored issue."""
        return issues.explain(issue, cells, {**issues.SENTENCES, **SENTENCES, **self.sentences})

    def field_label(self, name: str) -> str | Promise:
        """What a changed field (a key of RowPlan.changes) is called on a page."""
        return name

    def shown(self, name: str, value) -> str:
        """A value of RowPlan.changes in words."""
        return "" if value is None else str(value)


# What rows of every kind can have.
SENTENCES = {
    "key-blank": _("The row has no key, so it cannot be told what it is about. Refused; enter the key."),
    "key-twice": _("Rows %(rows)s have the same key “%(value)s”. All are refused; keep the one that is right."),
    "needed": _("This may not be blank. Refused; enter it."),
    "refused-by-action": _("%(sentence)s"),
    "line-unreadable": _(
        "Row %(row)s of the sheet “%(sheet)s” cannot be read as it stands. The row is refused; correct that line."
    ),
    "lines-without-row": _(
        "Row %(row)s of the sheet “%(sheet)s” names a key that no row here has. Refused; add the row, or correct the key."
    ),
}


def _import_kind() -> ImportKind:
    """One kind of file that can be brought in."""


IMPORT_KINDS = HookPoint("common.import_kinds", _import_kind)


def kind_named(key: str) -> ImportKind:
    """The kind with this key. Raises NotVisible."""
    if key not in IMPORT_KINDS:
        raise NotVisible
    return IMPORT_KINDS[key]()


def kinds_for(actor: Actor) -> list[ImportKind]:
    """The kinds that an actor may bring in somewhere."""
    kinds = [registration.answer() for registration in IMPORT_KINDS]
    return [kind for kind in kinds if may_import(actor, kind)]


def may_import(actor: Actor, kind: ImportKind) -> bool:
    """Does one role of the actor carry both the right to import files and the kind's own?"""
    if actor.kind == "SYSTEM":
        return True
    return any({IMPORT_FILES, kind.permission} <= holding.permissions for holding in actor.holdings)


def units_by_kind(actor: Actor) -> dict[str, set[int]]:
    """{kind: units in whose name the actor may bring it in}."""
    found: dict[str, set[int]] = {}
    for registration in IMPORT_KINDS:
        kind = registration.answer()
        units = {
            holding.unit_id
            for holding in actor.holdings
            if holding.unit_id is not None and {IMPORT_FILES, kind.permission} <= holding.permissions
        }
        if units:
            found[kind.key] = units
    return found


__all__ = [
    "IMPORT_FILES",
    "IMPORT_KINDS",
    "RESTORED",
    "TOUCHED",
    "WITHDRAWN",
    "ImportKind",
    "MappingRefused",
    "Reader",
    "RowPlan",
    "Run",
    "Suggestion",
    "Undone",
    "kind_named",
    "kinds_for",
    "may_import",
    "units_by_kind",
]
