from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("compliance", "0017_list_indexes")]

    operations = [
        migrations.RemoveIndex("obligation", "obligation_apply"),
        migrations.AddIndex(
            "obligation",
            models.Index(
                fields=["apply_by", "id"],
                include=["alert_after", "city", "managing_district", "area", "elevator", "kind"],
                condition=models.Q(status="PENDING") & models.Q(apply_by__isnull=False),
                name="obligation_apply",
            ),
        ),
    ]
