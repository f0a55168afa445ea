"""What /readyz tells: each part with its state; 503 when one that matters is not well."""

import datetime as dt
import shutil

import redis
from django.conf import settings
from django.db.models import Min

from common.database import connect_directly
from common.deadlines import LONGEST_WAIT
from common.hooks import LEDGERS, READINESS_CHECKS
from common.messages.choices import DeliveryState
from common.models import AccessRecord, AuditRecord, Deadline, Delivery, Heartbeat, Job

LATE = dt.timedelta(seconds=30)
SILENT = dt.timedelta(seconds=60)
WITHOUT_DATABASE = {"redis", "disk"}
LEAST_FREE_BYTES = 500 * 1024 * 1024


def database(at):
    """Over a connection of its own: the pool would let us wait ten seconds for a server that is away."""
    with connect_directly(connect_timeout=2) as session:
        session.execute("SELECT 1")
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
    """No deadline may go untried for half a minute after it should be.

    One that was tried and failed, and a job, which may wait for the one before it, are only told: a single bad row must
    not take the whole web out of service.
    """
    pending = Deadline.objects.pending()
    untried = pending.order_by("attempt_after").values_list("attempt_after", flat=True).first()
    # whatever failed is tried again within LONGEST_WAIT, so this stays a short range of the index
    failing = pending.filter(attempt_after__lte=at + LONGEST_WAIT, attempts__gt=0).aggregate(oldest=Min("due_at"))
    job = Job.objects.claimable(at).order_by("id").values_list("created_at", flat=True).first()
    late = age(untried, at)
    return late <= LATE.total_seconds(), {
        "deadline_seconds": late,
        "failing_seconds": age(failing["oldest"], at),
        "job_seconds": age(job, at),
    }


def age(moment, at) -> float:
    """Seconds since `moment`; 0 for none or one still to come."""
    return max(0.0, round((at - moment).total_seconds(), 1)) if moment else 0.0


def heartbeats(at):
    """Pulse must be alive; so must beat, unless Redis is away: beat speaks through it, and everything goes on without."""
    seen = dict(Heartbeat.objects.values_list("name", "seen_at"))
    ages = {name: round((at - seen[name]).total_seconds(), 1) if name in seen else None for name in ("pulse", "beat")}
    silent = {name for name, seconds in ages.items() if seconds is None or seconds > SILENT.total_seconds()}
    if silent == {"beat"} and not broker(at)[1]["reachable"]:
        silent = set()
    return not silent, ages


def waiting_messages(at):
    """Told only: a gateway that is away must not take the whole web out of service."""
    queued = Delivery.objects.filter(state=DeliveryState.QUEUED, attempt_after__lte=at)
    given_up = Delivery.objects.failed().filter(ended_at__gt=at - dt.timedelta(days=1))
    return True, {
        "oldest_seconds": age(queued.aggregate(oldest=Min("attempt_after"))["oldest"], at),
        "given_up_in_a_day": given_up.count(),
    }


def disk(at):
    free = shutil.disk_usage(settings.BASE_DIR).free
    return free >= LEAST_FREE_BYTES, {"free_bytes": free}


def _audit():
    return AuditRecord


def _access():
    return AccessRecord


CHECKS = {
    "database": database,
    "redis": broker,
    "oldest_due": oldest_due,
    "processes": heartbeats,
    "messages": waiting_messages,
    "disk": disk,
}


def register():
    from common import sweeps

    for order, (key, check) in enumerate(CHECKS.items()):
        READINESS_CHECKS.register(key, check, order=order)
    READINESS_CHECKS.register("sweeps", sweeps.check, order=10)
    LEDGERS.register("common.audit", _audit)
    LEDGERS.register("common.access", _access)


def report(at) -> tuple[bool, dict]:
    """Run every check; one that raises is itself the finding. Without a database most are not even tried."""
    parts = {}
    for registration in READINESS_CHECKS:
        if not parts.get("database", {"ok": True})["ok"] and registration.key not in WITHOUT_DATABASE:
            parts[registration.key] = {"ok": False, "error": "no database"}
            continue
        try:
            well, details = registration.answer(at)
        except Exception as error:
            well, details = False, {"error": type(error).__name__}
        parts[registration.key] = {"ok": well, **details}
    return all(part["ok"] for part in parts.values()), parts
