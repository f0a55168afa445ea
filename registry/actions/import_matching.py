"""Reading the rows of a chunk, and finding the elevator that each of them is about."""

from dataclasses import dataclass, field

from accounts.models import Unit
from common.intake.issues import clean_cells
from common.intake.kinds import RowPlan, Run
from common.intake.tables import Record
from common.models.intake import SourceRow
from registry.actions import import_scope
from registry.mappings import RegisterMapping, RowReading, read_row
from registry.models import Elevator, StatusFlag


@dataclass(slots=True)
class ElevatorPlan(RowPlan):
    """A row's plan; `edits`: {column: [old, new]} of an elevator that is there already, typed."""

    reading: RowReading | None = None
    elevator: Elevator | None = None
    edits: dict = field(default_factory=dict)
    opened_flag: StatusFlag | None = None
    lifted_flags: list[StatusFlag] = field(default_factory=list)
    assigned: dict[str, Unit] = field(default_factory=dict)  # {role: unit} that answers from now on


def read(record: Record, run: Run) -> ElevatorPlan:
    cells, issues = clean_cells(record.cells, run.reader.personal)
    if record.refused:
        return ElevatorPlan(record, cells, [*issues, *record.issues])
    raw = record.cells if run.reader.personal else cells
    reading = read_row(run.reader, raw, [*issues, *record.issues])
    plan = ElevatorPlan(record, cells, reading.issues, blanks=reading.blanks, forms=reading.forms, reading=reading)
    for header in run.reader.keys.values() if run.repeated else ():
        if rows := run.repeated.get((header, run.reader.key_of(header, record.cells[header]))):
            plan.refuse(header, "key-twice", rows=_listed(rows))
    return plan


def _listed(rows: list[int]) -> str:
    return ", ".join(map(str, rows[:10])) + (" …" if len(rows) > 10 else "")


def match(plans: list[ElevatorPlan], run: Run) -> None:
    """Find the elevator that each row is about, by rules.MATCHING_ORDER; lock those that will be written.

    A code that stands on an elevator which the actor may not change refuses the row, before anything else is said.
    """
    open_plans = [plan for plan in plans if not plan.refused]
    found: dict[int, dict[int, str]] = {}  # place: {elevator: the column that named it first}
    for identifier, header in run.reader.identifiers.items():
        known = _known(identifier, {plan.reading.fields.get(identifier) for plan in open_plans} - {None}, run.reader)
        for place, plan in enumerate(open_plans):
            if (pk := known.get(plan.reading.fields.get(identifier))) is not None:
                found.setdefault(place, {}).setdefault(pk, header)
    by_pk = _lock({pk for pks in found.values() for pk in pks}, run)
    taken = _taken_before(by_pk, run)
    for place, pks in sorted(found.items()):
        _decide(open_plans[place], pks, by_pk, taken)
    if not run.writes:
        run.memory.setdefault("taken", set()).update(taken)
    import_scope.refuse_taken_rescue_codes(open_plans, run)


def _lock(pks: set[int], run: Run) -> dict[int, Elevator]:
    """Those that the actor may change."""
    if not pks:
        return {}
    rows = import_scope.changeable(run.by).filter(pk__in=pks).order_by("pk")
    if run.writes:
        rows = rows.select_for_update(of=("self",))
    return {elevator.pk: elevator for elevator in rows}


def _decide(plan: ElevatorPlan, pks: dict[int, str], by_pk: dict[int, Elevator], taken: set[int]) -> None:
    foreign = [header for pk, header in pks.items() if pk not in by_pk]
    if foreign:
        plan.refuse(foreign[0], "code-taken")
    elif len(pks) > 1:
        plan.refuse("", "two-elevators")
    elif (pk := next(iter(pks))) in taken:
        plan.refuse("", "elevator-twice")
    else:
        taken.add(pk)
        plan.elevator = by_pk[pk]


def _known(identifier: str, values: set[str], mapping: RegisterMapping) -> dict[str, int]:
    """{value: elevator's key} of those on the platform."""
    if not values:
        return {}
    rows = Elevator.objects.filter(**{f"{identifier}__in": values})
    if identifier == "source_key":
        # said again so that the partial unique index serves
        rows = rows.filter(source=mapping.source).exclude(source_key="")
    return dict(rows.values_list(identifier, "pk"))


def _taken_before(by_pk: dict, run: Run) -> set[int]:
    """Elevators that an earlier chunk of this file was about."""
    if not run.writes:
        return set(run.memory.get("taken", ()))
    if not by_pk:
        return set()
    return set(SourceRow.objects.filter(batch=run.batch, subject_id__in=by_pk).values_list("subject_id", flat=True))
