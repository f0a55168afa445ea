"""Hazards: when each was last changed, indexes for that and for what is settled, news about one."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

SETTLED = models.Q(state__in=["CLOSED", "REJECTED"])
LAST_STEPS = """
UPDATE compliance_hazard h SET changed_at = coalesce(s.at, h.reported_at)
FROM compliance_hazard x
LEFT JOIN (SELECT hazard_id, max(at) AS at FROM compliance_hazardstep GROUP BY 1) s ON s.hazard_id = x.id
WHERE x.id = h.id;
"""


def settled(lead: list[str], name: str):
    index = models.Index(fields=[*lead, "due_on", "id"], condition=SETTLED, name=name)
    return migrations.AddIndex(model_name="hazard", index=index)


class Migration(migrations.Migration):
    dependencies = [("compliance", "0008_complaints_out")]

    operations = [
        migrations.AddField(
            model_name="hazard",
            name="changed_at",
            field=models.DateTimeField(default=django.utils.timezone.now),
            preserve_default=False,
        ),
        migrations.RunSQL(LAST_STEPS, migrations.RunSQL.noop),
        migrations.AddIndex(
            model_name="hazard", index=models.Index(fields=["changed_at"], name="hazard_changed")
        ),
        settled(["city"], "hazard_settled_city"),
        settled(["managing_district"], "hazard_settled_district"),
        settled(["area"], "hazard_settled_area"),
        settled([], "hazard_settled"),
        migrations.AddField(
            model_name="news",
            name="hazard",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="compliance.hazard",
            ),
        ),
        migrations.AlterField(
            model_name="news",
            name="topic",
            field=models.CharField(
                choices=[
                    ("SOON", "due soon"),
                    ("OPENED", "overdue since today"),
                    ("ESCALATED", "alert moved on"),
                    ("RESOLVED", "alert resolved"),
                    ("HAZARD", "hazard found"),
                    ("HAZARD_LATER", "more time for a hazard"),
                    ("HAZARD_BACK", "hazard not mended yet"),
                    ("DAY", "still overdue"),
                    ("WEEK", "summary of the week"),
                ],
                max_length=12,
            ),
        ),
    ]
