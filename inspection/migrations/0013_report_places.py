import django.db.models.deletion
from django.db import migrations, models

LEADS = (("city", "city"), ("managing_district", "district"), ("area", "area"), ("verdict", "verdict"))
LISTED = ("city", "managing_district", "area", "verdict", "kind", "concluded_on", "withdrawn")

# A report is never updated, so its elevator's areas stand beside it, in a row that the database keeps: reports are filed by actions
# and seeds, elevators move by sweeps and imports, too. The elevator is held, since one that moves meanwhile would not see the row.
PLACE = """
CREATE FUNCTION inspection_report_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO inspection_reportplace
        (report_id, city_id, managing_district_id, area_id, withdrawn, verdict, kind, concluded_on)
    SELECT r.id, e.city_id, e.managing_district_id, e.area_id, e.registration_state = 'WITHDRAWN',
           r.verdict, r.kind, r.concluded_on
    FROM filed r JOIN registry_elevator e ON e.id = r.elevator_id ORDER BY e.id FOR SHARE OF e;
    RETURN NULL;
END $$;
CREATE TRIGGER report_placed AFTER INSERT ON inspection_report REFERENCING NEW TABLE AS filed
    FOR EACH STATEMENT EXECUTE FUNCTION inspection_report_place();
"""
UNPLACE = "DROP TRIGGER report_placed ON inspection_report; DROP FUNCTION inspection_report_place();"
MOVE = """
CREATE FUNCTION inspection_report_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE inspection_reportplace p
    SET city_id = NEW.city_id, managing_district_id = NEW.managing_district_id, area_id = NEW.area_id,
        withdrawn = NEW.registration_state = 'WITHDRAWN'
    FROM inspection_report r WHERE r.elevator_id = NEW.id AND p.report_id = r.id;
    RETURN NULL;
END $$;
CREATE TRIGGER elevator_moved_reports
    AFTER UPDATE OF city_id, managing_district_id, area_id, registration_state ON registry_elevator FOR EACH ROW
    WHEN ((OLD.city_id, OLD.managing_district_id, OLD.area_id, OLD.registration_state = 'WITHDRAWN')
          IS DISTINCT FROM (NEW.city_id, NEW.managing_district_id, NEW.area_id, NEW.registration_state = 'WITHDRAWN'))
    EXECUTE FUNCTION inspection_report_move();
"""
UNMOVE = "DROP TRIGGER elevator_moved_reports ON registry_elevator; DROP FUNCTION inspection_report_move();"
# Those that are there; the indexes come after them.
FILL = """
INSERT INTO inspection_reportplace
    (report_id, city_id, managing_district_id, area_id, withdrawn, verdict, kind, concluded_on)
SELECT r.id, e.city_id, e.managing_district_id, e.area_id, e.registration_state = 'WITHDRAWN', r.verdict, r.kind, r.concluded_on
FROM inspection_report r JOIN registry_elevator e ON e.id = r.elevator_id ORDER BY r.id;
"""


def of_area(**more):
    """Without a constraint of its own: the elevator's, whose copy it is, is checked."""
    return models.ForeignKey(
        "accounts.area",
        django.db.models.deletion.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
        **more,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0013_complaints"),
        ("registry", "0033_assessment_document"),
        ("inspection", "0012_gone_and_lapsed"),
    ]

    operations = [
        migrations.CreateModel(
            "ReportPlace",
            [
                (
                    "report",
                    models.OneToOneField(
                        "inspection.report",
                        django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="place",
                        db_constraint=False,
                        serialize=False,
                    ),
                ),
                ("city", of_area()),
                ("managing_district", of_area(null=True)),
                ("area", of_area()),
                ("withdrawn", models.BooleanField()),
                ("verdict", models.CharField(max_length=28)),
                ("kind", models.CharField(max_length=20)),
                ("concluded_on", models.DateField()),
            ],
        ),
        migrations.RunSQL(PLACE, UNPLACE),
        migrations.RunSQL(MOVE, UNMOVE),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        *(
            migrations.AddIndex(
                "reportplace",
                models.Index(
                    fields=[lead, "-report"],
                    include=[told for told in LISTED if told != lead],
                    name=f"report_place_{name}",
                ),
            )
            for lead, name in LEADS
        ),
    ]
