"""Batches and source rows have moved to common (no data yet); an undone import withdraws its elevators."""

from django.db import migrations, models

STATES = ["UNREGISTERED", "IN_USE", "OUT_OF_USE", "SCRAPPED", "DEREGISTERED", "WITHDRAWN"]


class Migration(migrations.Migration):
    dependencies = [("registry", "0009_data_quality"), ("common", "0008_intake")]

    operations = [
        migrations.DeleteModel(name="SourceRow"),
        migrations.DeleteModel(name="ImportBatch"),
        migrations.RemoveConstraint(model_name="elevator", name="elevator_state_known"),
        migrations.AlterField(
            model_name="elevator",
            name="registration_state",
            field=models.CharField(
                choices=[
                    ("UNREGISTERED", "not registered"),
                    ("IN_USE", "in use"),
                    ("OUT_OF_USE", "out of use"),
                    ("SCRAPPED", "scrapped"),
                    ("DEREGISTERED", "deregistered"),
                    ("WITHDRAWN", "withdrawn with its import"),
                ],
                default="UNREGISTERED",
                max_length=14,
            ),
        ),
        migrations.AddConstraint(
            model_name="elevator",
            constraint=models.CheckConstraint(
                condition=models.Q(("registration_state__in", STATES)), name="elevator_state_known"
            ),
        ),
        migrations.AlterField(
            model_name="lifeevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("IMPORTED", "entered from a register"),
                    ("CREATED", "entered by hand"),
                    ("CHANGED", "details changed"),
                    ("STATE_CHANGED", "registration state changed"),
                    ("FLAGGED", "flag set"),
                    ("UNFLAGGED", "flag lifted"),
                    ("RESPONSIBILITY_STARTED", "responsibility began"),
                    ("RESPONSIBILITY_ENDED", "responsibility ended"),
                    ("CORRECTED", "earlier entry corrected"),
                    ("WITHDRAWN", "withdrawn with its import"),
                    ("IMPORT_UNDONE", "an import was undone"),
                ],
                max_length=32,
            ),
        ),
    ]
