"""One way to note what changed: compliance's triggers are made by it, those of data quality (older) say the same."""

import importlib
import re

import pytest
from django.db import connection

from common.noting_sql import NoteChanges

pytestmark = pytest.mark.django_db
QUALITY = NoteChanges(
    prefix="registry",
    watched="registry_elevator",
    due="registry_qualitydue",
    key="elevator_id",
    columns=("version", "using_unit_id", "maintenance_unit_id", "registration_state"),
    triggers=("elevator_entered_due", "elevator_changed_due"),
)
COMPLIANCE = importlib.import_module("compliance.migrations.0003_noting").Migration.operations[0]


@pytest.mark.parametrize("operation", [QUALITY, COMPLIANCE], ids=["data quality", "compliance"])
def test_what_stands_in_the_database_is_what_the_operation_writes(operation):
    words, given = _words(operation.sql), operation.given
    for name in (f"{given['prefix']}_note_entered", f"{given['prefix']}_note_changed"):
        with connection.cursor() as cursor:
            cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = %s", [name])
            (body,) = cursor.fetchone()
        assert _words(body) in words
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.tgname, p.proname, c.relname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid"
            " JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgname = ANY(%s) ORDER BY t.tgname DESC",
            [list(given["triggers"])],
        )
        assert cursor.fetchall() == [
            (trigger, f"{given['prefix']}_note_{what}", given["watched"])
            for trigger, what in zip(given["triggers"], ("entered", "changed"), strict=True)
        ]


def test_it_can_be_written_again_from_what_it_was_given():
    name, _args, given = COMPLIANCE.deconstruct()
    assert name == "NoteChanges"
    again = NoteChanges(**{**given, "columns": ("version",), "replaces": False})
    assert "compliance_note_changed" in again.reverse_sql
    assert NoteChanges(**given).sql == COMPLIANCE.sql


def _words(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
