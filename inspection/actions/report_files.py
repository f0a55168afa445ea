"""Reports of inspections as a kind of file (common.intake.kinds): read row by row, filed in sets by `file_reports`."""

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from accounts.models import Unit
from accounts.roles import Permission
from common.actor import Actor
from common.errors import Refusal
from common.intake.actions_by_row import ActionKind, RowReader
from common.intake.issues import EMPTY, KEPT, MASK, REFUSED, clean_cells
from common.intake.joins import other_sheet, with_lines
from common.intake.kinds import IMPORT_FILES, MappingRefused, RowPlan, Run
from common.intake.mapping import MappingSpec, Suggestion, Target, guess_mapping, suggest
from common.intake.tables import Record, Table
from common.models.intake import RowOutcome
from common.personal.free_text import masked_text, personal_numbers
from common.personal.kinds import without_numbers
from inspection.actions import report_file_words as words
from inspection.actions.report_template import empty_workbook
from inspection.actions.reports import LARGEST, Filed, Filing, ItemLine, file_reports
from inspection.choices import ReportKind, RuleGeneration, Verdict
from inspection.models import CatalogueItem
from inspection.queries.report_files import Meant, elevators_coded, filing_units, orders_over, people_meant
from inspection.queries.reports import items_by_code, items_on
from inspection.rules import report_files as cells
from inspection.rules import report_number

MOST_NAMED = 10  # items that a warning names


@dataclass(frozen=True)
class ReportReader(RowReader):
    """`items`: all columns that hold results, in their order."""

    items: tuple[str, ...] = ()

    @property
    def headers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys([*self.columns.values(), *self.items]))

    def key_of(self, header: str, cell: str) -> str:
        # as report numbers are compared when they are filed: R-1 and R1 are two
        return report_number(cell)


@dataclass(slots=True)
class _Row:
    """One row on its way to a filing; what could not be read has refused its plan."""

    plan: RowPlan
    values: dict[str, str] = field(default_factory=dict)
    read: dict = field(default_factory=dict)
    codes: dict[str, str] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    body: Unit | None = None
    people: list[Meant] = field(default_factory=list)
    filing: Filing | None = None


class ReportsKind(ActionKind):
    """Reports known by the number that their body gave them: the same again is the same report."""

    key = "inspection.reports"
    label = _("reports of inspections")
    permission = Permission.FILE_REPORT
    audit_action = "inspection.import_reports"
    key_targets = ("number",)
    most_rows = LARGEST
    template_name = _("Reports of inspections, empty")
    no_undo = _("Reports that were filed stay. Correct one by a report that takes its place.")
    sentences = words.SENTENCES

    def declared(self) -> Sequence[Target]:
        return words.TARGETS

    def template(self, at: dt.datetime) -> bytes:
        return empty_workbook(at)

    def joined(self, table: Table) -> Table:
        """With the items of a second sheet, where the workbook has one: report number, item, result."""
        key = _columns(self.key, words.TARGETS, table.header).get("number")
        lines = other_sheet(table, lambda header: _line_columns(header) is not None) if key else None
        if lines is None:
            return table
        uses = _line_columns(lines.header)

        def cell_of(line: Record) -> str:
            said = (line.cells[uses[name]] if name in uses else "" for name in ("item", "sign", "measured", "remark"))
            return cells.write_item(*said)

        return with_lines(
            table,
            lines,
            key=key,
            line_key=uses["number"],
            column=words.ITEMS_COLUMN,
            cell_of=cell_of,
            key_of=report_number,
        )

    def compile(self, spec: MappingSpec, header: Sequence[str], actor: Actor, at: dt.datetime) -> ReportReader:
        reader = super().compile(spec, header, actor, at)
        items = spec.targets["items"].columns if "items" in spec.targets else ()
        if gone := [column for column in items if column not in header]:
            raise MappingRefused(problems={"items": _("The file has no column “%(column)s”.") % {"column": gone[0]}})
        if not any(name in spec.targets for name in words.CODE_COLUMNS):
            needed = _("Say which column tells the elevator: equipment, registration or rescue code.")
            raise MappingRefused(problems={"equipment_code": needed})
        given = {each.name: getattr(reader, each.name) for each in fields(reader)}
        # one import of a body at a time; others need not wait for it
        given["source"] = f"reports:{actor.acting_unit or actor.id}"[:40]
        return ReportReader(**given, items=tuple(items))

    def suggest(self, spec: MappingSpec, said: Mapping, actor: Actor) -> dict[str, dict[str, list[Suggestion]]]:
        """Kinds of inspections that the file calls otherwise; conclusions are read by the law's dated wordings."""
        known = words.table_of(ReportKind.choices, words.KIND_WORDS)
        asked = [word for word in said.get("kind", ()) if words.key_of(word) not in known]
        labels = {value: str(label) for value, label in ReportKind.choices}
        return {"kind": {word: suggest(word, labels) for word in asked}} if asked else {}

    def field_label(self, name: str):
        return words.BY_NAME[name].label if name in words.BY_NAME else name

    def shown(self, name: str, value) -> str:
        labels = {"kind": ReportKind, "verdict": Verdict}
        return str(labels[name](value).label) if name in labels and value else super().shown(name, value)

    # --- a chunk ---------------------------------------------------------------------------------------------------------

    def bring_in(self, records: Sequence[Record], run: Run) -> list[RowPlan]:
        with transaction.atomic():
            rows = [self._read(record, run) for record in records]
            desk = _Desk(run)
            desk.name_elevators(rows)
            desk.name_people(rows)
            desk.find_orders(rows)
            desk.file(rows)
            if not run.writes:
                # a trial run has filed it all, so that its report says what will be; now it never was
                transaction.set_rollback(True)
        return [row.plan for row in rows]

    def _read(self, record: Record, run: Run) -> _Row:
        reader = run.reader
        kept, issues = clean_cells(record.cells, reader.personal)
        used = set(reader.headers)
        # a report is taken whole: what would be left empty of a column that is used costs the row
        told = [
            issue._replace(effect=REFUSED) if issue.effect == EMPTY and issue.column in used else issue
            for issue in (*issues, *record.issues)
        ]
        row = _Row(RowPlan(record, _masked(kept, reader), told))
        reading = _Reading(row, run)
        if row.plan.refused:
            reading.who(record.cells.get(reader.columns["people"], ""))
            return row
        row.plan.blanks = [header for header, cell in record.cells.items() if not cell.strip()]
        for header in reader.keys.values():
            if numbers := run.repeated.get((header, reader.key_of(header, record.cells[header]))):
                row.plan.refuse(header, "key-twice", rows=", ".join(map(str, numbers[:10])))
        row.values = reader.values(record.cells)
        if reader.items:
            row.values["items"] = ";".join(cell for name in reader.items if (cell := record.cells[name].strip()))
        reading.all()
        return row


def _masked(kept: dict[str, str], reader: ReportReader) -> dict[str, str]:
    """What is kept in the open for good holds no numbers of people, whether the row is taken or not."""
    free = {*reader.items, *(reader.columns[name] for name in words.FREE if name in reader.columns)}
    return {header: masked_text(cell) if header in free else cell for header, cell in kept.items()}


def _columns(key: str, targets: Sequence[Target], header: Sequence[str]) -> dict[str, str]:
    """{target: header} by the words of the headings alone, so that the same file is read the same each time."""
    return {name: use.columns[0] for name, use in guess_mapping(key, targets, header, []).spec.targets.items()}


def _line_columns(header: Sequence[str]) -> dict[str, str] | None:
    uses = _columns("lines", words.LINES, header)
    return uses if {"number", "item", "sign"} <= set(uses) else None


class _Reading:
    """What the cells of one row say, each problem at its column; all of them, so that a row is mended once."""

    def __init__(self, row: _Row, run: Run):
        self.row, self.run = row, run

    @property
    def values(self) -> dict[str, str]:
        return self.row.values

    def all(self) -> None:
        for name in words.NEEDED:
            if name not in self.values:
                self._refuse(name, "needed")
        self._texts()
        self._words()
        for name in words.DAYS:
            self._take(name, cells.read_day, "date-malformed")
        self._take("next_month", cells.read_month, "month-malformed")
        self._take("supersedes", uuid.UUID, "id-malformed")
        self._codes()
        self._body()
        self.who(self.values.get("people", ""))
        if len(self.row.names) > words.MOST_PEOPLE:
            self._refuse("people", "too-many", most=words.MOST_PEOPLE)
        self._items()

    def who(self, cell: str) -> None:
        self.row.names = cells.read_names(cell)

    def _refuse(self, name: str, code: str, **params) -> None:
        self.row.plan.refuse(self.run.reader.columns.get(name, ""), code, **params)

    def _take(self, name: str, read, code: str) -> None:
        if name in self.values:
            try:
                self.row.read[name] = read(self.values[name])
            except ValueError:
                self._refuse(name, code)

    def _texts(self) -> None:
        for name, most in words.LONGEST.items():
            if name in self.values:
                text = report_number(self.values[name]) if name == "number" else " ".join(self.values[name].split())
                self.row.read[name] = text
                if name == "number" and not text:
                    self._refuse(name, "needed")
                if len(text) > most:
                    self._refuse(name, "too-long", most=most)
        for name in ("correction_reason", "next_label"):
            if personal_numbers(self.values.get(name, "")):
                self._refuse(name, "personal-number")

    def _words(self) -> None:
        kinds = self._known("kinds", lambda: words.table_of(ReportKind.choices, words.KIND_WORDS))
        rulebooks = self._known("rules", lambda: words.table_of(RuleGeneration.choices, words.GENERATION_WORDS))
        self._word("kind", kinds)
        self._word("generation", rulebooks)
        self._word("supervised_use", words.YES_NO, "yes-or-no")
        english = self._known("verdicts", words.verdicts_in_english)
        if "verdict" in self.row.read:
            self.row.read["verdict"] = english.get(words.key_of(self.values["verdict"]), self.row.read["verdict"])

    def _word(self, name: str, table: Mapping[str, object], code: str = "word-unknown") -> None:
        if name in self.values:
            if (key := words.key_of(self.values[name])) in table:
                self.row.read[name] = table[key]
            else:
                self._refuse(name, code)

    def _known(self, name: str, make):
        memory = self.run.memory
        if name not in memory:
            memory[name] = make()
        return memory[name]

    def _codes(self) -> None:
        for name in words.CODE_COLUMNS:
            if name in self.values:
                self.row.codes[name] = "".join(cells.clean(self.values[name]).split()).replace("-", "").upper()
        if not self.row.codes:
            self._refuse("", "code-needed")

    def _body(self) -> None:
        """In whose name: a file says at most which of the units that its sender files for."""
        by, units = self.run.by, _units(self.run)
        if said := self.values.get("body"):
            name, code = " ".join(said.split()), "".join(cells.clean(said).split()).upper()
            found = [unit for unit in units.values() if name == unit.name or (unit.credit_code or "") == code]
            if len(found) != 1:
                self._refuse("body", "body-unknown")
        else:
            found = [units[by.acting_unit]] if by.acting_unit in units else list(units.values())
            if len(found) != 1:
                self._refuse("body", "body-needed")
        self.row.body = found[0] if len(found) == 1 else None

    def _items(self) -> None:
        """At a code of the catalogue, or at the number that the printed report gives to an item."""
        header = next(iter(self.run.reader.items), "")
        try:
            entries = cells.read_items(self.values.get("items", ""))
        except cells.Unreadable as unread:
            self.row.plan.refuse(header, "items-unreadable", entry=without_numbers(unread.text)[:40])
            return
        if len(entries) > words.MOST_ITEMS:
            self.row.plan.refuse(header, "too-many", most=words.MOST_ITEMS)
            return
        day, kind = self.row.read.get("concluded_on"), self.row.read.get("kind")
        if day is None or kind is None:
            return
        catalogue = self._known("items", items_by_code).get(kind, {})
        numbers = self._known(("numbers", kind, day), lambda: _numbers(catalogue, day))
        always = [code for code, item in _in_force(catalogue, day) if not item.condition_zh]
        named = cells.named_items(entries, code_of=lambda code: numbers.get(code, code), always=always)
        self.row.read["items"] = tuple(ItemLine(*entry) for entry in named)
        if len(named) > words.MOST_ITEMS:
            self.row.plan.refuse(header, "too-many", most=words.MOST_ITEMS)
        for part, most in words.LONGEST_OF_ITEM.items():
            if any(len(getattr(entry, part)) > most for entry in named):
                self.row.plan.refuse(header, "too-long", most=most)
        if any(
            personal_numbers(f"{entry.measured} {entry.remark}") for entry in named if entry.measured or entry.remark
        ):
            self.row.plan.refuse(header, "personal-number")


def _units(run: Run) -> dict[int, Unit]:
    """In whose name the sender may file."""
    if "units" not in run.memory:
        run.memory["units"] = filing_units(run.by, (IMPORT_FILES, Permission.FILE_REPORT))
    return run.memory["units"]


def _in_force(catalogue: Mapping, day: dt.date) -> list[tuple[str, CatalogueItem]]:
    current = ((code, items_on(dated, day)) for code, dated in catalogue.items())
    return [(code, item) for code, item in current if item is not None]


def _numbers(catalogue: Mapping, day: dt.date) -> dict[str, str]:
    """{number as people write it: code}: without the letter of the annex, or as printed in front of the item."""
    found = {}
    for code, item in _in_force(catalogue, day):
        found[code.lstrip("AB")] = code
        if item.report_no is not None:
            found[str(item.report_no)] = code
    return found


class _Desk:
    """What the rows of a chunk name, looked up in sets; then their filing."""

    def __init__(self, run: Run):
        self.run, self.elevators = run, {}

    def name_elevators(self, rows: Sequence[_Row]) -> None:
        found = elevators_coded({code for row in rows for code in row.codes.values()}, self.run.by)
        for row in rows:
            meant = [(name, found.get(code, set())) for name, code in row.codes.items()]
            for name, keys in meant:
                if len(keys) != 1:
                    code = "code-shared" if keys else "elevator-unknown"
                    row.plan.refuse(self.run.reader.columns[name], code)
            named = set().union(*(keys for _name, keys in meant))
            if len(named) == 1:
                row.read["elevator_id"] = named.pop()
            elif meant and all(len(keys) == 1 for _name, keys in meant):
                row.plan.refuse(self.run.reader.columns[meant[-1][0]], "codes-disagree")

    def name_people(self, rows: Sequence[_Row]) -> None:
        """Whoever is found stands in the kept row as a reference, so that the file of bad rows can be sent again as it is."""
        header = self.run.reader.columns["people"]
        found = people_meant((name for row in rows for name in row.names), list(_units(self.run)))
        for row in rows:
            units = [row.body.pk] if row.body else list(found)
            references = []
            for place, name in enumerate(row.names, start=1):
                people = set().union(*(found.get(unit, {}).get(name, set()) for unit in units))
                if len(people) == 1:
                    row.people.append(next(iter(people)))
                    references.append(row.people[-1].public_id)
                else:
                    references.append(MASK)
                    row.plan.refuse(header, "person-unknown", place=place)
            if references:
                row.plan.cells[header] = "、".join(references)

    def find_orders(self, rows: Sequence[_Row]) -> None:
        """R9: a report that rests on an order names one that the platform knows."""
        asked = [row for row in rows if "order" in row.values and {"elevator_id", "concluded_on"} <= set(row.read)]
        orders = orders_over({row.read["elevator_id"] for row in asked})
        for row in asked:
            wanted, day = cells.clean(row.values["order"]), row.read["concluded_on"]
            there = orders.get(row.read["elevator_id"], ())
            if not any(cells.clean(order.document) == wanted and order.opens_on <= day for order in there):
                row.plan.refuse(self.run.reader.columns["order"], "order-unknown")

    def file(self, rows: Sequence[_Row]) -> None:
        by_body: dict[int, list[_Row]] = defaultdict(list)
        for row in rows:
            if not row.plan.refused:
                row.filing = _filing(row)
                by_body[row.body.pk].append(row)
        for ready in by_body.values():
            filings = [row.filing for row in ready]
            outcomes = file_reports(filings=filings, body=ready[0].body, by=self.run.by, at=self.run.at)
            for row, outcome in zip(ready, outcomes, strict=True):
                self._note(row, outcome)

    def _note(self, row: _Row, outcome: Filed | Refusal) -> None:
        if isinstance(outcome, Refusal):
            self._note_refusal(row, outcome)
            return
        report = outcome.report
        row.plan.subject_id = report.pk
        row.plan.outcome = RowOutcome.UNCHANGED if outcome.replayed else RowOutcome.CREATED
        if outcome.replayed:
            return
        said = {"number": report.number, "kind": report.kind, "verdict": report.verdict}
        said["concluded_on"] = report.concluded_on.isoformat()
        row.plan.changes = {name: [None, value] for name, value in said.items()}
        for warning in report.warnings:
            params = {name: _short(value) for name, value in warning.items() if name != "code"}
            row.plan.say("", warning["code"], KEPT, **params)

    def _note_refusal(self, row: _Row, refusal: Refusal) -> None:
        params = {name: str(value) for name, value in refusal.params.items()}
        if "person" in params:
            # no name in what is kept for good: which of the cell's people it is
            label = params.pop("person")
            params["place"] = next((place for place, who in enumerate(row.people, 1) if who.label == label), 1)
        row.plan.refuse(self._column(row, refusal.field or ""), refusal.code, **params)

    def _column(self, row: _Row, name: str) -> str:
        columns = self.run.reader.columns
        if name == "elevator":
            return columns[next(iter(row.codes))]
        return columns.get("next_month" if name == "next_on" else name, "")


def _filing(row: _Row) -> Filing:
    read = {name: value for name, value in row.read.items() if name != "next_month"}
    people = tuple(person.username for person in row.people)
    return Filing(people=people, next_on=row.read.get("next_month"), **read)


def _short(value) -> str:
    if not isinstance(value, list):
        return str(value)
    more = f" … ({len(value)})" if len(value) > MOST_NAMED else ""
    return ", ".join(map(str, value[:MOST_NAMED])) + more


_KIND = ReportsKind()


def reports_kind() -> ReportsKind:
    """Answer at common.import_kinds."""
    return _KIND
