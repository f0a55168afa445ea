"""One at a time among all processes: a lock in PostgreSQL that ends with the transaction, killed processes included."""

from contextlib import contextmanager

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext_lazy as _

from common.errors import Refusal


class Busy(Exception):
    """Somebody else held the lock for longer than one's patience."""


class RowBusy(Refusal):
    """A web request waited longer than DATABASE_LOCK_TIMEOUT for a row; everything it did was rolled back."""

    code = "row-busy"
    status = 503
    retry_after = 5
    message = _("Somebody else is changing this at the moment. Wait a few seconds, then try again.")


def waited_too_long(error: Exception) -> bool:
    """Is this the database giving up on a lock (lock_not_available)?"""
    return isinstance(error, OperationalError) and getattr(error.__cause__, "sqlstate", "") == "55P03"


def hold(name: str) -> None:
    """Wait for the lock `name` and keep it to the end of the transaction that is under way."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])


@contextmanager
def one_at_a_time(name: str, *, patience: str):
    """Hold the lock `name` for the block, in a transaction of its own. `patience`: how long to wait ("3s").

    Raises Busy. What the block writes is committed with it.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [patience])
            try:
                # in a savepoint of its own, so that the error handler can still use the transaction
                with transaction.atomic():
                    cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [name])
            except OperationalError as error:
                if waited_too_long(error):
                    raise Busy(name) from error
                raise
            cursor.execute("SET LOCAL lock_timeout TO DEFAULT")  # the process's own (config.wsgi)
        yield
