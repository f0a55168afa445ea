"""Celery is the alarm clock: every task gets ids, calls one action and may run twice.

Nothing here is the memory of anything: due rows live in PostgreSQL, a lost task is found again by the next sweep.
"""

import os

from celery import Celery
from celery.signals import beat_init, setup_logging, worker_process_init

from common.collector import keep_what_is_loaded

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.development")

app = Celery("elevator_platform")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_structured_logs(**_kwargs):
    """Celery would replace our logging by its own; connecting to this signal stops it."""


@worker_process_init.connect
def collect_seldom(**_kwargs):
    keep_what_is_loaded()


@beat_init.connect
def beat_at_once(**_kwargs):
    """A fresh beat shows itself now rather than after its first interval."""
    from common.tasks import record_beat

    record_beat.apply_async(retry=False)
