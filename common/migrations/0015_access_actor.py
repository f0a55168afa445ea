"""The access log is asked what one person read (accounts:access_log), newest first."""

from django.db import migrations

INDEX = "CREATE INDEX access_actor ON common_accessrecord (actor_id, recorded_at, id)"


class Migration(migrations.Migration):
    dependencies = [("common", "0014_sweeps")]
    operations = [migrations.RunSQL(INDEX, "DROP INDEX access_actor")]
