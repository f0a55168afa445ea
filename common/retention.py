"""Taking away what has been kept long enough: kinds come from apps, days from dated rows, each batch is one transaction.

A killed sweep leaves whole batches behind; two at once share the rows (SKIP LOCKED). Ledgers are in no kind: their rows
stay, and what they hold of people is masked.
"""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Max, Q, QuerySet, Sum

from common.actor import system
from common.audit import record_change
from common.clock import local_date
from common.hooks import RETENTION_KINDS
from common.models import RetentionRule, RetentionRun

AT_ONCE = 200
ACTION = "common.remove_kept"


@dataclass(frozen=True, slots=True)
class RetentionKind:
    """`due(cutoff)`: the rows whose days were over at that moment; `remove(keys)`: take these away or empty them, for good.

    Rows are chosen and locked before `remove` is called; a removed row must not be due any more. `told`: the key of the rule
    that says after how many days somebody is told beforehand.
    """

    label: str
    due: Callable[[dt.datetime], QuerySet]
    remove: Callable[[list], None]
    told: str = ""


@dataclass(frozen=True, slots=True)
class RetentionLine:
    """A kind as its page shows it; `rule` None: nothing says how long, so it stays. `told`: the rule of who is told before."""

    key: str
    label: str
    rule: RetentionRule | None
    told: RetentionRule | None
    due: int
    removed: int
    last_at: dt.datetime | None


def rule_of(key: str, day: dt.date) -> RetentionRule | None:
    """The rule of a kind that is in force on a day."""
    rows = RetentionRule.objects.filter(Q(valid_until=None) | Q(valid_until__gt=day), kind=key, valid_from__lte=day)
    return rows.order_by("-valid_from").first()


def retention_lines(*, at: dt.datetime) -> list[RetentionLine]:
    """What a sweep would take away now, and what sweeps have taken; nothing is changed."""
    runs = RetentionRun.objects.order_by().values("kind").annotate(removed=Sum("removed"), last=Max("removed_at"))
    past = {row["kind"]: row for row in runs}
    lines = []
    for key, kind in _kinds():
        rule = rule_of(key, local_date(at))
        told = rule_of(kind.told, local_date(at)) if kind.told else None
        due = kind.due(at - dt.timedelta(days=rule.days)).count() if rule else 0
        row = past.get(key, {})
        lines.append(RetentionLine(key, kind.label, rule, told, due, row.get("removed", 0), row.get("last")))
    return lines


def sweep(*, at: dt.datetime) -> dict[str, int]:
    """Take away everything that is due; returns {kind: rows}. Again changes nothing."""
    removed = {}
    for key, kind in _kinds():
        if (rule := rule_of(key, local_date(at))) is None:
            continue
        cutoff = at - dt.timedelta(days=rule.days)
        removed[key] = 0
        while count := _some(key, kind, rule, cutoff, at):
            removed[key] += count
    return removed


def _kinds() -> Iterator[tuple[str, RetentionKind]]:
    return ((registration.key, registration.answer()) for registration in RETENTION_KINDS)


@transaction.atomic
def _some(key: str, kind: RetentionKind, rule: RetentionRule, cutoff: dt.datetime, at: dt.datetime) -> int:
    rows = kind.due(cutoff).select_for_update(skip_locked=True, of=("self",)).order_by("pk")[:AT_ONCE]
    keys = [row.pk for row in rows]
    if not keys:
        return 0
    kind.remove(keys)
    run = RetentionRun.objects.create(kind=key, rule=rule, cutoff=cutoff, removed=len(keys), removed_at=at)
    changes = {"kind": [None, key], "removed": [None, len(keys)], "rule": [None, rule.pk]}
    record_change(action=ACTION, subject=run, by=system("common.retention"), changes=changes)
    return len(keys)
