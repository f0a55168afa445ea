"""A migration operation: what is entered or changed in one table is noted in another, to be looked at by a sweep."""

from django.db import migrations

_NOTE = """
CREATE OR REPLACE FUNCTION {prefix}_note_entered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO {due} ({key}) SELECT id FROM entered ORDER BY id ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION {prefix}_note_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO {due} ({key})
    SELECT n.id FROM now_rows n JOIN before_rows b USING (id)
    WHERE ({now}) IS DISTINCT FROM ({before}) ORDER BY n.id ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER {entered} AFTER INSERT ON {watched}
    REFERENCING NEW TABLE AS entered FOR EACH STATEMENT EXECUTE FUNCTION {prefix}_note_entered();
CREATE OR REPLACE TRIGGER {changed} AFTER UPDATE ON {watched}
    REFERENCING OLD TABLE AS before_rows NEW TABLE AS now_rows
    FOR EACH STATEMENT EXECUTE FUNCTION {prefix}_note_changed();
"""
_FORGET = """
DROP TRIGGER {entered} ON {watched};
DROP TRIGGER {changed} ON {watched};
DROP FUNCTION {prefix}_note_entered();
DROP FUNCTION {prefix}_note_changed();
"""


class NoteChanges(migrations.RunSQL):
    """Have rows of `watched` that are entered, or of which one of `columns` changes, noted in `due` (its column `key`).

    By triggers for each statement, so whoever writes: actions, imports, COPY, seeding. In order of keys, so that two writers
    of the same rows wait for each other and do not deadlock. `triggers`: the names of both, entered and changed. Given again
    with other columns, it replaces what is there. `replaces`: going back leaves them, as an earlier migration made them.
    """

    def __init__(self, *, prefix, watched, due, key, columns, triggers, replaces=False):
        self.given = {
            "prefix": prefix,
            "watched": watched,
            "due": due,
            "key": key,
            "columns": columns,
            "triggers": triggers,
            "replaces": replaces,
        }
        names = {
            "prefix": prefix,
            "watched": watched,
            "due": due,
            "key": key,
            "entered": triggers[0],
            "changed": triggers[1],
            "now": ", ".join(f"n.{column}" for column in columns),
            "before": ", ".join(f"b.{column}" for column in columns),
        }
        super().__init__(
            sql=_NOTE.format(**names),
            reverse_sql=migrations.RunSQL.noop if replaces else _FORGET.format(**names),
        )

    def deconstruct(self):
        return (self.__class__.__qualname__, [], self.given)
