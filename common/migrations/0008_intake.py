"""Uploads, saved mappings, import batches and their rows, which refuse change."""

import django.db.models.deletion
from django.db import migrations, models

import common.ids
from common.ledger_sql import AppendOnly


def _owned():
    return [
        ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
        ("public_id", models.UUIDField(default=common.ids.new_public_id, editable=False, unique=True)),
        ("kind", models.CharField(max_length=64)),
        ("owner_kind", models.CharField(max_length=12)),
        ("owner_id", models.CharField(max_length=64)),
        ("acting_unit_id", models.BigIntegerField(null=True)),
        ("created_at", models.DateTimeField()),
    ]


class Migration(migrations.Migration):
    dependencies = [("common", "0007_list_views")]

    operations = [
        migrations.CreateModel(
            name="SavedMapping",
            fields=[
                *_owned(),
                ("name", models.CharField(max_length=80)),
                ("spec", models.JSONField()),
                ("header", models.JSONField(default=list)),
                ("updated_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("acting_unit_id__isnull", False)),
                        fields=("kind", "acting_unit_id", "name"),
                        name="saved_mapping_once_in_unit",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("acting_unit_id__isnull", True)),
                        fields=("kind", "owner_id", "name"),
                        name="saved_mapping_once_of_person",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Upload",
            fields=[
                *_owned(),
                ("path", models.CharField(max_length=200)),
                ("original_name", models.CharField(max_length=255)),
                ("sha256", models.CharField(max_length=64)),
                ("size", models.PositiveBigIntegerField()),
                ("shape", models.JSONField(default=dict)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["owner_id", "-id"], name="upload_owner"),
                    models.Index(fields=["acting_unit_id", "-id"], name="upload_unit"),
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportBatch",
            fields=[
                *_owned(),
                ("scope", models.CharField(max_length=80)),
                ("file_name", models.CharField(max_length=255)),
                ("sha256", models.CharField(max_length=64)),
                ("mapping", models.CharField(max_length=80)),
                ("mapping_digest", models.CharField(max_length=64)),
                ("spec", models.JSONField(default=dict)),
                ("shape", models.JSONField(null=True)),
                ("source", models.CharField(max_length=40)),
                ("dry_run", models.BooleanField(default=False)),
                ("summary", models.JSONField(default=dict)),
                ("preview", models.JSONField(default=dict)),
                ("error_file", models.CharField(blank=True, max_length=255)),
                ("paused_at", models.DateTimeField(null=True)),
                ("completed_at", models.DateTimeField(null=True)),
                ("undo_started_at", models.DateTimeField(null=True)),
                ("undone_at", models.DateTimeField(null=True)),
                ("undo_result", models.JSONField(default=dict)),
                (
                    "job",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="common.job"
                    ),
                ),
                (
                    "undo_job",
                    models.OneToOneField(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="common.job"
                    ),
                ),
                (
                    "upload",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="batches",
                        to="common.upload",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["owner_id", "-id"], name="import_owner"),
                    models.Index(fields=["acting_unit_id", "-id"], name="import_unit"),
                    models.Index(fields=["kind", "source", "-id"], name="import_source"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("dry_run", False), ("undone_at__isnull", True)),
                        fields=("kind", "scope", "sha256", "mapping_digest"),
                        name="intake_file_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("undone_at__isnull", True), ("undo_started_at__isnull", False), _connector="OR"
                        ),
                        name="import_undo_began",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SourceRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("row_number", models.PositiveIntegerField()),
                ("subject_id", models.BigIntegerField(null=True)),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("CREATED", "new"),
                            ("UPDATED", "changed"),
                            ("UNCHANGED", "as before"),
                            ("REFUSED", "refused"),
                        ],
                        max_length=10,
                    ),
                ),
                ("cells", models.JSONField()),
                ("issues", models.JSONField(default=list)),
                ("changes", models.JSONField(default=dict)),
                (
                    "batch",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="rows",
                        to="common.importbatch",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("subject_id__isnull", False)),
                        fields=["subject_id", "-id"],
                        name="source_row_subject",
                    )
                ],
                "constraints": [models.UniqueConstraint(fields=("batch", "row_number"), name="intake_row_once")],
            },
        ),
        AppendOnly("common_sourcerow"),
    ]
