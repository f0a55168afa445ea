"""Keeping the data-quality ledger: judging what was entered or changed, accepting, folding spellings, scoring."""

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db import connection, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from common.actor import Actor, system
from common.audit import record_change
from common.clock import local_date
from common.copying import copy_in
from common.errors import Refusal
from registry.choices import IssueState
from registry.models import DataIssue, Elevator, Manufacturer, ManufacturerSpelling, QualityDue
from registry.queries.quality import facts_of, limits_on
from registry.rules.quality import GONE, Finding, judge

SET = 1_000  # elevators judged in one transaction

_CLAIM = """
DELETE FROM registry_qualitydue WHERE elevator_id IN (
    SELECT elevator_id FROM registry_qualitydue ORDER BY noted_at, elevator_id LIMIT %s FOR UPDATE SKIP LOCKED
) RETURNING elevator_id
"""


class IssueEnded(Refusal):
    code = "issue-ended"
    status = 409
    message = _("This issue is no longer open: the value was corrected or accepted meanwhile.")


class ReasonNeeded(Refusal):
    code = "reason-needed"
    field = "reason"
    message = _("Say why the value is right as it stands.")


class SpellingUnknown(Refusal):
    code = "spelling-unknown"
    field = "spellings"
    message = _("No elevator has the spelling “%(spelling)s”.")


@transaction.atomic
def judge_due(*, at: dt.datetime, largest: int = SET) -> int:
    """Judge up to `largest` elevators that were entered or changed; returns how many. Two at once share the work.

    An elevator that is changed while it is judged is noted anew: its writer waits for this transaction.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [largest])
        ids = [pk for (pk,) in cursor.fetchall()]
    if ids:
        _judge(ids, at)
    return len(ids)


def judge_all_due(*, at: dt.datetime) -> int:
    """Everything that is due, set by set."""
    total = 0
    while judged := judge_due(at=at):
        total += judged
    return total


def note_everything() -> int:
    """Have every elevator judged again, as after a change of checks, limits or borders."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO registry_qualitydue (elevator_id) SELECT id FROM registry_elevator ORDER BY id"
            " ON CONFLICT DO NOTHING"
        )
    return QualityDue.objects.count()


def _judge(ids: Sequence[int], at: dt.datetime) -> None:
    facts, limits = facts_of(ids), limits_on(local_date(at))
    standing: dict[tuple, DataIssue] = {
        (issue.elevator_id, issue.check_code, issue.column): issue
        for issue in DataIssue.objects.filter(elevator_id__in=ids).exclude(state=IssueState.RESOLVED)
    }
    new, changed, gone = [], [], dict(standing)
    for pk, known in facts.items():
        for finding in judge(known, limits=limits, today=local_date(at)):
            issue = gone.pop((pk, finding.check, finding.field), None)
            if issue is not None and issue.params == finding.params:
                continue
            if issue is not None and issue.state == IssueState.OPEN:
                issue.params = finding.params
                changed.append(issue)
                continue
            if issue is not None:  # accepted for another value than the present one
                gone[pk, finding.check, finding.field] = issue
            new.append(_issue(pk, known.values, finding, at))
    _resolve(gone.values(), at)
    DataIssue.objects.bulk_update(changed, ["params"], batch_size=SET)
    copy_in(DataIssue, new)
    _keep_places(facts, at)


def _issue(pk: int, values, finding: Finding, at: dt.datetime) -> DataIssue:
    return DataIssue(
        elevator_id=pk,
        city_id=values["city_id"],
        managing_district_id=values["managing_district_id"],
        check_code=finding.check,
        column=finding.field,
        kind=finding.kind,
        params=finding.params,
        found_at=at,
    )


def _resolve(issues: Iterable[DataIssue], at: dt.datetime) -> None:
    by = system("quality")
    DataIssue.objects.filter(pk__in=[issue.pk for issue in issues]).update(
        state=IssueState.RESOLVED, ended_at=at, ended_by_kind=by.kind, ended_by_id=by.id
    )


def _keep_places(facts, at: dt.datetime) -> None:
    """An elevator that moved to another district takes its open issues with it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE registry_dataissue i SET city_id = e.city_id, managing_district_id = e.managing_district_id"
            " FROM registry_elevator e WHERE e.id = i.elevator_id AND e.id = ANY(%s) AND i.state = 'OPEN'"
            " AND (i.city_id, i.managing_district_id) IS DISTINCT FROM (e.city_id, e.managing_district_id)",
            [list(facts)],
        )


@transaction.atomic
def accept_issue(*, issue_id: int, reason: str, by: Actor, at: dt.datetime) -> DataIssue:
    """Say that the value is right as it stands; the same again changes nothing. Raises IssueEnded, ReasonNeeded.

    It is asked again as soon as the value changes.
    """
    issue = DataIssue.objects.select_for_update().get(pk=issue_id)
    if not (reason := " ".join(reason.split())[:200]):
        raise ReasonNeeded
    if issue.state == IssueState.ACCEPTED and (issue.ended_by_id, issue.reason) == (by.id, reason):
        return issue
    if issue.state != IssueState.OPEN:
        raise IssueEnded
    issue.state, issue.reason, issue.ended_at = IssueState.ACCEPTED, reason, at
    issue.ended_by_kind, issue.ended_by_id = by.kind, by.id
    issue.save(update_fields=["state", "reason", "ended_at", "ended_by_kind", "ended_by_id"])
    record_change(
        action="registry.accept_data_issue",
        subject=issue,
        by=by,
        changes={"state": [IssueState.OPEN, IssueState.ACCEPTED], "reason": ["", reason]},
    )
    return issue


@transaction.atomic
def fold_spellings(
    *, spellings: Sequence[str], name: str, seen: QuerySet[Elevator], by: Actor, at: dt.datetime
) -> Manufacturer | None:
    """Say that these spellings mean the manufacturer `name` ('' : no maker at all). The elevators keep their spelling.

    Only spellings of elevators in `seen` can be folded. A later word about a spelling replaces the earlier one; both
    are in the audit log. Raises SpellingUnknown.
    """
    wanted = sorted(set(spellings))
    known = set(seen.filter(manufacturer_name__in=wanted).order_by().values_list("manufacturer_name", flat=True))
    if unknown := [spelling for spelling in wanted if spelling not in known]:
        raise SpellingUnknown(spelling=unknown[0])
    maker = None
    if name := " ".join(name.split())[:120]:
        maker, _made = Manufacturer.objects.get_or_create(name=name, defaults={"created_at": at})
    before = {
        row.spelling: row.manufacturer.name if row.manufacturer else ""
        for row in ManufacturerSpelling.objects.filter(spelling__in=wanted)
        .select_related("manufacturer")
        .select_for_update(of=("self",))
    }
    rows = [
        ManufacturerSpelling(
            spelling=spelling,
            manufacturer=maker,
            confirmed_at=at,
            confirmed_by_kind=by.kind,
            confirmed_by_id=by.id,
        )
        for spelling in wanted
        if before.get(spelling) != name
    ]
    ManufacturerSpelling.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["spelling"],
        update_fields=["manufacturer", "confirmed_at", "confirmed_by_kind", "confirmed_by_id"],
    )
    for row in rows:
        changes = {"manufacturer": [before.get(row.spelling), name]}
        record_change(action="registry.fold_spelling", subject=row, by=by, changes=changes)
    return maker


# One statement for districts and units: counts now, a row only where the last one says something else.
_SCORE = """
WITH flawed AS (
    SELECT elevator_id, count(*) AS n FROM registry_dataissue WHERE state = 'OPEN' GROUP BY elevator_id
), one AS (
    SELECT coalesce(e.managing_district_id, e.city_id) AS area_id, e.using_unit_id, e.maintenance_unit_id,
           (f.n IS NOT NULL)::int AS flawed, coalesce(f.n, 0) AS n
    FROM registry_elevator e LEFT JOIN flawed f ON f.elevator_id = e.id
    WHERE e.registration_state <> ALL(%(gone)s)
), now_scores AS (
    SELECT area_id, NULL::bigint AS unit_id, count(*) AS elevators, sum(flawed) AS flawed, sum(n) AS issues
      FROM one GROUP BY area_id
    UNION ALL
    SELECT NULL, unit_id, count(*), sum(flawed), sum(n) FROM (
        SELECT using_unit_id AS unit_id, flawed, n FROM one WHERE using_unit_id IS NOT NULL
        UNION ALL
        SELECT maintenance_unit_id, flawed, n FROM one
         WHERE maintenance_unit_id IS NOT NULL AND maintenance_unit_id IS DISTINCT FROM using_unit_id
    ) held GROUP BY unit_id
), last_scores AS (
    SELECT DISTINCT ON (area_id, unit_id) area_id, unit_id, day, elevators, flawed, issues FROM registry_qualityscore
    WHERE day < %(day)s ORDER BY area_id, unit_id, day DESC
)
INSERT INTO registry_qualityscore (day, area_id, unit_id, elevators, flawed, issues)
SELECT %(day)s, s.area_id, s.unit_id, s.elevators, s.flawed, s.issues
FROM now_scores s LEFT JOIN last_scores l
  ON l.area_id IS NOT DISTINCT FROM s.area_id AND l.unit_id IS NOT DISTINCT FROM s.unit_id
WHERE (l.elevators, l.flawed, l.issues) IS DISTINCT FROM (s.elevators, s.flawed, s.issues)
"""


@transaction.atomic
def score(*, day: dt.date) -> int:
    """Keep how good the data of each district and unit is on `day` (today); rows written. A second call replaces the first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('registry.quality_score'))")
        cursor.execute("DELETE FROM registry_qualityscore WHERE day = %s", [day])
        cursor.execute(_SCORE, {"day": day, "gone": sorted(GONE)})
        return cursor.rowcount
