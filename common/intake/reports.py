"""What an import tells people: counts that survive a restart, a preview, and the file of rows that need a hand."""

import csv
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from django.conf import settings
from django.utils.translation import gettext as _

from common.exports.formulas import safe_text
from common.intake.kinds import ImportKind, RowPlan
from common.models.intake import ImportBatch, RowOutcome, SourceRow

ERROR_FILES, ERROR_SUFFIX = "imports", "-issues.csv"  # the folder under MEDIA_ROOT, and how its files end
MOST_MESSAGES = 500  # of cells, kept with the batch; the error file has all
MOST_PREVIEWED = 200  # rows


@dataclass(slots=True)
class Tally:
    """Counts over the rows so far. Kept in ImportBatch.summary with each chunk, so that a resumed run goes on from it.

    `issues` by (column, code, effect), `blanks` by column, `forms` (how readable cells were written) by (column, form).
    """

    rows: int = 0
    blank_rows: int = 0
    outcomes: Counter = field(default_factory=Counter)
    issues: Counter = field(default_factory=Counter)
    blanks: Counter = field(default_factory=Counter)
    forms: Counter = field(default_factory=Counter)

    def add(self, plans: Sequence[RowPlan], *, blank_rows: int) -> None:
        self.blank_rows += blank_rows
        for plan in plans:
            self.rows += 1
            self.outcomes[str(plan.outcome)] += 1
            self.issues.update((issue.column, issue.code, issue.effect) for issue in plan.issues)
            self.blanks.update(plan.blanks)
            self.forms.update(plan.forms)

    def as_json(self) -> dict:
        return {
            "rows": self.rows,
            "blank_rows": self.blank_rows,
            "outcomes": {outcome: self.outcomes[outcome] for outcome in RowOutcome.values},
            "issues": [[*key, count] for key, count in sorted(self.issues.items())],
            "blanks": dict(sorted(self.blanks.items())),
            "forms": [[*key, count] for key, count in sorted(self.forms.items())],
        }

    @classmethod
    def from_json(cls, stored: dict) -> "Tally":
        return cls(
            rows=stored.get("rows", 0),
            blank_rows=stored.get("blank_rows", 0),
            outcomes=Counter(stored.get("outcomes", {})),
            issues=Counter({tuple(row[:-1]): row[-1] for row in stored.get("issues", [])}),
            blanks=Counter(stored.get("blanks", {})),
            forms=Counter({tuple(row[:-1]): row[-1] for row in stored.get("forms", [])}),
        )


@dataclass(slots=True)
class Preview:
    """The first messages and the first changes, with honest totals beside them.

    `messages`: [row, column, code, effect, params, cell]; `changes`: [row, outcome, {field: [old, new]}].
    """

    messages: list = field(default_factory=list)
    changes: list = field(default_factory=list)
    messages_total: int = 0
    changes_total: int = 0

    def add(self, plans: Iterable[RowPlan], kind: ImportKind) -> None:
        for plan in plans:
            self._add_messages(plan)
            if plan.outcome in (RowOutcome.CREATED, RowOutcome.UPDATED):
                self.changes_total += 1
                if len(self.changes) < MOST_PREVIEWED:
                    self.changes.append([plan.record.number, str(plan.outcome), kind.preview(plan)])

    def _add_messages(self, plan: RowPlan) -> None:
        self.messages_total += len(plan.issues)
        for issue in plan.issues:
            # the first of each kind is kept however many others there were, as the example of its line in the report
            kept = len(self.messages) < MOST_MESSAGES
            if not kept and any(issue[:2] == (column, code) for _row, column, code, *_rest in self.messages):
                continue
            cell = plan.cells.get(issue.column, "")[:80]
            self.messages.append([plan.record.number, issue.column, issue.code, issue.effect, issue.params, cell])

    def as_json(self) -> dict:
        return {
            "messages": self.messages,
            "messages_total": self.messages_total,
            "changes": self.changes,
            "changes_total": self.changes_total,
        }

    @classmethod
    def from_json(cls, stored: dict) -> "Preview":
        return cls(**stored) if stored else cls()


class Message(NamedTuple):
    """One line of a batch's report, in words."""

    row: int
    column: str
    code: str
    effect: str
    sentence: str
    cell: str


def messages_of(batch: ImportBatch, kind: ImportKind) -> list[Message]:
    """What is kept with the batch (at most MOST_MESSAGES; the total stands in `batch.preview["messages_total"]`)."""
    return [
        Message(row, column, code, effect, kind.explain(_issue(column, code, effect, params), {column: cell}), cell)
        for row, column, code, effect, params, cell in batch.preview.get("messages", [])
    ]


def _issue(column: str, code: str, effect: str, params: Mapping) -> dict:
    return {"column": column, "code": code, "effect": effect, "params": params}


class BadRow(NamedTuple):
    """A row with something to say about it, as it is stored."""

    number: int
    cells: dict
    issues: list[dict]


def bad_rows_of_plans(plans: Iterable[RowPlan]) -> Iterator[BadRow]:
    for plan in plans:
        if plan.issues:
            yield BadRow(plan.record.number, plan.cells, [issue.as_json() for issue in plan.issues])


def bad_rows_of_batch(batch: ImportBatch) -> Iterator[BadRow]:
    rows = SourceRow.objects.filter(batch=batch).exclude(issues=[]).order_by("row_number")
    for number, cells, issues in rows.values_list("row_number", "cells", "issues").iterator(chunk_size=1000):
        yield BadRow(number, cells, issues)


def error_path(batch: ImportBatch) -> Path:
    """Where a batch's error file lies unless somebody named a place."""
    return Path(settings.MEDIA_ROOT) / ERROR_FILES / f"{batch.public_id}{ERROR_SUFFIX}"


class ErrorFile:
    """A CSV in the user's own columns with row number, codes and reasons behind them; whole or not there at all."""

    def __init__(self, path: Path, header: Sequence[str], kind: ImportKind):
        self.path, self._header, self._kind = path, list(header), kind
        self._draft = path.with_name(f"{path.name}.part")

    def __enter__(self) -> "ErrorFile":
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # the mark at the beginning tells spreadsheets that this is UTF-8
        self._file = self._draft.open("w", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._file)
        self._writer.writerow([*map(safe, self._header), _("row"), _("codes"), _("reason")])
        return self

    def write(self, rows: Iterable[BadRow]) -> None:
        for row in rows:
            self._writer.writerow(
                [
                    *(safe(row.cells.get(name, "")) for name in self._header),
                    row.number,
                    " ".join(sorted({issue["code"] for issue in row.issues})),
                    safe(" ".join(self._reason(issue, row.cells) for issue in row.issues)),
                ]
            )

    def __exit__(self, failure, *_rest) -> None:
        self._file.close()
        if failure is None:
            os.replace(self._draft, self.path)
        else:
            self._draft.unlink(missing_ok=True)

    def _reason(self, issue: dict, cells: dict) -> str:
        said = self._kind.explain(issue, cells)
        return f"{issue['column']}: {said}" if issue["column"] else said


def safe(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula, as exports have it; numbers are left alone."""
    return cell if _is_number(cell) else safe_text(cell)


def _is_number(cell: str) -> bool:
    return cell.lstrip("+-").replace(".", "", 1).isdecimal()
