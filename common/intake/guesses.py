"""What is said about each guess at a file's shape, with how sure it is."""

from dataclasses import dataclass, field

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "bom": _("The file says itself that it is %(encoding)s."),
    "ascii": _("The file has plain letters only, which every encoding reads alike."),
    "utf-8-valid": _("All of the file reads as UTF-8."),
    "gb18030-pairs": _("The file is not UTF-8, and read as GB18030 it is Chinese throughout."),
    "latin": _("The file is not UTF-8; its letters with accents read as Latin-1."),
    "mostly-utf-8": _("The file is UTF-8 but for line %(line)s. Correct that line, or choose another encoding."),
    "utf-16-zeros": _("Every second byte is zero, as in UTF-16 text."),
    "sep-line": _("The first line names the delimiter."),
    "delimiter-regular": _("Cut at this mark, the rows have %(columns)s columns."),
    "delimiter-uneven": _("Cut at this mark, most rows have %(columns)s columns, but not all."),
    "one-column": _("No mark cuts the rows into columns. Choose one if there should be several."),
    "comma-numbers": _("Numbers like “%(example)s” have a decimal comma."),
    "dot-numbers": _("Numbers like “%(example)s” have a decimal point."),
    "comma-unclear": _("“%(example)s” could have a decimal comma or a comma between thousands. Check it."),
    "no-decimals": _("No numbers with decimals were found."),
    "only-sheet": _("The workbook has this sheet only."),
    "first-sheet": _("The first sheet with a table, of %(count)s."),
    "header-found": _("Below it the columns hold figures; the row itself does not."),
    "header-lines": _("Rows %(first)s to %(last)s head the columns together."),
    "header-unsure": _("It could not be told for certain where the header ends. Check the sample."),
    "title-above": _("%(rows)s rows above the header are left out."),
    "merged-below": _("Column “%(column)s” has merged cells. Fill them down if each row means the value above."),
    "serial-dates": _("Column “%(column)s” looks like dates that the spreadsheet turned into numbers."),
}


@dataclass(frozen=True, slots=True)
class Guess:
    """How sure one part of a shape is. `about`: the field of Shape; `confidence` 0 to 1; `sentence` in the reader's
    language, by `code`."""

    about: str
    confidence: float
    code: str
    params: dict = field(default_factory=dict)

    @property
    def sentence(self) -> str:
        return str(SENTENCES[self.code]) % self.params

    @property
    def unsure(self) -> bool:
        return self.confidence < 0.8
