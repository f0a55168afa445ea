import datetime

from django.db import migrations

# Who opens the door is asked until the inspection is over; half a year covers a corrected report. Our own days [D].
KEPT = ("inspection.application_phones", 180, "our own: nobody asks back after the end (PIPL art. 47)", "D")


def enter_rule(apps, _schema_editor):
    kind, days, source, certainty = KEPT
    apps.get_model("common", "RetentionRule").objects.create(
        kind=kind, days=days, valid_from=datetime.date(2026, 1, 1), source=source, certainty=certainty
    )


def take_rule(apps, _schema_editor):
    apps.get_model("common", "RetentionRule").objects.filter(kind=KEPT[0]).delete()


class Migration(migrations.Migration):
    dependencies = [("common", "0016_sweep_faults"), ("inspection", "0007_assessments")]
    operations = [migrations.RunPython(enter_rule, take_rule)]
