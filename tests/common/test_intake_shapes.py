"""What a file looks like is found out, with how sure that is; every part of it can be corrected."""

from dataclasses import replace

import pytest

from common.intake.issues import FileRefused
from common.intake.shapes import Shape, guess_again, guess_shape
from common.intake.tables import read_table
from tests.common.intake_files import CHINESE, GERMAN, put, three_line_workbook, workbook


def sure_of(shape, part: str) -> float:
    return next(guess.confidence for guess in shape.guesses if guess.about == part)


def codes(shape) -> list[str]:
    return [guess.code for guess in shape.guesses]


@pytest.mark.parametrize(
    ("content", "written_as", "encoding", "code"),
    [
        (CHINESE, "utf-8", "utf-8", "utf-8-valid"),
        (CHINESE, "utf-8-sig", "utf-8", "bom"),
        (CHINESE, "gb18030", "gb18030", "gb18030-pairs"),
        (CHINESE, "utf-16", "utf-16", "bom"),
        (CHINESE.replace("示例", ""), "utf-16-le", "utf-16-le", "utf-16-zeros"),
        (CHINESE.replace("示例", ""), "utf-16-be", "utf-16-be", "utf-16-zeros"),
        (GERMAN, "latin-1", "cp1252", "latin"),
        ("code,place\n" + "A1,Café de la Gare\nA2,Hôtel à Nîmes\n" * 9, "latin-1", "cp1252", "latin"),
        ("code,load\nA1,1000\n", "ascii", "utf-8", "ascii"),
    ],
)
def test_encoding_is_told_by_the_bytes(tmp_path, content, written_as, encoding, code):
    shape = guess_shape(put(tmp_path / "file.csv", content, written_as))
    assert (shape.encoding, shape.guesses[0].code) == (encoding, code)
    table = read_table(tmp_path / "file.csv", shape)
    assert table.names == tuple(content.split("\n")[0].split(shape.delimiter))


def test_a_guess_says_how_sure_it_is_and_why(tmp_path):
    shape = guess_shape(put(tmp_path / "file.csv", CHINESE, "gb18030"))
    assert sure_of(shape, "encoding") == 0.95
    assert shape.guesses[0].sentence == "The file is not UTF-8, and read as GB18030 it is Chinese throughout."
    assert sure_of(guess_shape(put(tmp_path / "german.csv", GERMAN, "latin-1")), "encoding") < 0.8


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiter_is_the_one_that_cuts_rows_alike(tmp_path, delimiter):
    others = " ".join({",", ";", "\t", "|"} - {delimiter})
    content = f"code{delimiter}text\n" + "".join(f"A{n}{delimiter}{others if n % 3 else 'x'}\n" for n in range(30))
    assert guess_shape(put(tmp_path / "file.csv", content)).delimiter == delimiter


def test_a_line_that_names_the_delimiter_is_believed(tmp_path):
    shape = guess_shape(put(tmp_path / "file.csv", "sep=|\ncode|load,t\nA1|1,5\nA2|2,5\n"))
    assert (shape.delimiter, shape.header_first, shape.decimal_comma) == ("|", 2, True)


@pytest.mark.parametrize(
    ("numbers", "comma", "code"),
    [
        (["1,5", "2,25"], True, "comma-numbers"),
        (["1.234,50", "118,79"], True, "comma-numbers"),
        (["1,5", "1.000"], True, "comma-numbers"),
        (["1.5", "2.25"], False, "dot-numbers"),
        (["1,234.5", "2.25"], False, "dot-numbers"),
        (["1,000", "2,500"], False, "comma-unclear"),
        (["10", "20"], False, "no-decimals"),
    ],
)
def test_decimal_comma_is_told_by_the_numbers(tmp_path, numbers, comma, code):
    content = "code;load\n" + "".join(f"A{place};{number}\n" for place, number in enumerate(numbers))
    shape = guess_shape(put(tmp_path / "file.csv", content))
    assert (shape.decimal_comma, code in codes(shape)) == (comma, True)


def test_title_lines_above_the_header_are_left_out(tmp_path):
    shape = guess_shape(put(tmp_path / "file.csv", "电梯台账\n统计日期：2026-03-01\n" + CHINESE))
    assert (shape.header_first, shape.header_last) == (3, 3)
    assert next(iter(read_table(tmp_path / "file.csv", shape))).number == 4


def test_a_header_of_three_merged_lines_is_joined(tmp_path):
    shape = guess_shape(three_line_workbook(tmp_path / "file.xlsx"))
    assert (shape.format, shape.sheet, shape.header_first, shape.header_last) == ("xlsx", "电梯台账", 2, 4)
    assert read_table(tmp_path / "file.xlsx", shape).header == (
        "序号",
        "使用单位",
        "设备 / 编号 / 设备代码",
        "设备 / 编号 / 登记证编号",
        "设备 / 参数 / 速度",
        "设备 / 参数 / 载重",
        "检验日期",
    )
    assert [guess.params for guess in shape.guesses if guess.code == "merged-below"] == [{"column": "使用单位"}]


def test_a_header_of_two_lines_in_a_text_is_joined(tmp_path):
    content = "Code,Owner,,Data,\n,Name,Phone,Load,Speed\n" + "A1,Ann,1,1000,1.5\nA2,Ben,2,630,1\n" * 5
    shape = guess_shape(put(tmp_path / "file.csv", content))
    assert read_table(tmp_path / "file.csv", shape).header == (
        "Code",
        "Owner / Name",
        "Owner / Phone",
        "Data / Load",
        "Data / Speed",
    )


def test_the_sheet_with_a_table_is_proposed(tmp_path):
    path = workbook(tmp_path / "file.xlsx", [["Read me first"]], Register=[["code", "load"], ["A1", 5]], Notes=[["x"]])
    shape = guess_shape(path)
    assert (shape.sheet, shape.sheets) == ("Register", ("Sheet1", "Register", "Notes"))


def test_days_that_became_numbers_are_told_and_read_on_request(tmp_path):
    path = workbook(
        tmp_path / "file.xlsx", [["code", "检验日期", "load"], ["A1", 45292, 45292], ["A2", 45293.5, 40000]]
    )
    shape = guess_shape(path)
    assert [guess.params for guess in shape.guesses if guess.code == "serial-dates"] == [{"column": "检验日期"}]
    assert [list(record.cells.values()) for record in read_table(path, replace(shape, serial_dates=("检验日期",)))] == [
        ["A1", "2024-01-01", "45292"],
        ["A2", "2024-01-02T12:00:00", "40000"],
    ]


def test_a_corrected_part_is_kept_when_the_rest_is_guessed_again(tmp_path):
    path = put(tmp_path / "file.csv", "a|b,c\n1|2,5\n3|4,5\n")
    corrected = guess_again(path, replace(guess_shape(path), delimiter="|"))
    assert (corrected.delimiter, read_table(path, corrected).header) == ("|", ("a", "b,c"))


def test_a_shape_survives_a_row_of_the_database(tmp_path):
    shape = guess_shape(three_line_workbook(tmp_path / "file.xlsx"))
    shape = replace(shape, fill_down=("使用单位",))
    assert Shape.from_json(shape.to_json()) == shape
    assert Shape.from_json({"format": "csv", "later": 1}) == Shape()


def test_a_header_that_is_not_there_is_told(tmp_path):
    path = put(tmp_path / "file.csv", CHINESE)
    with pytest.raises(FileRefused, match="There is no header in row 99"):
        read_table(path, Shape(header_first=99, header_last=99))
    with pytest.raises(FileRefused, match="does not end before"):
        read_table(path, Shape(header_first=3, header_last=2))
