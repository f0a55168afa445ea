from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("compliance", "0016_duties_answers")]

    operations = [
        migrations.RemoveIndex("hazard", "hazard_elevator"),
        migrations.AddIndex(
            "hazard",
            models.Index(fields=["elevator", "-id"], include=["found_on", "state"], name="hazard_elevator"),
        ),
    ]
