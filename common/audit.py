"""The audit log: who changed what, written in the transaction of the change; reads go to the access log."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from django.db import connection

from common.actor import Actor
from common.masking import MASK
from common.models import AccessRecord, AuditRecord
from common.request_id import current_request_id


def record_change(*, action: str, subject, by: Actor, changes: dict | None = None) -> AuditRecord:
    """Append one audit row about `subject` (a saved model instance). `changes`: {field: [old, new]}, plain values.

    Fields that the model declares in PERSONAL_FIELDS are masked here, so no caller can forget it.
    """
    return record_changes(action=action, changed=[(subject, changes)], by=by)[0]


def record_changes(*, action: str, changed: Sequence[tuple], by: Actor) -> list[AuditRecord]:
    """The same for many subjects, [(subject, changes)], in one statement."""
    return AuditRecord.objects.bulk_create([_row(action, subject, changes, by) for subject, changes in changed])


def _row(action: str, subject, changes: dict | None, by: Actor) -> AuditRecord:
    personal = getattr(subject, "PERSONAL_FIELDS", frozenset())
    return AuditRecord(
        action=action,
        subject_type=subject._meta.label_lower,
        subject_id=str(getattr(subject, "public_id", subject.pk)),
        changes={
            field: [MASK, MASK] if field in personal else [_plain(old), _plain(new)]
            for field, (old, new) in (changes or {}).items()
        },
        actor_kind=by.kind,
        actor_id=by.id,
        acting_unit_id=by.acting_unit,
        request_id=current_request_id(),
    )


def _plain(value):
    """A value as JSON keeps it for ever: dates and numbers as text, rows by their key."""
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, dt.date | dt.datetime | Decimal):
        return str(value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(getattr(value, "pk", value))


def difference(instance, values: dict) -> dict:
    """{field: [old, new]} for what `values` would change on `instance`."""
    return {
        name: [getattr(instance, name), value] for name, value in values.items() if getattr(instance, name) != value
    }


_ACCESS = f"""
WITH commit AS (SELECT set_config('synchronous_commit', %s, true))
INSERT INTO {AccessRecord._meta.db_table}
    (actor_kind, actor_id, acting_unit_id, request_id, subject_type, subject_id, via)
SELECT %s, %s, %s, %s, %s, %s, %s FROM commit
"""


def record_access(*, subject_type: str, subject_id: str, via: str, by: Actor) -> None:
    """Note that somebody looked. One statement; it does not wait for the disk (a crashed server may lose < 1 s of reads)."""
    # Inside somebody's transaction the setting would weaken that transaction's own commit: leave it as it is.
    durability = "on" if connection.in_atomic_block else "off"
    with connection.cursor() as cursor:
        cursor.execute(
            _ACCESS,
            [durability, by.kind, by.id, by.acting_unit, current_request_id(), subject_type, subject_id, via],
        )


def make_access_partitions(*, today: dt.date) -> None:
    """Have this month's and next month's partition of the access log ready; harmless when they are there."""
    next_month = (today.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    with connection.cursor() as cursor:
        for month in (today, next_month):
            cursor.execute("SELECT common_make_access_partition(%s)", [month])
