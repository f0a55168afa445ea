from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("common", "0015_access_actor")]

    operations = [
        migrations.CreateModel(
            name="SweepFault",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sweep", models.CharField(max_length=64)),
                ("row_id", models.BigIntegerField()),
                ("error", models.CharField(max_length=200)),
                ("attempts", models.PositiveSmallIntegerField(default=1)),
                ("first_at", models.DateTimeField()),
                ("failed_at", models.DateTimeField()),
                ("again_at", models.DateTimeField()),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("sweep", "row_id"), name="sweep_fault_once")],
            },
        ),
    ]
