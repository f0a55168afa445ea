"""Inspections of the synthetic city: most on time, some late, a few missing; the law itself says which were due."""

import datetime as dt
import random
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import lru_cache

from django.db import transaction

from accounts.actions.certificates import record_certificate
from accounts.choices import UnitKind
from accounts.models import Certificate, Membership, Unit
from common.actor import system
from common.copying import copy_in
from inspection import rules
from inspection.actions import record_licence
from inspection.choices import ReportKind, Verdict
from inspection.models import BodyLicence, Inspection
from inspection.queries import LawBook, facts_of, known_elevators, stops_of
from inspection.rules import facts as f
from registry.models import Elevator

SOURCE = "synthetic"
SET = 5_000
ROUNDS = 4  # a governor's next check follows from its last: so many may lie in the governed years
MISSED, LATE = 0.012, 0.03  # of what was due; invented, and no figure of Nanjing
LATEST = 60
FILED = frozenset({f.PERIODIC, f.SELF_TEST})


def filed_from(today: dt.date) -> dt.date:
    """From this day on some elevators have whole reports, and those who inspect have their certificates."""
    return today.replace(day=1) - dt.timedelta(days=3 * 365)


def seed_inspections(
    *,
    seed: int,
    today: dt.date,
    at: dt.datetime,
    without: Collection[int] = (),
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """Invent the reports of every synthetic elevator up to `today`; returns how many. The same seed gives the same ones.

    `without`: elevators whose later inspections are filed as whole reports (seed_reports); theirs end at `filed_from`.
    """
    ids = list(Elevator.objects.filter(synthetic=True).order_by("pk").values_list("pk", flat=True))
    total = 0
    for start in range(0, len(ids), SET):
        total += _seed_set(ids[start : start + SET], random.Random(f"{seed} {start}"), today, at, without)
        progress(min(start + SET, len(ids)), len(ids))
    return total


CERTIFIED = {"INSPECTOR": "INSPECTOR", "INSPECTION_OFFICE": "INSPECTOR", "MAINTENANCE_WORKER": "ELEVATOR_WORK"}


@transaction.atomic
def seed_bodies(*, today: dt.date, at: dt.datetime) -> None:
    """Licences of the synthetic city's inspection bodies and certificates of its inspectors and workers, so that reports can be
    filed. Again changes nothing on the same day."""
    by, first = system("seed_inspections"), filed_from(today)
    bodies = Unit.objects.filter(synthetic=True, kind=UnitKind.INSPECTION_BODY, closed_on=None)
    for place, unit in enumerate(bodies.order_by("pk")):
        if not BodyLicence.objects.filter(unit=unit).exists():
            record_licence(
                unit=unit,
                number=f"TS-SAMPLE-{place + 1}",
                kinds=ReportKind.values,
                valid_from=dt.date(2020, 1, 1),
                valid_until=dt.date(today.year + 3, 12, 31),
                by=by,
                at=at,
            )
    held = Membership.objects.unfinished(at).filter(user__synthetic=True, role__in=CERTIFIED, user__is_active=True)
    for place, row in enumerate(held.select_related("unit").order_by("pk")):
        kind = CERTIFIED[row.role]
        if (
            row.unit.closed_on is None
            and not Certificate.objects.standing().filter(user=row.user_id, kind=kind).exists()
        ):
            record_certificate(
                unit=row.unit,
                user_id=row.user_id,
                kind=kind,
                number=f"SAMPLE{place + 1:08}",
                issuer="示例发证机关",
                valid_from=first,
                valid_until=first + dt.timedelta(days=4 * 365),
                by=by,
                at=at,
            )


@transaction.atomic
def _seed_set(
    ids: Sequence[int], chance: random.Random, today: dt.date, at: dt.datetime, without: Collection[int]
) -> int:
    book, stops, rows = LawBook(), stops_of(ids), []
    ledger = lru_cache(maxsize=20_000)(lambda facts, law: rules.ledger(facts, law, today=today, horizon=today.year))
    for known in known_elevators(ids):
        law = book.of(known.city, known.class_code)
        if law is None or known.state not in ("IN_USE", "OUT_OF_USE"):
            continue
        for kind, day in _done(facts_of(known, (), stops.get(known.pk, ())), law, ledger, chance, today):
            if known.pk in without and kind in FILED and day >= filed_from(today):
                continue
            rows.append(
                Inspection(
                    elevator_id=known.pk,
                    kind=kind,
                    concluded_on=day,
                    verdict=Verdict.PASSED,
                    source=SOURCE,
                    filed_at=at,
                    filed_by_kind="SYSTEM",
                    filed_by_id="seed_inspections",
                )
            )
    copy_in(Inspection, rows)
    return len(rows)


def _done(
    bare: f.Facts, law: rules.Law, ledger, chance: random.Random, today: dt.date
) -> Iterator[tuple[str, dt.date]]:
    """(kind, day) of what was done about what was due. A chain ends where something was missed."""
    seen, missed, done = set(), set(), _governor_before(bare, law, chance)
    yield from done
    for _round in range(ROUNDS):
        facts = f.Facts(
            passes=bare.passes,
            stops=bare.stops,
            inspections=tuple(f.Inspection(kind, day, f.PASSED) for kind, day in done),
            approved_on=bare.approved_on,
        )
        before = len(seen)
        for line in ledger(facts, law):
            if (line.kind, line.period) in seen or line.kind not in ReportKind or line.due_on > today:
                continue
            seen.add((line.kind, line.period))
            if line.kind in missed:
                continue
            if (day := _day(line, chance, today)) is None:
                missed.add(line.kind)
                continue
            done.append((line.kind, day))
            yield line.kind, day
        if len(seen) == before:
            return


def _governor_before(bare: f.Facts, law: rules.Law, chance: random.Random) -> list[tuple[str, dt.date]]:
    """The last check before the governed years begin, of elevators that were old enough for one."""
    if not law.governor or not bare.passes or bare.passes[0].passed_on.year > law.governor[0].governed_from.year - 3:
        return []
    return [(f.GOVERNOR_CHECK, law.governor[0].governed_from - dt.timedelta(days=chance.randint(1, 360)))]


def _day(line: rules.Obligation, chance: random.Random, today: dt.date) -> dt.date | None:
    """When it was done; None for not yet."""
    lot = chance.random()
    if lot < MISSED:
        return None
    if lot < MISSED + LATE:
        day = line.due_on + dt.timedelta(days=chance.randint(1, LATEST))
        return day if day <= today else None
    # a governor may be checked from its last check on; people do it when its time comes
    first = max(line.opens_on, line.due_on - dt.timedelta(days=60))
    return first + dt.timedelta(days=chance.randint(0, (line.due_on - first).days))
