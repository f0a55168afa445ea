"""Seals over append-only tables: what was in a closed batch can neither change nor vanish unnoticed.

A seal's digest runs over every row of the transactions [from_tx, to_tx) in order of (tx, id); `to_tx` is the oldest
transaction still running, so no row can appear in a closed batch later. `chain` links each seal to the one before and
goes to the log as well: whoever holds a copy of that line can show that the tail was cut off.
"""

import hashlib
from dataclasses import dataclass

import structlog
from django.db import connection, transaction
from django.db.models import Sum

from common.canonical import canonical
from common.hooks import LEDGERS
from common.models import LedgerSeal

log = structlog.get_logger(__name__)
FORM_VERSION = 1


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that a ledger's owner must explain."""

    ledger: str
    where: str
    what: str


def _digest(model, from_tx: int, to_tx: int) -> tuple[int, bytes]:
    """(rows, sha256) over a batch."""
    digest, count = hashlib.sha256(), 0
    rows = model._base_manager.filter(tx__gte=from_tx, tx__lt=to_tx).order_by("tx", "id")
    for values in rows.values_list("id", *model.SEALED_FIELDS).iterator(chunk_size=5000):
        digest.update(canonical(values) + b"\n")
        count += 1
    return count, digest.digest()


def _chain(previous: bytes, ledger: str, from_tx: int, to_tx: int, count: int, digest: bytes) -> bytes:
    return hashlib.sha256(previous + canonical([ledger, from_tx, to_tx, count, digest.hex()])).digest()


def _horizon() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT common_ledger_horizon()")
        return cursor.fetchone()[0]


class ClockBehind(Exception):
    """This cluster's transactions are numbered below what was sealed: it was restored. `manage.py rebase_ledgers`."""


@transaction.atomic
def seal(ledger: str) -> LedgerSeal | None:
    """Close everything settled since the last seal of `ledger`; None when nothing was written. Safe to run twice.

    Raises ClockBehind in a restored cluster rather than sealing nothing, silently, from then on.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"seal:{ledger}"])
    model = LEDGERS[ledger]()
    last = LedgerSeal.objects.filter(ledger=ledger).order_by("-id").first()
    from_tx, to_tx = (last.to_tx if last else 0), _horizon()
    if to_tx < from_tx:
        raise ClockBehind(f"{ledger}: transaction {to_tx}, sealed up to {from_tx}")
    if to_tx == from_tx:
        return None
    count, digest = _digest(model, from_tx, to_tx)
    if not count:
        return None
    chain = _chain(bytes(last.chain) if last else b"", ledger, from_tx, to_tx, count, digest)
    made = LedgerSeal.objects.create(
        ledger=ledger,
        form_version=FORM_VERSION,
        from_tx=from_tx,
        to_tx=to_tx,
        row_count=count,
        digest=digest,
        chain=chain,
    )
    transaction.on_commit(lambda: log.info("ledger sealed", ledger=ledger, rows=count, seal=made.pk, chain=chain.hex()))
    return made


def seal_all() -> list[LedgerSeal]:
    """Seal every registered ledger."""
    return [made for registration in LEDGERS if (made := seal(registration.key))]


def verify(ledger: str, *, expected_chain: str = "", after_each=lambda seal: None) -> list[Fault]:
    """Recompute every seal of `ledger`; `expected_chain` is a chain value kept outside (hex) that must be among them.

    `after_each` hears of every seal that was recomputed.
    """
    faults, previous, from_tx, chains = [], b"", 0, set()
    model = LEDGERS[ledger]()
    for made in LedgerSeal.objects.filter(ledger=ledger).order_by("id").iterator():
        where = f"seal {made.pk}"
        if made.from_tx != from_tx:
            faults.append(
                Fault(ledger, where, f"begins at transaction {made.from_tx}, the one before ends at {from_tx}")
            )
        count, digest = _digest(model, made.from_tx, made.to_tx)
        if count != made.row_count:
            faults.append(Fault(ledger, where, f"closed over {made.row_count} rows, {count} are there"))
        elif digest != bytes(made.digest):
            faults.append(Fault(ledger, where, "a row differs from what was sealed"))
        chain = _chain(previous, ledger, made.from_tx, made.to_tx, made.row_count, bytes(made.digest))
        if chain != bytes(made.chain):
            faults.append(Fault(ledger, where, "the seal itself was changed"))
        previous, from_tx = bytes(made.chain), made.to_tx
        chains.add(previous.hex())
        after_each(made)
    if expected_chain and expected_chain not in chains:
        faults.append(Fault(ledger, "tail", "the seal kept outside is not here: seals were removed"))
    return faults


def describe(ledger: str) -> str:
    """How much of a ledger is sealed, in words, with the value to keep outside."""
    seals = LedgerSeal.objects.filter(ledger=ledger)
    last = seals.order_by("-id").first()
    if last is None:
        return "none yet"
    rows = seals.aggregate(n=Sum("row_count"))["n"]
    return f"{seals.count():,} over {rows:,} rows, chain {bytes(last.chain).hex()}"
