"""Reports out of files: two sheets or one cell, in any spelling; the bad rows come back whole, the good ones go in once."""

import csv
import datetime as dt

import pytest
import xlsxwriter
from django.utils import translation

from accounts.models import Certificate
from accounts.queries import actor_for, user_with_holdings
from common import clock
from common.actor import system
from common.intake.kinds import MappingRefused, kinds_for
from common.intake.reports import error_path
from common.intake.shapes import guess_shape
from common.intake.tables import read_table
from common.intake.uploads import sample_of
from common.intake.workers import import_file
from common.models import ImportBatch, SourceRow
from inspection.actions.report_files import reports_kind
from inspection.models import Report
from registry.models import LifeEvent
from tests.factories.make import client_for, hold, make_user
from tests.factories.reports import make_body, make_inspected, make_inspector, moment

pytestmark = pytest.mark.django_db
AT = moment("2025-06-10 10:00")
KIND = reports_kind()
HEAD = ["报告编号", "注册代码", "检验类别", "检验日期", "检验结论", "检验人员证书编号", "检验依据", "检验项目结果"]
LINES = ["报告编号", "项目编号", "检验结果", "实测值", "备注"]


@pytest.fixture
def body(db):
    return make_body()


@pytest.fixture
def inspector(body):
    return make_inspector(body)


@pytest.fixture
def office(body):
    user = make_user()
    hold(user, "INSPECTION_OFFICE", unit=body)
    return user


@pytest.fixture
def elevator(body):
    return make_inspected(body, registration_code="31103201062024050001")


def actor_of(user):
    return actor_for(user_with_holdings(user.pk, clock.now()), clock.now())


@pytest.fixture
def bring(tmp_path, settings, office):
    settings.MEDIA_ROOT = tmp_path / "files"

    def bring(path, *, by=None, dry_run=False, at=AT):
        by = by or actor_of(office)
        table = KIND.joined(read_table(path, guess_shape(path)))
        spec = KIND.guess(table.header, sample_of(table), by).spec
        with translation.override("en"):
            return import_file(path=path, kind=KIND, spec=spec, by=by, at=at, dry_run=dry_run)

    return bring


def as_csv(path, *rows, head=HEAD, encoding="utf-8"):
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([head, *rows])
    return path


def as_book(path, rows, lines, head=HEAD[:-1]):
    with xlsxwriter.Workbook(path) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, table in (("检验报告", [head, *rows]), ("项目", [LINES, *lines])):
            sheet = book.add_worksheet(name)
            for place, row in enumerate(table):
                for column, cell in enumerate(row):
                    if isinstance(cell, dt.date):
                        sheet.write_datetime(place, column, cell, day)
                    else:
                        sheet.write(place, column, cell)
    return path


def row_of(elevator, inspector, number="R-1", **values) -> list[str]:
    said = {
        "number": number,
        "code": elevator.registration_code,
        "kind": "定期检验",
        "day": "2025-05-12",
        "verdict": "合格",
    }
    said |= {"people": number_of(inspector), "rule": "TSG T7001-2023", "items": ""} | values
    return [said[name] for name in ("number", "code", "kind", "day", "verdict", "people", "rule", "items")]


def number_of(inspector) -> str:
    return Certificate.objects.get(user=inspector).number.reveal()


def outcomes(result) -> dict:
    return {name: count for name, count in result.summary["outcomes"].items() if count}


def issues(result=None) -> list[tuple[str, str]]:
    rows = SourceRow.objects.exclude(issues=[]).order_by("batch_id", "row_number")
    return [(issue["column"], issue["code"]) for row in rows for issue in row.issues]


def results(number="R-1") -> list[tuple]:
    lines = Report.objects.get(number=number).results.order_by("place")
    return [(line.item.code, line.sign, line.measured, line.remark) for line in lines.select_related("item")]


# --- what is taken ------------------------------------------------------------------------------------------------------


def test_two_sheets_make_reports_with_their_items(bring, tmp_path, body, inspector, elevator):
    lines = [
        ["R-1", "A1.2.2.17 缓冲器", "×", "85 mm", "坏; [两个]"],
        ["", "2", "√", "", ""],  # the number of the one above, the item as printed
    ]
    row = row_of(elevator, inspector, day=dt.date(2025, 5, 12))[:-1]
    result = bring(as_book(tmp_path / "r.xlsx", [row], lines))
    assert outcomes(result) == {"CREATED": 1}
    report = Report.objects.get()
    assert (report.body, report.elevator, report.kind, report.verdict) == (body, elevator, "PERIODIC", "PASSED")
    assert (report.generation, report.concluded_on) == ("T7001_2023", dt.date(2025, 5, 12))
    assert [person.pk for person in report.people.all()] == [inspector.pk]
    assert results() == [("A1.2.2.17", "DOES_NOT", "85 mm", "坏; [两个]"), ("A1.2.1.1", "MEETS", "", "")]
    assert LifeEvent.objects.filter(kind="INSPECTED").count() == 1


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
@pytest.mark.parametrize("day", ["2025/5/12", "2025年5月12日", "２０２５－０５－１２"])
def test_spellings_of_one_report_are_one_report(bring, tmp_path, inspector, elevator, encoding, day):
    row = row_of(elevator, inspector, number="Ｒ-1", day=day, items="1.2.2.17×；其余√")
    assert outcomes(bring(as_csv(tmp_path / "r.csv", row, encoding=encoding))) == {"CREATED": 1}
    signs = [sign for _code, sign, *_rest in results()]
    assert (signs.count("DOES_NOT"), signs.count("MEETS") > 10, len({code for code, *_ in results()})) == (
        1,
        True,
        len(signs),
    )


def test_english_headings_and_words(bring, tmp_path, inspector, elevator):
    head = [
        "Report number",
        "Registration code",
        "Kind of inspection",
        "Conclusion date",
        "Conclusion",
        "Inspectors",
        "Rule",
    ]
    row = row_of(elevator, inspector, kind="periodic inspection", verdict="passed", people=inspector.username)
    assert outcomes(bring(as_csv(tmp_path / "r.csv", row[:-1], head=head))) == {"CREATED": 1}
    assert Report.objects.get().verdict == "PASSED"


# --- once ---------------------------------------------------------------------------------------------------------------


def test_a_trial_says_what_will_be_and_files_nothing(bring, tmp_path, inspector, elevator):
    path = as_csv(tmp_path / "r.csv", row_of(elevator, inspector), row_of(elevator, inspector, "R-2", verdict="好"))
    trial = bring(path, dry_run=True)
    assert (
        Report.objects.count(),
        LifeEvent.objects.filter(kind="INSPECTED").count(),
        ImportBatch.objects.count(),
    ) == (0, 0, 0)
    assert outcomes(trial) == outcomes(bring(path)) == {"CREATED": 1, "REFUSED": 1}


def test_the_same_file_and_the_same_rows_in_another_add_nothing(bring, tmp_path, inspector, elevator):
    row = row_of(elevator, inspector)
    assert bring(path := as_csv(tmp_path / "a.csv", row)).repeated is False
    assert bring(path).repeated is True
    later = make_inspected(Report.objects.get().body, registration_code="31103201062024050002")
    again = bring(as_csv(tmp_path / "b.csv", row, row_of(later, inspector, "R-2")))
    assert outcomes(again) == {"CREATED": 1, "UNCHANGED": 1}
    assert Report.objects.count() == 2


def test_bad_rows_come_back_whole_and_are_sent_again(bring, tmp_path, inspector, elevator):
    """Items of the other sheet, and people as references: no certificate number lies in what is kept."""
    lines = [["R-1", "A1.2.2.17", "×", "85 mm", "worn"]]
    first = bring(as_book(tmp_path / "r.xlsx", [row_of(elevator, inspector, verdict="好")[:-1]], lines))
    assert (outcomes(first), issues()) == ({"REFUSED": 1}, [("检验结论", "verdict-unknown")])
    number = number_of(inspector)
    kept = SourceRow.objects.get()
    assert number not in str((kept.cells, kept.issues, first.batch.preview))
    path = error_path(first.batch)
    sent_back = path.read_text("utf-8-sig")
    assert number not in sent_back and "is no conclusion" in sent_back
    mended = tmp_path / "mended.csv"
    mended.write_text(sent_back.replace(",好,", ",合格,"), "utf-8")
    assert outcomes(bring(mended)) == {"CREATED": 1}
    assert results() == [("A1.2.2.17", "DOES_NOT", "85 mm", "worn")]
    assert Report.objects.get().people.get() == inspector


# --- what is refused, and where -----------------------------------------------------------------------------------------

REFUSED = {
    "day and month in front": ({"day": "12/5/2025"}, [("检验日期", "date-malformed")]),
    "no such day": ({"day": "2025-02-29"}, [("检验日期", "date-malformed")]),
    "tomorrow": ({"day": "2025-06-11"}, [("检验日期", "report-in-future")]),
    "no kind": ({"kind": "马戏"}, [("检验类别", "word-unknown")]),
    "no conclusion": ({"verdict": "好"}, [("检验结论", "verdict-unknown")]),
    "no elevator": ({"code": "31103201062024059999"}, [("注册代码", "elevator-unknown")]),
    "no code": ({"code": " "}, [("", "code-needed")]),
    "nobody": ({"people": "TSZ99999999"}, [("检验人员证书编号", "person-unknown")]),
    "no item": ({"items": "A9.9.9√"}, [("检验项目结果", "report-item-unknown")]),
    "no sign": ({"items": "A1.1.4好"}, [("检验项目结果", "items-unreadable")]),
    "twice": ({"items": "A1.1.4√;1×"}, [("检验项目结果", "report-item-twice")]),
    "the rest twice": ({"items": "rest√;rest×"}, [("检验项目结果", "report-item-twice")]),
    "the rest without end": ({"items": "rest√;" * 5_000}, [("检验项目结果", "too-many")]),
    "a phone number": ({"items": "A1.1.4×call 13812345678"}, [("检验项目结果", "personal-number")]),
    "too long": ({"number": "9" * 41}, [("报告编号", "too-long")]),
    "several at once": (
        {"day": "x", "kind": "y", "people": ""},
        [("检验人员证书编号", "needed"), ("检验类别", "word-unknown"), ("检验日期", "date-malformed")],
    ),
    "NUL": ({"verdict": "合\0格"}, [("检验结论", "nul")]),
}


@pytest.mark.parametrize(("values", "wanted"), REFUSED.values(), ids=REFUSED)
def test_a_bad_row_is_refused_by_name_at_its_column(bring, tmp_path, inspector, elevator, values, wanted):
    result = bring(as_csv(tmp_path / "r.csv", row_of(elevator, inspector, **values)))
    assert (outcomes(result), issues()) == ({"REFUSED": 1}, wanted)
    kept = SourceRow.objects.get()
    assert all(KIND.explain(issue, kept.cells) for issue in kept.issues)
    assert "13812345678" not in str((kept.cells, kept.issues))
    assert not Report.objects.exists()


@pytest.mark.parametrize("number", ["13912345678", "139 1234 5678", "１３９１２３４５６７８"])
def test_what_is_kept_of_a_refused_row_holds_no_phone_however_it_is_written(
    bring, tmp_path, inspector, elevator, number
):
    bring(as_csv(tmp_path / "r.csv", row_of(elevator, inspector, items=f"1×call {number}")))
    assert issues() == [("检验项目结果", "personal-number")]
    assert number not in str(SourceRow.objects.get().cells)


def test_an_uncertified_person_is_told_by_their_place(bring, tmp_path, body, inspector, elevator):
    late = make_inspector(body, "late", first="2025-06-01")
    people = f"{number_of(inspector)}、{number_of(late)}"
    bring(as_csv(tmp_path / "r.csv", row_of(elevator, inspector, people=people)))
    kept = SourceRow.objects.get()
    assert issues() == [("检验人员证书编号", "inspector-not-certified")]
    assert kept.issues[0]["params"]["place"] == 2
    assert late.display_name not in str((kept.cells, kept.issues))


def test_lines_of_a_report_that_is_not_there_are_refused_and_named(bring, tmp_path, inspector, elevator):
    lines = [["R-1", "1", "√", "", ""], ["R-9", "1", "√", "", ""]]
    result = bring(as_book(tmp_path / "r.xlsx", [row_of(elevator, inspector)[:-1]], lines))
    assert outcomes(result) == {"CREATED": 1, "REFUSED": 1}
    orphan = SourceRow.objects.get(row_number=3)
    assert orphan.issues[0] == {
        "column": "报告编号",
        "code": "lines-without-row",
        "effect": "REFUSED",
        "params": {"row": 3, "sheet": "项目"},
    }


def test_two_rows_of_one_number_are_both_refused_and_others_go_in(bring, tmp_path, body, inspector, elevator):
    other = make_inspected(body, registration_code="31103201062024050002")
    rows = [row_of(elevator, inspector), row_of(other, inspector), row_of(other, inspector, "R1")]
    result = bring(as_csv(tmp_path / "r.csv", *rows))
    assert (outcomes(result), {code for _c, code in issues()}) == ({"CREATED": 1, "REFUSED": 2}, {"key-twice"})


# --- in whose name ------------------------------------------------------------------------------------------------------


def test_another_bodys_name_or_elevator_or_person_is_as_unknown_as_none(bring, tmp_path, inspector, elevator):
    stranger = make_body("Another body")
    their = make_inspected(stranger, registration_code="31103201062024050009")
    rows = [
        [*row_of(elevator, inspector), "Another body"],
        [*row_of(their, inspector, "R-2"), ""],
        [*row_of(elevator, inspector, "R-3", people=number_of(make_inspector(stranger, "theirs"))), ""],
    ]
    bring(as_csv(tmp_path / "r.csv", *rows, head=[*HEAD, "检验机构"]))
    assert [code for _column, code in issues()] == ["body-unknown", "elevator-unknown", "person-unknown"]
    assert not Report.objects.exists()


def test_somebody_of_several_bodies_says_for_which(bring, tmp_path, office, inspector, elevator):
    hold(office, "INSPECTION_OFFICE", unit=make_body("Second body"))
    path = as_csv(
        tmp_path / "r.csv",
        [*row_of(elevator, inspector), ""],
        [*row_of(elevator, inspector, "R-2"), "Inspection body"],
        head=[*HEAD, "检验机构"],
    )
    assert outcomes(bring(path)) == {"CREATED": 1, "REFUSED": 1}
    assert (issues()[0][1], Report.objects.get().number) == ("body-needed", "R-2")


def test_an_inspector_without_the_right_to_bring_in_files_has_no_such_kind(inspector, office):
    assert [kind.key for kind in kinds_for(actor_of(inspector))] == []
    assert [kind.key for kind in kinds_for(actor_of(office))] == ["inspection.reports"]


def test_a_mapping_without_a_code_of_the_elevator_is_refused(bring, tmp_path, inspector, elevator):
    row = row_of(elevator, inspector)
    with pytest.raises(MappingRefused) as refused:
        bring(as_csv(tmp_path / "r.csv", [row[0], *row[2:]], head=[HEAD[0], *HEAD[2:]]))
    assert list(refused.value.problems) == ["equipment_code"]


@pytest.mark.parametrize("count", [1, 3])
def test_a_file_asks_the_database_as_often_for_three_as_for_one(
    bring, tmp_path, body, inspector, count, django_assert_num_queries
):
    made = [make_inspected(body, registration_code=f"3110320106202405000{place}") for place in range(count)]
    rows = [row_of(elevator, inspector, f"R-{place}", items="其余√") for place, elevator in enumerate(made)]
    path = as_csv(tmp_path / "r.csv", *rows)
    by = actor_of(make_office(body))
    with django_assert_num_queries(QUERIES):
        bring(path, by=by)


QUERIES = 82


def make_office(body):
    user = make_user()
    hold(user, "INSPECTION_OFFICE", unit=body)
    return user


# --- the empty file -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_empty_file_is_understood_when_it_is_filled_in(tmp_path, language):
    path = tmp_path / "empty.xlsx"
    with translation.override(language):
        path.write_bytes(KIND.template(AT))
    table = KIND.joined(read_table(path, guess_shape(path)))
    guessed = KIND.guess(table.header, [], system("tests")).spec
    assert list(guessed.targets) == [target.name for target in KIND.declared()]
    assert table.lines is not None


def test_the_empty_file_is_offered_to_those_who_may_bring_it_in(office, inspector):
    address = "/imports/templates/inspection.reports.xlsx"
    assert address in client_for(office).get("/imports/new/").content.decode()
    answer = client_for(office).get(address)
    assert (answer.status_code, b"".join(answer.streaming_content)[:2]) == (200, b"PK")
    assert client_for(office).get("/imports/templates/accounts.units.xlsx").status_code == 404
    assert client_for(inspector).get(address).status_code == 403
