from django.db import migrations, models

from common.noting_sql import NoteChanges

# What an elevator owes follows from these columns; the triggers of 0002, told by what they share with other apps'.
COLUMNS = (
    "registration_state",
    "registration_state_at",
    "area_id",
    "city_id",
    "managing_district_id",
    "class_code",
    "commissioned_on",
    "last_renewed_on",
    "flag_bits",
)


class Migration(migrations.Migration):
    dependencies = [("compliance", "0002_noting_and_policy")]

    operations = [
        NoteChanges(
            prefix="compliance",
            watched="registry_elevator",
            due="compliance_elevatordue",
            key="elevator_id",
            columns=COLUMNS,
            triggers=("elevator_entered_compliance", "elevator_changed_compliance"),
            replaces=True,
        ),
        # a whole city noted at one moment was sorted for each set of 2,000 that was claimed
        migrations.RemoveIndex("elevatordue", name="compliance_due_noted"),
        migrations.AddIndex(
            "elevatordue", models.Index(fields=["noted_at", "elevator"], name="compliance_due_order")
        ),
    ]
