"""Texts and workbooks give the same records: what stands in a cell, and what is wrong with it."""

from dataclasses import replace

import pytest

from common.intake.cells import decimal_text, plain_number, serial_date
from common.intake.shapes import Shape, guess_shape
from common.intake.tables import read_table
from tests.common.intake_files import put, sheet_of, three_line_workbook, with_part, workbook


def told(path, shape: Shape | None = None) -> list:
    """(number, cells, codes of the issues) of each record."""
    return [
        (
            record.number,
            list(record.cells.values()),
            [(issue.column, issue.code, issue.effect) for issue in record.issues],
        )
        for record in read_table(path, shape or Shape())
    ]


def test_rows_are_numbered_as_a_person_sees_them_and_may_be_left_out(tmp_path):
    path = put(tmp_path / "file.csv", "a,b\n1,x\n\n2,y\n3,z\n")
    assert [row[:2] for row in told(path)] == [(2, ["1", "x"]), (3, ["", ""]), (4, ["2", "y"]), (5, ["3", "z"])]
    assert [record.number for record in read_table(path, Shape(), skip=2)] == [4, 5]


def test_a_table_can_be_read_twice(tmp_path):
    table = read_table(put(tmp_path / "file.csv", "a\n1\n2\n"), Shape())
    assert list(table) == list(table)


def test_repeated_and_blank_names_get_their_place(tmp_path):
    table = read_table(put(tmp_path / "file.csv", "x,,x,y\n1,2,3,4\n"), Shape())
    assert (table.names, table.header) == (("x", "", "x", "y"), ("x", "#2", "x #3", "y"))


def test_rows_of_a_text_with_too_few_or_too_many_cells_are_refused_alone(tmp_path):
    path = put(tmp_path / "file.csv", "a,b\n1\n2,x\n3,y,z\n")
    assert told(path) == [
        (2, ["1"], [("", "cells-missing", "REFUSED")]),
        (3, ["2", "x"], []),
        (4, ["3", "y", "z"], [("", "cells-too-many", "REFUSED")]),
    ]


def test_rows_that_all_end_in_a_delimiter_are_whole(tmp_path):
    assert told(put(tmp_path / "file.csv", "a,b,\n1,x,\n")) == [(2, ["1", "x", ""], [])]


def test_the_header_again_is_refused_in_both_formats(tmp_path):
    text = put(tmp_path / "file.csv", "a,b\n1,x\na,b\n2,y\n")
    book = workbook(tmp_path / "file.xlsx", [["a", "b"], [1, "x"], ["a", "b"], [2, "y"]])
    expected = [(2, ["1", "x"], []), (3, ["a", "b"], [("", "header-again", "REFUSED")]), (4, ["2", "y"], [])]
    assert told(text) == told(book, guess_shape(book)) == expected


def test_merged_cells_are_filled_down_on_request_only(tmp_path):
    path = three_line_workbook(tmp_path / "file.xlsx")
    shape = guess_shape(path)
    assert [record.cells["使用单位"] for record in read_table(path, shape)] == [
        "示例物业1",
        "",
        "示例物业2",
        "",
        "示例物业3",
        "",
    ]
    filled = read_table(path, replace(shape, fill_down=("使用单位",)))
    assert [record.cells["使用单位"] for record in filled] == ["示例物业1"] * 2 + ["示例物业2"] * 2 + ["示例物业3"] * 2
    assert [record.cells["使用单位"] for record in replace_skip(filled, 3)] == ["示例物业2", "示例物业3", "示例物业3"]


def replace_skip(table, skip: int):
    return read_table(table.path, table.shape, skip)


def test_blank_cells_outside_the_merged_ranges_stay_blank(tmp_path):
    path = workbook(tmp_path / "file.xlsx", [["unit", "code"], ["A", 1], ["", 2], ["", 3]])
    merge = b'<mergeCells count="1"><mergeCell ref="A2:A3"/></mergeCells><pageMargins'
    with_part(path, "xl/worksheets/sheet1.xml", lambda xml: xml.replace(b"<pageMargins", merge))
    shape = replace(guess_shape(path), fill_down=("unit",))
    assert [record.cells["unit"] for record in read_table(path, shape)] == ["A", "A", ""]


def test_gaps_of_a_text_are_filled_down_on_request(tmp_path):
    path = put(tmp_path / "file.csv", "unit,code\nA,1\n,2\nB,3\n,4\n")
    shape = Shape(fill_down=("unit",))
    assert [cells for _number, cells, _issues in told(path, shape)] == [["A", "1"], ["A", "2"], ["B", "3"], ["B", "4"]]


def test_formulas_give_their_last_result_and_are_named(tmp_path):
    path = sheet_of(
        tmp_path / "file.xlsx",
        """<row r="1"><c r="A1" t="inlineStr"><is><t>code</t></is></c><c r="B1" t="inlineStr"><is><t>load</t></is></c></row>
        <row r="2"><c r="A2" t="str"><f>"A"&amp;1</f><v>A1</v></c><c r="B2"><f>500*2</f><v>1000</v></c></row>
        <row r="3"><c r="A3" t="inlineStr"><is><t>A2</t></is></c><c r="B3"><f>500*3</f></c></row>
        <row r="4"><c r="A4" t="inlineStr"><is><t>A3</t></is></c><c r="B4" t="e"><f>1/0</f><v>#DIV/0!</v></c></row>
        <row r="5"><c r="A5" t="str"><f>IF(1,"","")</f><v></v></c><c r="B5"><v>1</v></c></row>""",
    )
    table = list(read_table(path, guess_shape(path)))
    assert [(list(r.cells.values()), [tuple(i) for i in r.issues]) for r in table] == [
        (
            ["A1", "1000"],
            [("code", "formula", "KEPT", {"formula": '="A"&1'}), ("load", "formula", "KEPT", {"formula": "=500*2"})],
        ),
        (["A2", ""], [("load", "formula-without-value", "EMPTY", {"formula": "=500*3"})]),
        (["A3", "#DIV/0!"], [("load", "error-value", "EMPTY", {})]),
        (["", "1"], []),
    ]


def test_dates_and_padded_codes_are_told_by_the_format_of_the_cell(tmp_path):
    import xlsxwriter

    path = tmp_path / "file.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["code", "day", "moment", "clock", "elapsed", "speed"])
        formats = ["000000", "yyyy年m月d日", "yyyy-mm-dd hh:mm", "hh:mm", "[h]:mm", '0.00 "m/s"']
        for place, (value, code) in enumerate(zip([1234, 45292, 45292.5, 0.5, 1.5, 1.75], formats, strict=True)):
            sheet.write_number(1, place, value, book.add_format({"num_format": code}))
    row = next(iter(read_table(path, guess_shape(path))))
    assert list(row.cells.values()) == ["001234", "2024-01-01", "2024-01-01T12:00:00", "12:00:00", "1.5", "1.75"]


def test_numbers_with_more_digits_than_a_spreadsheet_holds_are_named(tmp_path):
    path = workbook(tmp_path / "file.xlsx", [["code", "load"], [320115199001011234, 5], [30103201062014, 5]])
    rows = told(path, guess_shape(path))
    assert [issues for _number, _cells, issues in rows] == [[("code", "digits-lost", "EMPTY")], []]
    assert rows[1][1] == ["30103201062014", "5"]


def test_values_beside_the_header_are_kept_and_named(tmp_path):
    path = workbook(tmp_path / "file.xlsx", [["code", "load"], ["A1", 5, "", "remark"], ["A2", 6]])
    assert told(path, guess_shape(path)) == [
        (2, ["A1", "5", "", "remark"], [("", "beside-header", "KEPT")]),
        (3, ["A2", "6"], []),
    ]


def test_a_decimal_comma_is_written_alike_in_both_formats(tmp_path):
    path = workbook(tmp_path / "file.xlsx", [["code", "load"], ["A1", 1.5], ["A2", "1.234,5"]])
    shape = replace(guess_shape(path), decimal_comma=True)
    assert [plain_number(record.cells["load"], True) for record in read_table(path, shape)] == ["1.5", "1234.5"]


def test_texts_pronunciation_and_escapes_of_a_workbook(tmp_path):
    path = workbook(tmp_path / "file.xlsx", [["code", "name"], ["A1", "x"]])
    strings = (
        "<sst><si><t>code</t></si><si><t>name</t></si><si><t>A_x0031_</t></si>"
        "<si><r><t>电</t></r><r><t>梯</t></r><rPh><t>dian</t></rPh></si></sst>"
    )
    with_part(path, "xl/sharedStrings.xml", lambda _xml: strings.encode())
    assert told(path, guess_shape(path)) == [(2, ["A1", "电梯"], [])]


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("12", "12"),
        ("12.300000000000001", "12.3"),
        ("0.1", "0.1"),
        ("1E-7", "0.0000001"),
        ("1.5E+3", "1500"),
        ("-0", "0"),
        ("007", "7"),
        ("nan", ""),
        ("1e999", ""),
        ("x", ""),
    ],
)
def test_decimal_text_is_the_shortest(raw, text):
    assert decimal_text(raw) == text


@pytest.mark.parametrize(
    ("number", "since_1904", "text"),
    [
        (1, False, "1900-01-01"),
        (59, False, "1900-02-28"),
        (60, False, ""),
        (61, False, "1900-03-01"),
        (45292, False, "2024-01-01"),
        (43830, True, "2024-01-01"),
        (0.25, False, "06:00:00"),
        (-1, False, ""),
        (3_000_000, False, ""),
        (2_958_465, True, ""),
    ],
)
def test_serial_date_counts_as_spreadsheets_do(number, since_1904, text):
    assert serial_date(number, since_1904=since_1904) == text


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("1,5", "1.5"),
        ("1.234,5", "1234.5"),
        ("1.234", "1234"),
        ("-0,25", "-0.25"),
        ("12.5", "12.5"),
        ("12,14 A", "12,14 A"),
    ],
)
def test_plain_number_reads_a_decimal_comma(text, plain):
    assert plain_number(text, True) == plain
    assert plain_number(text, False) == text
