"""What can be wrong with a cell, a row or a file from outside, and how it is told."""

from collections.abc import Mapping
from typing import NamedTuple

from django.utils.translation import gettext_lazy as _

from common.errors import Refusal

EMPTY, KEPT, REFUSED = (
    "EMPTY",
    "KEPT",
    "REFUSED",
)  # the cell counts as blank; it is used as it stands; the row is left out
SHOWN = 60  # characters of a cell in a sentence
LONGEST_CELL = 32_767  # what a spreadsheet's cell can hold; anything longer is not a value
KEPT_OF_LONGER = 1_000
MASK = "***"


class Issue(NamedTuple):
    """One thing to say about a cell (or, with column '', about the row). `effect`: EMPTY, KEPT or REFUSED."""

    column: str
    code: str
    effect: str
    params: dict

    def as_json(self) -> dict:
        stored = {"column": self.column, "code": self.code, "effect": self.effect}
        return stored | {"params": self.params} if self.params else stored


class FileRefused(Refusal):
    """The file as a whole cannot be read; nothing of it was brought in."""

    code = "file-refused"
    field = "file"


# What the file itself can do to a cell or a row, by the code of the issue; kinds add their own. %(value)s is the cell.
SENTENCES = {
    "cell-too-long": _("The cell has %(characters)s characters; only its beginning was kept. Enter the real value."),
    "nul": _("The cell holds a NUL character (shown as ␀). Left empty; type the value again."),
    "cells-missing": _("The row has %(found)s cells, the header %(wanted)s. Refused; the file may be cut off here."),
    "cells-too-many": _(
        "The row has %(found)s cells, the header %(wanted)s. Refused; a text with a comma needs quotes."
    ),
    "quote-open": _("A quotation mark in this row is never closed. Refused; the file may be cut off here."),
    "header-again": _("This row is the header once more. Refused; remove it."),
    "no-line-end": _("The file does not end with a line break, so this last row may be cut off. Kept; compare it."),
    "beside-header": _("The row has values in columns without a heading. They were not used; name the columns."),
    "formula": _("“%(value)s” is the last result of the formula %(formula)s. Kept; enter the value itself."),
    "formula-without-value": _("The formula %(formula)s has no stored result. Left empty; enter the value itself."),
    "error-value": _("The spreadsheet shows the error %(value)s here. Left empty; enter the real value."),
    "digits-lost": _(
        "The spreadsheet has rounded this number to 15 digits. Left empty; enter the code as text, not as a number."
    ),
    "not-a-date": _("“%(value)s” is shown as a date but is none. Left empty; enter the date."),
    # where the row cannot do without the cell
    ("nul", REFUSED): _("The cell holds a NUL character (shown as ␀). The row is refused; type the value again."),
    ("formula-without-value", REFUSED): _(
        "The formula %(formula)s has no stored result. The row is refused; enter the value itself."
    ),
    ("error-value", REFUSED): _(
        "The spreadsheet shows the error %(value)s here. The row is refused; enter the real value."
    ),
    ("digits-lost", REFUSED): _(
        "The spreadsheet has rounded this number to 15 digits. The row is refused; enter the code as text, not as a number."
    ),
}


def explain(issue: Mapping, cells: Mapping[str, str], sentences: Mapping) -> str:
    """The sentence for a stored issue ({column, code, effect, params}) beside its row's raw cells; `sentences` by code,
    or by (code, effect) where the effect changes what is said."""
    value = cells.get(issue["column"], "")
    shown = value if len(value) <= SHOWN else value[: SHOWN - 1] + "…"
    sentence = sentences.get((issue["code"], issue.get("effect"))) or sentences[issue["code"]]
    return str(sentence) % ({"value": shown} | issue.get("params", {}))


def clean_cells(raw: Mapping[str, str], personal: frozenset[str] = frozenset()) -> tuple[dict[str, str], list[Issue]]:
    """(cells as they are kept, what had to be done to keep them).

    PostgreSQL stores no NUL: it is shown as ␀. A cell longer than a spreadsheet's is kept by its beginning. Cells of
    personal columns are masked. All three are said.
    """
    kept, issues = {}, []
    for header, cell in raw.items():
        if "\0" in cell:
            cell = cell.replace("\0", "␀")
            issues.append(Issue(header, "nul", EMPTY, {}))
        if len(cell) > LONGEST_CELL:
            issues.append(Issue(header, "cell-too-long", EMPTY, {"characters": len(cell)}))
            cell = cell[:KEPT_OF_LONGER]
        kept[header] = MASK if header in personal and cell else cell
    return kept, issues
