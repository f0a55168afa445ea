"""Waking a worker is a courtesy: the row is the queue, and a sweep finds it when Redis is away."""

import structlog
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)


def wake_on_commit(task, *args, queue: str = "default") -> None:
    """Send `task(*args)` once the present transaction is committed; a missing broker costs a log line, nothing else."""

    def send():
        try:
            task.apply_async(args, queue=queue, retry=False)
        except (OperationalError, OSError) as error:
            log.warning("broker away, left to the sweep", task=task.name, error=type(error).__name__)

    transaction.on_commit(send, robust=True)  # what was committed is done, whatever happens to the message
