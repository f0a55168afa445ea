"""Indexes in the order of search's answers, so that common texts are read as far as needed; units' sounds apart."""

import django.contrib.postgres.indexes
from django.db import migrations, models
from django.db.models.functions import Length

# So that PostgreSQL knows how many entries are places: registry.queries.search asks it in these words.
STATISTICS = """
CREATE STATISTICS searchentry_of_units ON (coalesce(unit_id, 0)) FROM registry_searchentry;
ANALYZE registry_searchentry;
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0015_map_index")]

    operations = [
        migrations.AddIndex(
            model_name="searchentry",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["syllables"],
                opclasses=["gin_trgm_ops"],
                condition=models.Q(unit__isnull=False),
                name="searchentry_unit_syllables",
                gin_pending_list_limit=256,
            ),
        ),
        migrations.AddIndex(
            model_name="searchentry",
            index=models.Index(
                Length("name"),
                models.F("id"),
                include=["name", "site", "unit", "area", "city", "managing_district", "place_type"],
                name="searchentry_order",
            ),
        ),
        migrations.AddIndex(
            model_name="searchentry",
            index=models.Index(fields=["name"], opclasses=["varchar_pattern_ops"], name="searchentry_name"),
        ),
        migrations.RunSQL(STATISTICS, "DROP STATISTICS searchentry_of_units"),
    ]
