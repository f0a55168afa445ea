import json
from pathlib import Path

from django.db import migrations

TABLE = Path(__file__).parents[1] / "data" / "law.json"
OWN = ("version", "area", "valid_from", "valid_to", "enabled", "source", "certainty")


def enter_law(apps, _schema_editor):
    """Each row of data/law.json with its source and certainty; later changes are rows of later migrations."""
    row = apps.get_model("inspection", "LawRow")
    row.objects.bulk_create(
        row(
            section=section,
            **{name: given[name] for name in OWN if name in given},
            columns={name: value for name, value in given.items() if name not in OWN},
        )
        for section, rows in json.loads(TABLE.read_text(encoding="utf-8")).items()
        for given in rows
    )


class Migration(migrations.Migration):
    dependencies = [("inspection", "0001_initial")]

    operations = [migrations.RunPython(enter_law, migrations.RunPython.noop)]
