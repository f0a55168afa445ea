from django.db import migrations, models
from django.db.models import Q

# What stands today for several units in one alert becomes one of each: what keeps it open goes to the alert of its own unit, and
# what nothing keeps open any more has ended.
SPLIT = """
INSERT INTO compliance_alert (public_id, kind, person_id, for_unit_id, city_id, managing_district_id, area_id, state, level,
    severity, clause, policy, opened_at, escalates_at, acknowledged_at, acknowledged_by_kind, acknowledged_by_id, note, version)
SELECT DISTINCT ON (a.id, o.for_unit_id) gen_random_uuid(), a.kind, a.person_id, o.for_unit_id, o.city_id, o.managing_district_id,
    o.area_id, a.state, a.level, a.severity, o.clause, a.policy, a.opened_at, a.escalates_at, a.acknowledged_at,
    a.acknowledged_by_kind, a.acknowledged_by_id, a.note, 1
FROM compliance_alert a JOIN compliance_alertcause c ON c.alert_id = a.id AND c.ended_at IS NULL
JOIN compliance_obligation o ON o.id = c.obligation_id
WHERE a.state <> 'RESOLVED' AND a.person_id IS NOT NULL AND o.for_unit_id IS DISTINCT FROM a.for_unit_id
ORDER BY a.id, o.for_unit_id, o.alert_after;
INSERT INTO compliance_alertstep (alert_id, level, at)
SELECT n.id, s.level, s.at FROM compliance_alert n
JOIN compliance_alert a ON a.person_id = n.person_id AND a.kind = n.kind AND a.id < n.id AND a.state <> 'RESOLVED'
JOIN compliance_alertstep s ON s.alert_id = a.id
WHERE n.state <> 'RESOLVED' AND n.person_id IS NOT NULL
  AND NOT EXISTS (SELECT FROM compliance_alertstep t WHERE t.alert_id = n.id)
ON CONFLICT DO NOTHING;
UPDATE compliance_alertcause c SET alert_id = n.id
FROM compliance_alert a, compliance_alert n, compliance_obligation o
WHERE c.alert_id = a.id AND c.ended_at IS NULL AND o.id = c.obligation_id AND a.state <> 'RESOLVED' AND a.person_id IS NOT NULL
  AND n.person_id = a.person_id AND n.kind = a.kind AND n.state <> 'RESOLVED' AND n.id <> a.id
  AND n.for_unit_id IS NOT DISTINCT FROM o.for_unit_id AND a.for_unit_id IS DISTINCT FROM o.for_unit_id;
UPDATE compliance_alert a SET state = 'RESOLVED', resolved_at = now(), escalates_at = NULL, version = a.version + 1
WHERE a.state <> 'RESOLVED' AND a.person_id IS NOT NULL
  AND NOT EXISTS (SELECT FROM compliance_alertcause c WHERE c.alert_id = a.id AND c.ended_at IS NULL);
"""


class Migration(migrations.Migration):
    dependencies = [("compliance", "0013_bands_by_area")]

    operations = [
        migrations.RemoveConstraint(model_name="alert", name="alert_person_once"),
        migrations.AddConstraint(
            model_name="alert",
            constraint=models.UniqueConstraint(
                fields=("person", "for_unit", "kind"),
                condition=~Q(state="RESOLVED") & Q(person__isnull=False),
                nulls_distinct=False,
                name="alert_person_unit_once",
            ),
        ),
        migrations.RunSQL(SPLIT, migrations.RunSQL.noop),
    ]
