"""Running the same request twice does it once: the key's row is written in the transaction that does the work.

A second request that comes while the first still runs waits at the unique index; it then gets the first one's answer.
When the first one failed and rolled back, the second does the work.
"""

import hashlib
import hmac
from collections.abc import Callable

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from common import clock
from common.actor import Actor
from common.errors import Refusal
from common.models import IdempotencyKey

LONGEST_KEY = 255

_CLAIM = """
INSERT INTO common_idempotencykey (actor_key, key, request_digest, headers, created_at) VALUES (%s, %s, %s, '{}', %s)
ON CONFLICT (actor_key, key) DO NOTHING
"""


class KeyReused(Refusal):
    code = "idempotency-key-reused"
    status = 422
    message = _("This Idempotency-Key was used before with other content. Use a new key for a new request.")


class _Undo(Exception):
    """Carries an unsuccessful answer out of the transaction that must not keep anything of it."""

    def __init__(self, answer):
        self.answer = answer


def fit_for_key(key: str) -> bool:
    """Printable ASCII of at most 255 characters: what survives headers, logs and PostgreSQL's text unchanged."""
    return 0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()


def digest_of(*parts: bytes) -> bytes:
    """What makes a request 'the same': method, path and body, keyed by the platform's secret.

    A form may hold a password: whoever gets hold of the table must not be able to try words against a bare hash.
    """
    digest = hmac.new(settings.SECRET_KEY.encode(), digestmod=hashlib.sha256)
    for part in parts:
        digest.update(len(part).to_bytes(8) + part)
    return digest.digest()


def run_once(*, actor: Actor, key: str, digest: bytes, work: Callable, keep: Callable, replay: Callable):
    """Answer of `work()` the first time, of `replay(row)` afterwards.

    `keep(answer)` gives (status, body bytes, headers) to store, or None for an answer that must leave no trace (a
    refusal): then everything `work` wrote is rolled back and the key stays free. Raises KeyReused when the key was used
    with another digest.
    """
    try:
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(_CLAIM, [actor.key, key, digest, clock.now()])
                first = bool(cursor.rowcount)
            row = IdempotencyKey.objects.get(actor_key=actor.key, key=key)
            if not first:
                if bytes(row.request_digest) != digest:
                    raise KeyReused
                return replay(row)
            answer = work()
            if (kept := keep(answer)) is None:
                raise _Undo(answer)
            row.status, row.body, row.headers = kept
            row.save(update_fields=["status", "body", "headers"])
            return answer
    except _Undo as undo:
        return undo.answer
