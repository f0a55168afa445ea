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
    ("HAZARD", "RED", f"oversight.md §2 and §5: {SOURCE}", "D"),
    ("SELF_TEST", "RED", f"inspection.md §7 for the severity; days and ladder: {SOURCE}", "D"),
)


# GB 45067-2024 §5.6 [V1 copy of the standard's list, oversight.md §2]; the rest are our own headings until a catalogue is read.
ITEMS_FROM = datetime.date(2024, 12, 1)
GB = "GB 45067-2024 §5.6, read on a copy of its list (oversight.md §2)"
OWN = "platform list, to be replaced by the bureau's catalogue"
ITEMS = (
    ("GB45067-5.6.1", "检验结论为不合格（复检不合格）", "inspection failed", "MAJOR", GB, "V1"),
    ("GB45067-5.6.2", "层门轿门防夹保护失效", "door anti-pinch device failed", "MAJOR", GB, "V1"),
    ("GB45067-5.6.3", "自动扶梯或自动人行道急停开关缺失或失效", "escalator emergency stop missing or failed", "MAJOR", GB, "V1"),
    ("GB45067-5.6.4", "门锁回路被短接", "door-lock circuit short-circuited", "MAJOR", GB, "V1"),
    ("GB45067-5.6.5", "扶手带距障碍物小于 400 mm 且无防护", "handrail under 400 mm from an obstacle without guard", "MAJOR", GB, "V1"),
    ("GB45067-G.1", "未取得许可生产", "produced without a licence", "MAJOR", GB, "V1"),
    ("GB45067-G.2", "未经监督检验", "no supervisory inspection", "MAJOR", GB, "V1"),
    ("GB45067-G.3", "发生事故后未经检查继续使用", "used after an accident without a check", "MAJOR", GB, "V1"),
    ("INSPECTION-OVERDUE", "超期未检验仍在使用", "in use without a valid inspection", "LARGER", "oversight.md §5", "D"),
    ("ALARM-DEAD", "轿厢报警装置无应答", "in-car alarm not answered", "LARGER", OWN, "D"),
    ("DOOR", "门系统缺陷", "defect of the doors", "GENERAL", OWN, "D"),
    ("MACHINE", "机房或驱动缺陷", "defect of machine room or drive", "GENERAL", OWN, "D"),
    ("SHAFT", "井道或底坑缺陷", "defect of shaft or pit", "GENERAL", OWN, "D"),
    ("CAR", "轿厢缺陷", "defect of the car", "GENERAL", OWN, "D"),
    ("ESCALATOR", "扶梯或人行道缺陷", "defect of an escalator or walkway", "GENERAL", OWN, "D"),
    ("MANAGEMENT", "管理缺陷", "defect of management", "GENERAL", OWN, "D"),
    ("OTHER", "其他", "other", "GENERAL", OWN, "D"),
)  # fmt: skip
CLOCKS = (
    ("MAJOR", 30, False, 0, "oversight.md §2: stop at once, listed case with a deadline of at most 30 days", "P"),
    ("LARGER", 5, True, 5, "oversight.md §2: 5 working days, one extension by a district officer (weak source)", "P"),
    ("GENERAL", 30, False, 60, "oversight.md §2: 30 days; the extension to 90 days is our own reading of it", "P"),
)


def enter_hazards(apps, _schema_editor):
    item, clock = apps.get_model("compliance", "HazardItem"), apps.get_model("compliance", "HazardClock")
    item.objects.bulk_create(
        item(code=code, name_zh=zh, name_en=en, grade=grade, valid_from=ITEMS_FROM, source=source, certainty=certainty)
        for code, zh, en, grade, source, certainty in ITEMS
    )
    clock.objects.bulk_create(
        clock(
            grade=grade,
            days=days,
            working=working,
            extension_days=extension,
            valid_from=datetime.date(2000, 1, 1),
            source=source,
            certainty=certainty,
        )
        for grade, days, working, extension, source, certainty in CLOCKS
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
        AppendOnly("compliance_hazardstep"),
        migrations.RunPython(enter_policies, migrations.RunPython.noop),
        migrations.RunPython(enter_hazards, migrations.RunPython.noop),
    ]
