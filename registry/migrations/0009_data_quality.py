import datetime

import common.ids
import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


# Each elevator that is entered or changed is noted to be judged, whoever writes it: actions, imports, COPY, seeding.
# In order of keys, so that two writers of the same elevators wait for each other and do not deadlock.
NOTE_DUE = """
CREATE FUNCTION registry_note_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO registry_qualitydue (elevator_id) SELECT id FROM entered ORDER BY id ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE FUNCTION registry_note_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO registry_qualitydue (elevator_id)
    SELECT n.id FROM now_rows n JOIN before_rows b USING (id)
    WHERE (n.version, n.using_unit_id, n.maintenance_unit_id, n.registration_state)
          IS DISTINCT FROM (b.version, b.using_unit_id, b.maintenance_unit_id, b.registration_state)
    ORDER BY n.id ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER elevator_entered_due AFTER INSERT ON registry_elevator
    REFERENCING NEW TABLE AS entered FOR EACH STATEMENT EXECUTE FUNCTION registry_note_entered();
CREATE TRIGGER elevator_changed_due AFTER UPDATE ON registry_elevator
    REFERENCING OLD TABLE AS before_rows NEW TABLE AS now_rows
    FOR EACH STATEMENT EXECUTE FUNCTION registry_note_changed();
INSERT INTO registry_qualitydue (elevator_id) SELECT id FROM registry_elevator ON CONFLICT DO NOTHING;
"""
FORGET_DUE = """
DROP TRIGGER elevator_entered_due ON registry_elevator;
DROP TRIGGER elevator_changed_due ON registry_elevator;
DROP FUNCTION registry_note_entered();
DROP FUNCTION registry_note_changed();
"""

# Our own policy, to be confirmed with the bureau; the law limits none of these in the register.
OURS = "platform policy: beyond what is built, look again"
LIMITS = (
    ("rated_load_kg", "311", "100", "10000"),
    ("rated_load_kg", "312", "100", "30000"),
    ("rated_load_kg", "313", "100", "30000"),
    ("rated_load_kg", "32", "100", "30000"),
    ("rated_load_kg", "343", "5", "500"),
    ("rated_speed_mps", "31", "0.05", "20.5"),
    ("rated_speed_mps", "32", "0.05", "1.0"),
    ("rated_speed_mps", "33", "0.1", "1.0"),
    ("rated_speed_mps", "343", "0.05", "1.5"),
    ("travel_m", "", "0.3", "700"),
    ("floors", "", "1", "200"),
    ("landings", "", "1", "400"),
)


def load_limits(apps, _schema_editor):
    limit = apps.get_model("registry", "QualityLimit")
    limit.objects.bulk_create(
        limit(
            column=column,
            class_prefix=prefix,
            low=low,
            high=high,
            valid_from=datetime.date(2019, 6, 18),
            source=OURS,
            certainty="D",
        )
        for column, prefix, low, high in LIMITS
    )


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0003_temporary_passwords'),
        ('registry', '0008_map_grid'),
    ]

    operations = [
        migrations.CreateModel(
            name='Manufacturer',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=common.ids.new_public_id, editable=False, unique=True)),
                ('name', models.CharField(max_length=120, unique=True, verbose_name='Manufacturer')),
                ('created_at', models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name='QualityDue',
            fields=[
                ('elevator', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to='registry.elevator')),
                ('noted_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
        ),
        migrations.CreateModel(
            name='ManufacturerSpelling',
            fields=[
                ('spelling', models.CharField(max_length=120, primary_key=True, serialize=False)),
                ('confirmed_at', models.DateTimeField()),
                ('confirmed_by_kind', models.CharField(max_length=12)),
                ('confirmed_by_id', models.CharField(max_length=64)),
                ('manufacturer', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='spellings', to='registry.manufacturer')),
            ],
        ),
        migrations.CreateModel(
            name='QualityLimit',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('column', models.CharField(max_length=40)),
                ('class_prefix', models.CharField(blank=True, max_length=4)),
                ('low', models.DecimalField(decimal_places=3, max_digits=9)),
                ('high', models.DecimalField(decimal_places=3, max_digits=9)),
                ('valid_from', models.DateField()),
                ('valid_until', models.DateField(null=True)),
                ('source', models.CharField(max_length=200)),
                ('certainty', models.CharField(max_length=8)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('low__lte', models.F('high'))), name='quality_limit_range'), models.UniqueConstraint(fields=('column', 'class_prefix', 'valid_from'), name='quality_limit_once')],
            },
        ),
        migrations.CreateModel(
            name='DataIssue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('public_id', models.UUIDField(default=common.ids.new_public_id, editable=False, unique=True)),
                ('check_code', models.CharField(max_length=40)),
                ('column', models.CharField(max_length=80)),
                ('kind', models.CharField(choices=[('MISSING', 'missing'), ('MALFORMED', 'malformed'), ('DOUBTFUL', 'doubtful')], max_length=10)),
                ('params', models.JSONField(default=dict)),
                ('state', models.CharField(choices=[('OPEN', 'open'), ('RESOLVED', 'corrected'), ('ACCEPTED', 'right as it stands')], default='OPEN', max_length=10)),
                ('found_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_by_kind', models.CharField(blank=True, max_length=12)),
                ('ended_by_id', models.CharField(blank=True, max_length=64)),
                ('reason', models.CharField(blank=True, max_length=200)),
                ('city', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.area')),
                ('elevator', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='data_issues', to='registry.elevator')),
                ('managing_district', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.area')),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('state', 'OPEN')), fields=['city', '-id'], include=('managing_district', 'check_code', 'kind', 'elevator'), name='data_issue_city'), models.Index(condition=models.Q(('state', 'OPEN')), fields=['managing_district', '-id'], include=('check_code', 'kind', 'elevator'), name='data_issue_district'), models.Index(condition=models.Q(('state', 'OPEN')), fields=['check_code', '-id'], include=('city', 'managing_district', 'elevator'), name='data_issue_check'), models.Index(fields=['elevator', '-id'], name='data_issue_elevator')],
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'RESOLVED'), _negated=True), fields=('elevator', 'check_code', 'column'), name='data_issue_once'), models.CheckConstraint(condition=models.Q(('kind__in', ['MISSING', 'MALFORMED', 'DOUBTFUL'])), name='data_issue_kind_known'), models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('state', 'OPEN')), models.Q(('ended_at__isnull', False), ('state__in', ['RESOLVED', 'ACCEPTED'])), _connector='OR'), name='data_issue_ended'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'ACCEPTED'), _negated=True), models.Q(('reason', ''), _negated=True), _connector='OR'), name='data_issue_accepted_with_reason')],
            },
        ),
        migrations.CreateModel(
            name='QualityScore',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('day', models.DateField()),
                ('elevators', models.PositiveIntegerField()),
                ('flawed', models.PositiveIntegerField()),
                ('issues', models.PositiveIntegerField()),
                ('area', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.area')),
                ('unit', models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.unit')),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('unit__isnull', True)), fields=('area', 'day'), name='quality_score_area'), models.UniqueConstraint(condition=models.Q(('area__isnull', True)), fields=('unit', 'day'), name='quality_score_unit'), models.CheckConstraint(condition=models.Q(models.Q(('area__isnull', True), ('unit__isnull', False)), models.Q(('area__isnull', False), ('unit__isnull', True)), _connector='OR'), name='quality_score_of_one'), models.CheckConstraint(condition=models.Q(('flawed__lte', models.F('elevators'))), name='quality_score_share')],
            },
        ),
        migrations.RunSQL(NOTE_DUE, FORGET_DUE),
        migrations.RunPython(load_limits, migrations.RunPython.noop),
    ]
