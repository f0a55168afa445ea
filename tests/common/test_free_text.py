"""Personal numbers in free text: found however people write them, and nothing else taken for one."""

import ast
from pathlib import Path

import pytest
from django import forms
from rest_framework import serializers

from common.api.fields import FreeTextField
from common.forms import FreeText
from common.personal.free_text import personal_numbers
from common.personal.kinds import id_check_character
from common.validation import without_personal_numbers
from registry.api.serializers import ElevatorInputSerializer
from registry.forms import ElevatorForm

FIRST = "32010619900101739"
IDENTITY = FIRST + id_check_character(FIRST)
# begins with the class of an elevator, and would be an identity number of somebody born in 1991
LIKE_IDENTITY = "31101219910101234" + id_check_character("31101219910101234")


@pytest.mark.parametrize(
    "text",
    [
        "联系人张三 13912345678",
        "张三13912345678，李四",
        "139 1234 5678",
        "139-1234-5678",
        "1391-234-5678",
        "139 12345678",
        "139.1234.5678",
        "1 3 9 1 2 3 4 5 6 7 8",
        "１３９１２３４５６７８",
        "１３９ １２３４ ５６７８",
        "+8613912345678",
        "0086 139 1234 5678",
        "(86)139 1234 5678",
        "86139 1234 5678",
        "013912345678",
        "139\u200b1234\u200b5678",
        "tel13912345678",
        "2026-11-24 139 1234 5678",
        "2026年11月24日13912345678",
        "电话 025-83260000 / 13912345678",
        "13912345678 13812345678",
        "96333，19912345678",
        "17 楼 166 1234 5678",
    ],
)
def test_a_mobile_number_is_found(text):
    assert personal_numbers(text) == {"phone"}


@pytest.mark.parametrize(
    "text",
    [
        IDENTITY,
        f"身份证{IDENTITY}号",
        "320106 19900101 739" + IDENTITY[-1],
        "320106-1990-0101-739" + IDENTITY[-1],
        IDENTITY.translate({ord("0") + n: ord("０") + n for n in range(10)}),
        "11010119900307" + "123" + id_check_character("11010119900307123").lower(),
    ],
)
def test_an_identity_number_is_found(text):
    assert personal_numbers(text) == {"id_number"}


def test_both_are_found():
    assert personal_numbers(f"{IDENTITY}, 13912345678") == {"id_number", "phone"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Locked, sign at each door",
        "311012345201900001",  # equipment code
        "3110 12345 2019 00001",
        LIKE_IDENTITY,
        "31101A3B5201900001",
        "31103201062019030001",  # registration code
        "3110 3201 0620 1903 0001",
        "91320100MA1XXXXX0A",  # credit code
        "91320100135123456X",
        "913201001391234567",
        "92320106MA13912345",
        "32010619900101" + "739" + ("0" if IDENTITY[-1] != "0" else "1"),  # the check character is wrong
        "96333",
        "12345",
        "拨打 12345 或 96333",
        "025-83260000",
        "(025) 8326 0000",
        "0510-82345678",
        "400-820-8820",
        "2026-11-24",
        "2026年11月24日 13:45",
        "2026-01-13 至 2026-12-31",
        "13 15 18 22 19 2 35",  # readings
        "电表 013582 → 013691 kWh",
        "1.75 m/s, 1000 kg, 13 层 13 站",
        "梯11苏A12345(19)",
        "NJ-20261124-0013",
        "12012345678",  # no network has this range
        "139123456789012",  # fifteen digits
        "1391234567",
        "11 月 13 日 9 点",
    ],
)
def test_what_is_nobodys_own_is_left_alone(text):
    assert personal_numbers(text) == set()


# --- every field in which people write -------------------------------------------------------------------------------

TOP = Path(__file__).resolve().parents[2]
# {(file, field): why people's own words do not land in it for others to read}
EXEMPT = {
    ("accounts/api/certificates.py", "number"): "sealed and masked: of workers it is the identity number",
    ("accounts/api/serializers.py", "credit_code"): "a code with a rule of its own",
    ("accounts/forms/__init__.py", "code"): "a second factor, checked and not kept",
    ("accounts/forms/__init__.py", "credit_code"): "a code with a rule of its own",
    ("accounts/forms/__init__.py", "id_number"): "the identity number, sealed",
    ("accounts/forms/__init__.py", "number"): "the number looked for, not kept",
    ("accounts/forms/__init__.py", "old_password"): "a password",
    ("accounts/forms/__init__.py", "password"): "a password",
    ("accounts/forms/__init__.py", "password_again"): "a password",
    ("accounts/forms/__init__.py", "_temporary_password_field"): "a password",
    ("accounts/forms/__init__.py", "phone"): "the phone, sealed",
    ("accounts/forms/__init__.py", "proposed_at"): "hidden: a moment",
    ("accounts/forms/__init__.py", "username"): "a sign-in name with a rule of its own; one's phone is a usual one",
    ("accounts/forms/certificates.py", "number"): "sealed and masked: of workers it is the identity number",
    ("common/exports/api.py", "columns"): "names of columns",
    ("common/exports/api.py", "filters"): "a search",
    ("common/exports/api.py", "kind"): "a choice",
    ("common/exports/pages.py", "filters"): "hidden: a search",
    ("compliance/forms/complaints.py", "contact"): "the phone of who complained, sealed",
    ("portal/forms.py", "contact"): "the phone of who complains, sealed",
    ("common/forms.py", "FreeText"): "the field itself",
    ("common/forms.py", "PickField"): "one row of many, looked up",
    ("common/intake/api_serializers.py", "fill_down"): "imports: names of columns",
    ("common/intake/api_serializers.py", "kind"): "imports: a choice",
    ("common/intake/api_serializers.py", "name"): "imports: what a mapping is called",
    ("common/intake/api_serializers.py", "serial_dates"): "imports: names of columns",
    ("common/intake/api_serializers.py", "sheet"): "imports: the name of a sheet",
    ("common/lists/pages.py", "query"): "hidden: a search",
    ("common/messages/forms.py", "url"): "the address of a program",
    ("common/templatetags/ui_gallery.py", "code"): "the gallery keeps nothing",
    ("common/templatetags/ui_gallery.py", "name"): "the gallery keeps nothing",
    ("common/templatetags/ui_gallery.py", "note"): "the gallery keeps nothing",
    ("common/templatetags/ui_gallery.py", "word"): "the gallery keeps nothing",
    ("inspection/api/applications.py", "contact"): "the phone of who opens the door, sealed",
    ("inspection/forms/applications.py", "contact"): "the phone of who opens the door, sealed",
    ("inspection/api/orders.py", "area"): "the code of an area",
    ("inspection/api/orders.py", "number"): "the number of a licence, as printed",
    ("inspection/api/serializers.py", "code"): "the code of an item",
    ("inspection/api/serializers.py", "sign"): "one of four signs",
    ("inspection/api/serializers.py", "elevator"): "a code, looked up",
    ("inspection/api/serializers.py", "verdict"): "one of a list",
    ("inspection/api/serializers.py", "people"): "sign-in names, looked up",
    ("inspection/api/serializers.py", "next_label"): "the number of a label, as printed",
    ("inspection/api/serializers.py", "notice_number"): "the number of a notice, as printed",
    ("compliance/api/hazards.py", "item"): "the code of an item",
    ("compliance/forms/platforms.py", "endpoint"): "an address of a server, checked",
    ("compliance/forms/platforms.py", "jurisdiction"): "an identifier of another platform",
    ("compliance/forms/platforms.py", "services"): "codes, line by line",
    ("compliance/forms/platforms.py", "api_key"): "a key, sealed",
    ("compliance/forms/elevators.py", "ElevatorCodeField"): "a code, looked up",
    ("compliance/forms/complaints.py", "found"): "a code, looked up",
    ("inspection/forms/law.py", "YearsField"): "numbers",
    ("inspection/forms/filing.py", "next_label"): "the number of a label, as printed",
    ("inspection/forms/filing.py", "notice_number"): "the number of a notice, as printed",
    ("inspection/forms/filing.py", "number"): "the number of a report, as printed",
    ("registry/api/keys.py", "holder"): "a sign-in name, looked up",
    ("registry/api/plates.py", "city"): "the code of an area",
    ("registry/api/plates.py", "text"): "what is printed on a plate",
    ("registry/api/registrations.py", "name"): "the name of an answer or a kind of document",
    ("registry/forms/elevators.py", "name"): "codes with rules of their own",
    ("registry/forms/filters.py", "SectionField"): "a search",
    ("registry/forms/handovers.py", "seen"): "hidden: a digest of what was shown",
    ("registry/forms/plates.py", "text"): "what is printed on a plate",
}


def plain_text_fields() -> set[tuple[str, str]]:
    """(file, name) of each text field of a form, and of each one with a length in a body, as the sources write them.

    The sources, because many fields are made when a form is shown; what is only answered has no length.
    """
    found = set()
    for app in ("accounts", "common", "compliance", "inspection", "portal", "registry"):
        for path in (TOP / app).rglob("*.py"):
            if "models" not in path.parts and "migrations" not in path.parts:
                found |= {(str(path.relative_to(TOP)), name) for name in _fields_of(ast.parse(path.read_text()))}
    return found


def _fields_of(tree) -> set[str]:
    return {
        _name_of(node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign | ast.FunctionDef | ast.ClassDef) and any(_is_text(each) for each in _own(node))
    }


def _own(node):
    """What the statement itself says: of an assignment all of it, of a function what it returns, of a class its bases."""
    if isinstance(node, ast.FunctionDef):
        return [each for part in node.body if isinstance(part, ast.Return) for each in ast.walk(part)]
    return node.bases if isinstance(node, ast.ClassDef) else ast.walk(node.value)


def _is_text(node) -> bool:
    function = node.func if isinstance(node, ast.Call) else node
    if not isinstance(function, ast.Attribute) or function.attr != "CharField":
        return False
    of_a_form = isinstance(function.value, ast.Name) and function.value.id == "forms"
    return of_a_form if isinstance(node, ast.Attribute) else of_a_form or _has_length(node)


def _has_length(call) -> bool:
    return any(keyword.arg == "max_length" for keyword in call.keywords)


def _name_of(node) -> str:
    if not isinstance(node, ast.Assign):
        return node.name
    target = node.targets[0]
    return (
        target.id
        if isinstance(target, ast.Name)
        else next(each.id for each in ast.walk(target.slice) if isinstance(each, ast.Name))
    )


def test_whoever_adds_a_text_field_says_whether_people_write_in_it():
    plain = plain_text_fields()
    assert plain - set(EXEMPT) == set(), "common.forms.FreeText, common.api.fields.FreeTextField, or say here why not"
    assert set(EXEMPT) - plain == set(), "no such field any more"


def test_a_new_text_field_would_be_noticed():
    written = (
        "words = forms.CharField()",
        "told = serializers.CharField(max_length=9)",
        "out = serializers.CharField()",
    )
    body = ast.parse("\n".join(written))
    assert _fields_of(body) == {"words", "told"}


IDENTIFIERS = {"factory_number"}  # printed on the machine
CODES = {"equipment_code", "registration_code", "certificate_number", "rescue_code"}


def test_the_texts_of_an_elevator_are_judged_too(cast):
    """Its fields come from the model, so the sources name none of them."""
    form = ElevatorForm(actor=cast.city_regulator.actor(), may_register=True)
    body = ElevatorInputSerializer()
    for fields, base in ((form.fields, forms.CharField), (body.fields, serializers.CharField)):
        plain = {
            name
            for name, field in fields.items()
            if isinstance(field, base) and without_personal_numbers not in field.validators
        }
        assert plain - {"site"} == IDENTIFIERS | CODES


def test_the_fields_say_what_to_do_and_do_not_repeat_the_number():
    for field, error in ((FreeText(), forms.ValidationError), (FreeTextField(), serializers.ValidationError)):
        clean = getattr(field, "clean", None) or field.run_validation
        assert clean("Locked. Call 96333.") == "Locked. Call 96333."
        with pytest.raises(error) as refused:
            clean("联系人张三 139 1234 5678")
        said = str(refused.value)
        assert "5678" not in said and ("Leave it out" in said or "请删去" in said)


def test_a_text_beyond_every_length_is_refused_unread(monkeypatch):
    monkeypatch.setattr("common.validation.personal_numbers", lambda text: pytest.fail(f"read {len(text)} characters"))
    for field, error in ((FreeText(), forms.ValidationError), (FreeTextField(), serializers.ValidationError)):
        clean = getattr(field, "clean", None) or field.run_validation
        with pytest.raises(error) as refused:
            clean("1 " * 5_001)
        assert "10000" in str(refused.value)
