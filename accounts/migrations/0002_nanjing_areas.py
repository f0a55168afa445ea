"""Nanjing's areas: 11 districts, 江北新区 as the management area it is, 140 subdistricts (accounts/data/README.md)."""

import csv
from pathlib import Path

from django.db import migrations

DATA = Path(__file__).resolve().parents[1] / "data"
NBS = "National Bureau of Statistics, 2023 edition (cut 2023-06-30)"
JIANGBEI = "320100JB"


def rows(name):
    with (DATA / name).open(encoding="utf-8") as file:
        yield from csv.DictReader(file)


def load(apps, schema_editor):
    area_model = apps.get_model("accounts", "Area")
    city = area_model.objects.create(
        code="320100", name="南京市", name_en="Nanjing", kind="CITY", source=NBS, certainty="V1"
    )
    city.city = city
    city.save()
    districts = {}
    english = {
        "320102": "Xuanwu",
        "320104": "Qinhuai",
        "320105": "Jianye",
        "320106": "Gulou",
        "320111": "Pukou",
        "320113": "Qixia",
        "320114": "Yuhuatai",
        "320115": "Jiangning",
        "320116": "Luhe",
        "320117": "Lishui",
        "320118": "Gaochun",
    }
    for row in rows("nanjing_districts.csv"):
        district = area_model.objects.create(
            code=row["code"],
            name=row["name"],
            name_en=english[row["code"]],
            kind="DISTRICT",
            statistical_parent=city,
            managed_by=city,
            city=city,
            source=NBS,
            certainty="V1",
        )
        district.managing_district = district
        district.save()
        districts[row["code"]] = district
    jiangbei = area_model.objects.create(
        code=JIANGBEI,
        name="江北新区",
        name_en="Jiangbei New Area",
        kind="MANAGEMENT",
        managed_by=city,
        city=city,
        source="counted apart as the twelfth by the 96333 bulletins (2023-09); own code",
        certainty="V1",
    )
    jiangbei.managing_district = jiangbei
    jiangbei.save()
    area_model.objects.bulk_create(
        area_model(
            code=row["code"],
            name=row["name"],
            kind="SUBDISTRICT",
            statistical_parent=districts[row["district_code"]],
            managed_by=(manager := jiangbei if row["jiangbei_new_area_direct"] == "1" else districts[row["district_code"]]),
            managing_district=manager,
            city=city,
            hidden=row["kind"].startswith("类似乡级单位"),
            source=NBS,
            certainty="V1",
        )
        for row in rows("nanjing_streets.csv")
    )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
