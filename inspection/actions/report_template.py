"""The empty file of reports: headings that the import knows, the items of the law, and what to write where."""

import datetime as dt
import io

import xlsxwriter
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from common.clock import local_date
from inspection.actions import report_file_words as words
from inspection.choices import ReportKind
from inspection.queries.reports import catalogue_of

ROWS_WITH_LISTS = 10_000
WIDE = 24
SIGNS = ("√", "×", "△", "−")
WITH_ITEMS = (ReportKind.PERIODIC, ReportKind.SELF_TEST)


def empty_workbook(at: dt.datetime) -> bytes:
    """Sheets: reports, items, explanation, catalogue of the day; in the language of the reader."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, {"in_memory": True}) as book:
        look = _Look(book)
        _head(book.add_worksheet(_("Reports")), words.TARGETS, look, {"kind": _kinds()})
        _head(book.add_worksheet(_("Items")), words.LINES, look, {"sign": SIGNS})
        _explain(book.add_worksheet(_("Explanation")), look)
        _catalogue(book.add_worksheet(_("Catalogue")), look, local_date(at))
    return target.getvalue()


class _Look:
    """Formats of a workbook: code columns are text, so that no spreadsheet rounds a code of twenty digits."""

    def __init__(self, book):
        self.head = book.add_format({"bold": True, "bg_color": "#E8EEF4", "bottom": 1, "text_wrap": True})
        self.needed = book.add_format({"bold": True, "bg_color": "#FBE9D0", "bottom": 1, "text_wrap": True})
        self.text = book.add_format({"num_format": "@"})
        self.wrapped = book.add_format({"text_wrap": True, "valign": "top"})


def heading(target) -> str:
    """What the empty file calls a column: one of its aliases, in the language of the reader."""
    return target.aliases[0 if (get_language() or "").startswith("zh") else 1]


def _kinds() -> tuple[str, ...]:
    return tuple(str(label) for _value, label in ReportKind.choices)


def _head(sheet, targets, look: _Look, lists: dict[str, tuple[str, ...]]) -> None:
    sheet.freeze_panes(1, 1)
    for place, target in enumerate(targets):
        sheet.set_column(place, place, WIDE, look.text)
        sheet.write_string(0, place, heading(target), look.needed if target.required else look.head)
        if target.name in lists:
            asked = {"validate": "list", "source": list(lists[target.name]), "error_type": "warning"}
            if sum(map(len, lists[target.name])) + len(lists[target.name]) <= 255:  # what a spreadsheet's list can hold
                sheet.data_validation(1, place, ROWS_WITH_LISTS, place, asked)


def _explain(sheet, look: _Look) -> None:
    sheet.set_column(0, 0, WIDE)
    sheet.set_column(1, 1, 100)
    lines = [(heading(target), str(text)) for target, text in _about_columns()]
    for place, (name, text) in enumerate([*_about_the_file(), *lines]):
        sheet.write_string(place, 0, name, look.head)
        sheet.write_string(place, 1, text, look.wrapped)


def _about_the_file() -> list[tuple[str, str]]:
    kinds = "、".join(_kinds())
    return [
        (_("Reports"), _("One row for each report. Columns with an orange heading are needed, and one code of the elevator.")),
        (
            _("Items"),
            _("One line for each item: the report number again, the item's number from the catalogue, √ × △ or −. A blank report "
              "number stands for the one above. Or write all results into one cell of the first sheet instead."),
        ),
        (_("Sent again"), _("A report that was filed before is recognised by number and content, and is not filed twice.")),
        (_("Kinds"), kinds),
    ]  # fmt: skip


def _about_columns():
    said = {
        "people": _("Certificate numbers of all inspectors or testers, or their sign-in names; a comma between two."),
        "verdict": _("As printed: 合格, 整改后合格, 不合格."),
        "concluded_on": _("The day of the conclusion: 2026-11-03 or 2026年11月3日."),
        "next_month": _("The month that the report prints: 2027-05 or 2027年5月."),
        "order": _("Only where an authority moved the window: the number of its document."),
        "body": _("Only where you file for several units: name or credit code of the one."),
        "supersedes": _("Only for a correction: the identifier of the report that it takes the place of."),
        "items": _("All results in one cell: A1.2.2.17×[85 mm]worn; A1.2.4.3△; rest√. The rest: items that each report has."),
    }  # fmt: skip
    return [(words.BY_NAME[name], text) for name, text in said.items()]


def _catalogue(sheet, look: _Look, today: dt.date) -> None:
    sheet.freeze_panes(1, 0)
    heads = (_("Inspection"), _("Number"), _("Code"), _("Name"), _("Key item"), _("Only where"), _("Standard"))
    for place, (name, width) in enumerate(zip(heads, (20, 8, 14, 50, 10, 40, 18), strict=True)):
        sheet.set_column(place, place, width, look.text)
        sheet.write_string(0, place, name, look.head)
    rows = [(kind, item) for kind in WITH_ITEMS for item in catalogue_of(kind, today)]
    for line, (kind, item) in enumerate(rows, start=1):
        key = _("yes") if item.key_item else ""
        number = "" if item.report_no is None else str(item.report_no)
        said = (str(kind.label), number, item.code, item.name_zh, key, item.condition_zh, item.standard)
        for place, text in enumerate(said):
            sheet.write_string(line, place, text)
