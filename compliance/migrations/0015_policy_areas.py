"""Rows of risk policy know whose they are, as rows of the law of inspection do; what changes in an area rates that area anew.
What has to be applied for soon has an index."""

import datetime

from django.db import migrations, models
from django.db.models import Q

BANDS = [
    ("RED", "red"),
    ("ORANGE", "orange"),
    ("YELLOW", "yellow"),
    ("GREEN", "green"),
    ("NONE", "not rated: not in use"),
]
RATED = ["GREEN", "YELLOW", "ORANGE", "RED"]
SINCE = datetime.date(2000, 1, 1)
NEW_YORK = "US3651000"  # inspection/data/registers.json
RULE = "our own rule NYC-365 for the New York register"
# (fact, code, band, points, late days, late points, late most, worse band, worse after, source)
ROWS = (
    (
        "OVERDUE", "PERIODIC_INSPECTION", "YELLOW", 15, 30, 3, 72, "RED", 365,
        f"{RULE}: late is yellow, a whole further interval of 365 days missed is red; both ours",
    ),
    ("DUE_SOON", "", "GREEN", 0, 0, 0, 0, "", 0, f"{RULE} names no last week"),
    ("NO_USING_UNIT", "", "GREEN", 0, 0, 0, 0, "", 0, "the New York register names no units: that none is known says nothing"),
    ("NO_MAINTENANCE_UNIT", "", "GREEN", 0, 0, 0, 0, "", 0, "the New York register names no units: that none is known says nothing"),
)  # fmt: skip

# A row of the nation concerns everything; one of an area what lies in it, before and after the change.
OF_AREAS = """
DROP TRIGGER risk_policy_changed ON compliance_riskpolicy;
DROP FUNCTION compliance_risk_note_law();
CREATE FUNCTION compliance_risk_note_areas(codes text[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE places bigint[];
BEGIN
    IF 'CN' = ANY(codes) THEN
        INSERT INTO compliance_riskdue (elevator_id) SELECT id FROM registry_elevator ORDER BY id ON CONFLICT DO NOTHING;
        RETURN;
    END IF;
    SELECT array_agg(id) INTO places FROM accounts_area WHERE code = ANY(codes);
    INSERT INTO compliance_riskdue (elevator_id)
    SELECT id FROM registry_elevator
    WHERE city_id = ANY(places) OR managing_district_id = ANY(places) OR area_id = ANY(places)
    ORDER BY id ON CONFLICT DO NOTHING;
END $$;
CREATE FUNCTION compliance_risk_note_law() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM compliance_risk_note_areas((SELECT array_agg(DISTINCT area::text) FROM rows));
    RETURN NULL;
END $$;
CREATE FUNCTION compliance_risk_note_law_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM compliance_risk_note_areas(
        (SELECT array_agg(DISTINCT area::text) FROM (SELECT area FROM before_rows UNION SELECT area FROM now_rows) both_rows)
    );
    RETURN NULL;
END $$;
CREATE TRIGGER risk_policy_entered AFTER INSERT ON compliance_riskpolicy
    REFERENCING NEW TABLE AS rows FOR EACH STATEMENT EXECUTE FUNCTION compliance_risk_note_law();
CREATE TRIGGER risk_policy_removed AFTER DELETE ON compliance_riskpolicy
    REFERENCING OLD TABLE AS rows FOR EACH STATEMENT EXECUTE FUNCTION compliance_risk_note_law();
CREATE TRIGGER risk_policy_changed AFTER UPDATE ON compliance_riskpolicy
    REFERENCING OLD TABLE AS before_rows NEW TABLE AS now_rows
    FOR EACH STATEMENT EXECUTE FUNCTION compliance_risk_note_law_changed();
"""
OF_ALL = """
DROP TRIGGER risk_policy_entered ON compliance_riskpolicy;
DROP TRIGGER risk_policy_removed ON compliance_riskpolicy;
DROP TRIGGER risk_policy_changed ON compliance_riskpolicy;
DROP FUNCTION compliance_risk_note_law();
DROP FUNCTION compliance_risk_note_law_changed();
DROP FUNCTION compliance_risk_note_areas(text[]);
CREATE FUNCTION compliance_risk_note_law() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO compliance_riskdue (elevator_id) SELECT id FROM registry_elevator ORDER BY id ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER risk_policy_changed AFTER INSERT OR UPDATE OR DELETE ON compliance_riskpolicy
    FOR EACH STATEMENT EXECUTE FUNCTION compliance_risk_note_law();
"""


def enter_new_york(apps, _schema_editor):
    names = ("fact", "code", "band", "points", "late_days", "late_points", "late_most", "worse_band", "worse_after", "source")
    policy = apps.get_model("compliance", "RiskPolicy")
    policy.objects.bulk_create(
        policy(area=NEW_YORK, valid_from=SINCE, certainty="D", **dict(zip(names, row, strict=True))) for row in ROWS
    )


def leave_areas(apps, _schema_editor):
    """Rows of areas mean nothing where rows know none."""
    apps.get_model("compliance", "RiskPolicy").objects.exclude(area="CN").delete()


class Migration(migrations.Migration):
    dependencies = [("compliance", "0014_duties_items")]

    operations = [
        migrations.AddField("riskpolicy", "area", models.CharField(max_length=24, default="CN")),
        migrations.AddField("riskpolicy", "worse_band", models.CharField(max_length=8, blank=True, choices=BANDS, default=""), False),
        migrations.AddField("riskpolicy", "worse_after", models.PositiveSmallIntegerField(default=0)),
        migrations.RemoveConstraint("riskpolicy", "risk_policy_once"),
        migrations.AddConstraint(
            "riskpolicy",
            models.UniqueConstraint(fields=["area", "fact", "code", "valid_from"], name="risk_policy_once"),
        ),
        migrations.AddConstraint(
            "riskpolicy",
            models.CheckConstraint(
                condition=Q(worse_band="", worse_after=0) | Q(worse_band__in=RATED, worse_after__gt=0),
                name="risk_policy_worse",
            ),
        ),
        migrations.AddIndex(
            "obligation",
            models.Index(
                fields=["apply_by", "id"],
                include=["alert_after", "city", "managing_district", "area"],
                condition=Q(status="PENDING") & Q(apply_by__isnull=False),
                name="obligation_apply",
            ),
        ),
        migrations.RunSQL(OF_AREAS, OF_ALL),
        migrations.RunPython(enter_new_york, leave_areas),
    ]
