"""Units and people out of files: by the actions that pages use, so with their refusals."""

import csv

import pytest
from django.utils import translation

from accounts.actions.import_people import people_kind
from accounts.actions.import_units import units_kind
from accounts.models import Membership, Unit, User
from accounts.rules import areas_by_form
from common.clock import now
from common.intake.kinds import MappingRefused, kinds_for
from common.intake.mapping import MappingSpec, TargetUse
from common.intake.shapes import Shape
from common.intake.undo import CannotUndo, start_undo, undo_now
from common.intake.workers import import_file
from common.models import AuditRecord, ImportBatch, SourceRow
from tests.factories.make import credit_code, make_elevator, make_unit

pytestmark = pytest.mark.django_db
UNITS = {"name": "单位名称", "kind": "单位类型", "credit_code": "统一社会信用代码", "area": "区"}
PEOPLE = {"username": "用户名", "display_name": "姓名", "role": "岗位", "unit": "单位"}


@pytest.fixture
def bring(tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "files"
    files = iter(range(100))

    def bring(kind, actor, columns, *rows, options=None, **more):
        path = tmp_path / f"{next(files)}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(columns.values())
            writer.writerows(rows)
        uses = {name: TargetUse((column,), (options or {}).get(name, {})) for name, column in columns.items()}
        spec = MappingSpec(kind.key, targets=uses)
        with translation.override("en"):
            return import_file(path=path, kind=kind, spec=spec, by=actor, at=now(), shape=Shape(), **more)

    return bring


def outcomes(result) -> dict:
    return {name: count for name, count in result.summary["outcomes"].items() if count}


def sentences(result) -> list:
    kind = units_kind()
    rows = SourceRow.objects.filter(batch=result.batch).exclude(issues=[]).order_by("row_number")
    return [kind.explain(issue, row.cells) for row in rows for issue in row.issues]


# --- units ------------------------------------------------------------------------------------------------------------


def test_units_come_in_with_their_kind_and_area_in_words(cast, bring):
    code = credit_code()
    rows = [["新维保公司", "维保单位", code, "鼓楼"], ["新物业", "property manager", "", "江宁区"]]
    result = bring(units_kind(), cast.city_regulator.actor(), UNITS, *rows)
    assert outcomes(result) == {"CREATED": 2}
    found = (
        Unit.objects.filter(name__startswith="新")
        .order_by("pk")
        .values_list("name", "kind", "credit_code", "area__code")
    )
    assert list(found) == [
        ("新维保公司", "MAINTENANCE_UNIT", code, "320106"),
        ("新物业", "PROPERTY_MANAGER", None, "320115"),
    ]
    assert AuditRecord.objects.filter(action="accounts.create_unit").count() == 2


def test_a_bad_row_costs_the_good_ones_nothing_and_says_why(cast, bring):
    rows = [
        ["甲", "维保单位", "", "鼓楼"],
        ["乙", "马戏团", "", "鼓楼"],
        ["丙", "维保单位", "91320100XXXXXXXXXX", "鼓楼"],
        ["丁", "维保单位", "", "不知道区"],
        ["", "维保单位", "", "鼓楼"],
    ]
    result = bring(units_kind(), cast.city_regulator.actor(), UNITS, *rows)
    assert outcomes(result) == {"CREATED": 1, "REFUSED": 4}
    said = sentences(result)
    assert len(said) == 4
    assert ("“马戏团” is not known here" in said[0], "“不知道区” is not known here" in said[2]) == (True, True)
    assert said[3] == "This may not be blank. Refused; enter it."


def test_a_known_unit_is_changed_and_an_unchanged_one_left_alone(cast, bring):
    a, b = cast.unit_a, cast.unit_b
    rows = [["Using unit A renamed", a.kind, a.credit_code, "鼓楼区"], [b.name, b.kind, b.credit_code, "江宁区"]]
    result = bring(units_kind(), cast.city_regulator.actor(), UNITS, *rows)
    assert outcomes(result) == {"UPDATED": 1, "UNCHANGED": 1}
    assert Unit.objects.get(pk=a.pk).name == "Using unit A renamed"


def test_a_foreign_citys_unit_is_neither_changed_nor_told(cast, bring):
    from accounts.models import Area

    city = Area.objects.create(code="990100", name="别城", kind="CITY", source="test")
    Area.objects.filter(pk=city.pk).update(city=city)
    foreign = make_unit("别城物业", area_code="990100")
    row = ["新名字", "PROPERTY_MANAGER", foreign.credit_code, "鼓楼区"]
    result = bring(units_kind(), cast.city_regulator.actor(), UNITS, row)
    assert outcomes(result) == {"REFUSED": 1}
    assert "别城" not in str(sentences(result))
    assert Unit.objects.get(pk=foreign.pk).name == "别城物业"


def test_a_trial_run_of_units_says_the_same_and_changes_nothing(cast, bring):
    rows = [["甲", "维保单位", "", "鼓楼"], ["乙", "马戏团", "", "鼓楼"]]
    before = (Unit.objects.count(), AuditRecord.objects.count(), ImportBatch.objects.count())
    trial = bring(units_kind(), cast.city_regulator.actor(), UNITS, *rows, dry_run=True)
    assert (Unit.objects.count(), AuditRecord.objects.count(), ImportBatch.objects.count()) == before
    assert trial.summary == bring(units_kind(), cast.city_regulator.actor(), UNITS, *rows).summary


def test_undo_of_units_removes_new_ones_restores_old_ones_and_leaves_used_ones(cast, bring):
    a = cast.unit_a
    rows = [
        ["甲", "物业", "", "鼓楼"],
        ["乙", "物业", "", "鼓楼"],
        ["New name", a.kind, a.credit_code, "江宁区"],
    ]
    actor = cast.city_regulator.actor()
    batch = bring(units_kind(), actor, UNITS, *rows).batch
    make_elevator(area_code="320106", using_unit=Unit.objects.get(name="乙"))
    undone = undo_now(batch=batch, by=actor, at=now())
    assert undone.undo_result == {"withdrawn": 1, "restored": 1, "touched": 1, "rows": [[3, "乙"]]}
    back = Unit.objects.get(pk=a.pk)
    assert (back.name, back.area) == (a.name, a.area)
    assert set(Unit.objects.filter(name__in=["甲", "乙"]).values_list("name", flat=True)) == {"乙"}


# --- people -----------------------------------------------------------------------------------------------------------


def test_a_units_administrator_enters_its_people(cast, bring):
    rows = [
        ["zhang.san", "张三", "viewer", ""],
        ["li.si", "李四", "使用单位管理员", ""],
        ["wang.wu", "王五", "SAFETY_OFFICER", "Using unit A"],
    ]
    result = bring(
        people_kind(),
        cast.unit_admin.actor(),
        PEOPLE,
        *rows,
        options={"role": {"words": {"使用单位管理员": "USING_UNIT_MANAGER"}}},
    )
    assert outcomes(result) == {"CREATED": 3}
    held = Membership.objects.filter(user__username__in=["zhang.san", "li.si", "wang.wu"]).order_by("pk")
    assert list(held.values_list("user__display_name", "role", "unit__name")) == [
        ("张三", "UNIT_VIEWER", "Using unit A"),
        ("李四", "USING_UNIT_MANAGER", "Using unit A"),
        ("王五", "SAFETY_OFFICER", "Using unit A"),
    ]
    assert all(User.objects.filter(username="zhang.san").values_list("must_change_password", flat=True))


def test_nobodys_name_stays_in_the_kept_rows_or_the_report(cast, bring):
    batch = bring(people_kind(), cast.unit_admin.actor(), PEOPLE, ["zhang.san", "张三", "viewer", ""]).batch
    kept = SourceRow.objects.get(batch=batch)
    assert (kept.cells["姓名"], kept.cells["用户名"], kept.cells["岗位"]) == ("***", "***", "viewer")
    assert "张三" not in str((batch.summary, batch.preview, kept.changes))


def test_people_of_other_units_and_taken_names_are_refused(cast, bring):
    rows = [
        ["new.one", "甲", "viewer", "Using unit B"],
        ["stranger", "乙", "viewer", ""],
        ["new.two", "丙", "AUDITOR", ""],
    ]
    result = bring(people_kind(), cast.unit_admin.actor(), PEOPLE, *rows)
    assert outcomes(result) == {"REFUSED": 3}
    assert not User.objects.filter(username__startswith="new.").exists()
    assert not Membership.objects.filter(user__username="stranger", unit=cast.unit_a).exists()


def test_a_person_who_is_there_gets_the_role_once(cast, bring):
    row = ["colleague", "Colleague", "SAFETY_OFFICER", ""]
    first = bring(people_kind(), cast.unit_admin.actor(), PEOPLE, row)
    again = bring(people_kind(), cast.unit_admin.actor(), PEOPLE, row, ["new.one", "甲", "viewer", ""])
    assert (outcomes(first), outcomes(again)) == ({"UPDATED": 1}, {"CREATED": 1, "UNCHANGED": 1})


def test_people_are_not_undone_and_the_refusal_says_why(cast, bring):
    actor = cast.unit_admin.actor()
    batch = bring(people_kind(), actor, PEOPLE, ["zhang.san", "张三", "viewer", ""]).batch
    with pytest.raises(CannotUndo, match="Deactivate"), translation.override("en"):
        start_undo(batch=batch, by=actor, at=now())


# --- who, and what columns --------------------------------------------------------------------------------------------


def test_who_may_bring_in_which_files(cast):
    found = {name: [kind.key for kind in kinds_for(player.actor())] for name, player in cast.players.items()}
    registrar = ["registry.elevators", "registry.responsibilities"]
    wanted = {
        "own_manager": ["registry.elevators", "inspection.reports"],
        "stranger": ["registry.elevators", "inspection.reports"],
        "strong_weak": ["registry.elevators", "inspection.reports"],
        "unit_admin": ["accounts.people"],
        "city_regulator": [*registrar, "accounts.units"],
        **dict.fromkeys(("district_regulator", "other_district_regulator", "jiangbei_regulator"), registrar),
        "system_admin": ["accounts.units", "accounts.people"],
    }
    assert found == {name: wanted.get(name, []) for name in cast.players}


def test_a_file_without_a_needed_column_is_refused_at_that_column(cast, bring):
    columns = {name: column for name, column in UNITS.items() if name != "kind"}
    with pytest.raises(MappingRefused) as refused:
        bring(units_kind(), cast.city_regulator.actor(), columns, ["甲", "", "鼓楼"])
    assert list(refused.value.problems) == ["kind"]


def test_areas_that_share_a_form_are_known_by_their_whole_names():
    areas = [("1", "江宁区", "Jiangning"), ("2", "江宁街道", "")]
    forms, shared = areas_by_form(areas)
    assert (forms["江宁区"], forms["江宁街道"], "江宁" in forms, shared) == ("1", "2", False, {"江宁"})
