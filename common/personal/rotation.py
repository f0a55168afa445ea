"""Key rotation in the background: every value that a former key sealed is sealed by the present one.

The rows are the memory. A chunk is claimed, sealed anew and written in one transaction with the job's progress; a
worker that dies loses its chunk and nothing else, and running again finds only what is left.
"""

import time
from dataclasses import dataclass

from django.apps import apps
from django.db import connection, models, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common import jobs
from common.errors import Refusal
from common.personal.fields import SealedField
from common.personal.keys import CannotBeRead, ring
from common.personal.sealed import Sealed

JOB_KIND = "common.rotate_personal_data"
CHUNK = 500


class SomeUnreadable(Refusal):
    code = "personal-data-unreadable"
    message = _("%(n)s values could not be read with the keys that the platform has. Bring the missing key back.")


@dataclass(frozen=True, slots=True)
class Left:
    """How many rows of a model some key other than the present one has sealed."""

    model: type[models.Model]
    rows: int


def sealed_models() -> list[tuple[type[models.Model], list[SealedField]]]:
    """Every model with sealed fields, and these."""
    found = [(model, [f for f in model._meta.fields if isinstance(f, SealedField)]) for model in apps.get_models()]
    return [(model, fields) for model, fields in found if fields]


def left() -> list[Left]:
    """What there is to do; a key may leave the ring when this is 0 for all models."""
    return [Left(model, _others(model, fields).count()) for model, fields in sealed_models()]


def run_rotation(job, at) -> None:
    """Seal anew whatever is left (registered at JOB_RUNNERS). Raises SomeUnreadable at the end, with the rest done."""
    todo = sum(part.rows for part in left())
    done, unreadable = job.done, 0
    jobs.report(job, done=done, total=done + todo)
    for model, fields in sealed_models():
        for skip_locked in (True, False):  # what somebody held at the first pass is waited for at the second
            last = None
            while True:
                began = time.monotonic()
                with transaction.atomic():
                    rows = _claim(model, fields, last, skip_locked=skip_locked)
                    if not rows:
                        break
                    last, changed = rows[-1].pk, _seal_anew(model, fields, rows)
                    done += changed
                    jobs.report(job, done=done)
                unreadable += len(rows) - changed if not skip_locked else 0
                time.sleep(min(0.5, time.monotonic() - began))  # half of the time belongs to the people at their pages
    if unreadable:
        raise SomeUnreadable(n=unreadable)


def _others(model, fields):
    wanted = Q()
    for field in fields:
        wanted |= Q(**{f"{field.name}__not_sealed_by": ring().current})
    return model._base_manager.filter(wanted)


def _claim(model, fields, last, *, skip_locked: bool) -> list:
    rows = _others(model, fields).order_by("pk").select_for_update(skip_locked=skip_locked, of=("self",), no_key=True)
    return list((rows if last is None else rows.filter(pk__gt=last))[:CHUNK])


def _seal_anew(model, fields, rows) -> int:
    """How many of the claimed rows could be read; they are written in one statement."""
    ids, columns = [], [[] for _field in fields]
    for row in rows:
        try:
            tokens = [_anew(getattr(row, field.attname)) for field in fields]
        except CannotBeRead:
            continue
        ids.append(row.pk)
        for column, token in zip(columns, tokens, strict=True):
            column.append(token)
    if not ids:
        return 0
    quote, key = connection.ops.quote_name, model._meta.pk
    names = [quote(field.column) for field in fields]
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {quote(model._meta.db_table)} AS kept SET {', '.join(f'{name} = new.{name}' for name in names)}"
            f" FROM unnest(%s::{key.rel_db_type(connection)}[]{', %s::bytea[]' * len(names)})"
            f" AS new(id, {', '.join(names)}) WHERE kept.{quote(key.column)} = new.id",
            [ids, *columns],
        )
    return len(ids)


def _anew(sealed: Sealed | None) -> bytes | None:
    if sealed is None or sealed.key_id == ring().current:
        return None if sealed is None else bytes(sealed.token)
    return bytes(sealed.sealed_anew().token)
