"""What /readyz tells: each part with its state; 503 when one that matters is not well."""

import datetime as dt
import shutil

import redis
from django.conf import settings
from django.db import connection

from common.hooks import LEDGERS, READINESS_CHECKS
from common.models import AccessRecord, AuditRecord, Deadline, Heartbeat, Job

LATE = dt.timedelta(seconds=30)
SILENT = dt.timedelta(seconds=60)
LEAST_FREE_BYTES = 500 * 1024 * 1024


def database(at):
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
        cursor.fetchone()
    return True, {}


def broker(at):
    """Redis only wakes: without it everything goes on more slowly, so its loss is said but is not 'not ready'."""
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1) as client:
            client.ping()
        return True, {"reachable": True}
    except redis.RedisError as error:
        return True, {"reachable": False, "error": type(error).__name__}


def oldest_due(at):
    """No deadline may wait longer than half a minute; a job may wait for the one before it, so its age is only told."""
    deadline = Deadline.objects.pending().order_by("attempt_after").values_list("due_at", flat=True).first()
    job = Job.objects.claimable(at).order_by("id").values_list("created_at", flat=True).first()
    late = age(deadline, at)
    return late <= LATE.total_seconds(), {"deadline_seconds": late, "job_seconds": age(job, at)}


def age(moment, at) -> float:
    """Seconds since `moment`; 0 for none or one still to come."""
    return max(0.0, round((at - moment).total_seconds(), 1)) if moment else 0.0


def heartbeats(at):
    seen = dict(Heartbeat.objects.values_list("name", "seen_at"))
    ages = {name: round((at - seen[name]).total_seconds(), 1) if name in seen else None for name in ("pulse", "beat")}
    return all(age is not None and age <= SILENT.total_seconds() for age in ages.values()), ages


def disk(at):
    free = shutil.disk_usage(settings.BASE_DIR).free
    return free >= LEAST_FREE_BYTES, {"free_bytes": free}


def _audit():
    return AuditRecord


def _access():
    return AccessRecord


def register():
    for order, (key, check) in enumerate(
        {"database": database, "redis": broker, "oldest_due": oldest_due, "processes": heartbeats, "disk": disk}.items()
    ):
        READINESS_CHECKS.register(key, check, order=order)
    LEDGERS.register("common.audit", _audit)
    LEDGERS.register("common.access", _access)


def report(at) -> tuple[bool, dict]:
    """Run every check; one that raises is itself the finding."""
    parts = {}
    for registration in READINESS_CHECKS:
        try:
            well, details = registration.answer(at)
        except Exception as error:
            well, details = False, {"error": type(error).__name__}
        parts[registration.key] = {"ok": well, **details}
    return all(part["ok"] for part in parts.values()), parts
