"""Which names have a text, apart from the texts that have it: the walk through all names is for common ones only."""

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("registry", "0016_search_order")]

    operations = [
        migrations.AddIndex(
            model_name="searchentry",
            index=django.contrib.postgres.indexes.GinIndex(
                models.Func(
                    models.F("name"),
                    models.Value(""),
                    function="registry_search_grams",
                    output_field=django.contrib.postgres.fields.ArrayField(models.TextField()),
                ),
                gin_pending_list_limit=256,
                name="searchentry_name_grams",
            ),
        ),
    ]
