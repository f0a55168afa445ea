"""How much work something was: wall time, and the processor's, ours together with that of our session's server process.

On a machine that others use too, wall time measures them as well, and most of all whoever goes to and fro between two
processes; the processor's time does not.
"""

import os
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass
class Effort:
    wall: float = 0.0
    cpu: float = 0.0


@contextmanager
def measured():
    """Yields an Effort that is filled when the block ends. A server elsewhere counts by the wall alone."""
    effort, began, worked = Effort(), time.perf_counter(), _worked()
    yield effort
    effort.wall = time.perf_counter() - began
    effort.cpu = effort.wall if worked is None else _worked() - worked


def _worked() -> float | None:
    connection.ensure_connection()
    file = Path(f"/proc/{connection.connection.info.backend_pid}/stat")
    try:
        fields = file.read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return time.process_time() + (int(fields[11]) + int(fields[12])) / _TICKS
