"""Moment and transaction of a life event are the database's word, not the writer's."""

from django.db import migrations

STAMP = (
    "CREATE TRIGGER registry_lifeevent_stamp BEFORE INSERT ON registry_lifeevent"
    " FOR EACH ROW EXECUTE FUNCTION common_stamp_ledger_row()"
)


class Migration(migrations.Migration):
    dependencies = [("registry", "0005_list_indexes"), ("common", "0004_ledger_stamps")]
    operations = [migrations.RunSQL(STAMP, "DROP TRIGGER registry_lifeevent_stamp ON registry_lifeevent")]
