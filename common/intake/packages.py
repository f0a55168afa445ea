"""The parts of an XLSX workbook (a ZIP of XML), taken out with an eye on what they claim and what they are."""

import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from xml.parsers import expat

from django.utils.translation import gettext_lazy as _

from common.intake.issues import FileRefused

MOST_PARTS = 10_000
LARGEST_PART = 1 << 30  # bytes of XML of one sheet: a million rows of 28 columns
LARGEST_SIDE_PART = 1 << 25  # of the parts that only say how the sheets are written
STEEPEST = 200  # times a part may grow when it is taken out …
HARMLESS = 1 << 26  # … unless it stays below this size anyway
PIECE = 1 << 16
BROKEN = (zipfile.BadZipFile, EOFError, NotImplementedError, zipfile.zlib.error)  # what a package raises that is none


def damaged() -> FileRefused:
    return FileRefused(
        _("The workbook is damaged or cut off. Open it in the spreadsheet program, save it anew and upload that.")
    )


def _bomb() -> FileRefused:
    return FileRefused(
        _("The workbook grows to an absurd size when it is unpacked. Save only the sheet that is meant as a new file.")
    )


@dataclass(frozen=True, slots=True)
class Sheet:
    name: str
    part: str
    hidden: bool


@dataclass(frozen=True, slots=True)
class Workbook:
    """What a workbook has: its sheets in order, where strings and styles are, and from where days count."""

    package: zipfile.ZipFile
    sheets: tuple[Sheet, ...]
    strings: str
    styles: str
    since_1904: bool

    def sheet(self, name: str) -> Sheet:
        """The sheet of this name; raises FileRefused where there is none."""
        for sheet in self.sheets:
            if sheet.name == name:
                return sheet
        raise FileRefused(
            _("The workbook has no sheet “%(name)s”. There are: %(names)s."),
            name=name,
            names=", ".join(sheet.name for sheet in self.sheets[:20]),
        )


@contextmanager
def opened(path: Path) -> Iterator[Workbook]:
    """The workbook in a file. Raises FileRefused for what is damaged, and wherever a part of it turns out to be."""
    try:
        with zipfile.ZipFile(path) as package:
            _require_sound(package)
            yield _workbook(package)
    except BROKEN:
        raise damaged() from None
    except OSError:
        raise FileRefused(_("The file cannot be read. Upload it again.")) from None


def _require_sound(package: zipfile.ZipFile) -> None:
    parts = package.infolist()
    if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > 2 * LARGEST_PART:
        raise _bomb()
    if any(part.flag_bits & 1 for part in parts):
        raise FileRefused(_("The workbook is protected by a password. Save it without one and upload that."))


def pieces(package: zipfile.ZipFile, part: str, most: int = LARGEST_SIDE_PART) -> Iterator[bytes]:
    """A part's bytes, counted while they are taken out: what it claims to be is believed as little as what it is."""
    try:
        info = package.getinfo(part)
    except KeyError:
        raise damaged() from None
    steep = info.file_size > HARMLESS and info.file_size > STEEPEST * max(info.compress_size, 1)
    if info.file_size > most or steep:
        raise _bomb()
    taken = 0
    with package.open(info) as stream:
        while piece := stream.read(PIECE):
            taken += len(piece)
            if taken > most:
                raise _bomb()
            yield piece


def xml_parser() -> expat.XMLParserType:
    """A parser that knows no document types: no entities of the file's own, nothing fetched from elsewhere."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    return parser


def _refuse_doctype(*_args) -> None:
    raise FileRefused(
        _("The workbook defines XML entities of its own, which no spreadsheet program does. Save it anew.")
    )


def feed(parser: expat.XMLParserType, parts: Iterator[bytes]) -> Iterator[None]:
    """Parse piece by piece, pausing after each. Raises FileRefused for what is no XML or ends too early."""
    try:
        for piece in parts:
            parser.Parse(piece, False)
            yield
        parser.Parse(b"", True)
        yield
    except expat.ExpatError:
        raise damaged() from None


def elements(package: zipfile.ZipFile, part: str, found: Callable[[str, dict], None]) -> None:
    """Call `found(name without prefix, attributes without prefixes)` for each element of a small part."""
    parser = xml_parser()

    def start(name: str, attributes: dict) -> None:
        found(local(name), {local(key): value for key, value in attributes.items()})

    parser.StartElementHandler = start
    for _piece in feed(parser, pieces(package, part)):
        pass


def local(name: str) -> str:
    return name.rpartition(":")[2]


def _relations(package: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """{id: (last word of its type, part)} of what a part points to inside the package."""
    place = PurePosixPath(part)
    rels = str(place.parent / "_rels" / f"{place.name}.rels") if part else "_rels/.rels"
    relations: dict[str, tuple[str, str]] = {}

    def found(name: str, at: dict) -> None:
        if name == "Relationship" and at.get("TargetMode") != "External":
            target = at.get("Target", "")
            whole = target[1:] if target.startswith("/") else str(place.parent / target)
            relations[at.get("Id", "")] = (at.get("Type", "").rpartition("/")[2], _straight(whole))

    if rels in package.NameToInfo:
        elements(package, rels, found)
    return relations


def _straight(path: str) -> str:
    parts: list[str] = []
    for part in path.split("/"):
        if part == "..":
            parts = parts[:-1]
        elif part not in ("", "."):
            parts.append(part)
    return "/".join(parts)


def _workbook(package: zipfile.ZipFile) -> Workbook:
    roots = [part for kind, part in _relations(package, "").values() if kind == "officeDocument"]
    main = roots[0] if roots else "xl/workbook.xml"
    relations, sheets, since_1904 = _relations(package, main), [], False

    def found(name: str, at: dict) -> None:
        nonlocal since_1904
        if name == "workbookPr":
            since_1904 = at.get("date1904") in ("1", "true")
        elif name == "sheet" and relations.get(at.get("id", ""), ("", ""))[0] == "worksheet":
            hidden = at.get("state", "visible") != "visible"
            sheets.append(Sheet(at.get("name", ""), relations[at["id"]][1], hidden))

    elements(package, main, found)
    if not sheets:
        raise FileRefused(_("The workbook has no sheet with a table."))
    sides = dict(relations.values())
    return Workbook(package, tuple(sheets), sides.get("sharedStrings", ""), sides.get("styles", ""), since_1904)
