"""Rows that are written again for each test are those that were made."""

import pytest
from django.db import connection, transaction

from accounts.models import Area, User
from registry.models import Elevator, SearchEntry
from registry.queries import chain_faults
from tests.factories.cast import make_cast
from tests.factories.kept import NotRepeatable, kept
from tests.factories.make import make_elevator, make_unit, make_user

# what the database says itself about a row, and a number that nothing names
ITS_OWN = {"recorded_at", "tx", "noted_at", "look_at"}
SEARCH = {"id"}


def everything() -> dict[str, list[str]]:
    """All rows of all tables that the application may read."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
            " AND has_table_privilege(oid, 'SELECT')"
        )
        for (table,) in cursor.fetchall():
            without = list(ITS_OWN | (SEARCH if table == SearchEntry._meta.db_table else set()))
            cursor.execute(f'SELECT (to_jsonb(t) - %s::text[])::text FROM "{table}" t ORDER BY 1', [without])
            found[table] = [row for (row,) in cursor.fetchall()]
    return found


def test_the_rows_of_the_cast_are_those_that_were_made_triggers_included(db):
    seen = []

    def make():
        cast = make_cast()
        seen.append(everything())
        return cast

    cast = kept(make)
    assert everything() == seen[0]
    assert len(seen[0]["registry_searchentry"]) == 8 and len(seen[0]["registry_qualitydue"]) == 4
    assert chain_faults().faults == []
    assert Elevator.objects.get(pk=cast.elevator_own.pk).maintenance_unit == cast.maintenance_unit


def test_every_test_has_objects_of_its_own(db):
    for _time in range(2):
        with transaction.atomic():
            user = kept(_one_person)
            assert (user.display_name, User.objects.get(pk=user.pk).display_name) == ("Person", "Person")
            user.display_name = "Somebody else"
            user.save()
            transaction.set_rollback(True)


def test_what_comes_after_gets_new_numbers_in_a_new_database_too(transactional_db):
    cast = kept(make_cast)
    elevator = make_elevator(area_code="320106", using_unit=make_unit())
    assert elevator.pk > max(cast.elevator_own.pk, cast.elevator_jiangbei.pk)
    assert make_user().pk > max(player.user.pk for player in cast.players.values())


def _one_person() -> User:
    return make_user("person")


def _renamed() -> None:
    Area.objects.filter(code="320106").update(name_en="Elsewhere")


def _done_on_commit() -> None:
    transaction.on_commit(_one_person)


@pytest.mark.parametrize("make", [_renamed, _done_on_commit])
def test_what_does_more_than_to_insert_is_refused(db, make):
    with pytest.raises(NotRepeatable):
        kept(make)
