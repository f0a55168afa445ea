from django.apps import AppConfig

KIND = "bench.mark"


class BenchConfig(AppConfig):
    name = "bench"

    def ready(self):
        from common.hooks import DEADLINE_HANDLERS

        DEADLINE_HANDLERS.register(KIND, mark)


def mark(deadlines, at) -> None:
    """Note each firing with the server's clock, in the transaction that fires (table of bench.timers)."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO bench_fired (deadline_id, marked_at) VALUES (%s, clock_timestamp())",
            [(deadline.pk,) for deadline in deadlines],
        )
