"""The table that search reads, its indexes, and how Chinese characters are read (docs/decisions/0009)."""

import csv
from pathlib import Path

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models

READINGS = Path(__file__).resolve().parents[1] / "data" / "hanzi_readings.csv"

# Character → syllables without tones. No model: nobody edits it, and it is no data of the platform.
HANZI = """
CREATE TABLE registry_hanzi (hanzi text COLLATE "C" PRIMARY KEY, first text NOT NULL, second text);
"""


def load_readings(apps, schema_editor):
    rows: dict[str, list] = {}
    with READINGS.open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    for line in lines:
        for hanzi in line["first"]:
            rows[hanzi] = [line["syllable"], None]
    for line in lines:
        for hanzi in line["second"]:
            rows[hanzi][1] = line["syllable"]
    with schema_editor.connection.cursor() as cursor, cursor.copy("COPY registry_hanzi FROM STDIN") as copy:
        for hanzi, (first, second) in rows.items():
            copy.write_row((hanzi, first, second))


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_temporary_passwords"),
        ("registry", "0010_withdrawn"),
    ]

    operations = [
        TrigramExtension(),
        migrations.RunSQL(HANZI, "DROP TABLE registry_hanzi"),
        migrations.RunPython(load_readings, migrations.RunPython.noop),
        migrations.CreateModel(
            name='SearchEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('address', models.CharField(blank=True, max_length=240)),
                ('name', models.CharField(max_length=400)),
                ('text', models.TextField()),
                ('sound', models.TextField()),
                ('initials', models.TextField()),
                ('grams', django.contrib.postgres.fields.ArrayField(base_field=models.TextField(), size=None)),
                ('place_type', models.CharField(blank=True, choices=[('RESIDENTIAL', 'dwelling'), ('OFFICE', 'office building'), ('MALL', 'mall or shop'), ('HOTEL', 'hotel or restaurant'), ('HOSPITAL', 'hospital'), ('SCHOOL', 'school'), ('TRANSPORT', 'station or airport'), ('METRO', 'metro'), ('CULTURE_SPORT', 'culture or sport'), ('CARE_HOME', 'care home'), ('INDUSTRIAL', 'factory or warehouse'), ('GOVERNMENT', 'public authority'), ('OTHER', 'other place')], max_length=16)),
            ],
        ),
        migrations.AddIndex(
            model_name='elevator',
            index=models.Index(condition=models.Q(('address', ''), _negated=True), fields=['address'], name='elevator_address'),
        ),
        migrations.AddField(
            model_name='searchentry',
            name='area',
            field=models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.area'),
        ),
        migrations.AddField(
            model_name='searchentry',
            name='city',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.area'),
        ),
        migrations.AddField(
            model_name='searchentry',
            name='managing_district',
            field=models.ForeignKey(db_index=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='accounts.area'),
        ),
        migrations.AddField(
            model_name='searchentry',
            name='site',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='registry.site'),
        ),
        migrations.AddField(
            model_name='searchentry',
            name='unit',
            field=models.OneToOneField(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.unit'),
        ),
        migrations.AddIndex(
            model_name='searchentry',
            index=django.contrib.postgres.indexes.GinIndex(fields=['grams'], gin_pending_list_limit=256, name='searchentry_grams'),
        ),
        migrations.AddIndex(
            model_name='searchentry',
            index=django.contrib.postgres.indexes.GinIndex(fields=['sound'], gin_pending_list_limit=256, name='searchentry_sound', opclasses=['gin_trgm_ops']),
        ),
        migrations.AddConstraint(
            model_name='searchentry',
            constraint=models.UniqueConstraint(condition=models.Q(('site__isnull', True), ('unit__isnull', True)), fields=('address', 'area'), name='searchentry_address_once'),
        ),
        migrations.AddConstraint(
            model_name='searchentry',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('address', ''), ('site__isnull', False), ('unit__isnull', True)), models.Q(('address', ''), ('site__isnull', True), ('unit__isnull', False)), models.Q(('site__isnull', True), ('unit__isnull', True), models.Q(('address', ''), _negated=True)), _connector='OR'), name='searchentry_about_one'),
        ),
    ]
