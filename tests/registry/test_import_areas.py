"""Areas of other cities: all of a list or nothing, the same list again changes nothing."""

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from accounts.actions.areas import AREA_COLUMNS, AreaRefused, AreasImported, import_areas
from accounts.models import Area
from common.actor import system
from common.models import AuditRecord

BY = system("test")
DATA = Path(__file__).resolve().parents[2] / "accounts" / "data"
pytestmark = pytest.mark.django_db


def area(code, kind="DISTRICT", parent="X1", manager="", **more):
    values = {"code": code, "name": f"Name {code}", "name_en": "", "kind": kind, "source": "a list"}
    return values | {"parent_code": parent, "managed_by_code": manager} | more


CITY = area("X1", "CITY", parent="")


def test_import_areas_fills_what_elevators_copy():
    rows = [
        CITY,
        area("X11"),
        area("X1M", "MANAGEMENT", parent="", manager="X1"),
        area("X111", "SUBDISTRICT", "X11"),
        area("X112", "SUBDISTRICT", "X11", "X1M"),
    ]
    assert import_areas(rows=rows, by=BY) == AreasImported(created=5, changed=0, unchanged=0)
    made = Area.objects.filter(code__startswith="X1").order_by("code")
    assert list(made.values_list("code", "city__code", "managing_district__code", "statistical_parent__code")) == [
        ("X1", "X1", None, None),
        ("X11", "X1", "X11", "X1"),
        ("X111", "X1", "X11", "X11"),
        ("X112", "X1", "X1M", "X11"),
        ("X1M", "X1", "X1M", None),
    ]
    assert AuditRecord.objects.filter(action="accounts.create_area").count() == 5


def test_import_areas_twice_changes_nothing_and_a_new_name_is_a_change():
    rows = [CITY, area("X11")]
    import_areas(rows=rows, by=BY)
    assert import_areas(rows=rows, by=BY) == AreasImported(created=0, changed=0, unchanged=2)
    renamed = [CITY, area("X11", name="Other")]
    assert import_areas(rows=renamed, by=BY) == AreasImported(created=0, changed=1, unchanged=1)
    assert Area.objects.get(code="X11").name == "Other"
    assert AuditRecord.objects.get(action="accounts.change_area").changes == {"name": ["Name X11", "Other"]}


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        (area("X11", parent="NONE"), "Row 3: there is no area NONE."),
        (area("X11", kind="VILLAGE"), "Row 3: “VILLAGE” is no kind of area."),
        (area("X11", parent=""), "Row 3: a city has no parent"),
        (area("X11", "CITY"), "Row 3: a city has no parent"),
        (area("X11", "SUBDISTRICT"), "X11: a subdistrict is managed by a district"),
        (area("X11", source=""), "Row 3: code, name and source may not be blank."),
        (area("X11", name="n" * 81), "Row 3: name may have 80 characters at most."),
        (area("X1", name="Again"), "Row 3: X1 is on the platform with another kind, parent or manager."),
    ],
)
def test_import_areas_refuses_a_list_that_does_not_hold_together_whole(row, sentence):
    with pytest.raises(AreaRefused) as refused:
        import_areas(rows=[CITY, row], by=BY)
    assert sentence in str(refused.value.message)
    assert not Area.objects.filter(code__startswith="X1").exists()


def test_import_areas_command_brings_the_shipped_lists(capsys):
    call_command("import_areas", DATA / "areas_nyc.csv")
    call_command("import_areas", DATA / "areas_maryland.csv")
    call_command("import_areas", DATA / "areas_nyc.csv")
    assert capsys.readouterr().out.splitlines() == [
        "Areas: 6 new, 0 changed, 0 as before.",
        "Areas: 25 new, 0 changed, 0 as before.",
        "Areas: 0 new, 0 changed, 6 as before.",
    ]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"code,name\n", "The first row must name the columns. Missing: name_en, kind"),
        (",".join(AREA_COLUMNS).encode() + b"\n\xff", "is not UTF-8 text"),
        (None, "cannot be read: No such file or directory."),
    ],
)
def test_import_areas_command_says_what_is_wrong_with_a_file(tmp_path, content, sentence):
    path = tmp_path / "areas.csv"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(CommandError, match=sentence):
        call_command("import_areas", path)
