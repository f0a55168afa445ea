"""The platform's own words for areas, classes, states and places, in every form in which files write them."""

from collections.abc import Iterable, Mapping

from django.utils.translation import override

from accounts.choices import AreaKind, PlaceType
from accounts.models import Area, Unit
from accounts.queries import areas_by_id, reach_of
from accounts.roles import Permission
from accounts.rules import area_forms, areas_by_form
from common.actor import Actor
from common.intake.mapping import BOTH_NAMES, MappingSpec
from registry.choices import STATES_SEEN, FlagKind, RegistrationState
from registry.mappings.base import AreaRule
from registry.mappings.targets import STATE_WORDS
from registry.queries import elevator_classes
from registry.rules import cells, written

NANJING = "320100"
# As Chinese registers write them; two words for one state are usual.
STATES = {
    "在用": "IN_USE",
    "使用": "IN_USE",
    "正常": "IN_USE",
    "正常使用": "IN_USE",
    "停用": "OUT_OF_USE",
    "停止使用": "OUT_OF_USE",
    "封存": "OUT_OF_USE",
    "查封": "IN_USE+SEALED",
    "报废": "SCRAPPED",
    "注销": "DEREGISTERED",
    "已注销": "DEREGISTERED",
    "拆除": "DEREGISTERED+DISMANTLED",
    "未注册": "UNREGISTERED",
    "未登记": "UNREGISTERED",
    "新装": "UNREGISTERED",
}
STATE_VALUES = {value for value, _label in STATE_WORDS.choices}


def cities() -> list[tuple[str, str]]:
    return [(area.code, str(area)) for area in Area.objects.filter(kind=AreaKind.CITY).order_by("code")]


def city_of(actor: Actor) -> str:
    """The city in which an actor enters elevators; Nanjing for those who can everywhere."""
    reach = reach_of(actor, Permission.CREATE_ELEVATOR)
    if reach.areas:
        return Area.objects.values_list("code", flat=True).get(pk=reach.areas[0].city_id)
    if reach.unit_ids:
        unit = Unit.objects.select_related("area__city").filter(pk__in=reach.unit_ids).order_by("pk").first()
        return (unit.area.city or unit.area).code
    return NANJING


def area_rule(city: str, column: str, within: str, words: Mapping[str, str]) -> AreaRule | None:
    """How areas of a city are called in two columns; None for a city that is not on the platform."""
    areas = list(
        Area.objects.filter(city__code=city).select_related("managing_district", "statistical_parent").order_by("code")
    )
    if not any(area.code == city for area in areas):
        return None
    upper = [area for area in areas if area.kind != AreaKind.SUBDISTRICT]
    inner = [area for area in areas if area.kind == AreaKind.SUBDISTRICT]
    names, shared = areas_by_form(_called(upper))
    inner_names, inner_shared = areas_by_form(_called(inner))
    # 江宁 is the district, not the subdistrict in it
    forms = inner_names | names
    known = {area.code for area in areas}
    forms |= {written.fold(word): code for word, code in words.items() if code in known}
    return AreaRule(
        city_code=city,
        column=column,
        codes=forms,
        within=within,
        inner_codes=_inner(inner, inner_names) if within else {},
        ambiguous=frozenset((shared | inner_shared) - set(forms)),
    )


def _called(areas: Iterable[Area]) -> list[tuple[str, str, str]]:
    return [(area.code, area.name, area.name_en) for area in areas]


def _inner(areas: list[Area], alone: Mapping[str, str]) -> dict[tuple[str, str], str]:
    """By (district, form): the district that manages a subdistrict, and the one in which it lies by its code."""
    found = {("", form): code for form, code in alone.items()}
    for area in areas:
        for district in {area.managing_district, area.statistical_parent} - {None}:
            for form in area_forms(area.code, area.name, area.name_en):
                found.setdefault((district.code, form), area.code)
    return found


def area_reader(rule: AreaRule) -> cells.Reader:
    def read(cell: str) -> cells.Reading:
        form = written.fold(cell)
        if form in rule.codes:
            return cells.Reading(rule.codes[form], cell)
        problem = "area-ambiguous" if form in rule.ambiguous else "area-unknown"
        return cells.Reading(form="unknown", problem=problem)

    return read


def states(words: Mapping[str, str]) -> dict[str, tuple[str, str | None]]:
    """{word: (state, flag)}; a mapping's own words win. A word for nothing says nothing."""
    table = STATES | {state.value: state.value for state in STATES_SEEN} | _labels(STATES_SEEN)
    table |= {word: value for word, value in words.items() if value in STATE_VALUES or value == ""}
    return {word: _state_and_flag(value) for word, value in table.items()}


def _state_and_flag(value: str) -> tuple[str, str | None] | None:
    if not value:
        return None
    state, _plus, flag = value.partition("+")
    return state, flag or None


def classes(words: Mapping[str, str]) -> dict[str, str | None]:
    """{word: class code}: codes, names in both languages, and a mapping's own words ('' : known, no counterpart)."""
    known = elevator_classes()
    table = {form: code for code, row in known.items() for form in (code, row.name_zh, row.name_en)}
    return table | {word: value or None for word, value in words.items() if value in known or value == ""}


def places(words: Mapping[str, str]) -> dict[str, str]:
    table = {place.value: place.value for place in PlaceType} | _labels(PlaceType)
    return table | {word: value for word, value in words.items() if value in PlaceType.values}


def _labels(choices) -> dict[str, str]:
    found = {}
    for language in ("en", "zh-hans"):
        with override(language):
            found |= {str(choice.label): choice.value for choice in choices}
    return found


def _both(name: str, name_en: str) -> str:
    """A file's word may be in either language, whichever the page is in."""
    return BOTH_NAMES.join(dict.fromkeys(part for part in (name, name_en) if part))


def _in_both(choices: Iterable[tuple[str, str]]) -> dict[str, str]:
    """{value: label in both languages}: what a file's word is taken for must not hang on the language of the page."""
    found = {}
    for value, label in choices:
        with override("zh-hans"):
            chinese = str(label)
        with override("en"):
            found[value] = _both(chinese, str(label))
    return found


def known(target: str, spec: MappingSpec, actor: Actor) -> tuple[dict[str, str], Iterable[str]]:
    """({value: label} of what words can mean, words that are understood already) of one target."""
    use = spec.targets.get(target)
    own = dict(use.options.get("words") or {}) if use else {}
    if target in ("area", "subdistrict"):
        city = str(spec.options.get("city") or city_of(actor))
        areas = Area.objects.in_pickers().filter(city__code=city).order_by("code")
        rule = area_rule(city, "area", "", own)
        return {area.code: _both(area.name, area.name_en) for area in areas}, rule.codes if rule else ()
    if target == "class_code":
        return {code: _both(row.name_zh, row.name_en) for code, row in elevator_classes().items()}, classes(own)
    if target == "state":
        return _in_both(STATE_WORDS.choices), states(own)
    if target == "place_type":
        return _in_both(PlaceType.choices), places(own)
    return {}, ()


def shown(name: str, value) -> str:
    """A changed value in words: areas and classes by their names, states by their labels."""
    if value in (None, ""):
        return ""
    if name in ("area_id", "city_id", "managing_district_id"):
        return str(areas_by_id().get(value, ""))
    if name == "class_code_id":
        row = elevator_classes().get(value)
        return f"{value} {row.name}" if row else str(value)
    if name == "registration_state" and value in RegistrationState.values:
        return str(RegistrationState(value).label)
    if name == "flag" and value in FlagKind.values:
        return str(FlagKind(value).label)
    return str(value)
