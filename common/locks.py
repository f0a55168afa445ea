"""One at a time among all processes: a lock in PostgreSQL that ends with the transaction, killed processes included."""

from contextlib import contextmanager

from django.db import OperationalError, connection, transaction


class Busy(Exception):
    """Somebody else held the lock for longer than one's patience."""


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
                if getattr(error.__cause__, "sqlstate", "") == "55P03":
                    raise Busy(name) from error
                raise
            cursor.execute("SELECT set_config('lock_timeout', '0', true)")
        yield
