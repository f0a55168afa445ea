"""`manage.py pulse`: fires deadlines straight from PostgreSQL, woken by NOTIFY or each second. Needs no Redis.

Any number may run side by side; kill -9 of one loses nothing.
"""

import datetime as dt
import time

import psycopg
import structlog
from django.db import DatabaseError, InterfaceError, connection

from common import clock
from common.database import connect_directly
from common.deadlines import CHANNEL, fire_due, next_attempt_at
from common.heartbeats import beat

log = structlog.get_logger(__name__)
TICK = 1.0
# What is overdue after a tick is in another pulse's hands: look again soon, but not in a tight loop.
LEAST_WAIT = 0.05
HEARTBEAT_EVERY = dt.timedelta(seconds=5)


class Pulse:
    """The loop; `stop()` ends it after the tick in hand."""

    def __init__(self, *, name: str = "pulse"):
        self.name = name
        self.running = True
        self._beaten_at = None
        self._listener = None

    def stop(self, *_signal) -> None:
        self.running = False

    def run(self) -> None:
        while self.running:
            try:
                self.tick()
                self._sleep()
            except (DatabaseError, InterfaceError, psycopg.Error) as error:
                log.warning("database away, trying again", error=type(error).__name__)
                self._disconnect()
                time.sleep(TICK)
        self._disconnect()

    def tick(self) -> int:
        """Everything that is due now, set by set; returns how many deadlines fired."""
        fired = 0
        while self.running:
            self._beat()
            tick = fire_due(at=clock.now())
            fired += tick.fired
            if not tick.fired:
                break
        return fired

    def _beat(self) -> None:
        now = clock.now()
        if self._beaten_at is None or now - self._beaten_at >= HEARTBEAT_EVERY:
            beat(self.name, at=now)
            self._beaten_at = now

    def _sleep(self) -> None:
        """Until a NOTIFY, the next due moment or a second has passed."""
        wait = TICK
        if due_at := next_attempt_at():
            wait = min(TICK, max(LEAST_WAIT, (due_at - clock.now()).total_seconds()))
        for _ in self._listening().notifies(timeout=wait, stop_after=1):
            pass

    def _listening(self) -> psycopg.Connection:
        if self._listener is None or self._listener.closed:
            self._listener = connect_directly()
            self._listener.execute(f"LISTEN {CHANNEL}")
        return self._listener

    def _disconnect(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        connection.close()
