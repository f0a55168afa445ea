"""Files that are not what they should be, or mean harm: each gets a sentence, in bounded memory and time."""

import resource
import time
import tracemalloc
import zipfile

import pytest

from common.intake import delimited, packages, xlsx
from common.intake.issues import FileRefused, clean_cells
from common.intake.joins import other_sheet
from common.intake.shapes import Shape, guess_shape
from common.intake.tables import read_table
from tests.common.intake_files import CHINESE, put, sheet_of, with_part, workbook

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ROW = '<row r="1"><c r="A1" t="inlineStr"><is><t>code</t></is></c></row>'


def refusal(path, shape: Shape | None = None) -> str:
    """The sentence with which reading all of a file ends."""
    with pytest.raises(FileRefused) as refused:
        for _record in read_table(path, shape or guess_shape(path)):
            pass
    return str(refused.value.message)


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("file.csv", b"", "The file is empty."),
        ("file.csv", b"PK\x03\x04...", "The name says text, but this is a spreadsheet or an archive."),
        ("file.xlsx", b"PK\x03\x04...", "cut off or damaged"),
        ("file.xlsx", b"code,load\nA1,5\n", "The name says XLSX, but this is no workbook."),
        ("file.xls", OLE + b"\0" * 600, "a workbook of the old kind (XLS)"),
        ("file.xlsx", OLE + "EncryptedPackage".encode("utf-16-le"), "protected by a password"),
        ("file.csv", b"\x89PNG\r\n\x1a\n\x00", "This is a picture, not a table."),
        ("file.csv", b"%PDF-1.7 ...", "This is a document, not a table."),
        ("file.xls", b"\r\n <HTML><body><table>", "This is a web page, not a table."),
        ("file.csv", b"\x1f\x8b\x08", "This is a compressed archive, not a table."),
        ("file.xml", b"<?xml version='1.0'?><x/>", "This is an XML file, not a table."),
    ],
)
def test_a_file_that_is_not_what_its_name_says(tmp_path, name, content, sentence):
    assert sentence in refusal(put(tmp_path / name, content))


def test_the_name_that_counts_is_the_users(tmp_path):
    path = put(tmp_path / "3f2a", "code,load\nA1,5\n")
    assert guess_shape(path, name="register.csv").format == "csv"
    with pytest.raises(FileRefused, match="The name says XLSX"):
        guess_shape(path, name="register.xlsx")


@pytest.mark.parametrize("part", ["xl/workbook.bin", "word/document.xml", "content.xml"])
def test_other_packages_are_named(tmp_path, part):
    path = tmp_path / "file.xlsx"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("[Content_Types].xml", "<x/>")
        package.writestr("mimetype" if part == "content.xml" else "x", "")
        package.writestr(part, "<x/>")
    assert refusal(path).split(".")[0] in (
        "This is a binary workbook (XLSB)",
        "This is an archive or a document, not a workbook",
        "This is an OpenDocument file",
    )


def bomb(path, size: int, fill: bytes = b"<row/>"):
    """A workbook whose sheet takes `size` bytes when it is unpacked."""
    workbook(path, [["code"], ["A1"]])
    return with_part(
        path, "xl/worksheets/sheet1.xml", lambda _xml: b"<worksheet><sheetData>" + fill * (size // len(fill))
    )


def test_a_zip_bomb_is_refused_by_what_it_claims(tmp_path):
    path, started = bomb(tmp_path / "file.xlsx", 120 << 20), time.monotonic()
    assert path.stat().st_size < 500_000
    assert "absurd size" in refusal(path)
    assert time.monotonic() - started < 3


def test_a_zip_bomb_is_refused_by_what_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(packages, "LARGEST_PART", 1 << 20)
    path = bomb(tmp_path / "file.xlsx", 2 << 20)
    claimed = (2 << 20) // 6 * 6 + 22
    content = path.read_bytes()
    assert content.count(claimed.to_bytes(4, "little")) == 2
    put(path, content.replace(claimed.to_bytes(4, "little"), (1000).to_bytes(4, "little")))
    assert "damaged or cut off" in refusal(path)  # only as much is taken out as was claimed, and that is no XML


def test_a_sheet_with_one_cell_at_its_far_end_costs_nothing(tmp_path):
    path = sheet_of(tmp_path / "file.xlsx", ROW + '<row r="1048576"><c r="A1048576"><v>1</v></c></row>')
    tracemalloc.start()
    assert [record.number for record in read_table(path, Shape("xlsx"))] == [1048576]
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_a_million_columns_are_refused(tmp_path):
    assert "cells; a table has at most" in refusal(put(tmp_path / "file.csv", ",".join(["c"] * 1_000_000) + "\n1\n"))
    wide = workbook(tmp_path / "wide.xlsx", [["c"] * 3000, [1] * 3000])
    assert "The file has 3000 columns; a table has at most 500." in refusal(wide)
    beyond = sheet_of(tmp_path / "beyond.xlsx", '<row r="1"><c r="ZZZZ1"><v>1</v></c><c r="ZZZ1"><v>1</v></c></row>')
    assert "more columns than a spreadsheet can have" in refusal(beyond)


def test_a_row_with_a_million_cells_is_refused_in_bounded_memory(tmp_path):
    path = put(tmp_path / "file.csv", "a,b\n1,2\n" + "," * 5_000_000 + "\n")
    tracemalloc.start()
    assert "cells; a table has at most" in refusal(path, Shape())
    assert tracemalloc.get_traced_memory()[1] < 40_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("name", ["file.csv", "file.xlsx"])
def test_a_cell_of_ten_million_characters_costs_its_row_that_cell(tmp_path, name):
    long = "x" * 10**7
    if name == "file.csv":
        path = put(tmp_path / name, f'code,load\nA1,5\nA2,"{long}"\nA3,7\n')
    else:
        text = '<c t="inlineStr"><is><t>{}</t></is></c>'
        lines = [("code", "load"), ("A1", "5"), ("A2", long), ("A3", "7")]
        cells = "".join("<row>" + "".join(text.format(cell) for cell in line) + "</row>" for line in lines)
        path = sheet_of(tmp_path / name, cells)
    records = list(read_table(path, guess_shape(path)))
    assert [len(record.cells["load"]) for record in records] == [1, 10**7, 1]
    kept, issues = clean_cells(records[1].cells)
    assert (len(kept["load"]), [issue.code for issue in issues]) == (1000, ["cell-too-long"])


def test_a_row_of_more_text_than_any_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(xlsx, "LARGEST_CELL", 1000)
    path = sheet_of(
        tmp_path / "file.xlsx", ROW + '<row r="2"><c t="inlineStr"><is><t>' + "x" * 1001 + "</t></is></c></row>"
    )
    assert "Row 2 holds more text than any row of a table." in refusal(path, Shape("xlsx"))


def test_nul_bytes_stay_in_their_cell(tmp_path):
    path = put(tmp_path / "file.csv", b"code,load\nA\x001,5\nA2,6\n")
    records = list(read_table(path, guess_shape(path)))
    assert [record.cells["code"] for record in records] == ["A\x001", "A2"]
    assert clean_cells(records[0].cells)[0] == {"code": "A␀1", "load": "5"}


def test_a_header_twice_is_told_apart(tmp_path):
    table = read_table(put(tmp_path / "file.csv", "code,code\nA1,A2\n"), Shape())
    assert (table.names, table.header) == (("code", "code"), ("code", "code #2"))


def test_half_a_workbook_is_refused(tmp_path):
    path = workbook(tmp_path / "file.xlsx", [["code"], *[[f"A{n}"] for n in range(5000)]])
    content = path.read_bytes()
    assert "cut off or damaged" in refusal(put(tmp_path / "half.xlsx", content[: len(content) // 2]))
    broken = bytearray(content)
    broken[len(content) // 2 : len(content) // 2 + 40] = b"\xff" * 40
    assert "damaged or cut off" in refusal(put(tmp_path / "broken.xlsx", bytes(broken)), Shape("xlsx"))


def test_half_a_text_names_the_row_where_it_ends(tmp_path):
    path = put(tmp_path / "file.csv", CHINESE[:-10])
    assert [issue.code for issue in list(read_table(path, Shape()))[-1].issues] == ["cells-missing"]
    half_letter = put(tmp_path / "half.csv", CHINESE.encode()[: len(CHINESE.encode()) - 25])
    assert "Line 30 is not UTF-8 text." in refusal(half_letter, Shape())


@pytest.mark.parametrize(
    "doctype",
    [
        '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>',
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>',
    ],
)
@pytest.mark.parametrize(
    "part", ["xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml"]
)
def test_entities_of_a_workbook_are_refused(tmp_path, doctype, part):
    path = workbook(tmp_path / "file.xlsx", [["code"], ["A1"]])
    with_part(path, part, lambda xml: xml.replace(b"?>", b"?>" + doctype.encode(), 1))
    assert "XML entities of its own" in refusal(path)


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="A2" t="s"><v>999999</v></c>',
        '<c r="A2" t="s"><v>' + "9" * 6000 + "</v></c>",
        '<c r="A2" s="' + "9" * 6000 + '"><v>1</v></c>',
        '<c r="A2"><v>' + "9" * 6000 + "</v></c>",
        '<c r="A2"><v>1e400</v></c>',
        '<c r="ÄÖ2"><v>1</v></c>',
        "<c><v>1</v><v>2</v></c>",
    ],
)
def test_nonsense_in_a_cell_never_costs_more_than_a_sentence(tmp_path, cell):
    path = sheet_of(tmp_path / "file.xlsx", ROW + f'<row r="2">{cell}</row>')
    try:
        list(read_table(path, Shape("xlsx")))
    except FileRefused as refused:
        assert str(refused.message)


def test_a_quotation_mark_that_swallows_rows_is_named_by_its_row(tmp_path):
    path = put(tmp_path / "file.csv", 'a,b\n1,x\n2,"y\n' + "3,z\n" * 500)
    assert "A quotation mark in row 3 swallows the rows after it." in refusal(path, Shape())


def test_a_line_without_end_is_never_held_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(delimited, "LARGEST_CELL", 5000)
    assert "A quotation mark in row 2 swallows" in refusal(put(tmp_path / "file.csv", "a\n" + "x" * 10_000), Shape())


@pytest.mark.long
def test_a_workbook_of_280000_different_texts_is_not_held_in_memory(tmp_path):
    import xlsxwriter

    path = tmp_path / "file.xlsx"
    with xlsxwriter.Workbook(path, {"constant_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, [f"column {place}" for place in range(28)])
        for number in range(1, 10_001):
            sheet.write_row(number, 0, [f"value {number} {place}" for place in range(28)])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert sum(1 for _record in read_table(path, guess_shape(path))) == 10_000
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024 < 60_000_000


def test_the_texts_of_a_workbook_are_read_once_for_all_its_sheets(tmp_path, monkeypatch):
    """A small file may unpack to tens of megabytes of them: once for each of twenty sheets kept a request for a minute."""
    read, plain = [], xlsx._strings
    monkeypatch.setattr(xlsx, "_strings", lambda book: read.append(1) or plain(book))
    sheets = {f"s{number}": [[f"title {number}"]] for number in range(19)}
    path = workbook(tmp_path / "r.xlsx", [["title"]], **sheets, table=[["code", "site"], ["A1", "North"]])
    shape = guess_shape(path)
    assert len(read) == 2  # to choose the sheet, and to look at it
    read.clear()
    table = read_table(path, Shape.from_json(shape.to_json() | {"sheet": "Sheet1"}))
    read.clear()
    assert other_sheet(table, lambda header: header[0] == "title 18").shape.sheet == "s18"
    assert len(read) <= 2  # and to read its header
    read.clear()
    assert other_sheet(table, lambda _header: False) is None
    assert len(read) == 1


def test_a_sheet_is_looked_through_for_its_first_rows_no_further_than_they_can_stand(tmp_path, monkeypatch):
    monkeypatch.setattr(packages, "PIECE", 1 << 10)
    path = sheet_of(tmp_path / "r.xlsx", "<row/>" * 50_000 + '<row><c t="inlineStr"><is><t>code</t></is></c></row>')
    assert list(xlsx.beginnings(path, ["Sheet1"], 5)) == [("Sheet1", [])]
    assert [row.cells for row in xlsx.rows(path)] == [["code"]]


def test_a_damaged_sheet_has_no_beginning_and_costs_the_others_none(tmp_path):
    path = workbook(tmp_path / "r.xlsx", [["a", "b"]], good=[["code", "site"]])
    with_part(path, "xl/worksheets/sheet1.xml", lambda content: content[:60] + b"<<<")
    found = {name: [row.cells for row in rows] for name, rows in xlsx.beginnings(path, ["Sheet1", "good"], 5)}
    assert found == {"Sheet1": [], "good": [["code", "site"]]}
