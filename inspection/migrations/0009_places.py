import django.db.models.deletion
from django.db import migrations, models

PLACES = (("city", "city"), ("managing_district", "district"), ("area", "area"))
STANDING = models.Q(state__in=("APPLIED", "APPOINTED"))

# The database keeps the columns, since its rows are filed by actions, seeds and imports, and elevators move by sweeps, too.
# An elevator that was withdrawn with its import is seen by nobody, so its rows lie in no area.
PLACE = """
CREATE FUNCTION inspection_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT city_id, managing_district_id, area_id INTO NEW.city_id, NEW.managing_district_id, NEW.area_id
    FROM registry_elevator WHERE id = NEW.elevator_id AND registration_state <> 'WITHDRAWN';
    RETURN NEW;
END $$;
"""
PLACED = """
CREATE TRIGGER {table}_placed
    BEFORE INSERT OR UPDATE OF elevator_id, city_id, managing_district_id, area_id ON inspection_{table}
    FOR EACH ROW EXECUTE FUNCTION inspection_place();
"""
# What is set here is only what wakes inspection_place.
MOVE = """
CREATE FUNCTION inspection_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE inspection_application SET city_id = NEW.city_id WHERE elevator_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER elevator_moved_inspection
    AFTER UPDATE OF city_id, managing_district_id, area_id, registration_state ON registry_elevator FOR EACH ROW
    WHEN ((OLD.city_id, OLD.managing_district_id, OLD.area_id, OLD.registration_state = 'WITHDRAWN')
          IS DISTINCT FROM (NEW.city_id, NEW.managing_district_id, NEW.area_id, NEW.registration_state = 'WITHDRAWN'))
    EXECUTE FUNCTION inspection_move();
"""
UNMOVE = "DROP TRIGGER elevator_moved_inspection ON registry_elevator; DROP FUNCTION inspection_move();"


def columns(model):
    return [
        migrations.AddField(
            model,
            name,
            models.ForeignKey(
                "accounts.area", django.db.models.deletion.PROTECT, null=True, related_name="+", db_index=False
            ),
        )
        for name, _short in PLACES
    ]


def kept(model):
    """The trigger, which at once places the rows that are there."""
    return migrations.RunSQL(
        PLACED.format(table=model) + f"UPDATE inspection_{model} SET city_id = NULL;",
        f"DROP TRIGGER {model}_placed ON inspection_{model};",
    )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0013_complaints"),
        ("registry", "0032_waiver_events"),
        ("inspection", "0008_application_phones"),
    ]

    operations = [
        *columns("application"),
        migrations.RunSQL(PLACE, "DROP FUNCTION inspection_place();"),
        kept("application"),
        migrations.RunSQL(MOVE, UNMOVE),
        *(
            migrations.AddIndex(
                "application",
                models.Index(fields=[name, "due_on", "id"], condition=STANDING, name=f"inspection_apply_due_{short}"),
            )
            for name, short in PLACES
        ),
        *(
            migrations.AddIndex(
                "application", models.Index(fields=[name, "-id"], name=f"inspection_apply_{short}")
            )
            for name, short in PLACES
        ),
    ]
