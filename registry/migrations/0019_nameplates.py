"""Nameplates, their orders, their cities' numbers, counts of bad scans. A void plate stays void, a number is for ever."""

import common.ids
import django.db.models.deletion
from django.db import migrations, models

FOR_EVER = """
CREATE FUNCTION registry_nameplate_for_ever() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a nameplate is never deleted: its number would be given again';
    ELSIF (NEW.city_id, NEW.code, NEW.issue, NEW.key_id) IS DISTINCT FROM (OLD.city_id, OLD.code, OLD.issue, OLD.key_id) THEN
        RAISE EXCEPTION 'the number of a nameplate never changes';
    ELSIF OLD.state = 'VOID' THEN
        RAISE EXCEPTION 'a void nameplate stays as it is';
    ELSIF OLD.elevator_id IS NOT NULL AND NEW.elevator_id IS DISTINCT FROM OLD.elevator_id THEN
        RAISE EXCEPTION 'a nameplate does not move to another elevator';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER nameplate_for_ever BEFORE UPDATE OR DELETE ON registry_nameplate
    FOR EACH ROW EXECUTE FUNCTION registry_nameplate_for_ever();
"""
GONE = """
DROP TRIGGER nameplate_for_ever ON registry_nameplate;
DROP FUNCTION registry_nameplate_for_ever();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_temporary_passwords"),
        ("common", "0009_attachments"),
        ("registry", "0018_documents"),
    ]

    operations = [
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
                    ("DOCUMENT_FILED", "document filed"),
                    ("DOCUMENT_WITHDRAWN", "document withdrawn"),
                    ("PLATE_HUNG", "nameplate hung"),
                    ("PLATE_VOIDED", "nameplate taken out of use"),
                ],
                max_length=32,
            ),
        ),
        migrations.CreateModel(
            name="PlateBatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=common.ids.new_public_id, editable=False, unique=True)),
                (
                    "content",
                    models.CharField(
                        choices=[
                            ("STOCK", "stock, to be bound where they are hung"),
                            ("ELEVATORS", "for these elevators"),
                        ],
                        max_length=12,
                    ),
                ),
                ("layout", models.CharField(max_length=20)),
                ("host", models.CharField(max_length=253)),
                ("count", models.PositiveIntegerField()),
                ("owner_kind", models.CharField(max_length=12)),
                ("owner_id", models.CharField(max_length=64)),
                ("created_at", models.DateTimeField()),
                ("file_name", models.CharField(blank=True, max_length=100)),
                ("pages", models.PositiveIntegerField(null=True)),
                ("byte_count", models.PositiveBigIntegerField(null=True)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("written_at", models.DateTimeField(null=True)),
                (
                    "city",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.area"
                    ),
                ),
                (
                    "job",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="common.job"
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.unit"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Nameplate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("public_id", models.UUIDField(default=common.ids.new_public_id, editable=False, unique=True)),
                ("code", models.CharField(max_length=6)),
                ("issue", models.PositiveSmallIntegerField()),
                ("key_id", models.CharField(max_length=2)),
                (
                    "state",
                    models.CharField(
                        choices=[("PRINTED", "printed, not hung yet"), ("BOUND", "hangs"), ("VOID", "void")],
                        default="PRINTED",
                        max_length=8,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                ("bound_at", models.DateTimeField(null=True)),
                ("bound_by_kind", models.CharField(blank=True, max_length=12)),
                ("bound_by_id", models.CharField(blank=True, max_length=64)),
                ("latitude", models.DecimalField(decimal_places=6, max_digits=9, null=True)),
                ("longitude", models.DecimalField(decimal_places=6, max_digits=9, null=True)),
                ("accuracy_m", models.PositiveIntegerField(null=True)),
                ("voided_at", models.DateTimeField(null=True)),
                ("voided_by_kind", models.CharField(blank=True, max_length=12)),
                ("voided_by_id", models.CharField(blank=True, max_length=64)),
                ("void_reason", models.CharField(blank=True, max_length=200)),
                (
                    "city",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.area",
                    ),
                ),
                (
                    "elevator",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="nameplates",
                        to="registry.elevator",
                    ),
                ),
                (
                    "unit",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.unit",
                    ),
                ),
                (
                    "batch",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="plates",
                        to="registry.platebatch",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="PlateCity",
            fields=[
                (
                    "area",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="accounts.area",
                    ),
                ),
                ("number", models.CharField(max_length=6, unique=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("number__regex", "^[0-9]{6}$")), name="plate_city_form")
                ],
            },
        ),
        migrations.CreateModel(
            name="PlateScan",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("day", models.DateField()),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("VOID", "void plate"),
                            ("UNKNOWN", "right signature, no such plate"),
                            ("UNKNOWN_KEY", "unknown key"),
                            ("FORGED", "forged"),
                        ],
                        max_length=12,
                    ),
                ),
                ("city", models.CharField(blank=True, max_length=6)),
                ("code", models.CharField(blank=True, max_length=6)),
                ("issue", models.PositiveSmallIntegerField(default=0)),
                ("count", models.PositiveIntegerField(default=0)),
                ("last_at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("day", "verdict", "city", "code", "issue"), name="plate_scan_once")
                ],
            },
        ),
        migrations.AddConstraint(
            model_name="platebatch",
            constraint=models.CheckConstraint(condition=models.Q(("count__gte", 1)), name="plate_batch_some"),
        ),
        migrations.AddConstraint(
            model_name="platebatch",
            constraint=models.CheckConstraint(
                condition=models.Q(("content__in", ["STOCK", "ELEVATORS"])), name="plate_batch_content_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="platebatch",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("written_at__isnull", True), models.Q(("file_name", ""), _negated=True), _connector="OR"
                ),
                name="plate_batch_written_has_file",
            ),
        ),
        migrations.AddIndex(
            model_name="nameplate",
            index=models.Index(fields=["unit", "state"], name="plate_stock"),
        ),
        migrations.AddConstraint(
            model_name="nameplate",
            constraint=models.UniqueConstraint(fields=("code", "city", "issue"), name="plate_number_once"),
        ),
        migrations.AddConstraint(
            model_name="nameplate",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "BOUND")), fields=("elevator",), name="plate_one_on_an_elevator"
            ),
        ),
        migrations.AddConstraint(
            model_name="nameplate",
            constraint=models.CheckConstraint(
                condition=models.Q(("code__regex", "^[0-9]{6}$")), name="plate_code_form"
            ),
        ),
        migrations.AddConstraint(
            model_name="nameplate",
            constraint=models.CheckConstraint(condition=models.Q(("issue__range", (1, 999))), name="plate_issue_range"),
        ),
        migrations.AddConstraint(
            model_name="nameplate",
            constraint=models.CheckConstraint(
                condition=models.Q(("state__in", ["PRINTED", "BOUND", "VOID"])), name="plate_state_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="nameplate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "BOUND"), _negated=True),
                    models.Q(("bound_at__isnull", False), ("elevator__isnull", False)),
                    _connector="OR",
                ),
                name="plate_bound_to_something",
            ),
        ),
        migrations.AddConstraint(
            model_name="nameplate",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("state", "VOID"), ("voided_at__isnull", False), models.Q(("void_reason", ""), _negated=True)
                    ),
                    models.Q(models.Q(("state", "VOID"), _negated=True), ("voided_at__isnull", True)),
                    _connector="OR",
                ),
                name="plate_void_says_why",
            ),
        ),
        migrations.RunSQL(FOR_EVER, GONE),
    ]
