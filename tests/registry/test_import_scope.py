"""What an import may touch: as its actor could by hand, and not a row more. Files in Chinese, as units have them."""

import csv

import pytest
from django.utils import translation

from common.clock import now
from common.intake.kinds import MappingRefused
from common.intake.mapping import MappingSpec, TargetUse
from common.intake.workers import import_file
from common.models import SourceRow
from registry.actions import create_elevator
from registry.actions.import_kind import elevator_kind
from registry.actions.plates import order_plates
from registry.models import Elevator, LifeEvent, Responsibility
from registry.queries import chain_faults
from tests.factories.make import area, make_unit

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("files_dir")]
HEADER = {
    "equipment_code": "设备代码",
    "area": "行政区",
    "subdistrict": "街道",
    "address": "使用地点",
    "using_unit": "使用单位",
    "maintenance_unit": "维保单位",
    "state": "使用状态",
    "rated_load_kg": "额定载重量(kg)",
    "rescue_code": "救援识别码",
}
SPEC = MappingSpec("registry.elevators", targets={name: TargetUse((column,)) for name, column in HEADER.items()})
CODES = [f"31101000120150000{number}" for number in range(1, 10)]


def line(code: str, **cells: str) -> dict:
    return {"设备代码": code, "行政区": "鼓楼区", "使用地点": "样例路1号"} | {
        HEADER[name]: cell for name, cell in cells.items()
    }


@pytest.fixture
def bring(tmp_path):
    """bring(actor, rows): import a file of these rows as somebody."""
    files = iter(range(100))

    def bring(actor, *rows, spec=SPEC, **options):
        path = tmp_path / f"{next(files)}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(HEADER.values()))
            writer.writeheader()
            writer.writerows(rows)
        with translation.override("en"):
            return import_file(path=path, kind=elevator_kind(), spec=spec, by=actor, at=now(), **options)

    return bring


def outcomes(result) -> dict:
    return {name: count for name, count in result.summary["outcomes"].items() if count}


def issues(result) -> list:
    return [(column, code, effect) for column, code, effect, _count in result.summary["issues"]]


def test_a_registrar_enters_elevators_of_the_own_district(cast, bring):
    result = bring(cast.district_regulator.actor(), line(CODES[0], rated_load_kg="1000", state="在用"))
    assert (outcomes(result), issues(result)) == ({"CREATED": 1}, [])
    made = Elevator.objects.get(equipment_code=CODES[0])
    assert (made.area.code, made.managing_district.code, made.city.code) == ("320106", "320106", "320100")
    assert (made.registration_state, made.rated_load_kg, made.source, made.source_key) == ("IN_USE", 1000, "", "")


@pytest.mark.parametrize("written", ["江宁区", "江宁", "320115", "Jiangning District", "320115000000"])
def test_areas_outside_the_grants_refuse_the_row_however_they_are_written(cast, bring, written):
    result = bring(cast.district_regulator.actor(), line(CODES[0], area=written), line(CODES[1]))
    assert outcomes(result) == {"CREATED": 1, "REFUSED": 1}
    assert issues(result) == [("行政区", "area-outside", "REFUSED")]
    assert not Elevator.objects.filter(equipment_code=CODES[0]).exists()


def test_a_city_wide_registrar_places_rows_by_any_form_of_an_area(cast, bring):
    forms = ["江宁区", "江宁", "320115", "江北新区", "浦口"]
    bring(cast.city_regulator.actor(), *(line(code, area=form) for code, form in zip(CODES, forms, strict=False)))
    placed = Elevator.objects.filter(equipment_code__in=CODES).order_by("equipment_code")
    assert [row.managing_district.code for row in placed] == ["320115", "320115", "320115", "320100JB", "320111"]


def test_a_subdistrict_of_another_manager_is_found_by_the_district_of_its_code(cast, bring):
    there = area("320100JB")
    subdistrict = type(there).objects.filter(managing_district=there, statistical_parent__code="320111").first()
    row = line(CODES[0], area="浦口区", subdistrict=subdistrict.name)
    result = bring(cast.city_regulator.actor(), row, line(CODES[1], subdistrict="不存在街道"))
    made = Elevator.objects.get(equipment_code=CODES[0])
    assert (made.area, made.managing_district.code) == (subdistrict, "320100JB")
    assert issues(result) == [("街道", "subdistrict-unknown", "KEPT")]


# --- codes ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def foreign(cast):
    """An elevator of 江宁 with a code, which nobody of 鼓楼 sees."""
    values = {
        "area": area("320115"),
        "equipment_code": CODES[0],
        "address": "秘密路99号",
        "rescue_code": "700001",
    }
    from common.actor import system

    return create_elevator(values=values, by=system("tests"), at=now(), using_unit=cast.unit_b)


@pytest.mark.parametrize("name", ["own_manager", "district_regulator"])
def test_a_foreign_elevators_code_refuses_the_row_without_telling_whose(cast, bring, foreign, name):
    before = Elevator.objects.filter(pk=foreign.pk).values().get()
    result = bring(getattr(cast, name).actor(), line(CODES[0]), line(CODES[1]))
    assert (outcomes(result), issues(result)) == (
        {"CREATED": 1, "REFUSED": 1},
        [("设备代码", "code-taken", "REFUSED")],
    )
    told = result.error_file.read_text(encoding="utf-8-sig")
    assert "This code is taken" in told
    assert not {"秘密路", cast.unit_b.name, "江宁", str(foreign.public_id)} & set(told.split())
    assert "秘密" not in told and cast.unit_b.name not in told
    assert SourceRow.objects.get(outcome="REFUSED").subject_id is None
    assert Elevator.objects.filter(pk=foreign.pk).values().get() == before


def test_a_dry_run_tells_no_more_about_a_foreign_code(cast, bring, foreign):
    result = bring(cast.own_manager.actor(), line(CODES[0]), dry_run=True)
    assert issues(result) == [("设备代码", "code-taken", "REFUSED")]
    assert "秘密" not in str(result.preview)


def test_a_taken_rescue_code_refuses_the_row(cast, bring, foreign):
    result = bring(cast.district_regulator.actor(), line(CODES[1], rescue_code="700001"), line(CODES[2]))
    assert (outcomes(result), issues(result)) == (
        {"CREATED": 1, "REFUSED": 1},
        [("救援识别码", "code-taken", "REFUSED")],
    )


@pytest.mark.parametrize("field", ["equipment_code", "rescue_code"])
def test_two_rows_with_one_code_refuse_both_however_it_is_written(cast, bring, field):
    twice = {"equipment_code": (CODES[0], f"{CODES[0][:4]} {CODES[0][4:]}"), "rescue_code": ("700002", "700002")}[field]
    rows = [line(CODES[place], **{field: code}) for place, code in enumerate(twice)]
    result = bring(cast.city_regulator.actor(), *rows, line(CODES[5]))
    assert outcomes(result) == {"CREATED": 1, "REFUSED": 2}
    assert issues(result) == [(HEADER[field], "key-twice", "REFUSED")]


def test_a_row_without_any_code_is_refused(cast, bring):
    result = bring(cast.city_regulator.actor(), line(CODES[0]), line(""), line("12345"))
    assert outcomes(result) == {"CREATED": 1, "REFUSED": 2}
    assert issues(result) == [("设备代码", "code-malformed", "REFUSED"), ("设备代码", "key-blank", "REFUSED")]


# --- a unit's own file ------------------------------------------------------------------------------------------------


def test_a_using_unit_enters_its_own_elevators_unregistered_wherever_they_stand(cast, bring):
    result = bring(cast.own_manager.actor(), line(CODES[0], area="江宁", state="在用"))
    assert (outcomes(result), issues(result)) == ({"CREATED": 1}, [("使用状态", "not-yours-to-set", "KEPT")])
    made = Elevator.objects.get(equipment_code=CODES[0])
    assert (made.using_unit, made.registration_state) == (cast.unit_a, "UNREGISTERED")
    assert Responsibility.objects.get(elevator=made).unit == cast.unit_a
    kinds = list(LifeEvent.objects.filter(elevator=made).order_by("sequence").values_list("kind", flat=True))
    assert kinds == ["IMPORTED", "RESPONSIBILITY_STARTED"]
    assert chain_faults().faults == []


def test_a_using_unit_cannot_enter_elevators_for_another(cast, bring):
    result = bring(cast.own_manager.actor(), line(CODES[0], using_unit=cast.unit_b.name))
    assert (outcomes(result), {code for _column, code, _effect in issues(result)}) == (
        {"REFUSED": 1},
        {"unit-unknown", "area-outside"},
    )


def test_a_using_unit_changes_details_but_not_the_registration(cast, bring):
    elevator = cast.elevator_own
    Elevator.objects.filter(pk=elevator.pk).update(equipment_code=CODES[0])
    result = bring(
        cast.own_manager.actor(), line(CODES[0], area="江宁区", address="新地址2号", state="停用", rescue_code="700009")
    )
    assert (outcomes(result), issues(result)) == ({"UPDATED": 1}, [("", "not-yours-to-set", "KEPT")])
    after = Elevator.objects.get(pk=elevator.pk)
    assert after.address == "新地址2号"
    assert (after.area, after.city, after.managing_district) == (
        elevator.area,
        elevator.city,
        elevator.managing_district,
    )
    assert (after.rescue_code, after.registration_state) == (elevator.rescue_code, elevator.registration_state)


def test_whoever_only_looks_changes_nothing(cast, bring):
    Elevator.objects.filter(pk=cast.elevator_own.pk).update(equipment_code=CODES[0])
    result = bring(cast.colleague.actor(), line(CODES[0], address="新地址"), line(CODES[1]))
    assert outcomes(result) == {"REFUSED": 2}


def test_a_strong_role_in_one_unit_lends_nothing_to_a_weak_one_in_another(cast, bring):
    Elevator.objects.filter(pk=cast.elevator_own.pk).update(equipment_code=CODES[0])
    result = bring(
        cast.strong_weak.actor(), line(CODES[0], address="新地址"), line(CODES[1], using_unit="Using unit A")
    )
    assert outcomes(result) == {"REFUSED": 2}
    assert not Elevator.objects.filter(address="新地址").exists()


def test_a_rescue_code_is_brought_by_the_regulator_alone_and_never_one_that_a_plate_carries(cast, bring):
    plate = order_plates(
        city=area("320100"), layout="a4-2x5", count=1, by=cast.city_regulator.actor(), at=now()
    ).plates.get()
    unit = bring(cast.own_manager.actor(), line(CODES[0], rescue_code="123456"), line(CODES[1], rescue_code=plate.code))
    kept = ("救援识别码", "not-yours-to-set", "KEPT")
    assert (outcomes(unit), issues(unit)) == ({"CREATED": 2}, [kept])
    regulator = bring(
        cast.city_regulator.actor(), line(CODES[2], rescue_code="123456"), line(CODES[3], rescue_code=plate.code)
    )
    assert outcomes(regulator) == {"CREATED": 1, "REFUSED": 1}
    codes = Elevator.objects.filter(equipment_code__in=CODES).order_by("pk").values_list("rescue_code", flat=True)
    assert list(codes) == [None, None, "123456"]


def test_a_unit_cannot_use_another_registers_name(cast, bring):
    spec = MappingSpec(
        SPEC.kind,
        targets={**SPEC.targets, "source_key": TargetUse(("设备代码",))}
        | {"equipment_code": TargetUse(("救援识别码",))},
        options={"source": "NYC-DOB"},
    )
    del spec.targets["rescue_code"]
    bring(cast.own_manager.actor(), line("K1"), spec=spec)
    assert Elevator.objects.get(source_key="K1").source == f"unit-{cast.unit_a.pk}"


# --- units ------------------------------------------------------------------------------------------------------------


def test_units_are_found_by_credit_code_or_whole_name(cast, bring):
    row = line(CODES[0], using_unit=cast.unit_a.credit_code, maintenance_unit=cast.maintenance_unit.name)
    result = bring(cast.city_regulator.actor(), row)
    made = Elevator.objects.get(equipment_code=CODES[0])
    assert (issues(result), made.using_unit, made.maintenance_unit) == ([], cast.unit_a, cast.maintenance_unit)


def test_a_unit_that_nobody_knows_is_named_and_the_row_comes_in(cast, bring):
    result = bring(cast.city_regulator.actor(), line(CODES[0], using_unit="Using unit Z"))
    assert (outcomes(result), issues(result)) == ({"CREATED": 1}, [("使用单位", "unit-unknown", "EMPTY")])


def test_two_units_of_one_name_are_told_apart_by_nobody(cast, bring):
    make_unit("Using unit A", area_code="320115")
    result = bring(cast.city_regulator.actor(), line(CODES[0], using_unit="Using unit A"))
    assert issues(result) == [("使用单位", "unit-ambiguous", "EMPTY")]


def test_a_mapping_says_whom_a_word_means(cast, bring):
    spec = SPEC.with_target("using_unit", ["使用单位"], words={"甲物业": cast.unit_a.credit_code})
    bring(cast.city_regulator.actor(), line(CODES[0], using_unit="甲物业"), spec=spec)
    assert Elevator.objects.get(equipment_code=CODES[0]).using_unit == cast.unit_a


def test_an_import_takes_no_elevator_from_the_unit_that_answers(cast, bring):
    Elevator.objects.filter(pk=cast.elevator_foreign.pk).update(equipment_code=CODES[0])
    row = line(CODES[0], area="江宁区", using_unit=cast.unit_a.name, address=cast.elevator_foreign.address)
    result = bring(cast.city_regulator.actor(), row)
    assert issues(result) == [("使用单位", "unit-differs", "KEPT")]
    assert Elevator.objects.get(pk=cast.elevator_foreign.pk).using_unit == cast.unit_b


def test_suggestions_name_only_units_that_one_sees(cast, django_assert_num_queries):
    kind, words = elevator_kind(), {"using_unit": ["Using unitt A", "Using unit A"]}
    suggested = kind.suggest(SPEC, words, cast.city_regulator.actor())["using_unit"]
    assert [found.label for found in suggested["Using unitt A"]][:1] == ["Using unit A"]
    assert "Using unit A" not in suggested
    hidden = kind.suggest(SPEC, {"using_unit": ["Using unit"]}, cast.own_manager.actor())["using_unit"]["Using unit"]
    assert [found.label for found in hidden] == ["Using unit A"]


# --- mappings that cannot be ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("spec", "about"),
    [
        (MappingSpec(SPEC.kind, targets={"address": TargetUse(("使用地点",))}), "equipment_code"),
        (SPEC.with_target("model", ["没有这一列"]), "model"),
        (SPEC.with_target("nonsense", ["街道"]), "nonsense"),
        (SPEC.with_target("rated_load_kg", ["额定载重量(kg)"], unit="stone"), "rated_load_kg"),
        (SPEC.with_target("latitude", ["街道"]), "latitude"),
        (SPEC.with_target("model", ["使用状态", "街道"]), "model"),
        (SPEC.with_target("model", ["救援识别码"]), "model"),
        (SPEC.with_target("state", ["使用状态"], words="x"), "state"),
        (SPEC.with_target("travel_m", ["街道"], highest="1e9"), "travel_m"),
        (MappingSpec(SPEC.kind, targets=SPEC.targets, options={"city": "999999"}), "city"),
        (MappingSpec(SPEC.kind, shipped="paris"), "shipped"),
    ],
)
def test_a_mapping_that_does_not_hold_together_is_refused_at_its_place(cast, spec, about):
    with pytest.raises(MappingRefused) as refused:
        elevator_kind().compile(spec, list(HEADER.values()), cast.city_regulator.actor(), now())
    assert list(refused.value.problems) == [about]
