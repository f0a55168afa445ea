"""How late a thing is counts within its band; of the policies of alerts only that of bands has bands found anew."""

from django.db import migrations, models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat

BANDS = [
    ("RED", "red"),
    ("ORANGE", "orange"),
    ("YELLOW", "yellow"),
    ("GREEN", "green"),
    ("NONE", "not rated: not in use"),
]
# (fact, code, each so many days, points more, at most)
LATE = (
    ("OVERDUE", "PERIODIC_INSPECTION", 30, 3, 72),
    ("OVERDUE", "", 30, 1, 24),
    ("HAZARD_LATE", "", 7, 1, 26),
)
SOURCE = "; points for lateness: ours [D]"

# A band follows from the row of its own alert alone (compliance.queries.risk.risk_law): "from which band on".
ONLY_ITS_OWN = """
DROP TRIGGER alert_policy_changed_risk ON compliance_alertpolicy;
CREATE FUNCTION compliance_risk_note_alert_policy() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF 'RISK' IN (OLD.kind, NEW.kind) THEN
        INSERT INTO compliance_riskdue (elevator_id) SELECT id FROM registry_elevator ORDER BY id ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER alert_policy_changed_risk AFTER INSERT OR UPDATE OR DELETE ON compliance_alertpolicy
    FOR EACH ROW EXECUTE FUNCTION compliance_risk_note_alert_policy();
"""
EVERY = """
DROP TRIGGER alert_policy_changed_risk ON compliance_alertpolicy;
DROP FUNCTION compliance_risk_note_alert_policy();
CREATE TRIGGER alert_policy_changed_risk AFTER INSERT OR UPDATE OR DELETE ON compliance_alertpolicy
    FOR EACH STATEMENT EXECUTE FUNCTION compliance_risk_note_law();
"""


def enter_lateness(apps, _schema_editor):
    """Each of these statements notes every elevator, so that the scores follow."""
    policies = apps.get_model("compliance", "RiskPolicy").objects
    for fact, code, days, points, most in LATE:
        policies.filter(fact=fact, code=code).update(
            late_days=days, late_points=points, late_most=most, source=Concat(F("source"), Value(SOURCE))
        )


class Migration(migrations.Migration):
    dependencies = [("compliance", "0011_hazards_rest")]

    operations = [
        *(
            migrations.AddField("riskpolicy", name, models.PositiveSmallIntegerField(default=0))
            for name in ("late_days", "late_points", "late_most")
        ),
        migrations.AlterField(
            "riskchange", "before", models.CharField(max_length=8, blank=True, choices=BANDS)
        ),
        migrations.RemoveConstraint("riskscore", "risk_score_range"),
        migrations.AddConstraint(
            "riskscore", models.CheckConstraint(condition=Q(score__lte=999), name="risk_score_range")
        ),
        migrations.RunSQL(ONLY_ITS_OWN, EVERY),
        migrations.RunPython(enter_lateness, migrations.RunPython.noop),
    ]
