"""The report of a safety assessment is a document of its own kind; those filed as "other" before keep that kind, since a
document is never changed."""

import datetime

from django.db import migrations, models

SOURCE = "our own decision: what a body found of an old elevator belongs in its e-file"


def enter_item(apps, _schema_editor):
    apps.get_model("registry", "EfileItem").objects.create(
        kind="SAFETY_ASSESSMENT",
        part=5,
        required=False,
        position=40,
        valid_from=datetime.date(2017, 8, 1),
        source=SOURCE,
        certainty="D",
    )


def remove_item(apps, _schema_editor):
    apps.get_model("registry", "EfileItem").objects.filter(kind="SAFETY_ASSESSMENT").delete()


KINDS = (
    ("USE_CERTIFICATE", "use registration certificate"),
    ("REGISTRATION_FORM", "use registration form"),
    ("QUALITY_CERTIFICATE", "product quality certificate"),
    ("MANUAL", "installation and maintenance manual"),
    ("SUPERVISION_CERTIFICATE", "supervisory inspection certificate"),
    ("TYPE_TEST", "type-test certificate"),
    ("SCHEME", "scheme of installation, alteration or repair"),
    ("DRAWING", "drawing"),
    ("WORK_QUALITY", "proof of quality of the work"),
    ("WORK_SUPERVISION", "supervision report of the work"),
    ("SELF_INSPECTION", "periodic self-inspection record"),
    ("INSPECTION_REPORT", "periodic inspection report"),
    ("SELF_TEST", "self-test report (TSG T7008)"),
    ("SAFETY_ASSESSMENT", "safety assessment report"),
    ("DAILY_USE", "daily use record"),
    ("MAINTENANCE_RECORD", "maintenance record"),
    ("SAFETY_DEVICE", "calibration, repair or replacement of a safety device"),
    ("ACCIDENT", "fault or accident and its handling"),
    ("MAINTENANCE_CONTRACT", "maintenance contract"),
    ("PROPERTY_CONTRACT", "property management contract"),
    ("RETROFIT_AGREEMENT", "owners' agreement on a retrofitted elevator"),
    ("HANDOVER_PROOF", "proof of handover to another using unit"),
    ("OTHER", "other document"),
)


class Migration(migrations.Migration):
    dependencies = [("registry", "0032_waiver_events")]

    operations = [
        migrations.RemoveConstraint("document", "document_kind_known"),
        migrations.AlterField("document", "kind", models.CharField(choices=KINDS, max_length=24)),
        migrations.AlterField("efileitem", "kind", models.CharField(choices=KINDS, max_length=24)),
        migrations.AddConstraint(
            "document",
            models.CheckConstraint(
                condition=models.Q(kind__in=[kind for kind, _label in KINDS]), name="document_kind_known"
            ),
        ),
        migrations.RunPython(enter_item, remove_item, elidable=False),
    ]
