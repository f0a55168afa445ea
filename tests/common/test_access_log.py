"""The access log: by months, filled as somebody looks, forgotten never; the audit log hides personal fields."""

import datetime as dt
import re

import pytest
import time_machine
from django.db import NotSupportedError, connection, transaction

from common import clock, tasks
from common.actor import system
from common.audit import record_change
from common.models import AccessRecord, AuditRecord
from tests.common.conftest import make_manager, superuser

BY = system("tests")


def partition_of(moment) -> str:
    """Where a row of that moment belongs; the database says so while it refuses a moment that is not now."""
    with connection.cursor() as cursor, pytest.raises(NotSupportedError) as refusal, transaction.atomic():
        cursor.execute(
            "INSERT INTO common_accessrecord (recorded_at, actor_kind, actor_id, request_id, subject_type, subject_id, via)"
            " VALUES (%s, 'SYSTEM', 'tests', '', 'x', 'x', 'x')",
            [moment],
        )
    return re.search(r"was to be in partition \"public\.(\w+)\"", str(refusal.value))[1]


def test_housekeeping_makes_next_month_as_the_application(db):
    with time_machine.travel("2031-12-31T15:59:00Z"):
        tasks.housekeeping()
        tasks.housekeeping()
    assert partition_of("2031-12-15T00:00Z") == "common_accessrecord_2031_12"
    assert partition_of("2032-01-31T23:59:59Z") == "common_accessrecord_2032_01"
    assert partition_of("2032-02-01T00:00Z") == "common_accessrecord_rest"


@pytest.fixture
def a_row_in_the_rest(services):
    """A read of a month for which nobody had made a partition in time."""
    with superuser(services) as session:
        session.execute("SET session_replication_role = replica")
        session.execute(
            "INSERT INTO common_accessrecord (recorded_at, actor_kind, actor_id, request_id, subject_type, subject_id, via)"
            " VALUES ('2033-05-05T00:00Z', 'SYSTEM', 'tests', '', 'x', 'in the rest', 'x')"
        )
        yield
        session.execute("DELETE FROM common_accessrecord WHERE subject_id = 'in the rest'")


def test_month_whose_rows_went_to_the_rest_stays_there(a_row_in_the_rest, db):
    with time_machine.travel("2033-05-06T00:00:00Z"):
        tasks.housekeeping()
    assert partition_of("2033-05-07T00:00Z") == "common_accessrecord_rest"
    assert partition_of("2033-06-01T00:00Z") == "common_accessrecord_2033_06"


def test_months_begin_in_utc_whatever_the_session_says(db):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL timezone = 'Asia/Shanghai'")
        cursor.execute("SELECT common_make_access_partition('2034-01-15')")
        cursor.execute("SET LOCAL timezone = 'UTC'")
    assert partition_of("2034-01-01T00:00Z") == "common_accessrecord_2034_01"


def test_housekeeping_forgets_old_keys_only(manager):
    from common.models import IdempotencyKey

    for number, days in enumerate((1, 3)):
        IdempotencyKey.objects.create(
            actor_key="x",
            key=f"k{number}",
            request_digest=b"x",
            created_at=clock.now() - dt.timedelta(days=days),
        )
    tasks.housekeeping()
    assert list(IdempotencyKey.objects.values_list("key", flat=True)) == ["k0"]


def test_access_is_noted_with_actor_and_request(manager):
    answer = manager.client.get(f"/elevators/{manager.elevator.public_id}/")
    row = AccessRecord.objects.get(via="page")
    assert (row.actor_kind, row.actor_id, row.acting_unit_id, row.subject_id, row.request_id) == (
        "PERSON",
        str(manager.user.public_id),
        manager.unit.pk,
        str(manager.elevator.public_id),
        answer["X-Request-Id"],
    )


def test_audit_masks_personal_fields(db):
    manager = make_manager()
    personal = sorted(type(manager.user).PERSONAL_FIELDS)
    record_change(
        action="tests", subject=manager.user, by=BY, changes={name: ["canary", "canary"] for name in personal}
    )
    assert personal
    assert AuditRecord.objects.get(action="tests").changes == {name: ["***", "***"] for name in personal}
