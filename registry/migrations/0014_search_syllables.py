"""What sounds alike is judged over the syllables alone: a fifth of the text that `sound` is."""

import django.contrib.postgres.indexes
from django.db import migrations, models

# As in 0012, with "|" behind the syllables.
WORDS = """
CREATE OR REPLACE FUNCTION registry_search_words(heard text[], given text, VARIADIC more text[])
RETURNS registry_search_words LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT ROW(registry_search_fold(given), content.words,
        heard[1] || '|' || concat_ws(' ', heard[2], heard[3]), heard[3],
        registry_search_grams(content.words, '') || registry_search_grams(heard[3], '~'))::registry_search_words
    FROM (SELECT registry_search_fold(given) || '|' || string_agg(registry_search_fold(part), '|') AS words
          FROM unnest(more) AS part) AS content
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0013_age_orders")]

    operations = [
        migrations.RunSQL(WORDS, migrations.RunSQL.noop),
        migrations.AddField(
            model_name="searchentry",
            name="syllables",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Func(models.F("sound"), models.Value("|"), models.Value(1), function="split_part"),
                output_field=models.TextField(),
            ),
        ),
        migrations.AddIndex(
            model_name="searchentry",
            index=django.contrib.postgres.indexes.GinIndex(
                fields=["syllables"],
                opclasses=["gin_trgm_ops"],
                name="searchentry_syllables",
                gin_pending_list_limit=256,
            ),
        ),
        migrations.RunSQL("SELECT registry_search_rebuild()", migrations.RunSQL.noop),
    ]
