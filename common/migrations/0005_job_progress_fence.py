from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("common", "0004_ledger_stamps")]

    operations = [
        migrations.AddField(
            model_name="job",
            name="progress_fence",
            field=models.PositiveIntegerField(default=0),
        ),
    ]
