"""What a file is by its bytes: a text or a workbook, or plainly something else; and how a text is written."""

import codecs
import csv
import re
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from django.utils.translation import gettext_lazy as _

from common.intake.delimited import bad_line
from common.intake.guesses import Guess
from common.intake.issues import FileRefused

TEXT, WORKBOOK = "csv", "xlsx"
TEXT_ENDINGS = {".csv", ".txt", ".tsv", ".tab"}
WORKBOOK_ENDINGS = {".xlsx", ".xlsm"}
ENCODINGS = ("utf-8", "gb18030", "cp1252", "utf-16", "utf-16-le", "utf-16-be")
DELIMITERS = (",", ";", "\t", "|")
HEAD = 4096
SAMPLE = 1 << 20
PIECE = 1 << 16

A_PICTURE, A_DOCUMENT = _("a picture"), _("a document")
A_WEB_PAGE, AN_ARCHIVE = _("a web page"), _("a compressed archive")
MAGIC = (
    (b"\x89PNG", A_PICTURE),
    (b"\xff\xd8\xff", A_PICTURE),
    (b"GIF8", A_PICTURE),
    (b"%PDF", A_DOCUMENT),
    (b"{\\rtf", A_DOCUMENT),
    (b"\x1f\x8b", AN_ARCHIVE),
    (b"Rar!", AN_ARCHIVE),
    (b"7z\xbc\xaf\x27\x1c", AN_ARCHIVE),
    (b"SQLite format 3", _("a database")),
    (b"<!doctype", A_WEB_PAGE),
    (b"<html", A_WEB_PAGE),
    (b"<?xml", _("an XML file")),
)


def what_is(path: Path, name: str = "") -> str:
    """TEXT or WORKBOOK. Raises FileRefused for what is neither, or not what its name (the user's) says."""
    with path.open("rb") as file:
        head = file.read(HEAD)
    if not head:
        raise FileRefused(_("The file is empty."))
    ending = Path(name or path.name).suffix.lower()
    if head.startswith(b"PK"):
        if ending in TEXT_ENDINGS:
            raise FileRefused(
                _(
                    "The name says text, but this is a spreadsheet or an archive. Give it its right ending, such as .xlsx."
                )
            )
        return _workbook(path)
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        raise _old_or_locked(path)
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for magic, what in MAGIC:
        if start.startswith(magic.lower()) or head.startswith(magic):
            raise FileRefused(
                _("This is %(what)s, not a table. Save the table as XLSX or “CSV UTF-8” and upload that."), what=what
            )
    if ending in WORKBOOK_ENDINGS:
        raise FileRefused(
            _("The name says XLSX, but this is no workbook. If it is text, give it the ending .csv; else save it anew.")
        )
    return TEXT


def _workbook(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as package:
            names = set(package.namelist())
    except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError):
        raise FileRefused(
            _("The workbook is cut off or damaged, for its table of contents is missing. Upload it again.")
        ) from None
    if any(name.startswith("xl/") and name.endswith("workbook.bin") for name in names):
        raise FileRefused(_("This is a binary workbook (XLSB). Save it as XLSX and upload that."))
    if "mimetype" in names and "content.xml" in names:
        raise FileRefused(_("This is an OpenDocument file. Save the sheet as XLSX and upload that."))
    if "[Content_Types].xml" not in names or not any("workbook" in name for name in names):
        raise FileRefused(_("This is an archive or a document, not a workbook. Unpack it and upload the table in it."))
    return WORKBOOK


def _old_or_locked(path: Path) -> FileRefused:
    with path.open("rb") as file:
        beginning, mark = file.read(1 << 22), "EncryptedPackage".encode("utf-16-le")
    if mark in beginning:
        return FileRefused(_("The workbook is protected by a password. Save it without one and upload that."))
    return FileRefused(_("This is a workbook of the old kind (XLS). Save it as XLSX and upload that."))


# --- encoding --------------------------------------------------------------------------------------------------------

BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def guess_encoding(path: Path) -> tuple[str, Guess]:
    """The encoding of a text, by its mark, by what all of it decodes as, by what the letters beyond ASCII look like."""
    with path.open("rb") as file:
        head = file.read(SAMPLE)
    for bom, encoding in BOMS:
        if head.startswith(bom):
            return encoding, Guess("encoding", 1.0, "bom", {"encoding": encoding.upper()})
    if wide := _zeros(head[:HEAD]):
        return wide, Guess("encoding", 0.9, "utf-16-zeros")
    bad = bad_line(path, "utf-8")
    if not bad:
        plain = _is_ascii(path)
        return "utf-8", Guess("encoding", 1.0 if plain else 0.99, "ascii" if plain else "utf-8-valid")
    return _older_encoding(path, bad)


def _zeros(head: bytes) -> str:
    """UTF-16 without a mark: of the pairs, (nearly) all have a zero at the same side."""
    pairs = len(head) // 2
    if pairs < 2:
        return ""
    first, second = head[0::2].count(0), head[1::2].count(0)
    if second > 0.4 * pairs and first < 0.05 * pairs:
        return "utf-16-le"
    return "utf-16-be" if first > 0.4 * pairs and second < 0.05 * pairs else ""


def _is_ascii(path: Path) -> bool:
    with path.open("rb") as file:
        return all(piece.isascii() for piece in iter(lambda: file.read(PIECE), b""))


HIGH_RUN = re.compile(rb"[\x80-\xff]+")


def _older_encoding(path: Path, bad: int) -> tuple[str, Guess]:
    paired = single = 0
    good_utf8 = 0
    with path.open("rb") as file:
        for piece in iter(lambda: file.read(PIECE), b""):
            for run in HIGH_RUN.findall(piece):
                # Chinese comes in pairs of high bytes (and half of the second bytes below them); accents come alone
                if len(run) == 1:
                    single += 1
                else:
                    paired += len(run)
                good_utf8 += _reads_as(run, "utf-8")
    gb18030 = not bad_line(path, "gb18030")
    if gb18030 and paired > 2 * single:
        sure = 0.95 if paired > 8 * single else 0.75
        return "gb18030", Guess("encoding", sure, "gb18030-pairs")
    if good_utf8 > 20 * max(single, 1) and not gb18030:
        return "utf-8", Guess("encoding", 0.5, "mostly-utf-8", {"line": bad})
    return "cp1252", Guess("encoding", 0.7 if paired <= single else 0.5, "latin")


def _reads_as(run: bytes, encoding: str) -> bool:
    try:
        return bool(run.decode(encoding))
    except UnicodeDecodeError:
        return False


# --- delimiter and decimal mark --------------------------------------------------------------------------------------


def guess_delimiter(text: str) -> tuple[str, Guess]:
    """The mark that cuts a sample of text into the same number of cells in most rows."""
    if named := re.match(r"sep=([,;|\t])\r?\n", text, re.IGNORECASE):
        return named[1], Guess("delimiter", 1.0, "sep-line")
    best, found = 0.0, (",", 1, 0.0)
    for delimiter in DELIMITERS:
        widths = Counter(len(cells) for cells in sample_rows(text, delimiter)[:200] if cells)
        wide = {width: count for width, count in widths.items() if width > 1}
        if not wide:
            continue
        width, count = max(wide.items(), key=lambda each: (each[1] * each[0], each[0]))
        share = count / sum(widths.values())
        # regular rows count more than many columns; a rare mark in texts cuts few rows alike
        score = share * share * (1 + min(width, 40) / 40)
        if score > best:
            best, found = score, (delimiter, width, share)
    delimiter, width, share = found
    if width == 1:
        return delimiter, Guess("delimiter", 0.3, "one-column")
    code = "delimiter-regular" if share > 0.95 else "delimiter-uneven"
    return delimiter, Guess("delimiter", round(0.5 + share / 2, 2), code, {"columns": width})


def sample_rows(text: str, delimiter: str) -> list[list[str]]:
    """The rows of a sample; the last, which the sample may have cut, is left out where there are others."""
    try:
        found = list(csv.reader(text.splitlines(keepends=True), delimiter=delimiter))
    except csv.Error:
        return []
    return found[:-1] if len(found) > 2 and len(text) >= SAMPLE // 4 else found


COMMA_NUMBER = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:\.\d{3})+),\d+")
COMMA_GROUPS = re.compile(r"[+-]?\d{1,3}(?:,\d{3})+")
DOT_GROUPS = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+")  # 1.750 may be either: it counts for neither
DOT_NUMBER = re.compile(r"[+-]?(?:\d+|\d{1,3}(?:,\d{3})+)\.\d+")


def guess_decimal_comma(rows: Sequence[Sequence[str]]) -> tuple[bool, Guess]:
    """Are numbers written with a decimal comma? Asked of the cells of a sample."""
    commas, dots, groups = [], [], []
    for cells in rows:
        for cell in map(str.strip, cells):
            if not cell or len(cell) > 40:
                continue
            if COMMA_GROUPS.fullmatch(cell):
                groups.append(cell)
            elif DOT_GROUPS.fullmatch(cell):
                continue
            elif COMMA_NUMBER.fullmatch(cell):
                commas.append(cell)
            elif DOT_NUMBER.fullmatch(cell):
                dots.append(cell)
    if len(commas) > len(dots):
        share = len(commas) / (len(commas) + len(dots))
        return True, Guess("decimal_comma", round(share, 2), "comma-numbers", {"example": commas[0]})
    if dots:
        share = len(dots) / (len(commas) + len(dots))
        return False, Guess("decimal_comma", round(share, 2), "dot-numbers", {"example": dots[0]})
    if groups:
        return False, Guess("decimal_comma", 0.5, "comma-unclear", {"example": groups[0]})
    return False, Guess("decimal_comma", 0.9, "no-decimals")
