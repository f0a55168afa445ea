"""Files that are not what they should be: each gets a sentence, before anything is written. No database."""

import csv

import pytest

from common.intake.issues import FileRefused
from registry.actions.register_files import opened, records, survey
from registry.mappings import MAPPINGS
from tests.registry.import_files import HEADER, HEADER_LINE, many, row, write

NYC = MAPPINGS["nyc"]


def line(**cells: str) -> str:
    return ",".join(row(**cells).values())


def refusal(path) -> str:
    with pytest.raises(FileRefused) as refused:
        survey(path, NYC)
    return str(refused.value.message)


def put(tmp_path, content: bytes | str):
    path = tmp_path / "file.csv"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def read(path) -> list:
    with opened(path) as file:
        rows = records(file, NYC)
        next(rows)
        return list(rows)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        (b"PK\x03\x04rest of an xlsx", "this is a spreadsheet or an archive"),
        ("a,b\n".encode("utf-16"), "The file is UTF-16 text."),
        (HEADER_LINE.encode() + b"caf\xe9,x\n", "Line 2 is not UTF-8 text."),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "This is a picture, not a table."),
        (b"<html><body>404</body></html>", "This is a web page, not a table."),
        (HEADER_LINE, "The file has a header and no row below it."),
        (HEADER_LINE.replace("Borough,", ""), "Missing: Borough."),
        (HEADER_LINE.replace(",", ";"), "Missing: DV_DEVICE_NUMBER, DV_DEVICE_STATUS_DESCRIPTION"),
        (HEADER_LINE.replace("TAX_BLOCK", "Borough"), "The header names Borough twice."),
    ],
)
def test_survey_refuses_what_is_no_register(tmp_path, content, sentence):
    assert sentence in refusal(put(tmp_path, content))


def test_survey_names_a_file_that_is_not_there(tmp_path):
    assert refusal(tmp_path / "none.csv") == f"There is no file {tmp_path / 'none.csv'}."
    assert "is a folder" in refusal(tmp_path)


def test_survey_takes_a_byte_order_mark_and_unmapped_columns(tmp_path):
    path = put(tmp_path, b"\xef\xbb\xbf" + ("extra," + HEADER_LINE + "x," + line() + "\n").encode())
    found = survey(path, NYC)
    assert (found.records, found.unmapped) == (1, ["extra", "Device Status", "TAX_BLOCK", "TAX_LOT"])


def test_survey_finds_rows_with_one_key_and_counts_spellings(tmp_path):
    rows = [row("1P1"), row("1P2", DV_MANUFACTURER="OITS"), row(" 1P1 ", DV_MANUFACTURER=""), row(""), row("")]
    found = survey(write(tmp_path / "file.csv", rows), NYC)
    assert found.repeated == {("DV_DEVICE_NUMBER", "1P1"): [2, 4]}
    assert found.distinct == {"DV_MANUFACTURER": 3}


def test_records_number_rows_as_a_person_sees_them(tmp_path):
    path = put(
        tmp_path, HEADER_LINE + line(key="a") + "\n\n" + line(key="b", STREET_NAME='"two\nlines"') + "\n" + line()
    )
    found = read(path)
    assert [(record.number, record.blank) for record in found] == [(2, False), (3, True), (4, False), (5, False)]


def test_records_refuse_rows_with_too_few_or_too_many_cells_alone(tmp_path):
    found = read(put(tmp_path, HEADER_LINE + "1P1,A\n" + line(key="1P2") + "\n" + line(key="1P3") + ",more\n"))
    assert [[(issue.code, issue.effect, issue.params) for issue in record.issues] for record in found] == [
        [("cells-missing", "REFUSED", {"found": 2, "wanted": 28})],
        [],
        [("cells-too-many", "REFUSED", {"found": 29, "wanted": 28})],
    ]
    assert found[2].cells["+1"] == "more"


def test_records_refuse_the_header_in_the_middle(tmp_path):
    found = read(put(tmp_path, HEADER_LINE + line() + "\n" + HEADER_LINE))
    assert [issue.code for issue in found[1].issues] == ["header-again"]


@pytest.mark.parametrize(
    ("end", "codes"),
    [
        ("\n", []),
        ("", ["no-line-end"]),  # cut off in the last cell: cannot be told from a file without a last line break
    ],
)
def test_records_doubt_a_last_row_without_line_end(tmp_path, end, codes):
    assert [issue.code for issue in read(put(tmp_path, HEADER_LINE + line() + end))[-1].issues] == codes


def test_records_refuse_a_last_row_that_was_cut_off(tmp_path):
    whole = HEADER_LINE + line(key="1P1") + "\n" + line(key="1P2")
    cut = read(put(tmp_path, whole[:-80]))
    assert [[issue.code for issue in record.issues] for record in cut] == [[], ["cells-missing"]]


def test_records_refuse_a_last_row_that_ends_inside_quotes(tmp_path):
    found = read(put(tmp_path, HEADER_LINE + line(key="1P1") + '\n1P2,A,ACTIVE,"10000'))
    assert [[issue.code for issue in record.issues] for record in found] == [[], ["quote-open"]]


@pytest.mark.parametrize("rows_after", [3, 500])
def test_survey_refuses_a_quote_that_swallows_other_rows(tmp_path, rows_after):
    after = "".join(line(key=f"1P{number}") + "\n" for number in range(rows_after))
    path = put(tmp_path, HEADER_LINE + line(key="1P0") + '\n"1P1,A\n' + after)
    assert refusal(path).startswith("A quotation mark in row 3 swallows the rows after it.")


def test_survey_of_a_large_file_holds_one_row_at_a_time(tmp_path):
    import tracemalloc

    path = write(tmp_path / "file.csv", many(20_000))
    tracemalloc.start()
    survey(path, NYC)
    _now, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert path.stat().st_size > 3_500_000
    # keys are held, rows are not: as dictionaries they would take more than 60 MB
    assert peak < 8_000_000


def test_header_names_that_the_mapping_does_not_know_may_repeat(tmp_path):
    path = put(tmp_path, "x,,x," + HEADER_LINE + "1,2,3," + line() + "\n")
    with opened(path) as file:
        assert next(records(file, NYC)) == ["x", "#2", "x #3", *HEADER]


def test_quotes_in_the_middle_of_a_cell_are_text(tmp_path):
    path = put(tmp_path, HEADER_LINE + line(DV_TRAVEL_DISTANCE="16'4\"") + "\n")
    assert read(path)[0].cells["DV_TRAVEL_DISTANCE"] == "16'4\""
    assert csv.field_size_limit() >= 10**6
