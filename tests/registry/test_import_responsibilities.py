"""Who answers for which elevator, out of a file."""

import csv
import datetime as dt

import pytest
from django.utils import translation

from common.clock import SHANGHAI, now
from common.intake.mapping import MappingSpec, TargetUse
from common.intake.shapes import Shape
from common.intake.undo import undo_now
from common.intake.workers import import_file
from registry.actions import end_responsibility
from registry.actions.import_responsibilities import responsibilities_kind
from registry.models import Elevator, Responsibility
from registry.queries import chain_faults

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files_dir")]
HEADER = {
    "rescue_code": "救援识别码",
    "unit": "单位",
    "role": "角色",
    "started_on": "开始日期",
    "ended_on": "结束日期",
    "reference": "合同编号",
}


@pytest.fixture
def bring(tmp_path):
    files = iter(range(100))

    def bring(actor, *rows, **more):
        path = tmp_path / f"{next(files)}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(HEADER.values())
            writer.writerows(rows)
        spec = MappingSpec("registry.responsibilities", targets={n: TargetUse((c,)) for n, c in HEADER.items()})
        with translation.override("en"):
            return import_file(
                path=path, kind=responsibilities_kind(), spec=spec, by=actor, at=now(), shape=Shape(), **more
            )

    return bring


def outcomes(result) -> dict:
    return {name: count for name, count in result.summary["outcomes"].items() if count}


def test_a_maintenance_unit_takes_over_from_a_day_on(cast, bring):
    elevator = cast.elevator_foreign
    row = [elevator.rescue_code, cast.maintenance_unit.name, "维保单位", "2026年3月1日", "2099-12-31", "HT-1"]
    assert outcomes(bring(cast.city_regulator.actor(), row)) == {"CREATED": 1}
    made = Responsibility.objects.get(elevator=elevator, role="MAINTENANCE_UNIT")
    assert (made.started_at, made.ended_at, made.reference) == (
        dt.datetime(2026, 3, 1, tzinfo=SHANGHAI),
        dt.datetime(2100, 1, 1, tzinfo=SHANGHAI),
        "HT-1",
    )
    assert Elevator.objects.get(pk=elevator.pk).maintenance_unit == cast.maintenance_unit
    assert chain_faults().faults == []


def test_the_same_row_in_another_file_changes_nothing(cast, bring):
    row = [cast.elevator_foreign.rescue_code, cast.maintenance_unit.credit_code, "MAINTENANCE_UNIT", "20260301", "", ""]
    bring(cast.city_regulator.actor(), row)
    other = [cast.elevator_jiangbei.rescue_code, *row[1:]]
    assert outcomes(bring(cast.city_regulator.actor(), row, other)) == {"CREATED": 1, "UNCHANGED": 1}


def test_foreign_elevators_unknown_units_and_overlaps_are_refused_each_alone(cast, bring):
    unit = cast.maintenance_unit.name
    rows = [
        [cast.elevator_foreign.rescue_code, unit, "维保", "", "", ""],  # 江宁 is not 鼓楼's
        ["999999", unit, "维保", "", "", ""],
        [cast.elevator_own.rescue_code, "没有这家", "维保", "", "", ""],
        [
            cast.elevator_own.rescue_code,
            cast.former_maintenance_unit.name,
            "维保",
            "",
            "",
            "",
        ],  # the present one answers
        [cast.elevator_own.rescue_code, unit, "马戏团", "", "", ""],
        [cast.elevator_own.rescue_code, unit, "安装单位", "2026-02-30", "", ""],
        [cast.elevator_own.rescue_code, unit, "rescue unit", "", "", ""],
    ]
    before = Responsibility.objects.count()
    result = bring(cast.district_regulator.actor(), *rows)
    assert outcomes(result) == {"CREATED": 1, "REFUSED": 6}
    assert Responsibility.objects.count() == before + 1
    said = result.error_file.read_text(encoding="utf-8-sig")
    assert said.count("There is no elevator with this code") == 2


def test_a_unit_may_not_assign_by_file_either(cast, bring):
    row = [cast.elevator_own.rescue_code, cast.former_maintenance_unit.name, "救援", "", "", ""]
    assert outcomes(bring(cast.own_manager.actor(), row)) == {"REFUSED": 1}


def test_undo_ends_what_nobody_changed_since(cast, bring):
    actor = cast.city_regulator.actor()
    codes = [cast.elevator_foreign.rescue_code, cast.elevator_jiangbei.rescue_code]
    batch = bring(actor, *([code, cast.maintenance_unit.name, "维保", "2026-03-01", "", ""] for code in codes)).batch
    ended = Responsibility.objects.get(elevator=cast.elevator_jiangbei, role="MAINTENANCE_UNIT")
    end_responsibility(responsibility=ended, ended_at=now(), by=actor, at=now())
    undone = undo_now(batch=batch, by=actor, at=now())
    assert undone.undo_result == {
        "withdrawn": 1,
        "restored": 0,
        "touched": 1,
        "rows": [[3, cast.elevator_jiangbei.rescue_code]],
    }
    assert Elevator.objects.get(pk=cast.elevator_foreign.pk).maintenance_unit is None
