from django.db import migrations, models

PLACES = ((("city",), "city"), (("managing_district",), "district"), (("area",), "area"), ((), "all"))


class Migration(migrations.Migration):
    dependencies = [("compliance", "0012_risk_more")]

    operations = [
        migrations.AddIndex(
            model_name="riskscore",
            index=models.Index(fields=[*lead, "band", "-elevator"], name=f"risk_band_{name}"),
        )
        for lead, name in PLACES
    ]
