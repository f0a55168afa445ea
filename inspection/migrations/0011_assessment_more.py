"""Rows of law have addresses; a row that follows another is proposed by one person and approved by a second."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

import common.ids

WHO = {"on_delete": django.db.models.deletion.PROTECT, "related_name": "+", "to": settings.AUTH_USER_MODEL}
ROW = {"on_delete": django.db.models.deletion.PROTECT, "related_name": "+", "to": "inspection.lawrow"}


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("inspection", "0010_reports_more"),
    ]

    operations = [
        migrations.AddField("lawrow", "public_id", models.UUIDField(null=True, editable=False)),
        migrations.RunSQL(
            "UPDATE inspection_lawrow SET public_id = gen_random_uuid()", migrations.RunSQL.noop, elidable=False
        ),
        migrations.AlterField(
            "lawrow", "public_id", models.UUIDField(default=common.ids.new_public_id, editable=False, unique=True)
        ),
        migrations.CreateModel(
            "LawProposal",
            [
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=common.ids.new_public_id, editable=False, unique=True)),
                ("version", models.CharField(max_length=40)),
                ("columns", models.JSONField(default=dict)),
                ("valid_from", models.DateField()),
                ("source", models.CharField(max_length=400)),
                ("certainty", models.CharField(max_length=8)),
                ("counted", models.JSONField(default=dict)),
                ("proposed_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(null=True)),
                ("decided_note", models.CharField(blank=True, max_length=300)),
                ("decided_by", models.ForeignKey(db_index=False, null=True, **WHO)),
                ("follows", models.ForeignKey(db_index=False, **ROW)),
                ("proposed_by", models.ForeignKey(db_index=False, **WHO)),
                ("row", models.OneToOneField(null=True, **ROW)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=["follows"], condition=Q(decided_at__isnull=True), name="law_proposal_one_waits"
                    ),
                    models.CheckConstraint(
                        condition=Q(decided_at__isnull=True, decided_by__isnull=True)
                        | Q(decided_at__isnull=False, decided_by__isnull=False),
                        name="law_proposal_decided_whole",
                    ),
                    models.CheckConstraint(
                        condition=Q(decided_at__isnull=True, row__isnull=True)
                        | (Q(decided_at__isnull=False, row__isnull=True) & ~Q(decided_note=""))
                        | (Q(decided_at__isnull=False, row__isnull=False) & ~Q(decided_by=F("proposed_by"))),
                        name="law_proposal_by_two",
                    ),
                ]
            },
        ),
    ]
