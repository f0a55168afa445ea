import datetime

from django.db import migrations

from common.ledger_sql import AppendOnly

# What an elevator owes follows from these columns, whoever writes them: actions, imports, COPY, seeding. Noted in order of
# keys, so that two writers of the same elevators wait for each other and do not deadlock (as for data quality, 0009).
NOTE_DUE = """
CREATE FUNCTION compliance_note_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO compliance_elevatordue (elevator_id) SELECT id FROM entered ORDER BY id ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE FUNCTION compliance_note_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO compliance_elevatordue (elevator_id)
    SELECT n.id FROM now_rows n JOIN before_rows b USING (id)
    WHERE (n.registration_state, n.registration_state_at, n.area_id, n.city_id, n.managing_district_id, n.class_code,
           n.commissioned_on, n.last_renewed_on, n.flag_bits)
          IS DISTINCT FROM
          (b.registration_state, b.registration_state_at, b.area_id, b.city_id, b.managing_district_id, b.class_code,
           b.commissioned_on, b.last_renewed_on, b.flag_bits)
    ORDER BY n.id ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE TRIGGER elevator_entered_compliance AFTER INSERT ON registry_elevator
    REFERENCING NEW TABLE AS entered FOR EACH STATEMENT EXECUTE FUNCTION compliance_note_entered();
CREATE TRIGGER elevator_changed_compliance AFTER UPDATE ON registry_elevator
    REFERENCING OLD TABLE AS before_rows NEW TABLE AS now_rows
    FOR EACH STATEMENT EXECUTE FUNCTION compliance_note_changed();
INSERT INTO compliance_elevatordue (elevator_id) SELECT id FROM registry_elevator ON CONFLICT DO NOTHING;
"""
FORGET_DUE = """
DROP TRIGGER elevator_entered_compliance ON registry_elevator;
DROP TRIGGER elevator_changed_compliance ON registry_elevator;
DROP FUNCTION compliance_note_entered();
DROP FUNCTION compliance_note_changed();
"""

# Two schedules are proposed by our own domain pages (inspection.md §7, oversight.md §5), neither is law: their union.
WARN_DAYS = [60, 30, 15, 7, 0]
LADDER = [[0, "UNIT"], [7, "SUBDISTRICT"], [14, "DISTRICT"], [30, "CITY"]]
SOURCE = "platform policy: union of the schedules of inspection.md §7 and oversight.md §5, to be set by the bureau"
# Not inspected in time: must not be used (特种设备安全法 art. 40, inspection.md R11). A self-test that is late is listed apart.
POLICIES = (
    ("", "ORANGE", SOURCE, "D"),
    ("PERIODIC_INSPECTION", "RED", f"特种设备安全法 art. 40 [V2] for the severity; days and ladder: {SOURCE}", "D"),
    ("SELF_TEST", "RED", f"inspection.md §7 for the severity; days and ladder: {SOURCE}", "D"),
)


def enter_policies(apps, _schema_editor):
    policy = apps.get_model("compliance", "AlertPolicy")
    policy.objects.bulk_create(
        policy(
            kind=kind,
            warn_days=WARN_DAYS,
            ladder=LADDER,
            severity=severity,
            valid_from=datetime.date(2000, 1, 1),
            source=source,
            certainty=certainty,
        )
        for kind, severity, source, certainty in POLICIES
    )


class Migration(migrations.Migration):
    dependencies = [("compliance", "0001_initial")]

    operations = [
        migrations.RunSQL(NOTE_DUE, FORGET_DUE),
        AppendOnly("compliance_notice"),
        AppendOnly("compliance_alertstep"),
        migrations.RunPython(enter_policies, migrations.RunPython.noop),
    ]
