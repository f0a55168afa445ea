"""Drafts that nobody goes on with: their owner is told (common.sweeps), then they go (common.hooks.RETENTION_KINDS).

How long is two dated rows of `RetentionRule`. A draft has no files: what was typed is all that goes. Whoever was told late, after
a time in which nothing ran, still has all the days between the two rows.
"""

import datetime as dt

from django.db import transaction
from django.db.models import Min, QuerySet
from django.utils.translation import gettext_lazy as _

from common.actor import system
from common.clock import local_date
from common.messages.actions import Saying, person, queue_messages
from common.retention import RetentionKind, rule_of
from common.sweeps import Sweep
from inspection.models import ReportDraft

KEPT, TOLD = "inspection.drafts", "inspection.drafts_told"
BY = system("inspection.drafts")
AT_ONCE = 200
LIST = "/inspections/drafts/"


def _unused(cutoff: dt.datetime) -> QuerySet[ReportDraft]:
    """Drafts whose owner has been told, and whose days were over at `cutoff`."""
    return ReportDraft.objects.unfiled().filter(unused_since__lt=cutoff)


def abandoned_drafts() -> RetentionKind:
    return RetentionKind(
        _("drafts of reports that nobody went on with"),
        _unused,
        lambda keys: ReportDraft.objects.filter(pk__in=keys).delete(),
        told=TOLD,
    )


def telling_drafts() -> Sweep:
    """What the sweep is called, does and waits for."""
    return Sweep(
        _("Owners of drafts that will be thrown away"),
        lambda at: tell_all_due(at=at),
        oldest_due,
        late_after=dt.timedelta(days=1),
    )


def oldest_due(at: dt.datetime) -> dt.datetime | None:
    """When the draft that has waited longest should have been told about; None for none."""
    days = _days_untold(at)
    if days is None:
        return None
    oldest = _untold(at - days).aggregate(oldest=Min("changed_at"))["oldest"]
    return oldest and oldest + days


def tell_all_due(*, at: dt.datetime) -> int:
    """Tell the owner of each draft that was not changed for so many days, once; returns how many drafts."""
    days, told = _days_untold(at), 0
    while days is not None and (some := _tell_some(days, at)):
        told += some
    return told


def _days_untold(at: dt.datetime) -> dt.timedelta | None:
    """After how long the owner is told; None where a rule is missing: then nothing goes, and nothing is said."""
    day = local_date(at)
    kept, told = rule_of(KEPT, day), rule_of(TOLD, day)
    if kept is None or told is None:
        return None
    return dt.timedelta(days=min(told.days, kept.days))


def _untold(cutoff: dt.datetime) -> QuerySet[ReportDraft]:
    return ReportDraft.objects.unfiled().filter(unused_since__isnull=True, changed_at__lt=cutoff)


@transaction.atomic
def _tell_some(days: dt.timedelta, at: dt.datetime) -> int:
    rows = _untold(at - days).select_for_update(skip_locked=True, of=("self",)).select_related("owner", "elevator")
    rows = list(rows.order_by("changed_at", "pk")[:AT_ONCE])
    owners: dict[str, list[ReportDraft]] = {}
    for row in rows:
        row.unused_since = at - days  # not the last change, where nobody told in time
        owners.setdefault(str(row.owner.public_id), []).append(row)
    ReportDraft.objects.bulk_update(rows, ["unused_since"])
    goes_on = local_date(at - days + dt.timedelta(days=rule_of(KEPT, local_date(at)).days))
    queue_messages([_saying(owner, drafts, goes_on) for owner, drafts in owners.items()], by=BY, at=at)
    return len(rows)


def _saying(owner: str, drafts: list[ReportDraft], goes_on: dt.date) -> Saying:
    first = drafts[0]
    key = f"inspection.drafts.{first.public_id}.{first.version}.{len(drafts)}"
    params = {"count": len(drafts), "day": goes_on}
    if len(drafts) > 1:
        return Saying((person(owner),), "inspection.drafts_unused", key, params, link=LIST)
    params |= {"code": first.elevator.main_code}
    return Saying((person(owner),), "inspection.drafts_unused_one", key, params, link=f"{LIST}{first.public_id}/")
