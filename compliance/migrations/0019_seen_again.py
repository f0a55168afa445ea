from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("compliance", "0018_apply_index")]

    operations = [
        migrations.AlterField(
            model_name="hazardstep",
            name="kind",
            field=models.CharField(
                choices=[
                    ("find", "reported"),
                    ("again", "reported again, with photographs"),
                    ("confirm", "confirmed"),
                    ("reject", "not a hazard"),
                    ("claim", "said to be mended"),
                    ("send_back", "sent back"),
                    ("verify", "verified and closed"),
                    ("extend", "extended"),
                    ("raise", "grade raised"),
                    ("lower", "grade lowered by two officers"),
                    ("propose_lower", "lower grade proposed"),
                ],
                max_length=16,
            ),
        )
    ]
