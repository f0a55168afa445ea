"""Emergencies without Redis: beside the deadlines, `manage.py pulse` sends what is urgent, in a thread of its own.

A gateway that takes its time must not hold up a deadline, so the two share the process and nothing else. Celery's sweeps
send the same rows; who claims first sends.
"""

import threading

import psycopg
import structlog
from django.db import DatabaseError, InterfaceError, connection

from common.messages.delivery import Lane, send_all_due

log = structlog.get_logger(__name__)
TICK = 1.0


class UrgentPost(threading.Thread):
    """Looks each second; `stop()` ends it after the message in hand."""

    def __init__(self):
        super().__init__(name="urgent-post", daemon=True)
        self._over = threading.Event()

    def stop(self) -> None:
        self._over.set()

    def run(self) -> None:
        while not self._over.is_set():
            try:
                send_all_due(Lane.URGENT, seconds=TICK)
            except (DatabaseError, InterfaceError, psycopg.Error) as error:
                log.warning("database away, trying again", error=type(error).__name__)
                connection.close()
            except Exception as error:
                log.error("urgent messages broke", error=type(error).__name__)
            self._over.wait(TICK)
        connection.close()
