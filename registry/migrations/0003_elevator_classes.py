"""The class catalogue (特种设备目录, announcement 2014 No. 114): registry/data/elevator_classes.csv."""

import csv
from pathlib import Path

from django.db import migrations

FILE = Path(__file__).resolve().parents[1] / "data" / "elevator_classes.csv"


def load(apps, schema_editor):
    class_model = apps.get_model("registry", "ElevatorClass")
    with FILE.open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            class_model.objects.create(
                code=row["code"],
                parent_id=row["parent"] or None,
                name_zh=row["name_zh"],
                name_en=row["name_en"],
                valid_from="2014-11-03",
                source="特种设备目录, announcement 2014 No. 114",
                certainty=row["certainty"],
            )


class Migration(migrations.Migration):
    dependencies = [("registry", "0002_ledger")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
