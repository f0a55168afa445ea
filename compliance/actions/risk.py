"""Bands: found anew for what changed and for what the calendar changes, in sets; a rebuild is the same for everything."""

import datetime as dt
import json
from collections.abc import Sequence
from typing import NamedTuple

from django.db import connection, transaction

from common.apart import APART, in_parts
from common.clock import local_date
from compliance.actions.causes import Caused, end_caused, open_caused
from compliance.actions.plans import midnight
from compliance.models import RiskDue, RiskScore
from compliance.queries import policies_on
from compliance.queries.risk import Known, LawBook, known_of
from compliance.rules import Policy
from compliance.rules.risk import ALERT_KIND, Assessment, Law, assess

SWEEP = "compliance.risk"
SET = 1_000  # elevators whose bands are found in one transaction
SOURCE = RiskScore._meta.label_lower

_CLAIM_NOTED = f"""
DELETE FROM compliance_riskdue WHERE elevator_id IN (
    SELECT elevator_id FROM compliance_riskdue WHERE NOT elevator_id = ANY({APART})
    ORDER BY noted_at, elevator_id LIMIT %(largest)s FOR UPDATE SKIP LOCKED
) RETURNING elevator_id
"""
_CLAIM_DUE = f"""
SELECT r.elevator_id FROM compliance_riskscore r JOIN registry_elevator e ON e.id = r.elevator_id
WHERE r.step_at <= %(at)s AND NOT r.elevator_id = ANY({APART})
ORDER BY r.step_at, r.id LIMIT %(largest)s FOR NO KEY UPDATE OF r, e SKIP LOCKED
"""
_HOLD = "SELECT id FROM registry_elevator WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE SKIP LOCKED"
_NOTE = "INSERT INTO compliance_riskdue (elevator_id) SELECT unnest(%s::bigint[]) ON CONFLICT DO NOTHING"
_STANDING = """
SELECT elevator_id, id, city_id, managing_district_id, area_id, band, score, reasons, policy, step_at
FROM compliance_riskscore WHERE elevator_id = ANY(%s)
"""
_TYPES = {
    "elevator_id": "bigint", "city_id": "bigint", "managing_district_id": "bigint", "area_id": "bigint", "band": "text",
    "score": "smallint", "reasons": "jsonb", "policy": "text", "step_at": "timestamptz",
}  # fmt: skip
_GIVEN = f"unnest({', '.join(f'%s::{kind}[]' for kind in _TYPES.values())}) AS t ({', '.join(_TYPES)})"
_COLUMNS = ", ".join(_TYPES)
# A band lasts from when it began, whatever else of the row changes. The history says it where a row is missing.
_WRITE = f"""
WITH given AS MATERIALIZED (SELECT * FROM {_GIVEN}),
past AS MATERIALIZED (
    SELECT g.elevator_id, c.band, c.at FROM given g CROSS JOIN LATERAL (
        SELECT band, at FROM compliance_riskchange c WHERE c.elevator_id = g.elevator_id ORDER BY c.id DESC LIMIT 1
    ) c
), changed AS (
    INSERT INTO compliance_riskchange (elevator_id, before, band, score, reasons, policy, at)
    SELECT g.elevator_id, coalesce(p.band, ''), g.band, g.score, g.reasons, g.policy, %s
    FROM given g LEFT JOIN past p USING (elevator_id) WHERE p.band IS DISTINCT FROM g.band ORDER BY g.elevator_id
)
INSERT INTO compliance_riskscore AS r ({_COLUMNS}, since_at, computed_at)
SELECT {", ".join(f"g.{name}" for name in _TYPES)}, CASE WHEN p.band = g.band THEN p.at ELSE %s END, %s
FROM given g LEFT JOIN past p USING (elevator_id) ORDER BY g.elevator_id
ON CONFLICT (elevator_id) DO UPDATE
SET {", ".join(f"{name} = EXCLUDED.{name}" for name in [*_TYPES, "since_at", "computed_at"] if name != "elevator_id")}
RETURNING elevator_id, id
"""


class _Row(NamedTuple):
    """A row that is there: its key, and its values in the order of the columns."""

    pk: int
    values: tuple


@transaction.atomic
def find_bands(*, at: dt.datetime, largest: int = SET) -> int:
    """Find the bands of up to `largest` elevators that were noted, or that the calendar has come to; returns how many were
    looked at. Two at once share the work; twice is once.

    Whoever changes an elevator holds its row and then notes it, we the other way round: what is in somebody's hands is
    noted again instead of waited for, and so is what fails (common.apart).
    """
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM_NOTED, {"sweep": SWEEP, "at": at, "largest": largest})
        noted = [pk for (pk,) in cursor.fetchall()]
        cursor.execute(_HOLD, [noted])
        free = {pk for (pk,) in cursor.fetchall()}
        cursor.execute(_CLAIM_DUE, {"sweep": SWEEP, "at": at, "largest": max(1, largest - len(noted))})
        ids = sorted(free | {pk for (pk,) in cursor.fetchall()})
    book, policy = LawBook(local_date(at)), policies_on(local_date(at))[ALERT_KIND]
    apart = in_parts(SWEEP, ids, lambda part: _find(part, book, policy, at), at=at).apart if ids else ()
    again = sorted(set(noted) - free | set(noted) & set(apart))
    if again:
        with connection.cursor() as cursor:
            cursor.execute(_NOTE, [again])
    return len(ids)


def find_all_bands(*, at: dt.datetime) -> int:
    """Everything that is noted or due and not in somebody's hands, set by set."""
    total = 0
    while found := find_bands(at=at):
        total += found
    return total


def note_all_for_bands() -> None:
    """Have every elevator's band found anew. Changes of the rows of law do this by themselves."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO compliance_riskdue (elevator_id) SELECT id FROM registry_elevator ORDER BY id ON CONFLICT DO NOTHING"
        )


def _find(ids: Sequence[int], book: LawBook, policy: Policy, at: dt.datetime) -> None:
    known, today = known_of(ids, at), local_date(at)
    laws = {pk: book.of(one.place) for pk, one in known.items()}
    found = {pk: assess(one.facts, laws[pk], today=today) for pk, one in known.items()}
    there = _standing(ids)
    _end_alerts([row.pk for pk, row in there.items() if pk not in found or not laws[pk].alerts(found[pk].band)], at)
    _forget([row.pk for pk, row in there.items() if pk not in known])
    keys = {pk: row.pk for pk, row in there.items()}
    values = {pk: _values(pk, known[pk], found[pk], laws[pk], at) for pk in found}
    keys |= _write([value for pk, value in values.items() if pk not in there or there[pk].values != value[1:]], at)
    red = {pk: one for pk, one in found.items() if laws[pk].alerts(one.band)}
    if red:
        _open_alerts(red, keys, policy, at)


def _standing(ids: Sequence[int]) -> dict[int, _Row]:
    with connection.cursor() as cursor:
        cursor.execute(_STANDING, [list(ids)])
        return {pk: _Row(key, (*rest[:5], _read(rest[5]), *rest[6:])) for pk, key, *rest in cursor.fetchall()}


def _read(value):
    return json.loads(value) if isinstance(value, str) else value


def _values(pk: int, known: Known, found: Assessment, law: Law, at: dt.datetime) -> tuple:
    moments = [known.ends_at, midnight(found.look_on) if found.look_on else None]
    step_at = min((moment for moment in moments if moment is not None), default=None)
    return (pk, *known.place, found.band, found.score, found.reasons, law.version, step_at)


def _write(rows: list[tuple], at: dt.datetime) -> dict[int, int]:
    """Write these rows and the history of their bands; {elevator: key}."""
    if not rows:
        return {}
    rows = [(*row[:6], json.dumps(row[6], ensure_ascii=False), *row[7:]) for row in rows]
    with connection.cursor() as cursor:
        cursor.execute(_WRITE, [*(list(column) for column in zip(*rows, strict=True)), at, at, at])
        return dict(cursor.fetchall())


def _forget(keys: list[int]) -> None:
    """Elevators withdrawn with their import are seen by nobody."""
    if keys:
        RiskScore.objects.filter(pk__in=keys).delete()


def _open_alerts(found: dict[int, Assessment], keys: dict[int, int], policy: Policy, at: dt.datetime) -> None:
    causes = [
        Caused(
            source_id=str(keys[pk]),
            severity=one.band,
            clause=one.reasons[0]["clause"],
            elevator_id=pk,
        )
        for pk, one in sorted(found.items())
    ]
    open_caused(kind=ALERT_KIND, source_type=SOURCE, causes=causes, policy=policy, at=at, tell=False)


def _end_alerts(keys: list[int], at: dt.datetime) -> None:
    if keys:
        end_caused(source_type=SOURCE, source_ids=[str(key) for key in keys], at=at, tell=False)


def oldest_due(sweep_faults, at: dt.datetime) -> dt.datetime | None:
    """Since when what has waited longest has been waiting; what is set apart waits by itself. Two statements."""
    noted = RiskDue.objects.filter(noted_at__lte=at).exclude(pk__in=sweep_faults).order_by("noted_at")
    due = RiskScore.objects.filter(step_at__lte=at).exclude(elevator__in=sweep_faults).order_by("step_at")
    waiting = [*noted.values_list("noted_at", flat=True)[:1], *due.values_list("step_at", flat=True)[:1]]
    return min(waiting, default=None)


def ledger_rows():
    """Every present band as the facts make it, for comparing."""
    names = (
        "elevator_id",
        "city_id",
        "managing_district_id",
        "area_id",
        "band",
        "score",
        "reasons",
        "policy",
        "step_at",
    )
    return RiskScore.objects.order_by("elevator_id").values_list(*names, "since_at")
