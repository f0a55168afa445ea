import csv
import datetime
import json
from pathlib import Path

from django.db import migrations, models
from django.db.models.functions import Cast, Right

DATA = Path(__file__).parents[1] / "data"
OWN = ("version", "area", "valid_from", "valid_to", "enabled", "source", "certainty")
UNFILED = models.Q(report__isnull=True)
# Who begins a report files it within days; a quarter covers a stop that keeps an inspector from going back. Our own days [D].
KEPT = (
    ("inspection.drafts", 90, "our own: a draft is nobody's record, what is filed stays", "D"),
    ("inspection.drafts_told", 76, "our own: the owner has two weeks after being told", "D"),
)


def enter_english(apps, _schema_editor):
    """Each row of data/catalogue_en.csv beside its item: our own translation, which nothing reckons with."""
    items = apps.get_model("inspection", "CatalogueItem").objects
    with (DATA / "catalogue_en.csv").open(encoding="utf-8", newline="") as table:
        said = {(row["kind"], row["code"]): row for row in csv.DictReader(table)}
    changed = [item for item in items.all() if (item.kind, item.code) in said]
    for item in changed:
        row = said[item.kind, item.code]
        item.name_en, item.condition_en = row["name_en"], row["condition_en"]
    items.bulk_update(changed, ["name_en", "condition_en"])


def enter_law(apps, _schema_editor):
    """Each row of data/law_items.json, as 0002 entered those of data/law.json."""
    row = apps.get_model("inspection", "LawRow")
    row.objects.bulk_create(
        row(
            section=section,
            **{"area": "CN"} | {name: given[name] for name in OWN if name in given},
            columns={name: value for name, value in given.items() if name not in OWN},
        )
        for section, rows in json.loads((DATA / "law_items.json").read_text(encoding="utf-8")).items()
        for given in rows
    )


def take_law(apps, _schema_editor):
    """Those that go by the code of an item: no other row of the section has one."""
    apps.get_model("inspection", "LawRow").objects.filter(section="item_condition", columns__has_key="code").delete()


def enter_rules(apps, _schema_editor):
    apps.get_model("common", "RetentionRule").objects.bulk_create(
        apps.get_model("common", "RetentionRule")(
            kind=kind, days=days, valid_from=datetime.date(2026, 1, 1), source=source, certainty=certainty
        )
        for kind, days, source, certainty in KEPT
    )


def take_rules(apps, _schema_editor):
    apps.get_model("common", "RetentionRule").objects.filter(kind__in=[row[0] for row in KEPT]).delete()


class Migration(migrations.Migration):
    dependencies = [("common", "0016_sweep_faults"), ("inspection", "0009_places")]

    operations = [
        migrations.AddField("catalogueitem", "name_en", models.CharField(blank=True, default="", max_length=120), False),
        migrations.AddField(
            "catalogueitem", "condition_en", models.CharField(blank=True, default="", max_length=120), False
        ),
        migrations.AddField("reportdraft", "unused_since", models.DateTimeField(null=True)),
        migrations.RunPython(enter_english, migrations.RunPython.noop),
        migrations.RunPython(enter_law, take_law),
        migrations.RunPython(enter_rules, take_rules),
        migrations.AddIndex("report", models.Index(fields=["number"], name="report_number")),
        migrations.AddIndex(
            "application",
            models.Index(Right(Cast("public_id", models.CharField()), 8), name="inspection_apply_number"),
        ),
        migrations.AddIndex(
            "reportdraft",
            models.Index(
                fields=["changed_at", "id"],
                condition=UNFILED & models.Q(unused_since__isnull=True),
                name="report_draft_untold",
            ),
        ),
        migrations.AddIndex(
            "reportdraft",
            models.Index(
                fields=["unused_since"],
                condition=UNFILED & models.Q(unused_since__isnull=False),
                name="report_draft_told",
            ),
        ),
    ]
