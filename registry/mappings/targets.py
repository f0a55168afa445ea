"""What a column of elevators can mean: the words by which it is known and the ways in which it can be read. Data."""

import re
from collections import Counter
from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from common.intake.mapping import Option, Target
from registry.choices import FlagKind, RegistrationState
from registry.rules import codes
from registry.rules.codes import CodeError

ORDER = Option(
    "order",
    _("order of a date"),
    (("ymd", _("year, month, day")), ("dmy", _("day, month, year")), ("mdy", _("month, day, year"))),
    "ymd",
)
LOAD_UNIT = Option("unit", _("unit"), (("kg", "kg"), ("t", "t"), ("lb", "lb")), "kg")
SPEED_UNIT = Option("unit", _("unit"), (("m/s", "m/s"), ("m/min", "m/min"), ("ft/min", "ft/min")), "m/s")
LENGTH_UNIT = Option(
    "unit",
    _("unit"),
    (("m", "m"), ("mm", "mm"), ("ft", _("feet, or feet and inches")), ("ft-in", _("feet and inches"))),
    "m",
)
DATUM = Option(
    "datum", _("map datum"), (("WGS84", "WGS84 / CGCS2000"), ("GCJ02", "GCJ-02"), ("BD09", "BD-09")), "WGS84"
)
# IN_USE, IN_USE+SEALED …: a state, and a flag beside it
STATE_WORDS = Option(
    "words",
    _("what each word means"),
    (
        *((state.value, state.label) for state in RegistrationState if state != RegistrationState.WITHDRAWN),
        *(
            (f"{state}+{flag.value}", flag.label)
            for state, flag in (
                ("IN_USE", FlagKind.SEALED),
                ("OUT_OF_USE", FlagKind.SEALED),
                ("DEREGISTERED", FlagKind.DISMANTLED),
            )
        ),
    ),
    words=True,
)


def _looks(normalise):
    def looks(cell: str) -> bool:
        try:
            normalise(cell)
        except CodeError:
            return False
        return True

    return looks


def _matches(pattern: str):
    compiled = re.compile(pattern, re.ASCII | re.IGNORECASE)
    return lambda cell: bool(compiled.fullmatch(cell))


_IS_DAY = _matches(r"\d{8}|\d{1,4}[-/.年]\d{1,2}[-/.月]\d{1,4}日?(?:[T ].*)?")
_IS_NUMBER = _matches(r"\d+(?:[.,]\d+)?\s*[a-z./]*")
_LATITUDE = _matches(r"-?[1-8]?\d[.,]\d{2,}")
_LONGITUDE = _matches(r"-?1?\d{1,2}[.,]\d{2,}")


def _unit_hint(**words: str):
    """The unit that the header names, else most of the cells: {unit: pattern}; `_` stands for `/` in a unit's name.

    One cell that says “1 t” is that cell's slip; it must not turn a column of kilograms into tonnes.
    """

    def named(text: str) -> str:
        text = text.casefold().replace("_", " ")
        return next((unit.replace("_", "/") for unit, pattern in words.items() if re.search(pattern, text)), "")

    def hints(header: str, cells: Sequence[str]) -> dict:
        if unit := named(header):
            return {"unit": unit}
        said = Counter(named(cell) for cell in cells[:20] if cell)
        unit, times = said.most_common(1)[0] if said else ("", 0)
        return {"unit": unit} if unit and times * 2 > said.total() else {}

    return hints


def _order_hint(_header: str, cells: Sequence[str]) -> dict:
    """Day or month first, where a cell proves it."""
    for cell in cells:
        parts = re.split(r"[-/.]", cell.split(" ")[0])
        if len(parts) == 3 and all(part.isdecimal() for part in parts) and len(parts[0]) <= 2:
            if int(parts[0]) > 12:
                return {"order": "dmy"}
            if int(parts[1]) > 12:
                return {"order": "mdy"}
    return {}


CODE_FORM = Option("form", _("written as"), (("text", _("text")), ("code", _("one or two letters or digits"))), "text")
POSTAL_FORM = Option("form", _("written as"), (("cn", _("6 digits (China)")), ("us", _("5 or 9 digits (USA)"))), "cn")
_SHORT_CODE = _matches(r"[A-Z0-9]{1,2}")


def _code_hint(_header: str, cells: Sequence[str]) -> dict:
    return {"form": "code"} if cells and sum(map(_SHORT_CODE, cells)) >= 0.8 * len(cells) else {}


def _postal_hint(_header: str, cells: Sequence[str]) -> dict:
    return {"form": "us"} if cells and sum(len(cell) in (5, 9, 10) for cell in cells) > len(cells) / 2 else {}


def _code(name, label, *aliases):
    return Target(name, label, aliases, options=(CODE_FORM,), hints=_code_hint)


def _day(name, label, *aliases):
    return Target(name, label, aliases, options=(ORDER,), looks=_IS_DAY, hints=_order_hint)


TARGETS = (
    Target(
        "equipment_code",
        _("equipment code"),
        ("设备代码", "设备编码", "特种设备代码", "equipment code", "device code"),
        looks=_looks(codes.normalise_equipment_code),
        telling=True,
    ),
    Target(
        "registration_code",
        _("registration code"),
        ("注册代码", "设备注册代码", "registration code"),
        looks=_looks(codes.normalise_registration_code),
        telling=True,
    ),
    Target(
        "certificate_number",
        _("certificate number"),
        ("使用登记证编号", "使用登记证", "登记证编号", "certificate number", "use registration certificate"),
        looks=_looks(codes.normalise_certificate_number),
        telling=True,
    ),
    Target(
        "rescue_code",
        _("rescue code"),
        ("救援识别码", "电梯救援码", "96333编号", "识别码", "应急救援编号", "rescue code"),
        looks=_looks(codes.normalise_rescue_code),
    ),
    Target(
        "source_key",
        _("the register's own key"),
        (
            "序列号",
            "电梯编号",
            "登记号",
            "DEVICE NUMBER",
            "device number",
            "unit number",
            "elevator id",
            "registration number",
            "key",
        ),
    ),
    Target(
        "internal_number",
        _("unit's own number"),
        ("内部编号", "单位内编号", "使用单位内部编号", "梯号", "internal number"),
    ),
    Target(
        "area",
        _("district"),
        ("区", "区县", "行政区", "所在区", "所属区县", "所属辖区", "辖区", "行政区划", "Borough", "county", "district"),
        options=(Option("words", _("which area each word means"), words=True),),
    ),
    Target("subdistrict", _("subdistrict"), ("街道", "所属街道", "镇街", "街道乡镇", "subdistrict", "town")),
    Target(
        "address",
        _("address"),
        (
            "地址",
            "使用地点",
            "设备所在地",
            "安装地址",
            "详细地址",
            "设备使用地点",
            "address",
            "HOUSE NUMBER",
            "STREET NAME",
            "street",
            "location address",
        ),
        several=True,
        options=(Option("test_words", _("words that mark test records"), lines=True),),
    ),
    Target("building", _("building"), ("楼栋", "楼号", "幢号", "栋号", "building")),
    Target(
        "site_key",
        _("key of the site"),
        ("小区编号", "项目编号", "BIN", "building identification number", "site id"),
        several=True,
    ),
    Target(
        "site_name", _("site"), ("小区", "小区名称", "项目名称", "楼盘", "location name", "site", "site name", "estate")
    ),
    Target(
        "place_type",
        _("kind of place"),
        ("场所类型", "使用场所", "场所", "place type"),
        options=(Option("words", _("what each word means"), words=True),),
    ),
    Target(
        "latitude",
        _("latitude"),
        ("纬度", "lat", "latitude", "y坐标"),
        looks=_LATITUDE,
        options=(DATUM, Option("stand_ins", _("points that stand for none"), lines=True)),
    ),
    Target("longitude", _("longitude"), ("经度", "lng", "lon", "longitude", "x坐标"), looks=_LONGITUDE),
    Target(
        "class_code",
        _("class"),
        ("设备品种", "品种", "设备类别", "电梯类型", "品种代码", "Device Type", "equipment type", "class"),
        options=(Option("words", _("what each word means"), words=True),),
    ),
    Target(
        "manufacturer_name",
        _("manufacturer"),
        ("制造单位", "制造单位名称", "生产厂家", "制造厂家", "厂家", "品牌", "MANUFACTURER", "maker"),
        options=(Option("not_makers", _("entries that name no maker"), lines=True),),
    ),
    Target("model", _("model"), ("型号", "产品型号", "设备型号", "规格型号", "model")),
    Target(
        "factory_number", _("factory number"), ("出厂编号", "产品编号", "出厂号", "factory number", "serial number")
    ),
    _day("manufactured_on", _("made on"), "制造日期", "出厂日期", "生产日期", "manufactured on"),
    Target(
        "rated_load_kg",
        _("rated load"),
        (
            "额定载重量",
            "额定载荷",
            "载重量",
            "载重",
            "CAPACITY LBS",
            "equipment capacity",
            "rated load",
            "load",
            "capacity",
        ),
        options=(LOAD_UNIT,),
        looks=_IS_NUMBER,
        hints=_unit_hint(lb=r"\blbs?\b|磅", t=r"[(（]t[)）]|吨", kg=r"kg|公斤|千克"),
    ),
    Target(
        "rated_speed_mps",
        _("rated speed"),
        ("额定速度", "速度", "运行速度", "SPEED FPM", "equipment speed", "rated speed", "speed"),
        options=(SPEED_UNIT,),
        looks=_IS_NUMBER,
        hints=_unit_hint(ft_min=r"fpm|ft/min|feet per minute", m_min=r"m/min|米/分", m_s=r"m/s|米/秒"),
    ),
    Target(
        "travel_m",
        _("travel"),
        ("提升高度", "行程", "TRAVEL DISTANCE", "equipment travel", "travel", "rise"),
        options=(LENGTH_UNIT, Option("highest", _("longest possible, in metres"))),
        hints=_unit_hint(ft=r"feet|foot|\d'|\bft\b", mm=r"\bmm\b|毫米", m=r"[(（]m[)）]|米"),
    ),
    Target("floors", _("floors"), ("层数", "层", "floors"), looks=_IS_NUMBER),
    Target("landings", _("landings"), ("站数", "站", "landings", "stops"), looks=_IS_NUMBER),
    Target("floor_from", _("lowest floor"), ("最低层", "起始层", "FLOOR FROM", "lowest floor")),
    Target("floor_to", _("highest floor"), ("最高层", "终止层", "FLOOR TO", "highest floor")),
    _day(
        "commissioned_on",
        _("in service since"),
        "投用日期",
        "投入使用日期",
        "启用日期",
        "APPROVAL DATE",
        "commissioned on",
    ),
    _day("last_renewed_on", _("renewed on"), "改造日期", "更新日期", "大修日期", "renewed on"),
    Target("retrofitted", _("retrofitted"), ("加装电梯", "是否加装", "既有住宅加装", "retrofitted")),
    Target(
        "state",
        _("registration state"),
        ("使用状态", "设备状态", "注册状态", "登记状态", "状态", "DEVICE STATUS DESCRIPTION", "status"),
        options=(STATE_WORDS,),
    ),
    _day("state_since", _("state since"), "状态日期", "状态变更日期", "STATUS DATE", "state since"),
    Target(
        "using_unit",
        _("using unit"),
        ("使用单位", "使用单位名称", "物业公司", "管理单位", "产权单位", "using unit", "owner", "property manager"),
        options=(Option("words", _("which unit each word means"), words=True),),
    ),
    Target(
        "maintenance_unit",
        _("maintenance unit"),
        ("维保单位", "维护保养单位", "维保公司", "maintenance unit", "maintenance company"),
        options=(Option("words", _("which unit each word means"), words=True),),
    ),
    # kept among the technical facts
    Target(
        "postal_code",
        _("postal code"),
        ("邮编", "邮政编码", "ZIP CODE", "zip", "postal code"),
        options=(POSTAL_FORM,),
        hints=_postal_hint,
        looks=_matches(r"\d{5,9}|\d{5}-\d{4}"),
    ),
    _day(
        "last_inspected_on",
        _("last inspected on"),
        "检验日期",
        "上次检验日期",
        "定期检验日期",
        "LASTPER INSP DATE",
        "last inspection date",
    ),
    _day(
        "certificate_expires_on",
        _("valid until"),
        "下次检验日期",
        "有效期至",
        "检验有效期",
        "certificate expiration date",
    ),
    _code(
        "last_inspection_disposition", _("result of the last inspection"), "检验结论", "检验结果", "LASTPER INSP DISP"
    ),
    Target("last_inspection_type", _("kind of the last inspection"), ("检验类别", "检验类型", "inspection type")),
    Target("ownership", _("ownership"), ("产权性质", "location type", "ownership")),
    _code("car_buffer_type", _("type of car buffer"), "缓冲器型式", "CAR BUFFER TYPE"),
    _code("governor_type", _("type of governor"), "限速器型式", "GOVERNOR TYPE"),
    _code("machine_type", _("type of machine"), "主机型式", "MACHINE TYPE"),
    _code("safety_type", _("type of safety gear"), "安全钳型式", "SAFETY TYPE"),
    _code("mode_of_operation", _("mode of operation"), "控制方式", "MODE OPERATION", "mode of operation"),
)
BY_NAME = {target.name: target for target in TARGETS}
