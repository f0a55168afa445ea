"""Moment and transaction of a ledger's row are the database's word, not the writer's.

The application's role may insert into ledgers, so whoever holds its password could hide a forged row in a batch that is
closed already, or in one that never comes, and date it as he likes. Forged rows now stand where they were written.
"""

from django.db import migrations

STAMP = """
CREATE FUNCTION common_stamp_ledger_row() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.tx := common_ledger_tx();
    NEW.recorded_at := statement_timestamp();
    RETURN NEW;
END $$;
"""


def stamped(table: str) -> migrations.RunSQL:
    """`table` gets its moments and transactions from the database alone (partitions of it too)."""
    return migrations.RunSQL(
        f"CREATE TRIGGER {table}_stamp BEFORE INSERT ON {table}"
        " FOR EACH ROW EXECUTE FUNCTION common_stamp_ledger_row()",
        f"DROP TRIGGER {table}_stamp ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [("common", "0003_access_partitions")]
    operations = [
        migrations.RunSQL(STAMP, "DROP FUNCTION common_stamp_ledger_row() CASCADE"),
        stamped("common_accessrecord"),
        stamped("common_auditrecord"),
    ]
