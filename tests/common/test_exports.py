"""Lists taken out as files: typed, safe from formulas, the owner's alone, asked again when they are fetched."""

import csv
import datetime as dt
import io
import zipfile
from xml.etree import ElementTree

import pytest
import time_machine
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from common import jobs
from common.actor import system
from common.clock import now
from common.errors import NotPermitted
from common.exports import actions, run
from common.exports.formulas import BLANKS, STARTS, looks_like_formula, safe_text
from common.exports.keys import pack, unpack
from common.models import AccessRecord, AuditRecord, Export, Job
from registry import actions as registry_actions
from registry.models import Elevator, Responsibility
from tests.common.conftest import make_manager
from tests.factories.make import make_elevator

KIND = "registry.elevators"
SUBDISTRICT = "320106001"
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return tmp_path / "exports"


@pytest.fixture
def manager(db):
    return make_manager()


def request(person, *, format="csv", parameters=(), columns=("rescue_code", "address"), kind=KIND):
    return actions.request_export(
        kind=kind, format=format, parameters=parameters, columns=columns, by=person.actor, at=now()
    )


def written(person, **options) -> Export:
    export = request(person, **options)
    ended = jobs.run(export.job_id, at=now())
    assert ended.state == "SUCCEEDED", ended.error
    return Export.objects.select_related("job").get(pk=export.pk)


def path_of(person, export):
    return actions.file_for(export, by=person.actor, at=now(), via="page")


def csv_rows(person, export) -> tuple[dict, list[list[str]]]:
    """(what the first records say, header and rows)."""
    raw = path_of(person, export).read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    records = list(csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline="")))
    assert len({len(record) for record in records}) == 1
    gap = next(i for i, record in enumerate(records) if not any(record))
    return {record[0]: record[-1] if len(record) < 3 else record[1] for record in records[:gap]}, records[gap + 1 :]


NS = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}


def sheet_cells(path, number=1) -> dict[str, tuple[str, str]]:
    """{A1: (type, value)} of a sheet, formulas as type `f`."""
    with zipfile.ZipFile(path) as book:
        root = ElementTree.fromstring(book.read(f"xl/worksheets/sheet{number}.xml"))
    cells = {}
    for cell in root.iterfind(".//m:c", NS):
        if cell.find("m:f", NS) is not None:
            cells[cell.get("r")] = ("f", cell.find("m:f", NS).text)
            continue
        text, value = cell.find("m:is/m:t", NS), cell.find("m:v", NS)
        cells[cell.get("r")] = ("text", text.text) if text is not None else ("number", value.text)
    return cells


# --- formulas -----------------------------------------------------------------------------------------------------------

HOSTILE = [
    "=1+1",
    "+cmd|' /C calc'!A0",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\rx",
    "＝1",
    "＋1",
    "－1",
    "＠S",
    "  =1",
    "\u3000=1",
]
HARMLESS = ["", "a=1", " plain", "18 Sample Road", "\u3000江宁", "'=1", "1-2"]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stands_behind_an_apostrophe(text):
    assert safe_text(text) == f"'{text}"


@pytest.mark.parametrize("text", HARMLESS)
def test_harmless_text_is_left_alone(text):
    assert safe_text(text) == text


@given(st.text(st.sampled_from([*STARTS, *BLANKS, "a", "1", "电"]), max_size=6))
def test_what_counts_as_a_formula_does_not_depend_on_blanks(text):
    assert looks_like_formula(text) == (text[:1] in {"\t", "\n", "\r"} or text.lstrip(BLANKS)[:1] in STARTS - {""})


def test_sql_and_python_agree_on_every_first_character(db):
    texts = [*HOSTILE, *HARMLESS, *(chr(code) for code in range(1, 0x3100)), *(blank + "=1" for blank in BLANKS)]
    texts += [chr(code) + "=1" for code in range(1, 0x3100)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT t, common_formula_safe(t) FROM unnest(%s::text[]) AS t", [texts])
        wrong = [(text, escaped) for text, escaped in cursor.fetchall() if escaped != safe_text(text)]
    assert wrong == []


# --- the file -----------------------------------------------------------------------------------------------------------


def test_csv_says_what_it_is_and_holds_the_filtered_rows(manager):
    school = make_elevator(area_code=SUBDISTRICT, using_unit=manager.unit, place_type="SCHOOL", rescue_code="000417")
    export = written(manager, parameters=[("place_type", "SCHOOL"), ("cursor", "x"), ("nonsense", "1")])
    about, rows = csv_rows(manager, export)
    assert rows == [["Rescue code", "Address"], ["000417", school.address]]
    assert about["List"] == "Elevators"
    assert about["Place"] == "school"
    assert about["By"] == manager.actor.label
    assert about["Taken out on"].endswith("UTC+8")
    assert (export.row_count, export.job.done, export.parameters) == (1, 1, [["place_type", "SCHOOL"]])
    assert export.expires_at - export.written_at == dt.timedelta(days=7)
    assert path_of(manager, export).stat().st_mode & 0o777 == 0o600


def test_csv_of_hostile_texts_calculates_nothing(manager):
    for number, text in enumerate(HOSTILE):
        make_elevator(area_code=SUBDISTRICT, using_unit=manager.unit, address=text, building=f'{number}"\n,')
    _about, rows = csv_rows(manager, written(manager, columns=["address", "building", "latitude"]))
    assert {row[1] for row in rows[1:-1]} == {f"'{text}" for text in HOSTILE}
    assert {row[0] for row in rows[1:-1]} == {f'{number}"\n,' for number in range(len(HOSTILE))}


def test_csv_gives_every_column_its_form(manager):
    Elevator.objects.filter(pk=manager.elevator.pk).update(
        latitude="-32.041000",
        longitude="118.784000",
        coord_source="GPS",
        commissioned_on=dt.date(1851, 2, 3),
        rated_load_kg=1050,
        registration_state="IN_USE",
        registration_state_at=dt.datetime(2026, 1, 1, 16, 30, tzinfo=dt.UTC),
        retrofitted=True,
        class_code="3110",
    )
    columns = (
        "latitude rated_load_kg commissioned_on registration_state registration_state_at retrofitted class_name area"
    )
    _about, rows = csv_rows(manager, written(manager, columns=columns.split()))
    assert set(zip(*rows, strict=True)) == {
        ("Latitude", "-32.041000"),
        ("Rated load (kg)", "1050"),
        ("Commissioned on", "1851-02-03"),
        ("Registration", "in use"),
        ("Registration since", "2026-01-02 00:30:00"),
        ("Retrofitted", "yes"),
        ("Class", manager.elevator.class_code.name if manager.elevator.class_code else rows[1][rows[0].index("Class")]),
        ("Area", manager.elevator.area.name),
    }


def test_sheet_keeps_numbers_dates_and_codes_as_what_they_are(manager):
    Elevator.objects.filter(pk=manager.elevator.pk).update(
        rescue_code="000417",
        address="=HYPERLINK(1)",
        rated_load_kg=1050,
        travel_m="33.125",
        commissioned_on=dt.date(2020, 2, 29),
        manufactured_on=dt.date(1851, 2, 3),
        updated_at=dt.datetime(2026, 1, 1, 16, 30, tzinfo=dt.UTC),
    )
    names = [
        "rescue_code",
        "address",
        "manufactured_on",
        "rated_load_kg",
        "travel_m",
        "floors",
        "commissioned_on",
        "updated_at",
    ]
    export = written(manager, format="xlsx", columns=names)
    cells = sheet_cells(path_of(manager, export))
    assert {ref: cell for ref, cell in cells.items() if ref[1:] == "2"} == {
        "A2": ("text", "000417"),
        "B2": ("text", "=HYPERLINK(1)"),
        "C2": ("text", "1851-02-03"),
        "D2": ("number", "1050"),
        "E2": ("number", "33.125"),
        "G2": ("number", "43890"),
        "H2": ("number", "46024.02083333334"),
    }
    about = sheet_cells(path_of(manager, export), 2)
    said = {about[f"A{line}"][1]: about[f"B{line}"][1] for line in range(1, 7)}
    assert (said["List"], said["Rows"], said["By"]) == ("Elevators", "1", manager.actor.label)
    with zipfile.ZipFile(path_of(manager, export)) as book:
        names, styles = book.read("xl/workbook.xml").decode(), book.read("xl/styles.xml").decode()
    assert ('name="Elevators"' in names, 'name="About"' in names, 'quotePrefix="1"' in styles) == (True, True, True)


def test_file_speaks_the_language_in_which_it_was_asked_for(manager):
    from django.utils import translation

    with translation.override("zh-hans"):
        export = request(manager, columns=["rescue_code", "registration_state"])
    jobs.run(export.job_id, at=now())
    about, rows = csv_rows(manager, Export.objects.get(pk=export.pk))
    assert (rows[0], rows[1][1]) == (["救援识别码", "登记状态"], "未登记")
    assert (about["列表"], about["筛选"]) == ("电梯", "无（可见范围内的全部）")


def test_file_of_nothing_is_a_header(manager):
    export = written(manager, parameters=[("place_type", "SCHOOL")])
    assert csv_rows(manager, export)[1] == [["Rescue code", "Address"]]
    sheet = written(manager, parameters=[("place_type", "SCHOOL")], format="xlsx")
    assert (sheet.row_count, path_of(manager, sheet).stat().st_size > 1000) == (0, True)


def test_file_of_somebody_who_sees_nothing_any_more_is_a_header(cast):
    """Their role still looks, their elevators went to another unit; and an area that nobody knows."""
    former = type("P", (), {"actor": cast.former.actor()})
    assert csv_rows(former, written(former))[1] == [["Rescue code", "Address"]]
    city = type("P", (), {"actor": cast.city_regulator.actor()})
    assert csv_rows(city, written(city, parameters=[("area", "nowhere")]))[1] == [["Rescue code", "Address"]]


def test_pieces_put_together_are_the_whole(manager, monkeypatch):
    monkeypatch.setattr(run, "PIECE_ROWS", 3)
    for _ in range(10):
        make_elevator(area_code=SUBDISTRICT, using_unit=manager.unit)
    wanted = list(Elevator.objects.order_by("-pk").values_list("rescue_code", flat=True))
    for format in ("csv", "xlsx"):
        export = written(manager, format=format, columns=["rescue_code"])
        assert export.row_count == 11
        if format == "csv":
            assert [row[0] for row in csv_rows(manager, export)[1][1:]] == wanted
        else:
            cells = sheet_cells(path_of(manager, export))
            assert [cells[f"A{line}"][1] for line in range(2, 13)] == wanted


def test_more_rows_than_a_sheet_holds_are_refused(manager, monkeypatch):
    monkeypatch.setattr(run, "LARGEST_SHEET", 0)
    ended = jobs.run(request(manager, format="xlsx").job_id, at=now())
    assert (ended.state, "Take CSV" in ended.error) == ("FAILED", True)


def test_keys_survive_packing():
    keys = [10**12, 77, 76, 5, 1]
    assert unpack(pack(keys)) == keys
    assert (unpack(pack([])), len(pack(range(200_000, 0, -1))) < 5_000) == ([], True)


# --- whose rows ---------------------------------------------------------------------------------------------------------


def test_file_holds_what_its_owner_sees_and_nothing_else(cast):
    from tests.factories.test_cast import SEEN

    for name, seen in SEEN.items():
        player = cast.players[name]
        if not seen:
            continue
        person = type("P", (), {"actor": player.actor()})
        _about, rows = csv_rows(person, written(person, columns=["id"]))
        assert {row[0] for row in rows[1:]} == {str(getattr(cast, one).public_id) for one in seen}, name


def test_who_may_not_look_may_not_take_out(cast):
    person = type("P", (), {"actor": cast.unit_admin.actor()})
    with pytest.raises(NotPermitted):
        request(person)
    assert not Export.objects.exists()


def test_role_lost_before_the_worker_came_writes_nothing(manager, files):
    export = request(manager)
    manager.user.memberships.update(ended_at=now())
    assert jobs.run(export.job_id, at=now()).state == "FAILED"
    manager.user.memberships.update(ended_at=None)
    manager.user.is_active = False
    manager.user.save()
    second = Export.objects.get(pk=export.pk)
    Job.objects.filter(pk=export.job_id).update(state="QUEUED")
    assert jobs.run(export.job_id, at=now()).state == "FAILED"
    assert (second.available, files.exists()) == (False, False)


def test_elevator_lost_before_the_worker_came_is_not_in_the_file(manager):
    make_elevator(area_code=SUBDISTRICT, using_unit=manager.unit, rescue_code="000417")
    export = request(manager, columns=["rescue_code"])
    lose(manager, manager.elevator)
    jobs.run(export.job_id, at=now())
    assert csv_rows(manager, Export.objects.get(pk=export.pk))[1][1:] == [["000417"]]


def lose(manager, elevator):
    row = Responsibility.objects.get(elevator=elevator, role="USING_UNIT", ended_at=None)
    registry_actions.end_responsibility(responsibility=row, ended_at=now(), by=system("tests"), at=now())


def test_download_asks_again_for_the_permission(manager):
    export = written(manager)
    assert path_of(manager, export).exists()
    manager.user.memberships.update(ended_at=now())
    with pytest.raises(NotPermitted):
        path_of(manager, export)


def test_download_asks_again_for_every_row(manager):
    """Also when the file's filter no longer finds the row, and when others came instead."""
    other = make_elevator(area_code=SUBDISTRICT, using_unit=manager.unit, place_type="SCHOOL")
    export = written(manager, parameters=[("place_type", "SCHOOL")])
    Elevator.objects.filter(pk=other.pk).update(place_type="OFFICE")
    assert path_of(manager, export).exists()
    lose(manager, other)
    make_elevator(area_code=SUBDISTRICT, using_unit=manager.unit, place_type="SCHOOL")
    with pytest.raises(actions.ExportOutgrown):
        path_of(manager, export)


def test_each_download_is_in_the_access_log_and_a_refused_one_is_not(manager):
    export = written(manager)
    seen = AccessRecord.objects.filter(subject_id=str(export.public_id))
    path_of(manager, export)
    path_of(manager, export)
    assert (
        list(seen.values_list("subject_type", "via", "actor_id")) == [("common.export", "page", manager.actor.id)] * 2
    )
    manager.user.memberships.update(ended_at=now())
    with pytest.raises(NotPermitted):
        path_of(manager, export)
    assert seen.count() == 2


def test_request_is_in_the_audit_log(manager):
    export = request(manager, parameters=[("place_type", "SCHOOL")])
    record = AuditRecord.objects.get(action="common.request_export")
    assert (record.subject_id, record.changes["filters"]) == (str(export.public_id), [None, [["place_type", "SCHOOL"]]])


def test_fourth_export_at_once_is_refused(manager):
    for _ in range(3):
        request(manager)
    with pytest.raises(actions.TooManyExports):
        request(manager)
    jobs.cancel_job(Export.objects.first().job, at=now())
    request(manager)


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"kind": "nothing"}, "unknown-export-kind"),
        ({"format": "pdf"}, "bad-format"),
        ({"columns": ["password"]}, "bad-columns"),
        ({"columns": []}, "bad-columns"),
        ({"parameters": [("place_type", "NOWHERE")]}, "bad-filter"),
        ({"parameters": [("using_unit", "garbage")]}, "bad-filter"),
    ],
)
def test_wrong_wishes_are_refused_before_a_job_is_queued(manager, wrong, refusal):
    from common.errors import Refusal

    with pytest.raises(Refusal) as refused:
        request(manager, **wrong)
    assert (refused.value.code, Job.objects.count()) == (refusal, 0)


# --- stopping, dying, ending ----------------------------------------------------------------------------------------------


def test_stopped_export_leaves_nothing(manager, monkeypatch, files):
    monkeypatch.setattr(run, "PIECE_ROWS", 1)
    for _ in range(3):
        make_elevator(area_code=SUBDISTRICT, using_unit=manager.unit)
    real = jobs.report

    def stop_after_two(job, *, done, **options):
        if done == 2:
            jobs.cancel_job(Job.objects.get(pk=job.pk), at=now())
        real(job, done=done, **options)

    monkeypatch.setattr(jobs, "report", stop_after_two)
    for format in ("csv", "xlsx"):
        export = request(manager, format=format)
        jobs.run(export.job_id, at=now())
        export = Export.objects.select_related("job").get(pk=export.pk)
        assert (export.job.state, export.written_at, list(files.iterdir())) == ("CANCELLED", None, [])


def test_export_of_a_killed_worker_is_written_by_the_next(manager, files):
    export = request(manager)
    jobs.claim(export.job_id, at=now() - dt.timedelta(minutes=5))
    (files).mkdir(exist_ok=True)
    (files / f"{export.public_id}-dead.part").mkdir()
    assert jobs.run(export.job_id, at=now()).state == "SUCCEEDED"
    again = Export.objects.get(pk=export.pk)
    assert (again.row_count, again.file_name.endswith("-2.csv")) == (1, True)


def test_worker_that_woke_up_too_late_does_not_overwrite(manager, monkeypatch, files):
    """Its lease ran out while it packed the file; another worker finished meanwhile."""
    export = request(manager)
    real = run._write_pieces

    def slow(job, *rest):
        count = real(job, *rest)
        if job.lease_fence == 1:
            Job.objects.filter(pk=job.pk).update(lease_until=now() - DAY)
            assert jobs.run(job.pk, at=now()).state == "SUCCEEDED"
        return count

    monkeypatch.setattr(run, "_write_pieces", slow)
    assert jobs.run(export.job_id, at=now()) is None
    row = Export.objects.select_related("job").get(pk=export.pk)
    assert (row.job.state, row.file_name) == ("SUCCEEDED", f"{export.public_id}-2.csv")
    assert [path.name for path in files.iterdir()] == [row.file_name]


def test_worker_that_died_after_the_file_ends_the_job_only(manager):
    export = written(manager)
    Job.objects.filter(pk=export.job_id).update(state="RUNNING", lease_until=now() - DAY)
    assert jobs.run(export.job_id, at=now()).state == "SUCCEEDED"
    assert Export.objects.get(pk=export.pk).file_name == export.file_name


def test_full_disk_is_told_in_a_sentence(manager, monkeypatch, files):
    import errno

    def full(*_args):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(run.CsvWriter, "write", full)
    ended = jobs.run(request(manager).job_id, at=now())
    assert (ended.state, ended.error.startswith("There is no room"), list(files.iterdir())) == ("FAILED", True, [])


def test_file_is_kept_seven_days_and_then_removed(manager, files):
    from common.tasks import housekeeping

    export, later = written(manager), written(manager)
    Export.objects.filter(pk=later.pk).update(expires_at=now() + 9 * DAY)
    stray = files / "left-by-a-dead-attempt.part"
    stray.mkdir()
    with time_machine.travel(now() + 6.9 * DAY, tick=False):
        housekeeping()
        assert path_of(manager, export).exists()
    with time_machine.travel(now() + 7.1 * DAY, tick=False):
        with pytest.raises(actions.ExportGone):
            path_of(manager, export)  # the row decides, whether the sweep has come or not
        housekeeping()
        row = Export.objects.get(pk=export.pk)
        assert (row.state, row.keys, row.available) == ("REMOVED", None, False)
        assert [path.name for path in files.iterdir()] == [later.file_name]
        assert actions.remove_expired(at=now()) == 0


def test_file_that_vanished_is_gone(manager):
    export = written(manager)
    path_of(manager, export).unlink()
    with pytest.raises(actions.ExportGone):
        path_of(manager, export)


def test_scope_is_asked_with_one_array_however_many_rows(manager):
    for _ in range(5):
        make_elevator(area_code=SUBDISTRICT, using_unit=manager.unit)
    export = written(manager)
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as captured:
        path_of(manager, export)
    assert len([q for q in captured if "SELECT unnest" in q["sql"]]) == 1
