"""Last inspections out of the rows that a register's import kept: dated facts without a verdict."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from common.actor import Actor
from common.copying import copy_in
from common.errors import Refusal
from compliance.actions import replan
from inspection.choices import ReportKind, Verdict
from inspection.models import Inspection, LawRow
from inspection.registers import REGISTERS
from inspection.rules.registers import NoDay, read_day
from registry.models import Elevator

SET = 5_000

# The newest row that the register said of each elevator; rows of imports that were undone say nothing.
_ROWS = """
SELECT DISTINCT ON (r.subject_id) r.subject_id, r.cells ->> %(column)s
FROM common_sourcerow r JOIN common_importbatch b ON b.id = r.batch_id
WHERE b.kind = 'registry.elevators' AND b.source = %(source)s AND b.undo_started_at IS NULL AND NOT b.dry_run
  AND r.subject_id > %(after)s AND r.subject_id <= %(until)s
ORDER BY r.subject_id, r.id DESC
"""


class RegisterUnknown(Refusal):
    code = "register-unknown"
    message = _("There is no register “%(name)s”. Known: %(known)s.")


class RegisterMissing(Refusal):
    code = "register-missing"
    message = _(
        "No elevator of the register “%(name)s” is here. Bring the register in first (manage.py import_elevators)."
    )


@dataclass
class Found:
    """What the rows said."""

    elevators: int = 0
    dated: int = 0
    blank: int = 0
    entered: int = 0
    changed: int = 0
    unreadable: list[tuple[str, str]] = field(default_factory=list)


def import_register_inspections(
    *, register: str, by: Actor, at: dt.datetime, first_day: dt.date | None = None, progress=lambda done, total: None
) -> Found:
    """Enter the last inspection of each elevator of a register, and plan what they owe by the register's rule.

    A second run with the same rows changes nothing. `first_day`: of the rule; the day on which the register was drawn up
    unless given, and kept when the rule is there already. Sets of 5,000 elevators, each its own transaction: a stopped run
    is run again. Raises RegisterUnknown, RegisterMissing.
    """
    if register not in REGISTERS:
        raise RegisterUnknown(name=register, known=", ".join(sorted(REGISTERS)))
    spec, found = REGISTERS[register], Found()
    sets = list(_sets(spec["source"]))
    if not sets:
        raise RegisterMissing(name=register)
    enter_rule(spec, first_day=first_day)
    for number, (after, until) in enumerate(sets):
        _enter_set(spec, after, until, found, by, at)
        progress(number + 1, len(sets))
    return found


@transaction.atomic
def enter_rule(spec: dict, *, first_day: dt.date | None) -> LawRow:
    """The register's rule, put on for its city; a first day that is given is put on it."""
    row = LawRow.objects.select_for_update().get(section="cycle", version=spec["rule"])
    row.area, row.enabled, row.valid_from = spec["city"], True, first_day or row.valid_from
    row.save(update_fields=["area", "enabled", "valid_from"])
    return row


def _sets(source: str) -> Iterator[tuple[int, int]]:
    """(after, until] of keys that hold SET elevators of the register each."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT max(id) FROM (SELECT id, (row_number() OVER (ORDER BY id) - 1) / %s AS part FROM registry_elevator"
            " WHERE source = %s AND registration_state <> 'WITHDRAWN') t GROUP BY part ORDER BY part",
            [SET, source],
        )
        ends = [end for (end,) in cursor.fetchall()]
    yield from zip([0, *ends], ends, strict=False)


@transaction.atomic
def _enter_set(spec: dict, after: int, until: int, found: Found, by: Actor, at: dt.datetime) -> None:
    elevators = list(
        Elevator.objects.filter(source=spec["source"], pk__gt=after, pk__lte=until)
        .exclude(registration_state="WITHDRAWN")
        .order_by("pk")
        .select_for_update(of=("self",), no_key=True)
        .values_list("pk", "source_key")
    )
    keys = dict(elevators)
    with connection.cursor() as cursor:
        cursor.execute(
            _ROWS, {"column": spec["inspected_on"], "source": spec["source"], "after": after, "until": until}
        )
        said = {pk: _day(text, spec, keys.get(pk, ""), found) for pk, text in cursor.fetchall() if pk in keys}
    found.elevators += len(keys)
    found.dated += sum(day is not None for day in said.values())
    found.blank += sum(day is None for day in said.values())
    _write({pk: day for pk, day in said.items() if day}, spec, found, by, at)
    replan(elevator_ids=list(keys), at=at)


def _day(text: str | None, spec: dict, key: str, found: Found) -> dt.date | None:
    """The day of a cell of a register; what is no day is named and counts as none."""
    try:
        return read_day(text, latest=dt.date.fromisoformat(spec["drawn_up_on"]))
    except NoDay:
        found.unreadable.append((key, text))
        return None


def _write(said: dict[int, dt.date], spec: dict, found: Found, by: Actor, at: dt.datetime) -> None:
    """One row for each elevator; a register that now says another day corrects its row."""
    there = {
        row.elevator_id: row
        for row in Inspection.objects.counting().filter(
            elevator_id__in=said, source=spec["source"], kind=ReportKind.PERIODIC
        )
    }
    new = [
        Inspection(
            elevator_id=pk,
            kind=ReportKind.PERIODIC,
            concluded_on=day,
            verdict=Verdict.UNSTATED,
            source=spec["source"],
            filed_at=at,
            filed_by_kind=by.kind,
            filed_by_id=by.id,
        )
        for pk, day in said.items()
        if pk not in there
    ]
    changed = [row for pk, row in there.items() if row.concluded_on != said[pk]]
    for row in changed:
        row.concluded_on = said[row.elevator_id]
    Inspection.objects.bulk_update(changed, ["concluded_on"], batch_size=1000)
    copy_in(Inspection, new)
    found.entered += len(new)
    found.changed += len(changed)
