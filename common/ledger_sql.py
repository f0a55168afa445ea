"""Migration operations that make a table append-only in the database itself."""

from django.conf import settings
from django.db import migrations

REFUSE_FUNCTION = """
CREATE OR REPLACE FUNCTION common_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'ledger % is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'insufficient_privilege';
END $$;
"""

# Seals close over transactions. After a restore into another cluster its transaction counter starts low again:
# `manage.py rebase_ledgers` then replaces these two functions with a larger offset.
CLOCK_FUNCTIONS = """
CREATE OR REPLACE FUNCTION common_ledger_tx() RETURNS bigint LANGUAGE sql VOLATILE
    AS 'SELECT pg_current_xact_id()::text::bigint + {offset}';
CREATE OR REPLACE FUNCTION common_ledger_horizon() RETURNS bigint LANGUAGE sql VOLATILE
    AS 'SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint + {offset}';
"""


class AppendOnly(migrations.RunSQL):
    """Refuse UPDATE, DELETE and TRUNCATE on `table`, for the application's role and for the owner alike."""

    def __init__(self, table):
        self.table = table
        super().__init__(
            sql=f"""
            CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table}
                FOR EACH ROW EXECUTE FUNCTION common_refuse_change();
            CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}
                FOR EACH STATEMENT EXECUTE FUNCTION common_refuse_change();
            DO $do$ BEGIN
                IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{settings.DATABASE_APP_ROLE}') THEN
                    REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {settings.DATABASE_APP_ROLE};
                END IF;
            END $do$;
            """,
            reverse_sql=f"""
            DROP TRIGGER {table}_append_only ON {table};
            DROP TRIGGER {table}_no_truncate ON {table};
            """,
        )

    def deconstruct(self):
        return (self.__class__.__qualname__, [self.table], {})
