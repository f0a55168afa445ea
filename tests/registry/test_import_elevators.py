"""Bringing a register's file in: what becomes of rows, cells, elevators, and of the same file again."""

import csv
import dataclasses
import datetime as dt
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from accounts.models import Area
from common.actor import system
from common.intake import chunks
from common.intake.issues import EMPTY, REFUSED, FileRefused
from common.models import AuditRecord, ImportBatch, SourceRow
from registry import mappings
from registry.actions import (
    AreasMissing,
    UnknownMapping,
    change_elevator,
    import_kind,
    set_registration_state,
)
from registry.models import Elevator, LifeEvent, StatusFlag
from registry.queries import chain_faults
from tests.registry.import_files import AT, HEADER, HEADER_LINE, LATER, counts, many, outcomes, row, write

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("foreign_areas", "files_dir")]


def issues(result) -> list:
    return [(column, code, effect, count) for column, code, effect, count in result.summary["issues"]]


def kinds(key="1P1") -> list:
    events = LifeEvent.objects.filter(elevator__source_key=key).order_by("sequence")
    return list(events.values_list("kind", flat=True))


# --- one row ---------------------------------------------------------------------------------------------------------


def test_import_makes_an_elevator_of_a_row(bring):
    result = bring([row(Device_Type="Freight (F)")])
    manhattan, city = Area.objects.get(code="US36061"), Area.objects.get(code="US3651000")
    elevator = Elevator.objects.get()
    wanted = {
        "source": "NYC-DOB",
        "source_key": "1P1",
        "source_status": "ACTIVE",
        "equipment_code": None,
        "area": manhattan,
        "managing_district": manhattan,
        "city": city,
        "address": "12 SAMPLE STREET",
        "place_type": "OTHER",
        "latitude": Decimal("40.751235"),
        "longitude": Decimal("-73.971235"),
        "coord_source": "REGISTER",
        "class_code_id": "3120",
        "manufacturer_name": "OTIS",
        "rated_load_kg": 907,
        "rated_speed_mps": Decimal("1.778"),
        "travel_m": Decimal("30.480"),
        "floor_from": "B",
        "floor_to": "6",
        "commissioned_on": dt.date(1998, 2, 2),
        "registration_state": "IN_USE",
        "registration_state_at": dt.datetime(2001, 3, 5, 5, tzinfo=dt.UTC),  # midnight in New York
        "synthetic": False,
        "version": 1,
        "created_at": AT,
        "updated_at": AT,
        "technical": {
            "source_type": "Freight (F)",
            "postal_code": "10001",
            "last_inspected_on": "2014-05-01",
            "last_inspection_disposition": "DF",
            "car_buffer_type": "S",
            "governor_type": "C",
            "machine_type": "OG",
            "safety_type": "I",
            "mode_of_operation": "A",
        },
    }
    assert {name: getattr(elevator, name) for name in wanted} == wanted
    site = elevator.site
    assert (site.source, site.source_key, site.name, site.area, site.managing_district) == (
        "NYC-DOB",
        "1000001",
        "12 SAMPLE STREET",
        manhattan,
        manhattan,
    )
    assert (outcomes(result), issues(result)) == ({"CREATED": 1}, [])


def test_import_keeps_the_raw_row_and_writes_the_life_event(bring):
    batch = bring([row(DV_SPEED_FPM=" 95UP ")]).batch
    kept = SourceRow.objects.get()
    assert (kept.batch, kept.row_number, kept.outcome) == (batch, 2, "CREATED")
    assert kept.cells == row(DV_SPEED_FPM=" 95UP ")
    assert kept.issues == [{"column": "DV_SPEED_FPM", "code": "not-a-number", "effect": "EMPTY"}]
    event = LifeEvent.objects.get()
    assert (event.kind, event.occurred_at, event.actor_id) == ("IMPORTED", AT, "import_elevators")
    assert (event.source_type, event.source_id) == ("common.importbatch", str(batch.public_id))
    assert event.details == {"row": 2}
    assert chain_faults().faults == []


def test_import_writes_one_audit_row_and_a_finished_job_per_batch(bring):
    batch = bring(many(5)).batch
    audit = AuditRecord.objects.get(action="registry.import_elevators")
    assert (audit.subject_id, audit.changes) == (
        str(batch.public_id),
        {"created": [None, 5], "sha256": [None, batch.sha256]},
    )
    job = batch.job
    assert (job.kind, job.state, job.done, job.total, job.owner_id) == (
        "common.import",
        "SUCCEEDED",
        5,
        5,
        "import_elevators",
    )
    assert batch.completed_at == job.ended_at


@pytest.mark.parametrize(
    ("word", "state", "flags"),
    [
        ("ACTIVE", "IN_USE", []),
        ("NYCHA", "IN_USE", []),
        ("WK IN PROG", "UNREGISTERED", []),
        ("NO JURIST", "DEREGISTERED", []),
        ("DISMANTLED", "DEREGISTERED", [("DISMANTLED", dt.datetime(2001, 3, 5, 5, tzinfo=dt.UTC), "")]),
    ],
)
def test_import_reads_states(bring, word, state, flags):
    bring([row(DV_DEVICE_STATUS_DESCRIPTION=word)])
    elevator = Elevator.objects.get()
    assert (elevator.registration_state, elevator.source_status) == (state, word)
    assert list(StatusFlag.objects.values_list("kind", "started_at", "reason")) == flags
    assert kinds() == ["IMPORTED", *["FLAGGED"] * len(flags)]


@pytest.mark.parametrize("word", ["Active / Sealed", "Active_Sealed"])
def test_import_seals_by_either_spelling_and_says_that_the_day_is_unknown(bring, word):
    cells = {
        "location_name": "Sample Tower",
        "location_type": "Private",
        "county": "Queen Annes",
        "location_address": "1 Sample St , Sampleton , MD , 21000 , Queen Annes",
        "registration_number": "AA1",
        "status": word,
        "certificate_expiration_date": "2022-07-14",
        "equipment_type": "Traction Overhead (TO)",
        "equipment_capacity": "3500 lbs",
        "equipment_speed": "350",
        "equipment_travel": "22 feet 3 inches",
        "inspection_type": "Periodic (Elevator)",
        "last_inspection_date": "2022-01-03",
    }
    bring([cells], mapping="maryland", header=list(cells))
    elevator = Elevator.objects.select_related("site", "area").get()
    assert (elevator.registration_state, elevator.source_status, elevator.area.code) == ("IN_USE", word, "US24035")
    assert (elevator.class_code_id, elevator.rated_load_kg, elevator.travel_m) == ("3100", 1588, Decimal("6.782"))
    assert (elevator.site.name, elevator.registration_state_at) == ("Sample Tower", AT)
    flag = StatusFlag.objects.get()
    assert (flag.kind, flag.started_at, flag.reason) == (
        "SEALED",
        AT,
        "as the register says; since when is not known",
    )


@pytest.mark.parametrize(
    ("cells", "field", "column", "code", "effect"),
    [
        ({"DV_CAPACITY_LBS": "99929"}, "rated_load_kg", "DV_CAPACITY_LBS", "implausible", "EMPTY"),
        ({"DV_CAPACITY_LBS": "0"}, "rated_load_kg", "DV_CAPACITY_LBS", "implausible", "EMPTY"),
        ({"DV_TRAVEL_DISTANCE": "EXIST"}, "travel_m", "DV_TRAVEL_DISTANCE", "not-a-length", "EMPTY"),
        ({"DV_APPROVAL_DATE": "9O0719"}, "commissioned_on", "DV_APPROVAL_DATE", "date-malformed", "EMPTY"),
        ({"LATITUDE": "40.11", "LONGITUDE": "-77.5"}, "latitude", "LATITUDE", "position-outside", "EMPTY"),
        ({"LATITUDE": "", "LONGITUDE": ""}, "longitude", "LATITUDE", "position-missing", "EMPTY"),
        ({"DV_MANUFACTURER": "**"}, "manufacturer_name", "DV_MANUFACTURER", "not-a-manufacturer", "EMPTY"),
        ({"DV_FLOOR_TO": "2015-01-05"}, "floor_to", "DV_FLOOR_TO", "spreadsheet-date", "EMPTY"),
        ({"Device_Type": "Rocket"}, "class_code_id", "Device Type", "class-unknown", "EMPTY"),
        ({"STREET_NAME": "X" * 121}, None, "STREET_NAME", "too-long", "EMPTY"),
        ({"DV_SPEED_FPM": "3\0" + "5"}, "rated_speed_mps", "DV_SPEED_FPM", "nul", "EMPTY"),
    ],
)
def test_import_never_loses_a_row_to_a_bad_cell(bring, cells, field, column, code, effect):
    result = bring([row("1P1", **cells), row("1P2")])
    assert outcomes(result) == {"CREATED": 2}
    assert (column, code, effect, 1) in issues(result)
    if field:
        assert getattr(Elevator.objects.get(source_key="1P1"), field) in (None, "")
        assert getattr(Elevator.objects.get(source_key="1P2"), field) not in (None, "")


def test_import_keeps_double_spaces_and_leaves_dates_out_of_addresses(bring):
    bring([row("1P1", STREET_NAME="EAST   68 STREET"), row("1P2", HOUSE_NUMBER="2015-02-04", BIN="1000002")])
    assert list(Elevator.objects.order_by("source_key").values_list("address", flat=True)) == [
        "12 EAST   68 STREET",
        "SAMPLE STREET",
    ]
    assert SourceRow.objects.get(row_number=3).cells["HOUSE_NUMBER"] == "2015-02-04"


@pytest.mark.parametrize(("borough", "code"), [("", "area-blank"), ("Atlantis", "area-unknown")])
def test_import_hangs_an_elevator_without_district_under_the_city(bring, borough, code):
    result = bring([row(Borough=borough)])
    elevator = Elevator.objects.get()
    assert (elevator.area.code, elevator.city.code, elevator.managing_district) == ("US3651000", "US3651000", None)
    assert [(issue[0], issue[1]) for issue in issues(result)] == [("Borough", code)]


def test_import_counts_a_cell_of_a_million_characters_out(bring):
    result = bring([row("1P1", DV_MANUFACTURER="X" * 10**6), row("1P2")])
    assert outcomes(result) == {"CREATED": 2}
    kept = SourceRow.objects.get(row_number=2)
    assert kept.issues == [
        {
            "column": "DV_MANUFACTURER",
            "code": "cell-too-long",
            "effect": "EMPTY",
            "params": {"characters": 10**6},
        }
    ]
    assert kept.cells["DV_MANUFACTURER"] == "X" * 1000


def test_import_shows_nul_in_the_raw_row(bring):
    bring([row(DV_MANUFACTURER="OT\0IS")])
    assert SourceRow.objects.get().cells["DV_MANUFACTURER"] == "OT␀IS"


def test_import_masks_personal_columns(bring, monkeypatch):
    personal = tuple(
        dataclasses.replace(column, personal=column.header == "STREET_NAME") for column in mappings.NYC.columns
    )
    masked = MappingProxyType({"nyc": dataclasses.replace(mappings.NYC, columns=personal)})
    monkeypatch.setattr(import_kind, "MAPPINGS", masked)
    bring([row(STREET_NAME="SECRET LANE")])
    assert SourceRow.objects.get().cells["STREET_NAME"] == "***"


# --- rows that are refused -------------------------------------------------------------------------------------------


def test_import_refuses_rows_without_key_and_rows_with_one_key_and_takes_the_rest(bring):
    result = bring([row("1P1"), row(""), row("1P2"), row("1P1", DV_SPEED_FPM="100"), row("1P3")])
    assert outcomes(result) == {"CREATED": 2, "REFUSED": 3}
    assert set(Elevator.objects.values_list("source_key", flat=True)) == {"1P2", "1P3"}
    refused = SourceRow.objects.filter(outcome="REFUSED").order_by("row_number")
    assert [(kept.row_number, kept.subject_id, kept.issues) for kept in refused] == [
        (2, None, [_refused("key-twice", {"rows": "2, 5"})]),
        (3, None, [_refused("key-blank", {})]),
        (5, None, [_refused("key-twice", {"rows": "2, 5"})]),
    ]


def _refused(code: str, params: dict) -> dict:
    return {"column": "DV_DEVICE_NUMBER", "code": code, "effect": "REFUSED"} | ({"params": params} if params else {})


def test_import_of_half_a_file_takes_the_whole_rows(bring, tmp_path):
    path = write(tmp_path / "whole.csv", many(10))
    path.write_bytes(path.read_bytes()[:-60])
    result = bring(path)
    assert outcomes(result) == {"CREATED": 9, "REFUSED": 1}
    assert SourceRow.objects.get(outcome="REFUSED").row_number == 11


def test_import_skips_and_counts_blank_rows(bring, tmp_path):
    path = tmp_path / "blank.csv"
    line = ",".join(row().values())
    path.write_text(HEADER_LINE + "\n" + line + "\n" + "," * 27 + "\n")
    result = bring(path)
    assert (result.summary["rows"], result.summary["blank_rows"], outcomes(result)) == (1, 2, {"CREATED": 1})
    assert SourceRow.objects.get().row_number == 3


def _with_codes(monkeypatch):
    """The same register, which also brings equipment codes."""
    column = mappings.base.Column("TAX_LOT", mappings.nyc.cells.code(r".*"), to="equipment_code")
    brings = dataclasses.replace(mappings.NYC, columns=(*mappings.NYC.columns, column))
    monkeypatch.setattr(import_kind, "MAPPINGS", {"nyc": brings})


CODES = ("311010000201500001", "311010000201500002")


def test_import_matches_by_equipment_code_before_the_source_key(bring, monkeypatch):
    _with_codes(monkeypatch)
    bring([row("1P1", TAX_LOT=CODES[0])])
    result = bring([row("9P9", TAX_LOT=CODES[0])], at=LATER)
    assert outcomes(result) == {"UPDATED": 1}
    assert Elevator.objects.get().source_key == "9P9"


def test_import_refuses_a_row_whose_identifiers_belong_to_two_elevators(bring, monkeypatch):
    _with_codes(monkeypatch)
    bring([row("1P1", TAX_LOT=CODES[0]), row("1P2", TAX_LOT=CODES[1])])
    result = bring([row("1P1", TAX_LOT=CODES[1]), row("1P3", TAX_LOT="")], at=LATER)
    assert outcomes(result) == {"CREATED": 1, "REFUSED": 1}
    assert issues(result) == [("", "two-elevators", "REFUSED", 1)]


@pytest.mark.parametrize("chunk", [1, 2000])
def test_import_refuses_the_second_of_two_rows_about_one_elevator(bring, monkeypatch, chunk):
    _with_codes(monkeypatch)
    monkeypatch.setattr(chunks, "CHUNK_ROWS", chunk)
    bring([row("1P1", TAX_LOT=CODES[0])])
    result = bring([row("1P1", TAX_LOT=""), row("1P2", TAX_LOT=CODES[0])], at=LATER)
    assert outcomes(result) == {"UNCHANGED": 1, "REFUSED": 1}
    assert issues(result) == [("", "elevator-twice", "REFUSED", 1)]


# --- again -----------------------------------------------------------------------------------------------------------


def test_import_of_the_same_file_adds_nothing_and_points_to_the_first_batch(bring, tmp_path):
    path = write(tmp_path / "file.csv", many(20))
    first = bring(path)
    before = counts()
    again = bring(path, at=LATER)
    assert (again.repeated, again.batch, again.summary) == (True, first.batch, first.batch.summary)
    assert counts() == before


def test_import_of_another_file_with_the_same_rows_changes_no_elevator(bring):
    bring(many(20))
    result = bring([*many(20), row("1P99", BIN="1999999")], at=LATER)
    assert outcomes(result) == {"CREATED": 1, "UNCHANGED": 20}
    assert kinds("1P3") == ["IMPORTED"]
    assert Elevator.objects.get(source_key="1P3").version == 1
    assert SourceRow.objects.filter(subject_id=Elevator.objects.get(source_key="1P3").pk).count() == 2


def test_import_of_changed_rows_keeps_old_and_new_in_the_life_event(bring):
    bring([row("1P1"), row("1P2")])
    changed = row("1P1", DV_SPEED_FPM="500", DV_MACHINE_TYPE="GL", Borough="Queens", DV_FLOOR_TO="7")
    result = bring([changed, row("1P2")], at=LATER)
    assert outcomes(result) == {"UPDATED": 1, "UNCHANGED": 1}
    elevator = Elevator.objects.select_related("area").get(source_key="1P1")
    assert (elevator.rated_speed_mps, elevator.area.name, elevator.floor_to) == (Decimal("2.540"), "Queens", "7")
    assert (elevator.technical["machine_type"], elevator.technical["governor_type"]) == ("GL", "C")
    assert (elevator.version, elevator.updated_at, elevator.created_at) == (2, LATER, AT)
    event = LifeEvent.objects.get(elevator=elevator, sequence=2)
    queens = Area.objects.get(code="US36081").pk
    manhattan = Area.objects.get(code="US36061").pk
    assert (event.kind, event.details) == (
        "CHANGED",
        {
            "row": 2,
            "fields": ["area_id", "floor_to", "managing_district_id", "rated_speed_mps", "technical.machine_type"],
            "changes": {
                "area_id": [manhattan, queens],
                "managing_district_id": [manhattan, queens],
                "floor_to": ["6", "7"],
                "rated_speed_mps": ["1.778", "2.540"],
                "technical.machine_type": ["OG", "GL"],
            },
        },
    )
    assert chain_faults().faults == []


def test_import_of_a_blank_or_unreadable_cell_erases_nothing(bring):
    bring([row()])
    result = bring([row(DV_SPEED_FPM="", DV_TRAVEL_DISTANCE="EXIST", Borough="", LATITUDE="", LONGITUDE="")], at=LATER)
    assert outcomes(result) == {"UNCHANGED": 1}
    elevator = Elevator.objects.get()
    assert (elevator.rated_speed_mps, elevator.travel_m) == (Decimal("1.778"), Decimal("30.480"))
    assert elevator.latitude == Decimal("40.751235")
    assert elevator.area.code == "US36061"


def test_import_leaves_what_people_corrected_while_the_register_repeats_itself(bring):
    bring([row()])
    elevator = Elevator.objects.get()
    change_elevator(elevator_id=elevator.pk, values={"floor_to": "12"}, version=None, by=system("test"), at=AT)
    set_registration_state(elevator_id=elevator.pk, state="OUT_OF_USE", reference="letter", by=system("test"), at=AT)
    assert outcomes(bring([row(DV_LASTPER_INSP_DATE="20150501")], at=LATER)) == {"UPDATED": 1}
    elevator.refresh_from_db()
    assert (elevator.floor_to, elevator.registration_state) == ("12", "OUT_OF_USE")
    assert elevator.technical["last_inspected_on"] == "2015-05-01"
    assert outcomes(bring([row(DV_LASTPER_INSP_DATE="20150501", DV_FLOOR_TO="8")], at=LATER)) == {"UPDATED": 1}
    elevator.refresh_from_db()
    assert elevator.floor_to == "8"


def test_import_follows_the_register_into_another_state_and_flag(bring):
    bring([row()])
    bring([row(DV_DEVICE_STATUS_DESCRIPTION="DISMANTLED")], at=LATER)
    elevator = Elevator.objects.get()
    assert (elevator.registration_state, elevator.source_status) == ("DEREGISTERED", "DISMANTLED")
    assert kinds() == ["IMPORTED", "STATE_CHANGED", "CHANGED", "FLAGGED"]
    back = bring([row(DV_DEVICE_STATUS_DESCRIPTION="WK IN PROG")], at=LATER)
    assert issues(back) == [("DV_DEVICE_STATUS_DESCRIPTION", "state-not-possible", "KEPT", 1)]
    elevator.refresh_from_db()
    assert elevator.registration_state == "DEREGISTERED"
    assert StatusFlag.objects.get().ended_at == LATER
    assert kinds()[-1] == "UNFLAGGED"
    assert chain_faults().faults == []


# --- before anything is written --------------------------------------------------------------------------------------


def test_dry_run_reports_and_writes_nothing(bring, tmp_path, settings):
    bring([row("1P0")])
    before = counts()
    changed = [row("1P0", DV_FLOOR_TO="9"), *many(30)[1:], row("1P1")]
    target = tmp_path / "issues.csv"
    rehearsed = bring(changed, at=LATER, dry_run=True, errors=target)
    assert rehearsed.batch is None
    assert counts() == before
    assert target.exists()
    files = sorted(Path(settings.MEDIA_ROOT).rglob("*"))
    real = bring(changed, at=LATER)
    assert rehearsed.summary == real.batch.summary
    assert outcomes(real) == {"CREATED": 28, "UPDATED": 1, "REFUSED": 2}
    assert len(sorted(Path(settings.MEDIA_ROOT).rglob("*"))) == len(files) + 1


def test_import_without_areas_names_the_command_and_writes_nothing(bring):
    Area.objects.filter(code="US36085").update(code="elsewhere")
    before = counts()
    with pytest.raises(AreasMissing, match=r"import_areas accounts/data/areas_nyc\.csv"):
        bring([row()])
    assert counts() == before


def test_import_refuses_unknown_mappings_and_files_and_writes_nothing(bring, tmp_path):
    before = counts()
    with pytest.raises(UnknownMapping, match="maryland, nyc"):
        bring([row()], mapping="paris")
    with pytest.raises(FileRefused, match="There is no file"):
        bring(tmp_path / "none.csv")
    assert counts() == before


# --- the error file and the command ----------------------------------------------------------------------------------


def test_error_file_has_the_users_columns_and_a_reason_and_no_formula(bring):
    result = bring([row("1P1", DV_SPEED_FPM="=A1", ZIP_CODE="0"), row("1P2"), row("", DV_MANUFACTURER="-----")])
    with result.error_file.open(encoding="utf-8-sig", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == [*HEADER, "row", "codes", "reason"]
    assert [(found[-3], found[-2]) for found in rows] == [
        ("2", "not-a-number zip-zero"),
        ("4", "key-blank not-a-manufacturer"),
    ]
    first = dict(zip(header, rows[0], strict=True))
    assert (first["DV_SPEED_FPM"], first["LONGITUDE"], first["ZIP_CODE"]) == ("'=A1", "-73.9712345678", "0")
    assert first["reason"] == (
        "ZIP_CODE: The postal code “0” stands for none. Left empty; enter the real one. "
        "DV_SPEED_FPM: “=A1” is not a number in the unit of this column. Left empty; enter the number alone."
    )
    assert rows[1][HEADER.index("DV_MANUFACTURER")] == "'-----"


def test_every_code_has_a_sentence_that_can_be_filled():
    params = dict.fromkeys(("rows", "found", "wanted", "characters", "latitude", "longitude"), "1")
    for code in mappings.sentences.SENTENCES:
        issue = {"column": "c", "code": code, "params": params}
        assert "%" not in mappings.explain(issue, {"c": "v" * 500})
        assert len(mappings.explain(issue, {"c": "v" * 500})) < 300


def test_a_refused_row_is_not_told_that_its_cell_was_left_empty():
    cells = {"code": "3110-x"}
    issue = {"column": "code", "code": "code-malformed", "params": {}}
    assert "The row is refused" in mappings.explain(issue | {"effect": REFUSED}, cells)
    assert "Left empty" in mappings.explain(issue | {"effect": EMPTY}, cells)


def test_command_reports_and_names_batch_and_error_file(tmp_path, capsys):
    path = write(tmp_path / "file.csv", [row("1P1", DV_SPEED_FPM="95UP"), row("1P2", ZIP_CODE="")])
    with translation.override("en"):
        call_command("import_elevators", path, "--mapping", "nyc", "--errors", tmp_path / "e.csv")
        call_command("import_elevators", path, "--mapping", "nyc")
    batch = ImportBatch.objects.get()
    out = capsys.readouterr().out
    assert "rows read  2\nnew        2\nchanged    0\nas before  0\nrefused    0\n" in out
    assert "  DV_SPEED_FPM  not-a-number  left empty  1\n" in out
    assert "  ZIP_CODE  1\n" in out
    assert f"Batch: {batch.public_id}\nError file: {tmp_path / 'e.csv'}\n" in out
    assert f"as batch {batch.public_id}. Nothing was added." in out
    assert (tmp_path / "e.csv").exists()


def test_command_turns_refusals_into_sentences(tmp_path):
    with pytest.raises(CommandError, match="There is no mapping “paris”"):
        call_command("import_elevators", tmp_path / "x.csv", "--mapping", "paris")
    with pytest.raises(CommandError, match="There is no active user “nobody”"):
        call_command("import_elevators", tmp_path / "x.csv", "--mapping", "nyc", "--as", "nobody")


# --- what it costs ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [6, 60])
def test_import_asks_the_database_as_often_for_few_rows_as_for_many(bring, tmp_path, number, django_assert_num_queries):
    bring([row("1P900", BIN="1999999")])
    path = write(tmp_path / "file.csv", many(number))
    with django_assert_num_queries(QUERIES):
        bring(path, at=LATER)


QUERIES = 43
