"""Each partition of the access log refuses change by itself: statement triggers and REVOKE do not descend from the parent."""

from django.conf import settings
from django.db import migrations

GUARD = """
CREATE FUNCTION common_guard_access_partition(name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TRIGGER no_truncate BEFORE TRUNCATE ON %I'
                   ' FOR EACH STATEMENT EXECUTE FUNCTION common_refuse_change()', name);
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = '{role}') THEN
        EXECUTE format('REVOKE UPDATE, DELETE, TRUNCATE ON %I FROM {role}', name);
    END IF;
END $$;
REVOKE EXECUTE ON FUNCTION common_guard_access_partition(text) FROM PUBLIC;
SELECT common_guard_access_partition(inhrelid::regclass::text)
    FROM pg_inherits WHERE inhparent = 'common_accessrecord'::regclass;
"""

# UTC, whatever the session says: months must not overlap. A month of which rows went to the default partition already
# stays there.
MAKE = """
CREATE OR REPLACE FUNCTION common_make_access_partition(month date) RETURNS void LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = public, pg_temp SET timezone = 'UTC' AS $$
DECLARE
    first date := date_trunc('month', month);
    name text := format('common_accessrecord_%s', to_char(first, 'YYYY_MM'));
BEGIN
    IF to_regclass(name) IS NULL THEN
        EXECUTE format('CREATE TABLE %I PARTITION OF common_accessrecord FOR VALUES FROM (%L) TO (%L)',
                       name, first::timestamptz, (first + interval '1 month')::timestamptz);
        PERFORM common_guard_access_partition(name);
    END IF;
EXCEPTION WHEN check_violation OR duplicate_table THEN
    RAISE WARNING 'no partition for %: %', first, SQLERRM;
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("common", "0002_ledgers")]
    operations = [
        migrations.RunSQL(
            GUARD.replace("{role}", settings.DATABASE_APP_ROLE) + MAKE,
            "DROP FUNCTION common_guard_access_partition(text) CASCADE",
        )
    ]
